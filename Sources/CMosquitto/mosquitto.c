#include "shim.h"

#include "on_demand.h"

#define LIBRARY "libmosquitto.so.1\0"

typedef struct mosquitto mosquitto;

LENSCAP_ON_DEMAND(int, mosquitto_lib_init, (void), ())
LENSCAP_ON_DEMAND(mosquitto *, mosquitto_new, (const char *id, bool clean_session, void *context), (id, clean_session, context))
LENSCAP_ON_DEMAND(void, mosquitto_destroy, (mosquitto *client), (client))
LENSCAP_ON_DEMAND(void, mosquitto_user_data_set, (mosquitto *client, void *context), (client, context))
LENSCAP_ON_DEMAND(int, mosquitto_threaded_set, (mosquitto *client, bool threaded), (client, threaded))
LENSCAP_ON_DEMAND(int, mosquitto_int_option, (mosquitto *client, enum mosq_opt_t option, int value), (client, option, value))
LENSCAP_ON_DEMAND(int, mosquitto_max_inflight_messages_set, (mosquitto *client, unsigned int count), (client, count))
LENSCAP_ON_DEMAND(
    int, mosquitto_tls_set,
    (mosquitto *client, const char *ca, const char *ca_folder, const char *certificate, const char *key,
     int (*password)(char *, int, int, void *)),
    (client, ca, ca_folder, certificate, key, password))
LENSCAP_ON_DEMAND(
    int, mosquitto_tls_opts_set, (mosquitto *client, int verify, const char *version, const char *ciphers),
    (client, verify, version, ciphers))
LENSCAP_ON_DEMAND(int, mosquitto_username_pw_set, (mosquitto *client, const char *name, const char *password), (client, name, password))
LENSCAP_ON_DEMAND(
    int, mosquitto_will_set, (mosquitto *client, const char *topic, int count, const void *bytes, int qos, bool retain),
    (client, topic, count, bytes, qos, retain))

LENSCAP_ON_DEMAND(
    void, mosquitto_connect_callback_set, (mosquitto *client, void (*callback)(mosquitto *, void *, int)), (client, callback))
LENSCAP_ON_DEMAND(
    void, mosquitto_publish_callback_set, (mosquitto *client, void (*callback)(mosquitto *, void *, int)), (client, callback))
LENSCAP_ON_DEMAND(
    void, mosquitto_message_callback_set,
    (mosquitto *client, void (*callback)(mosquitto *, void *, const struct mosquitto_message *)), (client, callback))
LENSCAP_ON_DEMAND(
    void, mosquitto_log_callback_set, (mosquitto *client, void (*callback)(mosquitto *, void *, int, const char *)),
    (client, callback))

LENSCAP_ON_DEMAND(int, mosquitto_connect, (mosquitto *client, const char *host, int port, int keepalive), (client, host, port, keepalive))
LENSCAP_ON_DEMAND(
    int, mosquitto_connect_async, (mosquitto *client, const char *host, int port, int keepalive), (client, host, port, keepalive))
LENSCAP_ON_DEMAND(int, mosquitto_disconnect, (mosquitto *client), (client))
LENSCAP_ON_DEMAND(int, mosquitto_socket, (mosquitto *client), (client))
LENSCAP_ON_DEMAND(int, mosquitto_loop, (mosquitto *client, int timeout, int limit), (client, timeout, limit))
LENSCAP_ON_DEMAND(int, mosquitto_loop_read, (mosquitto *client, int limit), (client, limit))
LENSCAP_ON_DEMAND(int, mosquitto_loop_write, (mosquitto *client, int limit), (client, limit))
LENSCAP_ON_DEMAND(int, mosquitto_loop_misc, (mosquitto *client), (client))
LENSCAP_ON_DEMAND(bool, mosquitto_want_write, (mosquitto *client), (client))

LENSCAP_ON_DEMAND(
    int, mosquitto_publish,
    (mosquitto *client, int *message, const char *topic, int count, const void *bytes, int qos, bool retain),
    (client, message, topic, count, bytes, qos, retain))
LENSCAP_ON_DEMAND(int, mosquitto_subscribe, (mosquitto *client, int *message, const char *filter, int qos), (client, message, filter, qos))
LENSCAP_ON_DEMAND(int, mosquitto_pub_topic_check, (const char *topic), (topic))

LENSCAP_ON_DEMAND(const char *, mosquitto_connack_string, (int code), (code))
LENSCAP_ON_DEMAND(const char *, mosquitto_strerror, (int code), (code))
