/*
 * pale-init: the first process of every sandbox, and the last of pale outside of it.
 *
 * bubblewrap's monitor sits in the shell's foreground process group with default
 * dispositions: Ctrl-C kills it, and the sandbox with it, before a handler inside has
 * run. Nobody passes a SIGTERM on, and nobody tells the shell when the agent stops
 * itself. This program mends that without a terminal in between. docs/init.md has the
 * protocol; test/init holds every claim made here.
 *
 *   init outer [--credentials DESCRIPTOR] [FILE]... [--terminal] [--network FILE --supervisor PROGRAM]
 *     [--ssh-agent PATH]
 *     [--places DIRECTORY [--place nothing|directory|=TEXT PATH]...] -- CHAIN ARGS...
 *   init inner [--terminal] [--places] [--at PATH MAJOR:MINOR:INODE]... [--limit NAME=VALUE]... PROGRAM ARGV0 ARGS...
 *   init dial PARENT PORT
 *   init ports PARENT
 *   init errand PARENT PROGRAM ARGS...
 *   init nested ...: see nested.c
 *   init enter PID START FILTER DIRECTORY [--terminal] -- NAME ARGS...
 *   init filter [SIZE]
 *
 * Freestanding: no libc, no allocation, no relocation, system calls only. What runs
 * inside uses only calls of the filter's allowlist.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

/* ---- system calls ------------------------------------------------------------- */

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

/* ---- fixed descriptors and codes, known to src/plan/bwrap.ts and src/supervise ---- */

enum {
  RELAY_IN = 190, RELAY_OUT = 191, MASTER = 192, SIGNALS = 193, /* of outer alone: terminal.c */
  TERMINAL = 197,     /* the sandbox's own */
  LIFE = 198,         /* from inner to the sweeper */
  CHANNEL = 199,      /* between outer and inner */
  FIRST_FILE = 200,   /* the files named to outer, in order */
  SSH_AGENT = 298,    /* the socket by which programs inside ask the supervisor for signatures */
  CREDENTIALS = 299,  /* what the launcher hands to the supervisor alone */
  FIRST_LISTENER = 300, /* the supervisor's listening sockets, in the order of the network file; both namespaces */
  FIRST_PLACE = 600, MOST_PLACES = 256, /* what outer and the sweeper hold */
  USER_NAMESPACE = 3, NETWORK_NAMESPACE = 4, /* of dial and ports */
  EXIT_FAILURE = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127,
};

typedef u64 sigset; /* one bit for each of signals 1..64 */
#define ALL_SIGNALS (~0ul)
#define BIT(signal) (1ul << ((signal)-1))

struct sigaction { void *handler; u64 flags; void *restorer; sigset mask; };
#define SIG_DFL ((void *)0)
#define SIG_IGN ((void *)1)

struct siginfo { int number, error, code, pad; int pid; u32 uid; u8 rest[104]; };

/* ---- small things ------------------------------------------------------------- */

void *memset(void *to, int value, u64 length)
{
  for (u64 i = 0; i < length; i++) ((volatile u8 *)to)[i] = (u8)value;
  return to;
}

void *memcpy(void *to, const void *from, u64 length)
{
  for (u64 i = 0; i < length; i++) ((volatile u8 *)to)[i] = ((const u8 *)from)[i];
  return to;
}

static u64 length_of(const char *text)
{
  u64 length = 0;
  while (text[length]) length++;
  return length;
}

