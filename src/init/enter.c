/* ---- enter: one more command in a sandbox that runs ------------------------------- */

/*
 *   init enter PID START FILTER DIRECTORY [--terminal] -- NAME ARGS...
 *
 * PID is the sandbox's first process, START when it was started (field 22 of its stat), so
 * that another one with its number is not taken for it. The environment is the agent's.
 *
 * This process stays outside of the process namespace, where nothing inside can name it, but
 * gives up all else that it has before it starts anything inside: namespaces, root and working
 * directory, capabilities, and it gets the filter of the sandbox. What it starts, the attendant,
 * is visible inside, so until the command is executed neither can be looked into ("dumpable").
 *
 * Not the caller's terminal is the command's but a new one, of the sandbox's own: whatever runs
 * inside could open it by the command's descriptors, and would then still read what the caller
 * types when the command has long ended.
 */

enum {
  TCSETSW = 0x5403, PR_SET_SECCOMP = 22, SECCOMP_MODE_FILTER = 2, PR_CAPBSET_READ = 23,
  PR_CAPBSET_DROP = 24, PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_CLEAR_ALL = 4,
  CLONE_NEWUTS = 0x4000000, CLONE_NEWIPC = 0x8000000, CLONE_NEWPID = 0x20000000,
  CLONE_NEWCGROUP = 0x2000000, RESOURCES = 16, WALL = 0x40000000,
};

/* struct termios of the kernel: input, output, control and local modes. */
struct terminal { u32 input, output, control, local; u8 line, keys[19]; };

struct bytes { u64 start, end; u8 bytes[4096 + FILTER_ROOM]; };

struct visit {
  i64 attendant, signals, master, slave;
  /* The caller's terminal, for what is typed and for what is shown; -1 where it is not one. */
  int keyboard, screen, is_raw, has_ended, code;
  /* As in the sandbox itself: what is shown goes through the filter of escape sequences. */
  int is_filtered;
  struct escapes escapes;
  struct terminal saved;
  struct bytes typed, shown;
  struct inheritance caller;
};

/* ---- of whom the sandbox is ---- */

/* `/proc/PID/NAME` */
static const char *name_process_file(const char *pid, const char *name)
{
  static char path[64];
  u64 length = 0;
  const char *parts[] = {"/proc/", pid, "/", name};
  for (int i = 0; i < 4; i++) {
    for (const char *from = parts[i]; *from; from++) {
      if (length == sizeof path - 1) fail(WRONG_CALL, "");
      path[length++] = *from;
    }
  }
  path[length] = 0;
  return path;
}

/* Field 22; the name, the second, may hold anything, but no other has a parenthesis. */
static int is_started_at(const char *pid, const char *start)
{
  static char stat[1024];
  i64 opened = CALL(openat, AT_FDCWD, name_process_file(pid, "stat"), O_RDONLY | O_CLOEXEC);
  i64 length = CALL(read, opened, stat, sizeof stat - 1);
  CALL(close, opened);
  if (length <= 0) return 0;
  while (length && stat[length - 1] != ')') length--;
  const char *field = stat + length;
  for (int number = 2; number < 22; number++) {
    while (*field && *field != ' ') field++;
    if (*field) field++;
  }
  return begins_with(field, start) && field[length_of(start)] == ' ';
}

static const struct { const char *name; int flag, is_needed; } NAMESPACES[] = {
  {"ns/user", CLONE_NEWUSER, 1}, {"ns/mnt", CLONE_NEWNS, 1}, {"ns/pid", CLONE_NEWPID, 1},
  {"ns/ipc", CLONE_NEWIPC, 0}, {"ns/uts", CLONE_NEWUTS, 0}, {"ns/net", CLONE_NEWNET, 0},
  {"ns/cgroup", CLONE_NEWCGROUP, 0},
};

static u64 read_namespace(const char *pid, const char *name)
{
  struct status found;
  if (CALL(statx, AT_FDCWD, name_process_file(pid, name), 0, STATX_INO, &found) < 0) return 0;
  return found.inode;
}

/* Those that it does not share with us: one that is shared cannot be entered. */
static int find_namespaces(const char *pid)
{
  int flags = 0;
  for (u64 i = 0; i < sizeof NAMESPACES / sizeof *NAMESPACES; i++) {
    u64 own = read_namespace("self", NAMESPACES[i].name), its = read_namespace(pid, NAMESPACES[i].name);
    if (own != its) flags |= NAMESPACES[i].flag;
    else if (NAMESPACES[i].is_needed) fail("this is no sandbox: ", pid);
  }
  return flags;
}

