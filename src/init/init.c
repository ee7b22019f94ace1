/*
 * pale-init: the first process of every sandbox, and the last of pale outside of it.
 *
 * bubblewrap's monitor sits in the shell's foreground process group with default
 * dispositions: Ctrl-C kills it, and the sandbox with it, before a handler inside has
 * run. Nobody passes a SIGTERM on, and nobody tells the shell when the agent stops
 * itself. This program mends that without a terminal in between. docs/init.md has the
 * protocol; test/init holds every claim made here.
 *
 *   init outer [FILE]... [--network FILE --supervisor PROGRAM] -- CHAIN ARGS...
 *   init inner [--at PATH MAJOR:MINOR:INODE]... PROGRAM ARGV0 ARGS...
 *   init dial PARENT PORT
 *   init ports PARENT
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
  NR_listen = 50, NR_socketpair = 53, NR_setsockopt = 54, NR_clone = 56, NR_execve = 59,
  NR_wait4 = 61, NR_kill = 62, NR_fcntl = 72, NR_getppid = 110, NR_setsid = 112, NR_getpgid = 121, NR_rt_sigtimedwait = 128,
  NR_prctl = 157, NR_exit_group = 231, NR_openat = 257, NR_ppoll = 271, NR_unshare = 272, NR_dup3 = 292,
  NR_setns = 308, NR_statx = 332,
  NR_close_range = 436,
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
  NR_dup3 = 24, NR_fcntl = 25, NR_ioctl = 29, NR_openat = 56, NR_close = 57, NR_read = 63,
  NR_write = 64, NR_ppoll = 73, NR_exit_group = 94, NR_unshare = 97, NR_kill = 129, NR_rt_sigaction = 134,
  NR_rt_sigprocmask = 135, NR_rt_sigtimedwait = 137, NR_getpgid = 155, NR_setsid = 157, NR_prctl = 167, NR_getpid = 172,
  NR_getppid = 173, NR_socket = 198, NR_socketpair = 199, NR_bind = 200, NR_listen = 201,
  NR_connect = 203, NR_sendto = 206, NR_setsockopt = 208, NR_shutdown = 210, NR_sendmsg = 211, NR_recvmsg = 212, NR_clone = 220, NR_execve = 221,
  NR_wait4 = 260, NR_setns = 268, NR_statx = 291, NR_close_range = 436,
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
  ENOENT = 2, EINTR = 4, EAGAIN = 11, ENOTDIR = 20,
  AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, STATX_INO = 0x100,
  O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_NONBLOCK = 04000, O_ASYNC = 020000,
  O_CLOEXEC = 02000000, F_SETFD = 2, F_SETFL = 4, F_SETOWN = 8, FD_CLOEXEC = 1,
  AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_CLOEXEC = 02000000,
  SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_LINGER = 13, SOL_TCP = 6, TCP_NODELAY = 1,
  SHUT_WR = 1, POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, SCM_RIGHTS = 1, MSG_NOSIGNAL = 0x4000,
  SIG_BLOCK = 0, SIG_SETMASK = 2, WNOHANG = 1, WUNTRACED = 2, WCONTINUED = 8,
  SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11, SIGPIPE = 13,
   SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19, SIGXFSZ = 25, SIGIO = 29, SIGSYS = 31, LAST_SIGNAL = 64,
  PR_SET_PDEATHSIG = 1,
  CLONE_NEWUSER = 0x10000000, CLONE_NEWNET = 0x40000000,
  SIOCGIFFLAGS = 0x8913, SIOCSIFFLAGS = 0x8914, IFF_UP = 1,
};

/* ---- fixed descriptors and codes, known to src/plan/bwrap.ts and src/supervise ---- */

enum {
  CHANNEL = 199,      /* between outer and inner */
  FIRST_FILE = 200,   /* the files named to outer, in order */
  FIRST_LISTENER = 300, /* the supervisor's listening sockets, in the order of the network file; both namespaces */
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
static void close_all_but_channel(void)
{
  CALL(close_range, 3, CHANNEL - 1, 0);
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
struct inheritance { sigset ignored, mask; };

/* Without SIGPIPE when the other end is gone: it would be waited for like any other signal. */
static void send(const void *data, u64 length)
{
  CALL(sendto, CHANNEL, data, length, MSG_NOSIGNAL);
}

/* ---- inner: pid 1 of the sandbox ------------------------------------------------ */

struct inner { i64 agent; int stopped; sigset seen; };

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
  if (next_signal(BIT(signal), &info, 1)) state->seen |= BIT(signal);
  int has_it = state->seen & BIT(signal) ? 1 : 0;
  state->seen &= ~BIT(signal);
  /* Continued as a job, while it is in a group of its own. */
  if (signal == SIGCONT && state->stopped && !is_in_our_group(state->agent)) has_it = 0;
  if (!has_it) CALL(kill, state->agent, signal);
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
  }
  if (length == 0) leave(128 + SIGKILL);
}

static void become_agent(char **argv, char **environment, const struct inheritance *caller)
{
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    set_disposition(signal, caller->ignored & BIT(signal) ? SIG_IGN : SIG_DFL);
  }
  set_mask(caller->mask);
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

