/* ---- inner: pid 1 of the sandbox ------------------------------------------------ */

struct inner { i64 agent; int stopped, terminal; sigset seen; };

static void tell(u8 signal) { send(&signal, sizeof signal); }

static void reap(struct inner *state)
{
  int status = 0;
  i64 pid;
  while ((pid = CALL(wait4, -1, &status, WNOHANG | WUNTRACED | WCONTINUED, 0)) > 0) {
    if (pid != state->agent) continue;
    if (has_ended(status)) tell(ENDED), leave(exit_code(status));
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