static int equal(const char *a, const char *b)
{
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static int begins_with(const char *text, const char *start)
{
  while (*start && *text == *start) text++, start++;
  return !*start;
}

static void say(const char *text) { CALL(write, 2, text, length_of(text)); }

static void leave(int code) { for (;;) CALL(exit_group, code); }

/* pale quotes nothing here: the launcher has refused or escaped what it printed before. */
static const char WRONG_CALL[] = "the init program was called in a wrong way";

static void fail(const char *what, const char *which)
{
  say("pale: ");
  say(what);
  say(which);
  say("\n");
  leave(EXIT_FAILURE);
}

static sigset set_mask(sigset mask)
{
  sigset old = 0;
  CALL(rt_sigprocmask, SIG_SETMASK, &mask, &old, sizeof mask);
  return old;
}

static void set_disposition(int signal, void *handler)
{
  struct sigaction action = {handler, 0, 0, 0};
  CALL(rt_sigaction, signal, &action, 0, sizeof(sigset));
}

static i64 fork_process(void) { return CALL(clone, SIGCHLD); }

static void move_descriptor(i64 from, i64 to)
{
  if (from == to) {
    CALL(fcntl, from, F_SETFD, 0);
    return;
  }
  CALL(dup3, from, to, 0);
  CALL(close, from);
}

/* Have SIGIO sent to this process whenever there is something to read. */
static void watch(i64 descriptor)
{
  i64 self = CALL(getpid);
  CALL(fcntl, descriptor, F_SETFD, FD_CLOEXEC);
  CALL(fcntl, descriptor, F_SETOWN, self);
  CALL(fcntl, descriptor, F_SETFL, O_ASYNC | O_NONBLOCK);
}

/* What the caller left open is for the agent at most, and ends when the agent closes it. */
static void close_all_but_channel(int terminal)
{
  CALL(close_range, 3, TERMINAL - 1, 0);
  if (!terminal) CALL(close, TERMINAL);
  CALL(close_range, CHANNEL + 1, ~0u, 0);
}

static void run(const char *program, char **argv, char **environment)
{
  i64 error = -CALL(execve, program, argv, environment);
  say("pale: cannot run ");
  say(program);
  say("\n");
  leave(error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

/* The exit code that shells give to how a child ended. */
static int exit_code(int status)
{
  int signal = status & 0x7f;
  return signal ? 128 + signal : (status >> 8) & 0xff;
}

static int has_ended(int status) { return (status & 0xff) != 0x7f && status != 0xffff; }
static int has_stopped(int status) { return (status & 0xff) == 0x7f && status != 0xffff; }

/* Next signal out of `which`; with `poll` only one that is already there, else 0. */
static int next_signal(sigset which, struct siginfo *info, int poll)
{
  static const u64 at_once[2] = {0, 0};
  for (;;) {
    i64 signal = CALL(rt_sigtimedwait, &which, info, poll ? (i64)at_once : 0, sizeof which);
    if (signal > 0) return (int)signal;
    if (poll && signal != -EINTR) return 0;
  }
}

/* The caller's, for the agent to have again: the first thing on the channel. */
struct inheritance { sigset ignored, mask; u64 foreground; };

/* On the channel beside the numbers of signals; READY alone goes to outer. */
enum { READY = 65, FOREGROUND = 66, BACKGROUND = 67, TO_GROUP = 128 };

struct watched { int descriptor; u16 events, found; };

/* Without SIGPIPE when the other end is gone: it would be waited for like any other signal. */
static void send(const void *data, u64 length)
{
  CALL(sendto, CHANNEL, data, length, MSG_NOSIGNAL);
}

#include "filter.c"
#include "terminal.c"

/* ---- inner: pid 1 of the sandbox ------------------------------------------------ */

struct inner { i64 agent; int stopped, terminal; sigset seen; };

static void tell(u8 signal) { send(&signal, sizeof signal); }

static void reap(struct inner *state)
{
  int status = 0;
  i64 pid;
  while ((pid = CALL(wait4, -1, &status, WNOHANG | WUNTRACED | WCONTINUED, 0)) > 0) {
    if (pid != state->agent) continue;
    if (has_ended(status)) leave(exit_code(status));
    state->stopped = has_stopped(status);
    tell(state->stopped ? (u8)(status >> 8) : SIGCONT);
  }
}

/* Of the two that have a meaning of our own, only what somebody sent is passed on. */
static int is_passed_on(int signal, const struct siginfo *info)
{
  return (signal != SIGCHLD && signal != SIGIO) || info->code <= 0;
}

static int is_in_our_group(i64 pid)
{
  i64 group = CALL(getpgid, pid);
  return group == CALL(getpgid, 0);
}

/*
 * Outer got `signal`. Who addressed the whole process group, as the terminal driver does,
 * has reached this process too, and the agent: it must not get it twice. What came before
 * there was an agent has been forgotten here, so that nothing typed early is lost.
 */
static void deliver(struct inner *state, int signal)
{
  struct siginfo info;
  reap(state);
  if (state->terminal) {
    CALL(kill, state->agent, signal);
    return;
  }
  if (next_signal(BIT(signal), &info, 1)) state->seen |= BIT(signal);
  int has_it = state->seen & BIT(signal) ? 1 : 0;
  state->seen &= ~BIT(signal);
  /* Continued as a job, while it is in a group of its own. */
  if (signal == SIGCONT && state->stopped && !is_in_our_group(state->agent)) has_it = 0;
  if (!has_it) CALL(kill, state->agent, signal);
}

static void signal_group(i64 process, int signal)
{
  i64 group = CALL(getpgid, process);
  if (group > 1) CALL(kill, -group, signal);
}

/*
 * The end of the channel is the end of outer: then everything inside ends as well.
 * bubblewrap would see to that, but not if it was itself killed while it started.
 */
static void read_deliveries(struct inner *state)
{
  u8 signal;
  i64 length;
  while ((length = CALL(read, CHANNEL, &signal, 1)) == 1) {
    if (signal >= 1 && signal <= LAST_SIGNAL) deliver(state, signal);
    if (signal > TO_GROUP) signal_group(state->agent, signal - TO_GROUP);
    if (signal == FOREGROUND) set_foreground(state->agent);
    if (signal == BACKGROUND) set_foreground(0);
  }
  if (length == 0) leave(128 + SIGKILL);
}

static void restore_signals(const struct inheritance *caller)
{
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    set_disposition(signal, caller->ignored & BIT(signal) ? SIG_IGN : SIG_DFL);
  }
  set_mask(caller->mask);
}

static void become_agent(char **argv, char **environment, const struct inheritance *caller, int terminal)
{
  if (terminal) CALL(setpgid, 0, 0);
  if (terminal && caller->foreground) set_foreground(0);
  restore_signals(caller);
  run(argv[0], argv + 1, environment);
}

static u64 read_number(const char **text)
{
  u64 number = 0;
  while (**text >= '0' && **text <= '9') number = number * 10 + (u64)(*(*text)++ - '0');
  if (**text) ++*text;
  return number;
}

/* struct statx of linux/stat.h, as far as it is needed. */
struct status {
  u32 mask, block_size; u64 attributes; u32 links, uid, gid; u16 mode, pad;
  u64 inode, size, blocks, known_attributes; u8 times[64];
  u32 device_major, device_minor, major, minor; u8 rest[112];
};
#define MOUNT_ROOT 0x2000ul

static int look(i64 directory, const char *path, const char *identity, struct status *found)
{
  if (CALL(statx, directory, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_INO, found) < 0) return 0;
  if (found->major != read_number(&identity) || found->minor != read_number(&identity)) return 0;
  return found->inode == read_number(&identity);
}

static int is_mounted(const char *path, const char *identity)
{
  struct status found;
  if (!look(AT_FDCWD, path, identity, &found)) return 0;
  /* Before Linux 5.8 nobody knows. */
  return !(found.known_attributes & MOUNT_ROOT) || (found.attributes & MOUNT_ROOT);
}

/*
 * Between the launcher's look at a directory and bubblewrap's mount of it, the agent of
 * another sandbox that can write there may have put a link in its place: then bubblewrap
 * has mounted what the link leads to, or mounted it elsewhere. So each must be a mount,
 * and of what the launcher saw.
 */
static char **verify_mounts(char **argv)
{
  for (; *argv && equal(*argv, "--at") && argv[1] && argv[2]; argv += 3) {
    if (!is_mounted(argv[1], argv[2])) fail("replaced while the sandbox was made: ", argv[1]);
  }
  return argv;
}

static void announce(void);

/* Of linux/resource.h; the same on both architectures. */
enum { RLIMIT_FSIZE = 1, RLIMIT_NPROC = 6, RLIMIT_NOFILE = 7 };
static const struct limit { const char *name; int resource; } LIMITS[] = {
  {"file_size=", RLIMIT_FSIZE}, {"processes=", RLIMIT_NPROC}, {"open_files=", RLIMIT_NOFILE},
};

/* Also for this process, which the agent might trace; never more than the caller has. */
static int set_limit(int resource, u64 value)
{
  struct { u64 soft, hard; } limit = {0, 0};
  if (CALL(prlimit64, 0, resource, 0, &limit) < 0) return 0;
  /* This process is one of those that the kernel counts in the sandbox's user namespace. */
  if (resource == RLIMIT_NPROC) value++;
  if (value < limit.hard) limit.hard = value;
  if (limit.hard < limit.soft) limit.soft = limit.hard;
  return CALL(prlimit64, 0, resource, &limit, 0) == 0;
}

static int set_named_limit(const char *text)
{
  for (u64 i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
    const char *value = text + length_of(LIMITS[i].name);
    if (begins_with(text, LIMITS[i].name)) return set_limit(LIMITS[i].resource, read_number(&value));
  }
  return 0;
}

static char **set_limits(char **argv)
{
  for (; *argv && equal(*argv, "--limit") && argv[1]; argv += 2) {
    if (!set_named_limit(argv[1])) fail("cannot set the limit ", argv[1]);
  }
  return argv;
}

/* What was typed while there was no agent: the keys have become signals to this process. */
static sigset forget_early(void)
{
  struct siginfo info;
  sigset typed = 0;
  int signal;
  while ((signal = next_signal(ALL_SIGNALS, &info, 1))) if (info.code == SI_KERNEL) typed |= BIT(signal);
  return typed & (BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGTSTP));
}

static void start_agent(struct inner *state, char **argv, char **environment, const struct inheritance *caller)
{
  sigset typed = forget_early();
  state->agent = fork_process();
  if (state->agent < 0) fail("cannot start a process", "");
  if (state->agent == 0) become_agent(argv, environment, caller, state->terminal);
  if (!state->terminal) return;
  CALL(setpgid, state->agent, state->agent);
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (typed & BIT(signal)) CALL(kill, -state->agent, signal);
  }
}