struct resource_limit { u64 soft, hard; };

static void read_limits(const char *pid, struct resource_limit *limits)
{
  const char *digits = pid;
  i64 number = (i64)read_number(&digits);
  for (int i = 0; i < RESOURCES; i++) {
    if (CALL(prlimit64, number, i, 0, &limits[i]) < 0) fail("cannot read the limits of ", pid);
  }
}

/* As those of the sandbox, and never more than this process has. */
static void adopt_limits(const struct resource_limit *limits)
{
  for (int i = 0; i < RESOURCES; i++) {
    struct resource_limit limit = {0, 0};
    CALL(prlimit64, 0, i, 0, &limit);
    if (limits[i].hard < limit.hard) limit.hard = limits[i].hard;
    limit.soft = limits[i].soft < limit.hard ? limits[i].soft : limit.hard;
    if (CALL(prlimit64, 0, i, &limit, 0) < 0) fail("cannot set the limits of the sandbox", "");
  }
}

/* ---- in ---- */

static const char HAS_ENDED[] = "the sandbox has ended";

static void join_namespaces(const char *pid, const char *start, struct resource_limit *limits)
{
  const char *digits = pid;
  i64 number = (i64)read_number(&digits), target = CALL(pidfd_open, number, 0);
  if (target == -ENOSYS) fail("this kernel (before Linux 5.8) cannot enter a sandbox", "");
  if (target < 0 || !is_started_at(pid, start)) fail(HAS_ENDED, "");
  int flags = find_namespaces(pid);
  read_limits(pid, limits);
  /* Still alive, it was the same process all the time. */
  static const u64 at_once[2] = {0, 0};
  struct { int descriptor; u16 events, found; } ended = {(int)target, POLLIN, 0};
  if (CALL(ppoll, &ended, 1, at_once, 0, 0) != 0) fail(HAS_ENDED, "");
  if (CALL(setns, target, flags) < 0) fail("cannot enter the sandbox's namespaces", "");
  CALL(close, target);
}

