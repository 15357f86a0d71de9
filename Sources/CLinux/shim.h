// Calls of Linux that Swift cannot make: variadic functions, and structures that glibc does not declare.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <malloc.h>
#include <net/if.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sys/timex.h>

/// IFF_… of an interface (netdevice(7)), asked through any socket; -1 and errno where there is none of the name.
static inline int lenscap_interface_flags(int socket, const char *name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(socket, SIOCGIFFLAGS, &request) < 0) return -1;
  return (unsigned short)request.ifr_flags;
}

/// Asks for large pages for what the heap will hold: a program that reads millions of packets spends a twentieth of its time on pages of
/// 4 KiB. To be called once, while there is one thread. Where the kernel has none to give, nothing changes.
static inline void lenscap_expect_large_heap(void) {
  const size_t size = 64 << 20;
  // A buffer that grows beyond the usual 128 KiB would get pages of its own, and give them back, again and again.
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 2 * size);
  mallopt(M_TOP_PAD, size);
  // Not to be left out by the compiler.
  void *volatile first = malloc(2 << 20);
  free(first);
  mallopt(M_TOP_PAD, 1 << 20);
  const uintptr_t page = 2 << 20, end = (uintptr_t)sbrk(0);
  madvise((void *)((end - size + page - 1) / page * page), size / page * page - page, MADV_HUGEPAGE);
}

/// The start of `struct dl_phdr_info`, and the function that goes through them (dl_iterate_phdr(3)): glibc shows both to GNU programs only.
struct lenscap_object {
  uintptr_t address;
  const char *name;
  const Elf64_Phdr *parts;
  uint16_t count;
};
extern int lenscap_for_each_object(int (*body)(struct lenscap_object *, size_t, void *), void *data) __asm__("dl_iterate_phdr");

static inline int lenscap_give_back_object(struct lenscap_object *object, size_t size, void *data) {
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->count; i++) {
    if (object->parts[i].p_type != PT_LOAD || object->parts[i].p_flags & PF_W) continue;
    const uintptr_t start = object->address + object->parts[i].p_vaddr, end = start + object->parts[i].p_memsz;
    madvise((void *)(start / page * page), end - start / page * page, MADV_DONTNEED);
  }
  return 0;
}

/// Gives back the pages of the program and its libraries that are never written: what is still needed comes back from the kernel's cache,
/// without reading the disk, in less than a millisecond. To be called when a start is over, which needs more of them than all that follows.
static inline void lenscap_give_back_program(void) { lenscap_for_each_object(lenscap_give_back_object, NULL); }

/// What this thread may do stays permitted to it when it changes its user (PR_SET_KEEPCAPS, prctl(2)).
static inline int lenscap_keep_capabilities(void) { return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0); }

/// Bit n for capability n, of the first 32, as in capabilities(7). Of this thread.
static inline int lenscap_capabilities(unsigned *permitted, unsigned *effective) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -1;
  *permitted = data[0].permitted;
  *effective = data[0].effective;
  return 0;
}

/// None for programs that this thread starts (PR_CAP_AMBIENT_CLEAR_ALL, prctl(2)).
static inline void lenscap_clear_ambient_capabilities(void) { prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); }

/// Exactly these, permitted and in effect; none for programs that it starts. Of this thread alone.
static inline int lenscap_set_capabilities(unsigned kept) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  memset(data, 0, sizeof data);
  data[0].permitted = data[0].effective = kept;
  return (int)syscall(SYS_capset, &header, data);
}

/// True where the kernel knows of no time source that disciplines its clock (adjtimex(2): TIME_ERROR).
static inline int lenscap_clock_is_unsynchronised(void) {
  struct timex state = {0};
  return adjtimex(&state) == TIME_ERROR;
}

/// True for the group `lenscap`, to which the users of both services belong.
static inline int lenscap_is_own_group(gid_t group) {
  struct group entry, *found = NULL;
  char buffer[1 << 14];
  return getgrnam_r("lenscap", &entry, buffer, sizeof buffer, &found) == 0 && found && found->gr_gid == group;
}

/// A pipe whose ends are closed in programs that are started (pipe2(2)).
static inline int lenscap_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

/// Of glibc 2.34 and later: the program that is started gets no file from this number on.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