static int is_mounted(const char *path, const char *identity)
{
  struct status found;
  if (CALL(statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO, &found) < 0) return 0;
  if (found.major != read_number(&identity) || found.minor != read_number(&identity)) return 0;
  if (found.inode != read_number(&identity)) return 0;
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

static void inner(char **argv, char **environment)
{
  struct inner state = {0, 0, 0};
  struct siginfo info;
  argv = verify_mounts(argv);
  struct inheritance caller = {0, set_mask(ALL_SIGNALS)}, told;
  i64 length = CALL(read, CHANNEL, &told, sizeof told);
  if (length == sizeof told) caller = told;
  if (length == 0) leave(128 + SIGKILL);
  set_disposition(SIGCHLD, SIG_DFL);
  watch(CHANNEL);
  while (next_signal(ALL_SIGNALS, &info, 1)) continue;
  state.agent = fork_process();
  if (state.agent < 0) fail("cannot start a process", "");
  if (state.agent == 0) become_agent(argv, environment, &caller);
  close_all_but_channel();
  read_deliveries(&state);
  for (;;) {
    int signal = next_signal(ALL_SIGNALS, &info, 0);
    if (is_passed_on(signal, &info)) state.seen |= BIT(signal);
    if (signal == SIGCHLD) reap(&state);
    if (signal == SIGIO) read_deliveries(&state);
  }
}

/* ---- the network namespace, with the doors of the proxy in it -------------------- */

enum { MOST_LISTENERS = 64 };

/* Made by src/launch/network-file.ts. */
struct network_file {
  u32 count, uid_map_length, gid_map_length, pad;
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

/* Leave the host's network for an empty one, and send the ways into it back out. */
static void enter_network(struct network_file *file, i64 channel)
{
  struct rights rights;
  if (CALL(unshare, CLONE_NEWUSER | CLONE_NEWNET) < 0) fail("cannot make a network namespace", "");
  write_file("/proc/self/setgroups", "deny", 4);
  write_file("/proc/self/uid_map", file->uid_map, file->uid_map_length);
  write_file("/proc/self/gid_map", file->gid_map, file->gid_map_length);
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

/* ---- outer: the shell's child ---------------------------------------------------- */

/* What the launcher puts into the environment for the supervisor alone begins so. */
static const char SUPERVISOR_PREFIX[] = "PALE_SUPERVISOR";

struct outer {
  char **chain;
  const char *network, *supervisor;
  i64 pid, child;
  u32 files;
  struct inheritance caller;
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

static void read_arguments(struct outer *state, char **argv)
{
  for (; *argv && !equal(*argv, "--"); argv++) {
    if (equal(*argv, "--network") && argv[1]) state->network = *++argv;
    else if (equal(*argv, "--supervisor") && argv[1]) state->supervisor = *++argv;
    else open_file(state, *argv);
  }
  if (!*argv || !argv[1]) fail(WRONG_CALL, "");
  state->chain = argv + 1;
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
  if (state->network) read_network_file(state->network, &file);
  if (CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0 ||
      CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, network) < 0) fail("cannot make a socket", "");
  state->child = fork_process();
  if (state->child < 0) fail("cannot start a process", "");
  if (state->child == 0) {
    die_with(state->pid);
    move_descriptor(channel[1], CHANNEL);
    if (state->network) enter_network(&file, network[1]);
    become_chain(state, environment);
  }
  CALL(close, network[1]);
  u32 count = state->network ? receive_descriptors(network[0], &rights) : 0;
  if (count && fork_process() == 0) become_supervisor(state, &rights, count, environment);
  move_descriptor(channel[0], CHANNEL);
  close_all_but_channel();
}

static void reap_chain(struct outer *state)
{
  int status = 0;
  i64 pid;
  while ((pid = CALL(wait4, -1, &status, WNOHANG, 0)) > 0) {
    if (pid == state->child) leave(exit_code(status));
  }
}

/* Stop as the agent has, for the shell to see; but not for a stop that is over. */
static void follow_agent(struct outer *state)
{
  u8 signal = SIGCONT;
  while (CALL(read, CHANNEL, &signal, 1) == 1) continue;
  if (signal != SIGCONT) CALL(kill, state->pid, SIGSTOP);
}

static void outer(char **argv, char **environment)
{
  struct outer state;
  struct siginfo info;
  memset(&state, 0, sizeof state);
  state.caller.mask = set_mask(ALL_SIGNALS);
  state.caller.ignored = read_ignored();
  state.pid = CALL(getpid);
  set_disposition(SIGCHLD, SIG_DFL);
  read_arguments(&state, argv);
  start_chain(&state, environment);
  send(&state.caller, sizeof state.caller);
  watch(CHANNEL);
  follow_agent(&state);
  for (;;) {
    int signal = next_signal(ALL_SIGNALS, &info, 0);
    u8 byte = (u8)signal;
    if (signal == SIGCHLD) reap_chain(&state);
    if (signal == SIGIO) follow_agent(&state);
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
struct watched { int descriptor; u16 events, found; };

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

/* ---- */

__attribute__((used)) void begin(u64 *stack)
{
  u64 count = stack[0];
  char **argv = (char **)(stack + 1), **environment = argv + count + 1;
  if (count >= 4 && equal(argv[1], "outer")) outer(argv + 2, environment);
  if (count >= 4 && equal(argv[1], "inner")) inner(argv + 2, environment);
  if (count == 4 && equal(argv[1], "dial")) dial(argv + 2);
  if (count == 3 && equal(argv[1], "ports")) ports(argv + 2);
  fail(WRONG_CALL, "");
}
