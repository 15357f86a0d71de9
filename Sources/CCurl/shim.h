// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot pass: one function for each type of value.
#include <curl/curl.h>

typedef size_t (*lenscap_curl_transfer)(char *bytes, size_t size, size_t count, void *context);
typedef int (*lenscap_curl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

static inline CURLcode lenscap_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode lenscap_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode lenscap_curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode lenscap_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode lenscap_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode lenscap_curl_set_transfer(CURL *handle, CURLoption option, lenscap_curl_transfer value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode lenscap_curl_set_progress(CURL *handle, lenscap_curl_progress value) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}
/// What the server said and what was said to it, line by line, with CURLOPT_VERBOSE.
static inline CURLcode lenscap_curl_set_debug(CURL *handle, curl_debug_callback value) {
  return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, value);
}
/// Names of protocols, separated by commas; a transfer of any other fails.
static inline CURLcode lenscap_curl_allow_protocols(CURL *handle, const char *names) {
#if LIBCURL_VERSION_NUM >= 0x075500
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, names);
#else
#error "libcurl 7.85 or newer is needed"
#endif
}
static inline long lenscap_curl_response_code(CURL *handle) {
  long code = 0;
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}
/// Seconds of a Retry-After header; 0 if there is none.
static inline curl_off_t lenscap_curl_retry_after(CURL *handle) {
  curl_off_t seconds = 0;
  return curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK ? seconds : 0;
}
/// The socket of a handle that was connected with CURLOPT_CONNECT_ONLY; -1 if it is closed.
static inline int lenscap_curl_socket(CURL *handle) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK ? (int)socket : -1;
}
/// The certificates that the server showed, with CURLOPT_CERTINFO; NULL if there are none.
static inline struct curl_certinfo *lenscap_curl_certificates(CURL *handle) {
  struct curl_certinfo *info = NULL;
  return curl_easy_getinfo(handle, CURLINFO_CERTINFO, &info) == CURLE_OK ? info : NULL;
}
