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
    else if (told == ENDED) state->terminal->is_over = 1, signal = SIGCONT;
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
