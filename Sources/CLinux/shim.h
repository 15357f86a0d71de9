// Calls of Linux that Swift cannot make: variadic functions, and structures that glibc does not declare.
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/// IFF_… of an interface (netdevice(7)), asked through any socket; -1 and errno where there is none of the name.
static inline int lenscap_interface_flags(int socket, const char *name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(socket, SIOCGIFFLAGS, &request) < 0) return -1;
  return (unsigned short)request.ifr_flags;
}
