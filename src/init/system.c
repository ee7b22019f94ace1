/* ---- system calls, and the kernel's numbers --------------------------------------- */

#if defined(__x86_64__)
enum {
  NR_read = 0, NR_write = 1, NR_close = 3, NR_rt_sigaction = 13, NR_rt_sigprocmask = 14,
  NR_ioctl = 16, NR_getpid = 39, NR_socket = 41, NR_connect = 42, NR_sendto = 44, NR_sendmsg = 46,
  NR_recvmsg = 47, NR_shutdown = 48, NR_bind = 49,
  NR_listen = 50, NR_getpeername = 52, NR_socketpair = 53, NR_setsockopt = 54, NR_getsockopt = 55, NR_clone = 56, NR_execve = 59,
  NR_wait4 = 61, NR_kill = 62, NR_fcntl = 72, NR_flock = 73, NR_chdir = 80, NR_getppid = 110, NR_setpgid = 109, NR_setsid = 112, NR_getpgid = 121, NR_capset = 126, NR_rt_sigtimedwait = 128,
  NR_prctl = 157, NR_mount = 165, NR_getdents64 = 217, NR_exit_group = 231, NR_openat = 257, NR_mkdirat = 258, NR_mknodat = 259, NR_unlinkat = 263, NR_ppoll = 271, NR_unshare = 272, NR_signalfd4 = 289, NR_dup3 = 292,
  NR_prlimit64 = 302, NR_setns = 308, NR_statx = 332,
  NR_pidfd_open = 434, NR_close_range = 436, NR_openat2 = 437,
  O_DIRECTORY = 0200000, O_NOFOLLOW = 0400000,
};
static i64 call6(i64 n, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f)
{
  register i64 r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  i64 result;
  __asm__ volatile("syscall" : "=a"(result)
                   : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call begin\n");
#elif defined(__aarch64__)
enum {
  NR_dup3 = 24, NR_fcntl = 25, NR_ioctl = 29, NR_flock = 32, NR_mknodat = 33, NR_mkdirat = 34,
  NR_unlinkat = 35, NR_mount = 40, NR_chdir = 49, NR_openat = 56, NR_close = 57, NR_getdents64 = 61, NR_read = 63,
  NR_write = 64, NR_ppoll = 73, NR_signalfd4 = 74, NR_capset = 91, NR_exit_group = 94, NR_unshare = 97, NR_kill = 129, NR_rt_sigaction = 134,
  NR_rt_sigprocmask = 135, NR_rt_sigtimedwait = 137, NR_setpgid = 154, NR_getpgid = 155, NR_setsid = 157, NR_prctl = 167, NR_getpid = 172,
  NR_getppid = 173, NR_socket = 198, NR_socketpair = 199, NR_bind = 200, NR_listen = 201,
  NR_connect = 203, NR_getpeername = 205, NR_sendto = 206, NR_setsockopt = 208, NR_getsockopt = 209, NR_shutdown = 210, NR_sendmsg = 211, NR_recvmsg = 212, NR_clone = 220, NR_execve = 221,
  NR_wait4 = 260, NR_prlimit64 = 261, NR_setns = 268, NR_statx = 291, NR_pidfd_open = 434, NR_close_range = 436, NR_openat2 = 437,
  O_DIRECTORY = 040000, O_NOFOLLOW = 0100000,
};
static i64 call6(i64 n, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f)
{
  register i64 x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b;
  register i64 x2 __asm__("x2") = c, x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
__asm__(".globl _start\n_start:\n  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  b begin\n");
#else
#error "x86_64 and aarch64 only"
#endif

#define CALL(name, ...) CALL_(NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(n, a, b, c, d, e, f, ...) \
  call6(n, (i64)(a), (i64)(b), (i64)(c), (i64)(d), (i64)(e), (i64)(f))

enum {
  ENOENT = 2, EINTR = 4, EBADF = 9, EAGAIN = 11, EEXIST = 17, ENOTDIR = 20, ENOTTY = 25, ENOTSOCK = 88, ENOSYS = 38,
  AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200, STATX_BASIC = 0x7ff, AT_EMPTY_PATH = 0x1000, STATX_INO = 0x100,
  O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_EXCL = 0200, O_NOCTTY = 0400, O_NONBLOCK = 04000, O_ASYNC = 020000,
  O_CLOEXEC = 02000000, O_PATH = 010000000, RESOLVE_NO_SYMLINKS = 4, LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4,
  S_IFMT = 0170000, S_IFSOCK = 0140000, S_IFREG = 0100000, S_IFDIR = 040000, S_ISVTX = 01000,
  MS_REC = 16384, MS_PRIVATE = 1 << 18, F_SETFD = 2, F_SETFL = 4, F_SETOWN = 8, F_DUPFD_CLOEXEC = 1030, FD_CLOEXEC = 1,
  AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5, SOCK_CLOEXEC = 02000000,
  SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_TYPE = 3, SO_DOMAIN = 39, SO_LINGER = 13, SOL_TCP = 6, TCP_NODELAY = 1,
  SHUT_WR = 1, POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, SCM_RIGHTS = 1, MSG_NOSIGNAL = 0x4000,
  SIG_BLOCK = 0, SIG_SETMASK = 2, WNOHANG = 1, WUNTRACED = 2, WCONTINUED = 8,
  SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11, SIGPIPE = 13, SIGTERM = 15,
  SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19, SIGTSTP = 20, SIGTTIN = 21, SIGTTOU = 22, SIGXFSZ = 25, SIGWINCH = 28, SIGIO = 29, SIGSYS = 31, LAST_SIGNAL = 64,
  PR_SET_PDEATHSIG = 1, PR_SET_DUMPABLE = 4, PR_SET_NO_NEW_PRIVS = 38,
  CLONE_NEWNS = 0x20000, CLONE_NEWUSER = 0x10000000, CLONE_NEWNET = 0x40000000,
  SIOCGIFFLAGS = 0x8913, SIOCSIFFLAGS = 0x8914, IFF_UP = 1,
};
