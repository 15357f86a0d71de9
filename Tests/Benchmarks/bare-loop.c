/* The floor: libpcap reads every packet of a file, and nothing is done with it. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t *file = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
  if (!file) {
    fprintf(stderr, "usage: bare-loop FILE\n");
    return 64;
  }
  struct pcap_pkthdr *header;
  const u_char *bytes;
  unsigned long packets = 0, sum = 0;
  while (pcap_next_ex(file, &header, &bytes) == 1) {
    packets++;
    sum += header->caplen ? bytes[0] : 0;
  }
  printf("%lu packets, %lu\n", packets, sum);
  return 0;
}
