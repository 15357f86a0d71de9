// curl's own checks of types are macros in place of the functions.
#define CURL_DISABLE_TYPECHECK
#include "shim.h"

#include "on_demand.h"

#if LIBCURL_VERSION_NUM < 0x075500
#error "libcurl 7.85 or newer is needed"
#endif

#define LIBRARY "libcurl.so.4\0"

LENSCAP_ON_DEMAND(CURLcode, curl_global_init, (long flags), (flags))
LENSCAP_ON_DEMAND(CURL *, curl_easy_init, (void), ())
LENSCAP_ON_DEMAND(void, curl_easy_cleanup, (CURL *handle), (handle))
LENSCAP_ON_DEMAND(CURLcode, curl_easy_recv, (CURL *handle, void *bytes, size_t size, size_t *count), (handle, bytes, size, count))
LENSCAP_ON_DEMAND(CURLcode, curl_easy_send, (CURL *handle, const void *bytes, size_t size, size_t *count), (handle, bytes, size, count))
LENSCAP_ON_DEMAND(struct curl_slist *, curl_slist_append, (struct curl_slist *list, const char *text), (list, text))
LENSCAP_ON_DEMAND(void, curl_slist_free_all, (struct curl_slist *list), (list))
LENSCAP_ON_DEMAND(CURLM *, curl_multi_init, (void), ())
LENSCAP_ON_DEMAND(CURLMcode, curl_multi_cleanup, (CURLM *multi), (multi))
LENSCAP_ON_DEMAND(CURLMcode, curl_multi_add_handle, (CURLM *multi, CURL *handle), (multi, handle))
LENSCAP_ON_DEMAND(CURLMcode, curl_multi_remove_handle, (CURLM *multi, CURL *handle), (multi, handle))
LENSCAP_ON_DEMAND(CURLMcode, curl_multi_perform, (CURLM *multi, int *running), (multi, running))
LENSCAP_ON_DEMAND(CURLMsg *, curl_multi_info_read, (CURLM *multi, int *waiting), (multi, waiting))
LENSCAP_ON_DEMAND(
    CURLMcode, curl_multi_poll, (CURLM *multi, struct curl_waitfd extra[], unsigned int count, int timeout, int *ready),
    (multi, extra, count, timeout, ready))

#define SETTER(name, type)                                                                                                               \
  CURLcode name(CURL *handle, CURLoption option, type value) {                                                                           \
    return setopt(handle, option, value);                                                                                                \
  }
#define setopt ((__typeof__(curl_easy_setopt) *)lenscap_find(LIBRARY, "curl_easy_setopt"))
#define getinfo ((__typeof__(curl_easy_getinfo) *)lenscap_find(LIBRARY, "curl_easy_getinfo"))

SETTER(lenscap_curl_set_long, long)
SETTER(lenscap_curl_set_size, curl_off_t)
SETTER(lenscap_curl_set_text, const char *)
SETTER(lenscap_curl_set_pointer, const void *)
SETTER(lenscap_curl_set_list, struct curl_slist *)
SETTER(lenscap_curl_set_transfer, lenscap_curl_transfer)

CURLcode lenscap_curl_set_progress(CURL *handle, lenscap_curl_progress value) { return setopt(handle, CURLOPT_XFERINFOFUNCTION, value); }

CURLcode lenscap_curl_set_debug(CURL *handle, curl_debug_callback value) { return setopt(handle, CURLOPT_DEBUGFUNCTION, value); }

CURLcode lenscap_curl_allow_protocols(CURL *handle, const char *names) { return setopt(handle, CURLOPT_PROTOCOLS_STR, names); }

long lenscap_curl_response_code(CURL *handle) {
  long code = 0;
  return getinfo(handle, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

curl_off_t lenscap_curl_retry_after(CURL *handle) {
  curl_off_t seconds = 0;
  return getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK ? seconds : 0;
}

int lenscap_curl_socket(CURL *handle) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  return getinfo(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK ? (int)socket : -1;
}

struct curl_certinfo *lenscap_curl_certificates(CURL *handle) {
  struct curl_certinfo *info = NULL;
  return getinfo(handle, CURLINFO_CERTINFO, &info) == CURLE_OK ? info : NULL;
}
