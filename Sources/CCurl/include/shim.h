// curl_easy_setopt and curl_easy_getinfo take variable arguments, which Swift cannot pass: one function for each type of value.
#include <curl/curl.h>

typedef size_t (*lenscap_curl_transfer)(char *bytes, size_t size, size_t count, void *context);
typedef int (*lenscap_curl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

CURLcode lenscap_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode lenscap_curl_set_size(CURL *handle, CURLoption option, curl_off_t value);
CURLcode lenscap_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode lenscap_curl_set_pointer(CURL *handle, CURLoption option, const void *value);
CURLcode lenscap_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode lenscap_curl_set_transfer(CURL *handle, CURLoption option, lenscap_curl_transfer value);
CURLcode lenscap_curl_set_progress(CURL *handle, lenscap_curl_progress value);
/// What the server said and what was said to it, line by line, with CURLOPT_VERBOSE.
CURLcode lenscap_curl_set_debug(CURL *handle, curl_debug_callback value);
/// Names of protocols, separated by commas; a transfer of any other fails.
CURLcode lenscap_curl_allow_protocols(CURL *handle, const char *names);
/// 0 if there was none.
long lenscap_curl_response_code(CURL *handle);
/// Seconds of a Retry-After header; 0 if there is none.
curl_off_t lenscap_curl_retry_after(CURL *handle);
/// The socket of a handle that was connected with CURLOPT_CONNECT_ONLY; -1 if it is closed.
int lenscap_curl_socket(CURL *handle);
/// The certificates that the server showed, with CURLOPT_CERTINFO; NULL if there are none.
struct curl_certinfo *lenscap_curl_certificates(CURL *handle);
