#include "shim.h"

#include "on_demand.h"

// Debian and its kin have kept the first name; the others follow upstream.
#define LIBRARY "libpcap.so.0.8\0libpcap.so.1\0"

LENSCAP_ON_DEMAND(pcap_t *, pcap_create, (const char *interface, char *message), (interface, message))
LENSCAP_ON_DEMAND(int, pcap_set_snaplen, (pcap_t * pcap, int length), (pcap, length))
LENSCAP_ON_DEMAND(int, pcap_set_promisc, (pcap_t * pcap, int on), (pcap, on))
LENSCAP_ON_DEMAND(int, pcap_can_set_rfmon, (pcap_t * pcap), (pcap))
LENSCAP_ON_DEMAND(int, pcap_set_rfmon, (pcap_t * pcap, int on), (pcap, on))
LENSCAP_ON_DEMAND(int, pcap_set_timeout, (pcap_t * pcap, int milliseconds), (pcap, milliseconds))
LENSCAP_ON_DEMAND(int, pcap_set_buffer_size, (pcap_t * pcap, int size), (pcap, size))
LENSCAP_ON_DEMAND(int, pcap_set_tstamp_precision, (pcap_t * pcap, int precision), (pcap, precision))
LENSCAP_ON_DEMAND(int, pcap_activate, (pcap_t * pcap), (pcap))
LENSCAP_ON_DEMAND(int, pcap_setnonblock, (pcap_t * pcap, int on, char *message), (pcap, on, message))
LENSCAP_ON_DEMAND(int, pcap_get_selectable_fd, (pcap_t * pcap), (pcap))
LENSCAP_ON_DEMAND(int, pcap_get_tstamp_precision, (pcap_t * pcap), (pcap))
LENSCAP_ON_DEMAND(int, pcap_datalink, (pcap_t * pcap), (pcap))
LENSCAP_ON_DEMAND(int, pcap_set_datalink, (pcap_t * pcap, int type), (pcap, type))
LENSCAP_ON_DEMAND(
    int, pcap_dispatch, (pcap_t * pcap, int count, pcap_handler handler, u_char *context), (pcap, count, handler, context))
LENSCAP_ON_DEMAND(void, pcap_breakloop, (pcap_t * pcap), (pcap))
LENSCAP_ON_DEMAND(int, pcap_stats, (pcap_t * pcap, struct pcap_stat *counts), (pcap, counts))
LENSCAP_ON_DEMAND(void, pcap_close, (pcap_t * pcap), (pcap))
LENSCAP_ON_DEMAND(char *, pcap_geterr, (pcap_t * pcap), (pcap))
LENSCAP_ON_DEMAND(const char *, pcap_statustostr, (int status), (status))

LENSCAP_ON_DEMAND(pcap_t *, pcap_open_dead, (int type, int length), (type, length))
LENSCAP_ON_DEMAND(
    int, pcap_compile, (pcap_t * pcap, struct bpf_program *program, const char *expression, int optimize, bpf_u_int32 netmask),
    (pcap, program, expression, optimize, netmask))
LENSCAP_ON_DEMAND(int, pcap_setfilter, (pcap_t * pcap, struct bpf_program *program), (pcap, program))
LENSCAP_ON_DEMAND(
    int, pcap_offline_filter, (const struct bpf_program *program, const struct pcap_pkthdr *header, const u_char *bytes),
    (program, header, bytes))
LENSCAP_ON_DEMAND(void, pcap_freecode, (struct bpf_program * program), (program))

LENSCAP_ON_DEMAND(int, pcap_findalldevs, (pcap_if_t * *first, char *message), (first, message))
LENSCAP_ON_DEMAND(void, pcap_freealldevs, (pcap_if_t * first), (first))
