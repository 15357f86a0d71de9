// What `watch` takes from itself, so that whoever takes it over by a packet can do little: capabilities(7), prctl(2), seccomp(2).
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/// No programs with more rights than this one, from this thread and those that it starts.
static inline int lenscap_take_no_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

/// No capability for any program that this thread starts. Fails without CAP_SETPCAP, which an ordinary user has not.
static inline int lenscap_empty_bounding_set(void) {
  for (int capability = 0; capability < 64; capability++) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return errno == EINVAL && capability > 0 ? 0 : -1;
  }
  return 0;
}

/// No copy of the memory on a disk.
static inline int lenscap_write_no_core(void) {
  struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_CORE, &none);
}

/// Others go first: this process, and those that it starts, get the processor when others leave it, and where memory runs out, the kernel ends
/// them before others.
static inline int lenscap_yield_to_others(void) {
  setpriority(PRIO_PROCESS, 0, 10);
  int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t written = write(file, "500", 3);
  close(file);
  return written == 3 ? 0 : -1;
}

// Every architecture names itself in each call: calls of another one have other numbers.
#if defined(__x86_64__)
#define LENSCAP_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define LENSCAP_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define LENSCAP_ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

/// The calls that libpcap, SQLite, the C library, Swift's runtime and libdispatch need once files and interfaces are open, those of each
/// packet and timer first. `socket`, `clone`, `clone3`, `mmap`, `mprotect`, `prctl` and `ioctl` have rules of their own.
static const unsigned short lenscap_allowed_calls[] = {
    // Packets, timers, locks.
    __NR_ppoll, __NR_read, __NR_write, __NR_futex, __NR_getsockopt, __NR_recvfrom, __NR_recvmsg, __NR_epoll_pwait, __NR_timerfd_settime,
    __NR_clock_gettime, __NR_gettimeofday, __NR_clock_nanosleep, __NR_nanosleep, __NR_clock_getres, __NR_sched_yield,
#ifdef __NR_poll
    __NR_poll, __NR_epoll_wait, __NR_select,
#endif
#ifdef __NR_epoll_pwait2
    __NR_epoll_pwait2,
#endif
#ifdef __NR_futex_waitv
    __NR_futex_waitv,
#endif
    __NR_pselect6, __NR_epoll_create1, __NR_epoll_ctl, __NR_eventfd2, __NR_timerfd_create, __NR_timerfd_gettime, __NR_signalfd4,
    // Files.
    __NR_pread64, __NR_pwrite64, __NR_readv, __NR_writev, __NR_lseek, __NR_fsync, __NR_fdatasync, __NR_ftruncate, __NR_fallocate,
    __NR_fcntl, __NR_flock, __NR_openat, __NR_close, __NR_fstat, __NR_newfstatat, __NR_statx, __NR_statfs, __NR_fstatfs, __NR_faccessat,
    __NR_faccessat2, __NR_readlinkat, __NR_unlinkat, __NR_renameat2, __NR_mkdirat, __NR_fchmod, __NR_fchmodat, __NR_fchown,
    __NR_fchownat, __NR_utimensat, __NR_getdents64, __NR_getcwd, __NR_umask, __NR_fadvise64, __NR_copy_file_range, __NR_dup, __NR_dup3,
    __NR_pipe2, __NR_close_range, __NR_getxattr, __NR_lgetxattr, __NR_fgetxattr, __NR_listxattr, __NR_llistxattr, __NR_flistxattr,
#ifdef __NR_open
    __NR_open, __NR_stat, __NR_lstat, __NR_access, __NR_readlink, __NR_unlink, __NR_rename, __NR_mkdir, __NR_rmdir, __NR_chmod, __NR_chown,
    __NR_getdents, __NR_dup2, __NR_pipe, __NR_utimes,
#endif
#ifdef __NR_renameat
    __NR_renameat,
#endif
    // Sockets: opening interfaces again, nudges, the service manager.
    __NR_bind, __NR_connect, __NR_sendto, __NR_sendmsg, __NR_sendmmsg, __NR_recvmmsg, __NR_setsockopt, __NR_getsockname,
    __NR_getpeername, __NR_socketpair, __NR_shutdown,
    // Memory.
    __NR_munmap, __NR_mremap, __NR_madvise, __NR_brk, __NR_membarrier,
    // Threads and signals.
    __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_rt_sigreturn, __NR_rt_sigtimedwait, __NR_rt_sigsuspend, __NR_rt_sigpending,
    __NR_sigaltstack, __NR_restart_syscall, __NR_tgkill, __NR_tkill, __NR_set_robust_list, __NR_get_robust_list, __NR_set_tid_address,
    __NR_rseq, __NR_exit, __NR_exit_group, __NR_gettid, __NR_getpid, __NR_getppid, __NR_sched_getaffinity, __NR_sched_setaffinity,
    __NR_sched_getscheduler, __NR_sched_setscheduler, __NR_sched_getparam, __NR_sched_setparam, __NR_sched_get_priority_max,
    __NR_sched_get_priority_min, __NR_getpriority, __NR_setpriority, __NR_getcpu,
#ifdef __NR_arch_prctl
    __NR_arch_prctl,
#endif
#ifdef __NR_time
    __NR_time,
#endif
    // What it asks about itself and the machine. Without CAP_SYS_TIME the clock can only be read.
    __NR_getuid, __NR_geteuid, __NR_getgid, __NR_getegid, __NR_getgroups, __NR_getresuid, __NR_getresgid, __NR_capget, __NR_getrusage,
    __NR_wait4, __NR_waitid, __NR_times, __NR_sysinfo, __NR_uname, __NR_getrandom, __NR_prlimit64, __NR_adjtimex, __NR_clock_adjtime,
#ifdef __NR_getrlimit
    __NR_getrlimit,
#endif
};