static void drop_capabilities(void)
{
  struct { u32 version; int pid; } header = {0x20080522, 0};
  u32 none[6] = {0};
  i64 failed = CALL(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  for (int i = 0; CALL(prctl, PR_CAPBSET_READ, i) >= 0; i++) failed |= CALL(prctl, PR_CAPBSET_DROP, i);
  failed |= CALL(capset, &header, none);
  failed |= CALL(prctl, PR_SET_NO_NEW_PRIVS, 1);
  if (failed) fail("cannot give up capabilities", "");
}

/* The kernel takes no more than 4096 instructions of eight bytes. */
struct filter { u64 length; u8 bytes[4096 * 8 + 8]; };

static void read_filter(const char *path, struct filter *filter)
{
  i64 opened = CALL(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  i64 length = CALL(read, opened, filter->bytes, sizeof filter->bytes);
  CALL(close, opened);
  if (length <= 0 || length % 8) fail("cannot read ", path);
  filter->length = (u64)length;
}

static void apply_filter(struct filter *filter)
{
  struct { u16 length; void *instructions; } program = {(u16)(filter->length / 8), filter->bytes};
  if (CALL(prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) fail("cannot set the system call filter", "");
}

/* ---- the command's own terminal ---- */

static int is_terminal(int descriptor, struct terminal *found)
{
  return CALL(ioctl, descriptor, TCGETS, found) == 0;
}

static void copy_size(struct visit *state)
{
  u16 size[4];
  if (CALL(ioctl, state->screen, TIOCGWINSZ, size) == 0) CALL(ioctl, state->master, TIOCSWINSZ, size);
}

/* By its place in the file system that nobody inside can mount over. */
static void open_terminal(struct visit *state)
{
  static const int unlocked = 0;
  struct terminal found;
  state->master = state->slave = state->keyboard = state->screen = -1;
  for (int i = 2; i >= 0; i--) if (is_terminal(i, &state->saved)) state->screen = i;
  if (state->screen < 0) return;
  if (is_terminal(0, &state->saved)) state->keyboard = 0;
  if (is_terminal(2, &found)) state->screen = 2;
  if (is_terminal(1, &found)) state->screen = 1;
  state->master = CALL(openat, AT_FDCWD, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  CALL(ioctl, state->master, TIOCSPTLCK, &unlocked);
  state->slave = CALL(ioctl, state->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (state->master < 0 || state->slave < 0) fail("cannot make a terminal in the sandbox", "");
  struct terminal modes = state->saved;
  /* The caller's own then does what is done to output. */
  if (state->keyboard < 0) modes.output &= ~1u;
  CALL(ioctl, state->slave, TCSETSW, &modes);
  copy_size(state);
}

static void set_cooked(struct visit *state)
{
  if (state->is_raw) CALL(ioctl, state->keyboard, TCSETSW, &state->saved);
  state->is_raw = 0;
}

/* In the background the terminal is somebody else's. As `cfmakeraw(3)`. */
static void set_raw(struct visit *state)
{
  int group = 0;
  if (state->keyboard < 0 || state->is_raw) return;
  if (CALL(ioctl, state->keyboard, TIOCGPGRP, &group) < 0 || group != CALL(getpgid, 0)) return;
  struct terminal raw = state->saved;
  raw.input &= ~02753u;
  raw.output &= ~1u;
  raw.control = (raw.control & ~0460u) | 060;
  raw.local &= ~0100113u;
  raw.keys[5] = 0, raw.keys[6] = 1;
  if (CALL(ioctl, state->keyboard, TCSETSW, &raw) == 0) state->is_raw = 1;
}

/* ---- the attendant: inside, the command's parent ---- */

/* What it tells: a signal that the command has stopped by, or continued; or its end. */
struct message_of_attendant { u8 has_ended, value; };

static void tell_of(u8 has_ended, u8 value)
{
  struct message_of_attendant message = {has_ended, value};
  send(&message, sizeof message);
}

/* With the sandbox's PATH, which is in `environment`; directories that are not absolute are passed by. */
static void run_found(char **argv, char **environment)
{
  static char path[8192];
  const char *at = "";
  u64 name_length = length_of(argv[0]);
  int code = EXIT_NOT_FOUND;
  for (const char *name = argv[0]; *name; name++) if (*name == '/') run(argv[0], argv, environment);
  for (char **each = environment; *each; each++) if (begins_with(*each, "PATH=")) at = *each + 5;
  while (*at && name_length) {
    u64 length = 0;
    while (at[length] && at[length] != ':') length++;
    if (*at == '/' && length + name_length + 2 <= sizeof path) {
      memcpy(path, at, length);
      path[length] = '/';
      memcpy(path + length + 1, argv[0], name_length + 1);
      i64 error = -CALL(execve, path, argv, environment);
      if (error != ENOENT && error != ENOTDIR) code = EXIT_CANNOT_RUN;
    }
    at += length;
    if (*at) at++;
  }
  say("pale: cannot run ");
  say(argv[0]);
  say("\n");
  leave(code);
}

static void become_command(struct visit *state, char **argv, char **environment)
{
  int self = (int)CALL(getpid);
  CALL(setpgid, 0, 0);
  /* Every signal is blocked: it may do this from the background. */
  if (state->slave >= 0) CALL(ioctl, state->slave, TIOCSPGRP, &self);
  CALL(close_range, 3, ~0u, 0);
  restore_signals(&state->caller);
  run_found(argv, environment);
}

static void reap_command(struct inner *attendant)
{
  int status = 0;
  while (CALL(wait4, attendant->agent, &status, WNOHANG | WUNTRACED | WCONTINUED, 0) > 0) {
    if (has_ended(status)) tell_of(1, (u8)exit_code(status));
    else tell_of(0, has_stopped(status) ? (u8)(status >> 8) : SIGCONT);
  }
}

/* The end of the channel is the end of the process outside. */
static void pass_on(struct inner *attendant)
{
  u8 byte;
  i64 length;
  while ((length = CALL(read, CHANNEL, &byte, 1)) == 1) {
    int signal = byte & ~TO_GROUP;
    if (signal >= 1 && signal <= LAST_SIGNAL) CALL(kill, byte & TO_GROUP ? -attendant->agent : attendant->agent, signal);
  }
  if (length == 0) leave(128 + SIGKILL);
}

/* It stays until the process outside has ended: with its session the terminal would lose what is in it. */
static void attend(struct visit *state, const struct resource_limit *limits, char **argv, char **environment)
{
  struct inner attendant = {0, 0, 0, 0};
  struct siginfo info;
  struct terminal found;
  CALL(prctl, PR_SET_PDEATHSIG, SIGKILL);
  CALL(setsid);
  set_disposition(SIGCHLD, SIG_DFL);
  if (state->slave >= 0) CALL(ioctl, state->slave, TIOCSCTTY, 0);
  for (int i = 0; i < 3 && state->slave >= 0; i++) if (is_terminal(i, &found)) CALL(dup3, state->slave, i, 0);
  adopt_limits(limits);
  watch(CHANNEL);
  i64 self = CALL(getpid);
  attendant.agent = fork_process();
  if (attendant.agent < 0) fail("cannot start a process", "");
  if (attendant.agent == 0) {
    die_with(self);
    become_command(state, argv, environment);
  }
  CALL(close_range, 0, 2, 0);
  pass_on(&attendant);
  for (;;) {
    if (next_signal(BIT(SIGCHLD) | BIT(SIGIO), &info, 0) == SIGCHLD) reap_command(&attendant);
    else pass_on(&attendant);
  }
}

/* ---- outside: the shell's child ---- */

/*
 * Continued by the end of the attendant, also when it is stopped: the kernel ends no sandbox
 * before the last process in it has been waited for.
 */
static void start_attendant(struct visit *state, const struct resource_limit *limits, char **argv, char **environment)
{
  int channel[2];
  if (CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0) fail("cannot make a socket", "");
  state->attendant = CALL(clone, SIGCONT);
  if (state->attendant < 0) fail("cannot start a process in the sandbox", "");
  if (state->attendant == 0) {
    move_descriptor(channel[1], CHANNEL);
    CALL(close, channel[0]);
    CALL(close, state->master);
    CALL(close, state->signals);
    attend(state, limits, argv, environment);
  }
  CALL(close, channel[1]);
  CALL(close, state->slave);
  move_descriptor(channel[0], CHANNEL);
  watch(CHANNEL);
}

static i64 read_shown(struct visit *state)
{
  u8 bytes[4096];
  struct bytes *text = &state->shown;
  i64 length = CALL(read, state->master, bytes, sizeof bytes);
  if (length <= 0) return length;
  text->start = 0;
  text->end = (u64)length;
  if (state->is_filtered) text->end = filter_bytes(&state->escapes, bytes, (u64)length, text->bytes);
  else memcpy(text->bytes, bytes, (u64)length);
  return length;
}

static int show(struct visit *state)
{
  struct bytes *text = &state->shown;
  while (text->start < text->end) {
    i64 length = CALL(write, state->screen, text->bytes + text->start, text->end - text->start);
    if (is_fatal(length)) return 0;
    if (length > 0) text->start += (u64)length;
  }
  return 1;
}

/* What the command has left in its terminal; no more than that can hold: others may go on writing. */
static void show_rest(struct visit *state)
{
  if (!show(state)) return;
  for (int round = 0; round < 64 && read_shown(state) > 0; round++) if (!show(state)) return;
  state->shown.start = 0;
  state->shown.end = filter_end(&state->escapes, state->shown.bytes);
  show(state);
}

static void end_if_over(struct visit *state)
{
  int status = 0;
  if (!state->has_ended && CALL(wait4, state->attendant, &status, WNOHANG | WALL, 0) <= 0) return;
  show_rest(state);
  set_cooked(state);
  CALL(close, CHANNEL);
  if (state->has_ended) {
    while (CALL(wait4, state->attendant, &status, WALL, 0) == -EINTR) continue;
    leave(state->code);
  }
  if (status & 0x7f) say("pale: the sandbox has ended, or something in it has killed the command\n");
  leave(exit_code(status));
}

/* Stop as the command has, for the shell to see; but not for a stop that is over. */
static void follow_command(struct visit *state)
{
  struct message_of_attendant message = {0, SIGCONT};
  while (!state->has_ended && CALL(read, CHANNEL, &message, sizeof message) == sizeof message) {
    if (message.has_ended) state->has_ended = 1, state->code = message.value;
  }
  end_if_over(state);
  if (message.value == SIGCONT) return;
  i64 self = CALL(getpid);
  set_cooked(state);
  CALL(kill, self, SIGSTOP);
}

/* The terminal driver means the whole job, who names this process means the command. */
static void take_signal(struct visit *state, int signal, int code)
{
  u8 byte = (u8)signal | (code == SI_KERNEL || signal == SIGCONT ? TO_GROUP : 0);
  if (signal == SIGIO && code > 0) return follow_command(state);
  if (signal == SIGCHLD && code > 0) return;
  if (signal == SIGCONT) end_if_over(state), set_raw(state);
  if (state->master >= 0 && (signal == SIGWINCH || signal == SIGCONT)) copy_size(state);
  if (state->master < 0 || signal != SIGWINCH) send(&byte, sizeof byte);
}

static void take_signals(struct visit *state)
{
  struct { u32 number; int error, code; u8 rest[116]; } info;
  while (CALL(read, state->signals, &info, sizeof info) == sizeof info) take_signal(state, (int)info.number, info.code);
}

/* Fills what is empty, empties what is full; 0 when that end is gone. */
static int move_bytes(struct bytes *bytes, i64 from, i64 to)
{
  int is_full = bytes->start < bytes->end;
  i64 length = is_full ? CALL(write, to, bytes->bytes + bytes->start, bytes->end - bytes->start)
                       : CALL(read, from, bytes->bytes, 4096);
  if (is_full && length > 0) bytes->start += (u64)length;
  if (!is_full && length > 0) bytes->start = 0, bytes->end = (u64)length;
  return length > 0 || (length < 0 && !is_fatal(length));
}

static void attend_terminal(struct visit *state, const struct watched *watched)
{
  if (watched[1].found && !move_bytes(&state->typed, state->keyboard, state->master)) set_cooked(state);
  if (watched[2].found && !move_bytes(&state->typed, -1, state->master)) state->typed.end = state->typed.start;
  i64 shown = watched[3].found ? read_shown(state) : 1;
  if (shown == 0 || is_fatal(shown)) state->master = -1;
  if (watched[4].found && !move_bytes(&state->shown, -1, state->screen)) state->shown.end = state->shown.start;
}

/* Every wait is for one thing, so that nothing is read before there is room for it. */
static void wait_for_any(struct visit *state)
{
  int master = (int)state->master;
  int typed = state->typed.start < state->typed.end, shown = state->shown.start < state->shown.end;
  struct watched watched[5] = {
    {(int)state->signals, POLLIN, 0},
    {state->is_raw && !typed ? state->keyboard : -1, POLLIN, 0},
    {typed ? master : -1, POLLOUT, 0},
    {shown ? -1 : master, POLLIN, 0},
    {shown ? state->screen : -1, POLLOUT, 0},
  };
  CALL(ppoll, watched, 5, 0, 0, 0);
  attend_terminal(state, watched);
  if (watched[0].found) take_signals(state);
}

/* What this process was told is nobody's business inside, where its command line can be read. */
static void forget(char **words, int count)
{
  for (int i = 0; i < count; i++) memset(words[i], '-', length_of(words[i]));
}

static void enter(char **argv, char **environment)
{
  static struct visit state;
  static struct resource_limit limits[RESOURCES];
  static struct filter filter;
  static const sigset all = ALL_SIGNALS;
  if (!argv[1] || !argv[2] || !argv[3] || !argv[4]) fail(WRONG_CALL, "");
  char **command = argv + 4;
  if (equal(*command, "--terminal")) state.is_filtered = 1, command++;
  if (!*command || !equal(*command, "--") || !command[1]) fail(WRONG_CALL, "");
  state.caller.mask = set_mask(ALL_SIGNALS);
  state.caller.ignored = read_ignored();
  set_disposition(SIGCHLD, SIG_DFL);
  set_disposition(SIGCONT, SIG_DFL);
  CALL(prctl, PR_SET_DUMPABLE, 0);
  CALL(close_range, 3, ~0u, 0);
  refuse_open_sockets();
  read_filter(argv[2], &filter);
  join_namespaces(argv[0], argv[1], limits);
  CALL(prctl, PR_SET_DUMPABLE, 0);
  open_terminal(&state);
  state.signals = CALL(signalfd4, -1, &all, sizeof all, O_CLOEXEC | O_NONBLOCK);
  drop_capabilities();
  apply_filter(&filter);
  if (CALL(chdir, argv[3]) < 0) fail("cannot enter ", argv[3]);
  forget(argv, 4);
  start_attendant(&state, limits, command + 1, environment);
  set_raw(&state);
  take_signal(&state, SIGIO, 1);
  for (;;) wait_for_any(&state);
}