static void inner(char **argv, char **environment)
{
  struct inner state = {0, 0, 0, 0};
  struct siginfo info;
  /*
   * Nobody inside may look into this process: who writes its memory has the channel to outer,
   * and its command line, which `pale status`, `stop` and `exec` know a sandbox by.
   */
  if (CALL(prctl, PR_SET_DUMPABLE, 0) < 0) fail("cannot close the first process to the others", "");
  if (equal(*argv, "--terminal")) state.terminal = 1, argv++;
  if (equal(*argv, "--places")) announce(), argv++;
  argv = set_limits(verify_mounts(argv));
  struct inheritance caller = {0, set_mask(ALL_SIGNALS), 0}, told;
  if (state.terminal) lead_session(), tell(READY);
  i64 length = CALL(read, CHANNEL, &told, sizeof told);
  if (length == sizeof told) caller = told;
  if (length == 0) leave(128 + SIGKILL);
  set_disposition(SIGCHLD, SIG_DFL);
  watch(CHANNEL);
  start_agent(&state, argv, environment, &caller);
  close_all_but_channel(state.terminal);
  read_deliveries(&state);
  for (;;) {
    int signal = next_signal(ALL_SIGNALS, &info, 0);
    if (is_passed_on(signal, &info)) state.seen |= BIT(signal);
    if (signal == SIGCHLD) reap(&state);
    if (signal == SIGIO) read_deliveries(&state);
  }
}

/* ---- the network namespace, with the doors of the proxy in it -------------------- */

/* The kernel passes no more than 253 descriptors at once. */
enum { MOST_LISTENERS = 240 };

/*
 * Made by src/launch/network-file.ts. Without `has_network` only the user namespace is made, in
 * which overlays can be mounted.
 */
struct network_file {
  u32 count, uid_map_length, gid_map_length, has_network;
  char uid_map[32], gid_map[32];
  struct listener { u32 domain, type, address_length, pad; u8 address[32]; } listeners[MOST_LISTENERS];
};

struct message {
  void *name; u64 name_length;
  struct { void *base; u64 length; } *parts; u64 part_count;
  void *control; u64 control_length; int flags;
};

/* The listeners, then the user namespace and the network namespace. */
struct rights { u64 length; int level, type; int descriptors[MOST_LISTENERS + 2]; };

static void write_file(const char *path, const char *text, u64 length)
{
  i64 file = CALL(openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || CALL(write, file, text, length) != (i64)length) fail("cannot write ", path);
  CALL(close, file);
}