/// The last call that Linux had when this list was made. The C library asks whether there are later ones, and does without.
enum { lenscap_last_call = 449 };  // futex_waitv, Linux 5.16

/// From now on this process, and all programs that it starts, open no socket but those of this machine, and look into no other process.
/// Needs `lenscap_take_no_privileges`. Returns 0, or -1 and errno.
static inline int lenscap_refuse_networks(void) {
#ifdef LENSCAP_ARCHITECTURE
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LENSCAP_ARCHITECTURE, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
      // Numbers of the x32 interface, which would go around the rest.
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 5, 0),
#else
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ptrace, 5, 0),
#endif
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ptrace, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_process_vm_readv, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_process_vm_writev, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 425, 1, 0),  // io_uring_setup
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 1, 3),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#else
  errno = ENOSYS;
  return -1;
#endif
}

/// From now on the kernel refuses all other system calls with EPERM, to all threads. Needs `lenscap_take_no_privileges`.
///
/// Returns 0, or -1 and errno: ENOSYS or EINVAL where the kernel has no such filters.
static inline int lenscap_filter_system_calls(void) {
#ifdef LENSCAP_ARCHITECTURE
  enum { count = sizeof lenscap_allowed_calls / sizeof *lenscap_allowed_calls };
  struct sock_filter code[2 * count + 80];
  unsigned short length = 0;
#define LENSCAP_DO(what, value) (code[length++] = (struct sock_filter)BPF_STMT(what, value))
#define LENSCAP_IF(how, value, yes, no) (code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | how | BPF_K, value, yes, no))
#define LENSCAP_LOAD(member) LENSCAP_DO(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
// The low half of an argument, on a little-endian machine.
#define LENSCAP_ARGUMENT(number) LENSCAP_LOAD(args[number])
#define LENSCAP_ALLOW() LENSCAP_DO(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LENSCAP_REFUSE(error) LENSCAP_DO(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
  LENSCAP_LOAD(arch);
  LENSCAP_IF(BPF_JEQ, LENSCAP_ARCHITECTURE, 1, 0);
  LENSCAP_REFUSE(EPERM);
  LENSCAP_LOAD(nr);
  for (int index = 0; index < count; index++) {
    LENSCAP_IF(BPF_JEQ, lenscap_allowed_calls[index], 0, 1);
    LENSCAP_ALLOW();
  }
  // No internet.
  LENSCAP_IF(BPF_JEQ, __NR_socket, 0, 6);
  LENSCAP_ARGUMENT(0);
  LENSCAP_IF(BPF_JEQ, AF_PACKET, 2, 0);
  LENSCAP_IF(BPF_JEQ, AF_UNIX, 1, 0);
  LENSCAP_IF(BPF_JEQ, AF_NETLINK, 0, 1);
  LENSCAP_ALLOW();
  LENSCAP_REFUSE(EPERM);
  // Threads, but no programs. The C library falls back on clone, whose flags are not behind a pointer.
  LENSCAP_IF(BPF_JEQ, __NR_clone3, 0, 1);
  LENSCAP_REFUSE(ENOSYS);
  LENSCAP_IF(BPF_JEQ, __NR_clone, 0, 4);
  LENSCAP_ARGUMENT(0);
  LENSCAP_IF(BPF_JSET, 0x00010000, 0, 1);  // CLONE_THREAD
  LENSCAP_ALLOW();
  LENSCAP_REFUSE(EPERM);
  // No memory that is written and then run.
  LENSCAP_IF(BPF_JEQ, __NR_mmap, 0, 5);
  LENSCAP_ARGUMENT(2);
  LENSCAP_DO(BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC);
  LENSCAP_IF(BPF_JEQ, PROT_WRITE | PROT_EXEC, 1, 0);
  LENSCAP_ALLOW();
  LENSCAP_REFUSE(EPERM);
  LENSCAP_IF(BPF_JEQ, __NR_mprotect, 0, 4);
  LENSCAP_ARGUMENT(2);
  LENSCAP_IF(BPF_JSET, PROT_EXEC, 1, 0);
  LENSCAP_ALLOW();
  LENSCAP_REFUSE(EPERM);
  // Names of threads and of memory, and questions.
  LENSCAP_IF(BPF_JEQ, __NR_prctl, 0, 8);
  LENSCAP_ARGUMENT(0);
  LENSCAP_IF(BPF_JEQ, PR_SET_NAME, 4, 0);
  LENSCAP_IF(BPF_JEQ, PR_GET_NAME, 3, 0);
  LENSCAP_IF(BPF_JEQ, 0x53564d41, 2, 0);  // PR_SET_VMA
  LENSCAP_IF(BPF_JEQ, PR_GET_DUMPABLE, 1, 0);
  LENSCAP_IF(BPF_JEQ, PR_CAPBSET_READ, 0, 1);
  LENSCAP_ALLOW();
  LENSCAP_REFUSE(EPERM);
  // No keystrokes for the shell that it was started from: TIOCSTI, TIOCLINUX.
  LENSCAP_IF(BPF_JEQ, __NR_ioctl, 0, 5);
  LENSCAP_ARGUMENT(1);
  LENSCAP_IF(BPF_JEQ, 0x5412, 2, 0);
  LENSCAP_IF(BPF_JEQ, 0x541C, 1, 0);
  LENSCAP_ALLOW();
  LENSCAP_REFUSE(EPERM);
  LENSCAP_IF(BPF_JGT, lenscap_last_call, 0, 1);
  LENSCAP_REFUSE(ENOSYS);
  LENSCAP_REFUSE(EPERM);
  struct sock_fprog program = {length, code};
#ifdef __NR_seccomp
  if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0) return 0;
#endif
  // An older kernel, or a service manager's filter that knows only this way: of this thread and those that it starts.
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#undef LENSCAP_DO
#undef LENSCAP_IF
#undef LENSCAP_LOAD
#undef LENSCAP_ARGUMENT
#undef LENSCAP_ALLOW
#undef LENSCAP_REFUSE
#else
  errno = ENOSYS;
  return -1;
#endif
}