static void raise_loopback(void)
{
  struct { char name[16]; u16 flags; u8 rest[22]; } request = {"lo", 0, {0}};
  i64 control = CALL(socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  CALL(ioctl, control, SIOCGIFFLAGS, &request);
  request.flags |= IFF_UP;
  if (CALL(ioctl, control, SIOCSIFFLAGS, &request) < 0) fail("cannot raise the loopback", "");
  CALL(close, control);
}

static i64 open_listener(struct listener *wanted)
{
  static const int on = 1;
  i64 made = CALL(socket, wanted->domain, wanted->type | SOCK_CLOEXEC, 0);
  CALL(setsockopt, made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (made < 0 || CALL(bind, made, wanted->address, wanted->address_length) < 0) return -1;
  if (wanted->type == SOCK_STREAM && CALL(listen, made, 4096) < 0) return -1;
  return made;
}

static void pass_descriptors(i64 channel, struct rights *rights, u32 count)
{
  struct { void *base; u64 length; } part = {&count, sizeof count};
  rights->length = 16 + 4 * (u64)count;
  rights->level = SOL_SOCKET;
  rights->type = SCM_RIGHTS;
  struct message message = {0, 0, (void *)&part, 1, rights, (rights->length + 7) & ~7ul, 0};
  if (CALL(sendmsg, channel, &message, 0) < 0) fail("cannot hand the listeners over", "");
  for (u32 i = 0; i < count; i++) CALL(close, rights->descriptors[i]);
}

static int open_namespace(const char *path)
{
  i64 opened = CALL(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (opened < 0) fail("cannot open ", path);
  return (int)opened;
}

static void enter_user_namespace(struct network_file *file, i64 more)
{
  if (CALL(unshare, CLONE_NEWUSER | more) < 0) fail("cannot make a network namespace: `pale doctor` has the remedy", "");
  write_file("/proc/self/setgroups", "deny", 4);
  write_file("/proc/self/uid_map", file->uid_map, file->uid_map_length);
  write_file("/proc/self/gid_map", file->gid_map, file->gid_map_length);
}

/* Leave the host's network for an empty one, and send the ways into it back out. */
static void enter_network(struct network_file *file, i64 channel)
{
  struct rights rights;
  enter_user_namespace(file, CLONE_NEWNET);
  raise_loopback();
  for (u32 i = 0; i < file->count; i++) {
    i64 made = open_listener(&file->listeners[i]);
    /* A host without IPv6 has no ::1; the place is kept by a socket that nobody reaches. */
    if (made < 0) made = CALL(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rights.descriptors[i] = (int)made;
  }
  rights.descriptors[file->count] = open_namespace("/proc/self/ns/user");
  rights.descriptors[file->count + 1] = open_namespace("/proc/self/ns/net");
  pass_descriptors(channel, &rights, file->count + 2);
}

static u32 receive_descriptors(i64 channel, struct rights *rights)
{
  u32 count = 0;
  struct { void *base; u64 length; } part = {&count, sizeof count};
  struct message message = {0, 0, (void *)&part, 1, rights, sizeof *rights, 0};
  i64 length;
  while ((length = CALL(recvmsg, channel, &message, 0)) == -EINTR) continue;
  return length == sizeof count ? count : 0;
}

static void read_network_file(const char *path, struct network_file *file)
{
  i64 opened = CALL(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  i64 length = CALL(read, opened, file, sizeof *file);
  if (length < 80 || file->count > MOST_LISTENERS) fail("cannot read ", path);
  CALL(close, opened);
}

/* ---- overlays: mounted before bubblewrap, which binds them ------------------------- */

enum { MOST_OVERLAYS = 16, UPPER = 2, WORK = 3, MERGED = 4, OVERLAY_WORDS = 5 };

/* A directory that no link leads to; by its descriptor from here on. */
static i64 open_directory(const char *path)
{
  i64 opened = CALL(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened < 0) fail("cannot open ", path);
  return opened;
}

/* Writes the option and gives where it ends. Paths as descriptors need no quoting. */
static char *add_option(char *to, const char *name, i64 descriptor)
{
  char digits[8];
  int count = 0;
  while (*name) *to++ = *name++;
  for (i64 rest = descriptor; rest || !count; rest /= 10) digits[count++] = (char)('0' + rest % 10);
  while (count) *to++ = digits[--count];
  return to;
}

/* `words`: the directory, what the launcher saw there (or nothing), and the directories to write to. */
static void mount_overlay(char **words)
{
  char options[160];
  struct status found;
  i64 lower = open_directory(words[0]);
  if (words[1][0] && !look(lower, "", words[1], &found)) fail("replaced while the sandbox was made: ", words[0]);
  char *end = add_option(options, "userxattr,lowerdir=/proc/self/fd/", lower);
  end = add_option(end, ",upperdir=/proc/self/fd/", open_directory(words[UPPER]));
  end = add_option(end, ",workdir=/proc/self/fd/", open_directory(words[WORK]));
  *end = 0;
  if (CALL(mount, "overlay", words[MERGED], "overlay", 0, options) < 0) {
    fail("this kernel cannot mount an overlay over ", words[0]);
  }
}

static void mount_overlays(char ***overlays, u32 count)
{
  if (!count) return;
  if (CALL(unshare, CLONE_NEWNS) < 0) fail("cannot make a mount namespace", "");
  if (CALL(mount, "none", "/", 0, MS_REC | MS_PRIVATE, 0) < 0) fail("cannot keep mounts private", "");
  for (u32 i = 0; i < count; i++) mount_overlay(overlays[i]);
}

/* ---- places: what nobody is to make in the project -------------------------------- */

/*
 * What is not there cannot be mounted over. So before the sandbox is made, outer puts a
 * placeholder in its place on the host, for bubblewrap to mount on, and takes it away when
 * the sandbox has ended. Several sandboxes may need the same one: each locks a note about
 * it, shared, and who can have that lock alone removes it. A sweeper sees to it when outer
 * is killed; the notes of those that were all killed at once are found by the next sweeper.
 *
 * The kinds: a socket, which no git command sees; a directory; a file with a text. Each is
 * told from the user's own by being one, or by its sticky bit.
 */
struct place { const char *kind, *path; };
struct places { const char *directory; u32 count; struct place list[MOST_PLACES]; };

/* Both texts, each with its NUL at the end. */
enum { LONGEST_NOTE = 8192 };

static void add_place(struct places *places, char **argv)
{
  if (!places->directory || places->count == MOST_PLACES) fail(WRONG_CALL, "");
  places->list[places->count++] = (struct place){argv[0], argv[1]};
}

/* The directory that `path` is in, without a link on the way: an agent may have put one there. */
static i64 open_parent(const char *path, const char **name)
{
  static char parent[LONGEST_NOTE];
  struct { u64 flags, mode, resolve; } how = {O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS};
  u64 length = length_of(path), end = length;
  while (end && path[end - 1] != '/') end--;
  if (!end || length >= sizeof parent) return -ENOENT;
  memcpy(parent, path, end);
  parent[end] = 0;
  *name = path + end;
  i64 opened = CALL(openat2, AT_FDCWD, parent, &how, sizeof how);
  /* Before Linux 5.6 nobody can ask for that. */
  return opened == -ENOSYS ? CALL(openat, AT_FDCWD, parent, how.flags) : opened;
}

static int is_text(i64 parent, const char *name, const char *text)
{
  char bytes[64];
  i64 opened = CALL(openat, parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  i64 length = CALL(read, opened, bytes, sizeof bytes - 1);
  CALL(close, opened);
  if (length < 0) return 0;
  bytes[length] = 0;
  return length == (i64)length_of(text) && equal(bytes, text);
}

static int is_placeholder(i64 parent, const char *name, const char *kind)
{
  struct status found;
  if (CALL(statx, parent, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC, &found) < 0) return 0;
  if (equal(kind, "nothing")) return (found.mode & S_IFMT) == S_IFSOCK;
  if (!(found.mode & S_ISVTX)) return 0;
  if (equal(kind, "directory")) return (found.mode & S_IFMT) == S_IFDIR;
  return (found.mode & S_IFMT) == S_IFREG && is_text(parent, name, kind + 1);
}

static i64 make_file(i64 parent, const char *name, const char *text)
{
  i64 made = CALL(openat, parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644 | S_ISVTX);
  if (made < 0) return made;
  i64 written = CALL(write, made, text, length_of(text));
  CALL(close, made);
  return written < 0 ? written : 0;
}

static int make_placeholder(const struct place *place)
{
  const char *name;
  i64 parent = open_parent(place->path, &name), made = parent;
  if (parent >= 0) {
    if (equal(place->kind, "nothing")) made = CALL(mknodat, parent, name, S_IFSOCK | 0600, 0);
    else if (equal(place->kind, "directory")) made = CALL(mkdirat, parent, name, 0755 | S_ISVTX);
    else made = make_file(parent, name, place->kind + 1);
    if (made == -EEXIST && is_placeholder(parent, name, place->kind)) made = 0;
  }
  CALL(close, parent);
  return made >= 0;
}

/* Only what is as it was made: a directory that somebody has put something into stays. */
static void remove_placeholder(const struct place *place)
{
  const char *name;
  i64 parent = open_parent(place->path, &name);
  if (parent >= 0 && is_placeholder(parent, name, place->kind))
    CALL(unlinkat, parent, name, equal(place->kind, "directory") ? AT_REMOVEDIR : 0);
  CALL(close, parent);
}

/* FNV-1a of the path, as the name of its note; of two paths with one name the second is refused. */
static void name_note(const char *path, char *name)
{
  u64 hash = 0xcbf29ce484222325ul;
  for (; *path; path++) hash = (hash ^ (u8)*path) * 0x100000001b3ul;
  for (int i = 0; i < 16; i++, hash >>= 4) name[i] = "0123456789abcdef"[hash & 15];
  name[16] = 0;
}

/* Notes are made and removed by one process at a time; unlocked by being closed. */
static i64 lock_notes(const char *directory, i64 *lock)
{
  i64 opened = CALL(openat, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  *lock = CALL(openat, opened, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0 || *lock < 0) fail("cannot open ", directory);
  while (CALL(flock, *lock, LOCK_EX) == -EINTR) continue;
  return opened;
}

static int read_note(i64 note, struct place *place, char *bytes)
{
  i64 length = CALL(read, note, bytes, LONGEST_NOTE - 1);
  if (length <= 0 || bytes[length - 1]) return 0;
  bytes[length] = 0;
  place->kind = bytes;
  place->path = bytes + length_of(bytes) + 1;
  return place->path < bytes + length;
}

static int write_note(i64 note, const struct place *place)
{
  i64 kind = (i64)length_of(place->kind) + 1, path = (i64)length_of(place->path) + 1;
  return kind + path < LONGEST_NOTE && CALL(write, note, place->kind, kind) == kind &&
         CALL(write, note, place->path, path) == path;
}

static int hold_place(i64 notes, const struct place *place, i64 descriptor)
{
  static char bytes[LONGEST_NOTE];
  char name[17];
  struct place known;
  name_note(place->path, name);
  i64 note = CALL(openat, notes, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (note < 0) return 0;
  CALL(flock, note, LOCK_SH);
  CALL(dup3, note, descriptor, O_CLOEXEC);
  CALL(close, note);
  if (!read_note(descriptor, &known, bytes)) {
    if (!write_note(descriptor, place)) return 0;
  } else if (!equal(known.path, place->path) || !equal(known.kind, place->kind)) return 0;
  return make_placeholder(place);
}

/* Twice by the same lock is once: by then the note is gone. */
static void release_places(const struct places *places)
{
  char name[17];
  struct status note;
  i64 lock;
  if (!places->count) return;
  i64 notes = lock_notes(places->directory, &lock);
  for (u32 i = places->count; i--;) {
    i64 held = FIRST_PLACE + i;
    if (CALL(statx, held, "", AT_EMPTY_PATH, STATX_BASIC, &note) < 0 || !note.links) continue;
    if (CALL(flock, held, LOCK_EX | LOCK_NB) < 0) continue;
    remove_placeholder(&places->list[i]);
    name_note(places->list[i].path, name);
    CALL(unlinkat, notes, name, 0);
  }
  CALL(close, lock);
  CALL(close, notes);
}

static void sweep_note(i64 notes, const char *name)
{
  static char bytes[LONGEST_NOTE];
  struct place place;
  i64 note = CALL(openat, notes, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (note >= 0 && CALL(flock, note, LOCK_EX | LOCK_NB) == 0) {
    if (read_note(note, &place, bytes)) remove_placeholder(&place);
    CALL(unlinkat, notes, name, 0);
  }
  CALL(close, note);
}

/* struct linux_dirent64 */
struct entry { u64 inode, offset; u16 length; u8 type; char name[]; };

/* What was left by sandboxes that were killed together with their sweepers. */
static void sweep_notes(i64 notes)
{
  static u64 bytes[512];
  i64 length;
  while ((length = CALL(getdents64, notes, bytes, sizeof bytes)) > 0) {
    for (i64 at = 0; at < length;) {
      struct entry *entry = (struct entry *)((u8 *)bytes + at);
      if (length_of(entry->name) == 16) sweep_note(notes, entry->name);
      at += entry->length;
    }
  }
}

/*
 * The process that outlives all others. It has to know when nothing inside can run any more,
 * for a mount goes with the placeholder under it: inner sends a descriptor of itself, and
 * pid 1 of a sandbox is not dead before the rest of it is.
 */
static void become_sweeper(const struct places *places, i64 life)
{
  struct rights rights;
  CALL(setsid);
  CALL(chdir, "/");
  i64 nothing = CALL(openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  for (i64 i = 0; i < 3; i++) CALL(dup3, nothing, i, 0);
  move_descriptor(life, LIFE);
  CALL(close_range, 3, LIFE - 1, 0);
  CALL(close_range, LIFE + 1, FIRST_PLACE - 1, 0);
  CALL(close_range, FIRST_PLACE + places->count, ~0u, 0);
  if (receive_descriptors(LIFE, &rights)) {
    struct { int descriptor; u16 events, found; } inner = {rights.descriptors[0], POLLIN, 0};
    while (CALL(ppoll, &inner, 1, 0, 0, 0) == -EINTR) continue;
  }
  release_places(places);
  leave(0);
}

/* The end of a socket for inner to announce itself at; -1 when there is nothing to hold. */
static i64 hold_places(const struct places *places)
{
  int life[2];
  i64 lock;
  if (!places->count) return -1;
  i64 notes = lock_notes(places->directory, &lock);
  if (CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, life) < 0) fail("cannot make a socket", "");
  sweep_notes(notes);
  for (u32 i = 0; i < places->count; i++) {
    if (hold_place(notes, &places->list[i], FIRST_PLACE + i)) continue;
    CALL(close, lock);
    release_places(places);
    fail("nothing can be put, to keep it from being made, at ", places->list[i].path);
  }
  CALL(close, lock);
  CALL(close, notes);
  i64 sweeper = fork_process();
  if (sweeper < 0) fail("cannot start a process", "");
  if (sweeper == 0) {
    CALL(close, life[1]);
    become_sweeper(places, life[0]);
  }
  CALL(close, life[0]);
  return life[1];
}

/* For the sweeper. Where the kernel has no such descriptor, the end of the socket stands for it. */
static void announce(void)
{
  u32 count = 1;
  struct { void *base; u64 length; } part = {&count, sizeof count};
  i64 self = CALL(getpid);
  struct rights rights = {20, SOL_SOCKET, SCM_RIGHTS, {(int)CALL(pidfd_open, self, 0)}};
  struct message message = {0, 0, (void *)&part, 1, &rights, 24, 0};
  CALL(fcntl, LIFE, F_SETFD, FD_CLOEXEC);
  if (rights.descriptors[0] < 0) return;
  CALL(sendmsg, LIFE, &message, MSG_NOSIGNAL);
  CALL(close, rights.descriptors[0]);
  CALL(close, LIFE);
}

#include "ssh-agent.c"

/* ---- outer: the shell's child ---------------------------------------------------- */

/* What the launcher puts into the environment for the supervisor alone begins so. */
static const char SUPERVISOR_PREFIX[] = "PALE_SUPERVISOR";

struct outer {
  char **chain;
  const char *network, *supervisor;
  /* A descriptor for the supervisor alone; 0 for none. */
  i64 credentials;
  /* Path of a socket to be made, and its descriptor; 0 for none. */
  const char *ssh_agent;
  i64 ssh_agent_socket;
  char **overlays[MOST_OVERLAYS];
  u32 overlay_count;
  i64 pid, child;
  u32 files;
  struct places places;
  struct inheritance caller;
  struct relay *terminal;
};

/* Keep the entries that are (or are not) the supervisor's, in place. */
static char **filter_environment(char **environment, int for_supervisor)
{
  u64 kept = 0;
  for (u64 i = 0; environment[i]; i++) {
    if (begins_with(environment[i], SUPERVISOR_PREFIX) == for_supervisor) environment[kept++] = environment[i];
  }
  environment[kept] = 0;
  return environment;
}

static void open_file(struct outer *state, const char *path)
{
  i64 opened = CALL(openat, AT_FDCWD, path, O_RDONLY);
  if (opened < 0) fail("cannot open ", path);
  move_descriptor(opened, FIRST_FILE + state->files++);
}

/* At once: where the caller has left many descriptors open, the number is one of those of the files. */
static void take_credentials(struct outer *state, const char *number)
{
  move_descriptor((i64)read_number(&number), CREDENTIALS);
  state->credentials = CREDENTIALS;
}

/* The words after `--overlay`; gives the last of them. */
static char **read_overlay(struct outer *state, char **words)
{
  for (int i = 0; i < OVERLAY_WORDS; i++) if (!words[i]) fail(WRONG_CALL, "");
  if (state->overlay_count == MOST_OVERLAYS) fail("too many overlays", "");
  state->overlays[state->overlay_count++] = words;
  return words + OVERLAY_WORDS - 1;
}

static void read_arguments(struct outer *state, char **argv)
{
  for (; *argv && !equal(*argv, "--"); argv++) {
    if (equal(*argv, "--terminal")) state->terminal->chosen = 1;
    else if (equal(*argv, "--network") && argv[1]) state->network = *++argv;
    else if (equal(*argv, "--supervisor") && argv[1]) state->supervisor = *++argv;
    else if (equal(*argv, "--credentials") && argv[1]) take_credentials(state, *++argv);
    else if (equal(*argv, "--ssh-agent") && argv[1]) state->ssh_agent = *++argv;
    else if (equal(*argv, "--places") && argv[1]) state->places.directory = *++argv;
    else if (equal(*argv, "--place") && argv[1] && argv[2]) add_place(&state->places, argv + 1), argv += 2;
    else if (equal(*argv, "--overlay")) argv = read_overlay(state, argv + 1);
    else open_file(state, *argv);
  }
  if (!*argv || !argv[1]) fail(WRONG_CALL, "");
  state->chain = argv + 1;
}

static i64 read_option(int descriptor, int option, int *value)
{
  u32 length = sizeof *value;
  return CALL(getsockopt, descriptor, SOL_SOCKET, option, value, &length);
}

/*
 * A socket stays in the network that it was made in, and one of the host's can be made to
 * talk to anybody there: by sendto, or by connecting it a second time. All but a local
 * stream that has its peer.
 */
static int is_bound_to_its_peer(int descriptor)
{
  u8 name[128];
  u32 length = sizeof name;
  int domain = 0, type = 0;
  i64 found = read_option(descriptor, SO_DOMAIN, &domain);
  if (found == -ENOTSOCK || found == -EBADF) return 1;
  if (found < 0 || read_option(descriptor, SO_TYPE, &type) < 0 || domain != AF_UNIX) return 0;
  if (type != SOCK_STREAM && type != SOCK_SEQPACKET) return 0;
  return CALL(getpeername, descriptor, name, &length) == 0;
}

static void refuse_open_sockets(void)
{
  for (int i = 0; i < 3; i++) {
    if (!is_bound_to_its_peer(i)) fail("a standard stream is a socket that leads into the host's network", "");
  }
}

/* The runtime that executes us ignores these for itself; its caller did not mean that. */
static const sigset RUNTIME = BIT(SIGPIPE) | BIT(SIGXFSZ);

static sigset read_ignored(void)
{
  sigset ignored = 0;
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    struct sigaction action = {0, 0, 0, 0};
    CALL(rt_sigaction, signal, 0, &action, sizeof(sigset));
    if (action.handler == SIG_IGN) ignored |= BIT(signal);
  }
  return ignored & ~RUNTIME;
}

/* From here on nothing outlives `parent`; bubblewrap asks for the same, but later. */
static void die_with(i64 parent)
{
  CALL(prctl, PR_SET_PDEATHSIG, SIGKILL);
  if (CALL(getppid) != parent) leave(0);
}

/* All else is the agent's affair; a fault of bubblewrap's own ends it all the same. */
static const sigset OWN = BIT(SIGCHLD) | BIT(SIGCONT);

static void become_chain(struct outer *state, char **environment)
{
  die_with(state->pid);
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    set_disposition(signal, OWN & BIT(signal) ? SIG_DFL : SIG_IGN);
  }
  set_mask(state->caller.mask);
  run(state->chain[0], state->chain, filter_environment(environment, 0));
}

/*
 * It ends with this process, however that ends; it lives in the host's network. The
 * terminal is not its own: no Ctrl-C reaches it, and nothing of it is seen there.
 */
static void become_supervisor(struct outer *state, struct rights *rights, u32 count, char **environment)
{
  char *argv[] = {(char *)state->supervisor, "supervise", 0};
  die_with(state->pid);
  CALL(setsid);
  for (u32 i = 0; i < count; i++) move_descriptor(rights->descriptors[i], FIRST_LISTENER + i);
  if (state->credentials) move_descriptor(state->credentials, CREDENTIALS);
  if (state->ssh_agent) move_descriptor(state->ssh_agent_socket, SSH_AGENT);
  CALL(close_range, 3, (state->ssh_agent ? SSH_AGENT : CREDENTIALS) - 1, 0);
  i64 nothing = CALL(openat, AT_FDCWD, "/dev/null", O_RDWR);
  for (i64 i = 0; i < 3; i++) CALL(dup3, nothing, i, 0);
  set_mask(0);
  run(state->supervisor, argv, filter_environment(environment, 1));
}

static void start_chain(struct outer *state, char **environment)
{
  static struct network_file file;
  struct rights rights;
  int channel[2], network[2];
  i64 life = hold_places(&state->places);
  if (state->ssh_agent) state->ssh_agent_socket = open_ssh_agent(state->ssh_agent);
  if (state->network) read_network_file(state->network, &file);
  if (state->terminal->chosen) prepare_terminal(state->terminal);
  if (CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0 ||
      CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, network) < 0) fail("cannot make a socket", "");
  state->child = fork_process();
  if (state->child < 0) fail("cannot start a process", "");
  if (state->child == 0) {
    die_with(state->pid);
    if (state->credentials) CALL(close, state->credentials);
    move_descriptor(channel[1], CHANNEL);
    if (life >= 0) move_descriptor(life, LIFE);
    enter_terminal(state->terminal);
    if (file.has_network) enter_network(&file, network[1]);
    else if (state->network) enter_user_namespace(&file, 0);
    mount_overlays(state->overlays, state->overlay_count);
    become_chain(state, environment);
  }
  CALL(close, network[1]);
  u32 count = file.has_network ? receive_descriptors(network[0], &rights) : 0;
  if (count && fork_process() == 0) become_supervisor(state, &rights, count, environment);
  move_descriptor(channel[0], CHANNEL);
  CALL(close_range, 3, (state->terminal->exists ? RELAY_IN : CHANNEL) - 1, 0);
  CALL(close_range, MASTER + 1, CHANNEL - 1, 0);
  CALL(close_range, CHANNEL + 1, FIRST_PLACE - 1, 0);
  CALL(close_range, FIRST_PLACE + state->places.count, ~0u, 0);
}

static void reap_chain(struct outer *state)
{
  int status = 0;
  i64 pid;
  while ((pid = CALL(wait4, -1, &status, WNOHANG, 0)) > 0) {
    if (pid != state->child) continue;
    remove_ssh_agent(state->ssh_agent);
    end_terminal(state->terminal);
    /* Killed, it may have left something inside alive for a moment: the sweeper waits for that. */
    if (!(status & 0x7f)) release_places(&state->places);
    leave(exit_code(status));
  }
}

/* Before there is an agent, signals wait where they are. */
static const sigset EARLY = BIT(SIGCHLD) | BIT(SIGIO);

static void welcome_inner(struct outer *state)
{
  struct relay *terminal = state->terminal;
  terminal->ready = 1;
  if (terminal->exists && terminal->wanted && is_foreground()) take_terminal(terminal);
  state->caller.foreground = (u64)terminal->raw;
  send(&state->caller, sizeof state->caller);
  watch_signals(ALL_SIGNALS);
}

/* Stop as the agent has, for the shell to see; but not for a stop that is over. */
static void follow_agent(struct outer *state)
{
  u8 told, signal = SIGCONT;
  while (CALL(read, CHANNEL, &told, 1) == 1) {
    if (told == READY) welcome_inner(state);
    else signal = told;
  }
  if (signal == SIGCONT || is_for_terminal(state->terminal, signal)) return;
  if (state->terminal->exists) drain(state->terminal, 0);
  give_terminal_back(state->terminal);
  CALL(kill, state->pid, SIGSTOP);
}

static int await_signal(struct outer *state, struct siginfo *info)
{
  struct relay *terminal = state->terminal;
  if (!terminal->chosen) return next_signal(ALL_SIGNALS, info, 0);
  for (;;) {
    int signal = next_signal(terminal->ready ? ALL_SIGNALS : EARLY, info, 1);
    if (signal) return signal;
    relay_terminal(terminal);
  }
}

static void outer(char **argv, char **environment)
{
  static struct relay terminal;
  struct outer state;
  struct siginfo info;
  memset(&state, 0, sizeof state);
  state.terminal = &terminal;
  state.caller.mask = set_mask(ALL_SIGNALS);
  state.caller.ignored = read_ignored();
  state.pid = CALL(getpid);
  set_disposition(SIGCHLD, SIG_DFL);
  read_arguments(&state, argv);
  refuse_open_sockets();
  start_chain(&state, environment);
  if (terminal.chosen) watch_signals(EARLY);
  else send(&state.caller, sizeof state.caller);
  watch(CHANNEL);
  follow_agent(&state);
  for (;;) {
    int signal = await_signal(&state, &info);
    u8 byte = (u8)signal;
    if (signal == SIGCHLD) reap_chain(&state);
    if (signal == SIGIO) follow_agent(&state);
    if (relay_signal(&terminal, signal, &info)) continue;
    if (is_passed_on(signal, &info)) send(&byte, sizeof byte);
  }
}

/* ---- dial and ports: the supervisor's ways into the network namespace -------------- */

/*
 * Whoever made a user namespace may enter it, and has every capability there; the network
 * namespace belongs to it. Without both this process would still be in the host's network.
 */
static void join_network(const char *parent)
{
  if (CALL(setns, USER_NAMESPACE, CLONE_NEWUSER) < 0 || CALL(setns, NETWORK_NAMESPACE, CLONE_NEWNET) < 0)
    fail("cannot enter the sandbox's network", "");
  die_with((i64)read_number(&parent));
  CALL(close_range, USER_NAMESPACE, ~0u, 0);
  set_disposition(SIGPIPE, SIG_IGN);
  set_mask(0);
}

static u16 read_port(const char *text)
{
  u64 port = 0;
  for (; *text >= '0' && *text <= '9' && port < 65536; text++) port = port * 10 + (u64)(*text - '0');
  if (*text || port < 1 || port > 65535) fail(WRONG_CALL, "");
  return (u16)port;
}

/* struct sockaddr_in or sockaddr_in6, always of loopback. */
struct address { u16 family; u8 port[2], rest[24]; };

static i64 connect_socket(const struct address *address, u64 length)
{
  i64 made = CALL(socket, address->family, SOCK_STREAM, 0);
  if (made < 0 || CALL(connect, made, address, length) == 0) return made;
  CALL(close, made);
  return -1;
}

static i64 connect_loopback(u16 port)
{
  u8 high = (u8)(port >> 8), low = (u8)port;
  struct address four = {AF_INET, {high, low}, {127, 0, 0, 1}};
  struct address six = {AF_INET6, {high, low}, {[19] = 1}};
  i64 made = connect_socket(&four, 16);
  return made < 0 ? connect_socket(&six, 28) : made;
}

enum { CLIENT_IN = 0, CLIENT_OUT = 1, SERVER_IN = 3, SERVER_OUT = 4, FIRST_UNUSED = 5 };

struct direction { int from, to, ended; u64 start, end; u8 bytes[65536]; };

/* A socket closed before its end was passed on is reset: what was cut off must not look whole. */
static void set_reset(i64 descriptor, int on)
{
  int linger[2] = {on, 0};
  CALL(setsockopt, descriptor, SOL_SOCKET, SO_LINGER, linger, sizeof linger);
}

static void prepare_socket(i64 descriptor)
{
  static const int on = 1;
  set_reset(descriptor, 1);
  CALL(setsockopt, descriptor, SOL_TCP, TCP_NODELAY, &on, sizeof on);
  CALL(fcntl, descriptor, F_SETFL, O_NONBLOCK);
}

static int is_fatal(i64 result) { return result < 0 && result != -EAGAIN && result != -EINTR; }

static void end_direction(struct direction *way)
{
  set_reset(way->to, 0);
  CALL(shutdown, way->to, SHUT_WR);
  CALL(close, way->to);
  way->ended = 1;
}

static int write_some(struct direction *way)
{
  i64 length = CALL(write, way->to, way->bytes + way->start, way->end - way->start);
  if (length > 0) way->start += (u64)length;
  return !is_fatal(length);
}

static int read_some(struct direction *way)
{
  i64 length = CALL(read, way->from, way->bytes, sizeof way->bytes);
  if (length < 0) return !is_fatal(length);
  way->start = 0;
  way->end = (u64)length;
  if (length) return write_some(way);
  end_direction(way);
  return 1;
}

/* A direction waits for one thing at a time; and for the other end to go, whatever it waits for. */
static void watch_direction(const struct direction *way, struct watched *watched)
{
  int full = way->start < way->end;
  watched[0] = (struct watched){way->ended || full ? -1 : way->from, POLLIN, 0};
  watched[1] = (struct watched){way->ended ? -1 : way->to, full ? POLLOUT : 0, 0};
}

/* 0 when the connection is broken. */
static int advance(struct direction *way, const struct watched *watched)
{
  if (way->start < way->end) return !watched[1].found || write_some(way);
  if (watched[1].found) return 0;
  return !watched[0].found || read_some(way);
}

static void relay(void)
{
  static struct direction in, out;
  struct watched watched[4];
  in.from = CLIENT_IN, in.to = SERVER_OUT;
  out.from = SERVER_IN, out.to = CLIENT_OUT;
  while (!in.ended || !out.ended) {
    watch_direction(&in, watched);
    watch_direction(&out, watched + 2);
    CALL(ppoll, watched, 4, 0, 0, 0);
    if (!advance(&in, watched) || !advance(&out, watched + 2)) return;
  }
}

/* One connection, of standard input and output, to a port of the sandbox's own loopback. */
static void dial(char **argv)
{
  u16 port = read_port(argv[1]);
  join_network(argv[0]);
  set_reset(CLIENT_IN, 1);
  i64 made = connect_loopback(port);
  if (made < 0) leave(1);
  move_descriptor(made, SERVER_IN);
  CALL(dup3, SERVER_IN, SERVER_OUT, 0);
  CALL(close_range, FIRST_UNUSED, ~0u, 0);
  prepare_socket(CLIENT_IN);
  prepare_socket(CLIENT_OUT);
  prepare_socket(SERVER_IN);
  relay();
  leave(0);
}

/* One bit for each port. */
struct ports { u8 bits[65536 / 8]; };

/* What `dial` reaches: any address, 127.0.0.1, ::1 and 127.0.0.1 as IPv6 has it. */
static const char *const REACHED[] = {
  "00000000:", "0100007F:", "00000000000000000000000000000000:",
  "00000000000000000000000001000000:", "0000000000000000FFFF00000100007F:",
};

static void note_listener(const char *local, struct ports *ports)
{
  for (u64 i = 0; i < sizeof REACHED / sizeof *REACHED; i++) {
    if (!begins_with(local, REACHED[i])) continue;
    u32 port = 0;
    for (const char *digit = local + length_of(REACHED[i]); *digit; digit++) {
      port = port * 16 + (u32)(*digit <= '9' ? *digit - '0' : *digit - 'A' + 10);
    }
    ports->bits[(port & 0xffff) >> 3] |= (u8)(1 << (port & 7));
  }
}

struct line { u32 words, length; char local[64], word[64]; };

/* The second word of a line is the local address, the fourth the state: 0A is listening. */
static void end_word(struct line *line, struct ports *ports)
{
  if (!line->length) return;
  line->word[line->length++] = 0;
  if (line->words == 1) memcpy(line->local, line->word, line->length);
  if (line->words == 3 && equal(line->word, "0A")) note_listener(line->local, ports);
  line->words++;
  line->length = 0;
}

static void read_listeners(const char *path, struct ports *ports)
{
  static u8 bytes[4096];
  struct line line = {0, 0, {0}, {0}};
  i64 opened = CALL(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC), length;
  while ((length = CALL(read, opened, bytes, sizeof bytes)) > 0) {
    for (i64 i = 0; i < length; i++) {
      if (bytes[i] <= ' ') end_word(&line, ports);
      else if (line.length < sizeof line.word - 1) line.word[line.length++] = (char)bytes[i];
      if (bytes[i] == '\n') line.words = 0;
    }
  }
  CALL(close, opened);
}

static void write_all(const char *bytes, u64 length)
{
  while (length) {
    i64 written = CALL(write, 1, bytes, length);
    if (is_fatal(written)) leave(0);
    if (written > 0) bytes += written, length -= (u64)written;
  }
}

static void write_ports(const struct ports *ports)
{
  static char text[65536 * 6];
  u64 length = 0;
  for (u32 port = 1; port < 65536; port++) {
    if (!(ports->bits[port >> 3] & 1 << (port & 7))) continue;
    if (length) text[length++] = ' ';
    for (u32 unit = port < 10 ? 1 : port < 100 ? 10 : port < 1000 ? 100 : port < 10000 ? 1000 : 10000; unit; unit /= 10) {
      text[length++] = (char)('0' + port / unit % 10);
    }
  }
  text[length++] = '\n';
  write_all(text, length);
}

static int differ(const struct ports *a, const struct ports *b)
{
  for (u64 i = 0; i < sizeof a->bits; i++) {
    if (a->bits[i] != b->bits[i]) return 1;
  }
  return 0;
}

/* A line with the ports that `dial` would reach, at once and whenever they have changed. */
static void ports(char **argv)
{
  static struct ports told, found;
  join_network(argv[0]);
  for (int first = 1;; first = 0) {
    u64 pause[2] = {0, 500000000};
    struct watched reader = {1, 0, 0};
    memset(&found, 0, sizeof found);
    read_listeners("/proc/self/net/tcp", &found);
    read_listeners("/proc/self/net/tcp6", &found);
    if (first || differ(&told, &found)) write_ports(&found);
    told = found;
    CALL(ppoll, &reader, 1, pause, 0, 0);
    if (reader.found) leave(0);
  }
}

#include "errand.c"
#include "enter.c"
#include "nested.c"

/* ---- */

__attribute__((used)) void begin(u64 *stack)
{
  u64 count = stack[0];
  char **argv = (char **)(stack + 1), **environment = argv + count + 1;
  if (count >= 4 && equal(argv[1], "outer")) outer(argv + 2, environment);
  if (count >= 4 && equal(argv[1], "inner")) inner(argv + 2, environment);
  if (count >= 8 && equal(argv[1], "enter")) enter(argv + 2, environment);
  if (count == 4 && equal(argv[1], "dial")) dial(argv + 2);
  if (count == 3 && equal(argv[1], "ports")) ports(argv + 2);
  if (count >= 4 && equal(argv[1], "errand")) errand(argv + 2, environment);
  if (count >= 4 && equal(argv[1], "nested")) nested(argv + 2, environment);
  if (count == 2 && equal(argv[1], "filter")) filter_stream(0);
  if (count == 3 && equal(argv[1], "filter")) filter_stream(read_number((const char **)(argv + 2)));
  fail(WRONG_CALL, "");
}
