/*
 * A terminal of the sandbox's own, between the agent and the user's, so that what the agent
 * writes can be filtered (filter.c). Outer holds the master and relays; inner leads a session of
 * its own with the slave as its terminal, and the agent has a process group of its own in it.
 *
 * The user's terminal is in raw mode only while the agent has it: keys are turned into signals
 * by the slave's line discipline, inside. It is not taken before the agent is there, nor in the
 * background; and where a standard stream leads elsewhere, so that another program may be reading
 * the keys, not before the agent wants it. Until then the agent's group is in the background
 * inside as well, and the kernel tells when it reads: it stops, and outer, if it has the
 * terminal, takes it and continues the agent.
 */

/* Of asm/termbits.h and asm/ioctls.h; the same on both architectures. */
struct modes { u32 in, out, control, local; u8 line, keys[19]; };
enum {
  TCGETS = 0x5401, TCSETS = 0x5402, TIOCSCTTY = 0x540e, TIOCGPGRP = 0x540f, TIOCSPGRP = 0x5410,
  TIOCGWINSZ = 0x5413, TIOCSWINSZ = 0x5414, TIOCGPTPEER = 0x5441,
  IGNBRK = 1, BRKINT = 2, PARMRK = 8, ISTRIP = 040, INLCR = 0100, IGNCR = 0200, ICRNL = 0400,
  IXON = 02000, OPOST = 1, ISIG = 1, ICANON = 2, ECHO = 010, ECHONL = 0100, IEXTEN = 0100000,
  VTIME = 5, VMIN = 6, SI_KERNEL = 0x80,
};
#define TIOCSPTLCK 0x40045431u

enum {
  SOME_INPUT = 4096, SOME_OUTPUT = 16384, LEAST_OUTPUT = 128, MOMENT = 1 /* seconds */,
  MOST_LEFT = 1 << 20, /* more than a terminal keeps of what has been written to it */
};

struct queue { u64 start, end; u8 bytes[SOME_OUTPUT + FILTER_ROOM]; };

struct relay {
  int chosen, exists;
  int wanted;         /* taken whenever it can be */
  int ready;          /* inner has its terminal */
  int raw;            /* the user's terminal is, and `saved` is what it was */
  int is_over;        /* the agent has ended: what is typed from now on is for who started it */
  int blocking;       /* it could not be opened again */
  struct modes saved, given;
  struct escapes filter;
  struct queue input, output;
};

static int is_tty(i64 descriptor)
{
  struct modes modes;
  return CALL(ioctl, descriptor, TCGETS, &modes) == 0;
}

/* ---- the user's terminal ---- */

/*
 * Without blocking, and without changing that for all others who have it open. Where it belongs
 * to somebody else it is used as it is; then little is written at a time.
 */
static i64 open_again(struct relay *terminal, i64 descriptor, const char *path, i64 access)
{
  i64 opened = CALL(openat, AT_FDCWD, path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (opened >= 0 && is_tty(opened)) return opened;
  if (descriptor < 0) return -1;
  terminal->blocking = 1;
  return CALL(fcntl, descriptor, F_DUPFD_CLOEXEC, 3);
}

static i64 find_input(struct relay *terminal)
{
  if (is_tty(0)) return open_again(terminal, 0, "/proc/self/fd/0", O_RDONLY);
  return open_again(terminal, -1, "/dev/tty", O_RDONLY);
}

static i64 find_output(struct relay *terminal)
{
  if (is_tty(1)) return open_again(terminal, 1, "/proc/self/fd/1", O_WRONLY);
  if (is_tty(2)) return open_again(terminal, 2, "/proc/self/fd/2", O_WRONLY);
  i64 found = open_again(terminal, -1, "/dev/tty", O_WRONLY);
  return found < 0 && is_tty(0) ? open_again(terminal, 0, "/proc/self/fd/0", O_WRONLY) : found;
}

/* One that is not this session's has no foreground; then nobody else takes it. */
static int is_foreground(void)
{
  int group = 0;
  i64 asked = CALL(ioctl, RELAY_OUT, TIOCGPGRP, &group);
  return asked == -ENOTTY || (asked == 0 && group == CALL(getpgid, 0));
}

static void relay_size(void)
{
  u64 size = 0;
  if (CALL(ioctl, RELAY_OUT, TIOCGWINSZ, &size) == 0) CALL(ioctl, MASTER, TIOCSWINSZ, &size);
}

/* As the user's terminal is now, unless the agent has changed it. */
static void copy_modes(struct relay *terminal)
{
  struct modes now = {0, 0, 0, 0, 0, {0}};
  CALL(ioctl, MASTER, TCGETS, &now);
  for (u64 i = 0; i < sizeof now; i++) if (((u8 *)&now)[i] != ((u8 *)&terminal->given)[i]) return;
  CALL(ioctl, MASTER, TCSETS, &terminal->saved);
  CALL(ioctl, MASTER, TCGETS, &terminal->given);
}

static void take_terminal(struct relay *terminal)
{
  if (!terminal->raw) {
    if (CALL(ioctl, RELAY_OUT, TCGETS, &terminal->saved) < 0) return;
    copy_modes(terminal);
  }
  struct modes raw = terminal->saved;
  raw.in &= ~(u32)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  raw.out &= ~(u32)OPOST;
  raw.local &= ~(u32)(ISIG | ICANON | ECHO | ECHONL | IEXTEN);
  raw.keys[VMIN] = 1;
  raw.keys[VTIME] = 0;
  terminal->raw = CALL(ioctl, RELAY_OUT, TCSETS, &raw) == 0;
  relay_size();
}

static void give_terminal_back(struct relay *terminal)
{
  if (terminal->raw && is_foreground()) CALL(ioctl, RELAY_OUT, TCSETS, &terminal->saved);
  terminal->raw = 0;
}

/* ---- the sandbox's terminal ---- */

static void make_terminal(struct relay *terminal)
{
  static const int off = 0;
  i64 master = CALL(openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  CALL(ioctl, master, TIOCSPTLCK, &off);
  i64 slave = CALL(ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) fail("cannot make a terminal", "");
  CALL(dup3, master, MASTER, O_CLOEXEC);
  CALL(dup3, slave, TERMINAL, O_CLOEXEC);
  CALL(close, master);
  CALL(close, slave);
  CALL(ioctl, MASTER, TCGETS, &terminal->given);
  if (CALL(ioctl, RELAY_OUT, TCGETS, &terminal->saved) == 0) copy_modes(terminal);
  relay_size();
}

static void prepare_terminal(struct relay *terminal)
{
  i64 in = find_input(terminal), out = find_output(terminal);
  if (in < 0 && out < 0) return;
  terminal->exists = 1;
  terminal->wanted = is_tty(0) && is_tty(1) && is_tty(2);
  /* In turn: both may be any number above the standard ones. */
  CALL(dup3, in < 0 ? out : in, RELAY_IN, O_CLOEXEC);
  CALL(dup3, out < 0 ? in : out, RELAY_OUT, O_CLOEXEC);
  make_terminal(terminal);
}

/* In the chain: what was the user's terminal is the sandbox's; what was not stays. */
static void enter_terminal(const struct relay *terminal)
{
  if (!terminal->exists) CALL(close, TERMINAL);
  if (!terminal->exists) return;
  for (i64 i = 0; i < 3; i++) if (is_tty(i)) CALL(dup3, TERMINAL, i, 0);
  CALL(fcntl, TERMINAL, F_SETFD, 0);
}

/* ---- inner's part ---- */

/* No other process of the sandbox's session, nor a terminal but this one, is left to the agent. */
static void lead_session(void)
{
  if (CALL(setsid) < 0) fail("cannot make a session", "");
  CALL(fcntl, TERMINAL, F_SETFD, FD_CLOEXEC);
  if (is_tty(TERMINAL) && CALL(ioctl, TERMINAL, TIOCSCTTY, 0) < 0) fail("cannot have a terminal", "");
}

static void set_foreground(i64 process)
{
  int group = (int)CALL(getpgid, process);
  CALL(ioctl, TERMINAL, TIOCSPGRP, &group);
}

/* ---- the relay ---- */

static void hang_up(void)
{
  static const u8 told[2] = {TO_GROUP + SIGHUP, TO_GROUP + SIGCONT};
  CALL(close, MASTER);
  CALL(close, RELAY_IN);
  send(told, sizeof told);
}

static int is_pending(const struct queue *queue) { return queue->start < queue->end; }

/* 0 when nobody can read it any more. */
static int write_queue(struct queue *queue, i64 to, u64 most)
{
  u64 length = queue->end - queue->start;
  i64 written = CALL(write, to, queue->bytes + queue->start, length < most ? length : most);
  if (written > 0) queue->start += (u64)written;
  if (written < 0 && written != -EAGAIN && written != -EINTR) queue->start = queue->end;
  return written >= 0 || written == -EAGAIN || written == -EINTR;
}

static int write_output(struct relay *terminal)
{
  return write_queue(&terminal->output, RELAY_OUT, terminal->blocking ? LEAST_OUTPUT : SOME_OUTPUT);
}

/* What the agent has written; as `read` says it. */
static i64 read_output(struct relay *terminal)
{
  u8 bytes[SOME_OUTPUT];
  i64 length = CALL(read, MASTER, bytes, sizeof bytes);
  if (length <= 0) return length;
  terminal->output.start = 0;
  terminal->output.end = filter_bytes(&terminal->filter, bytes, (u64)length, terminal->output.bytes);
  return length;
}

static int read_input(struct relay *terminal)
{
  i64 length = CALL(read, RELAY_IN, terminal->input.bytes, SOME_INPUT);
  if (length == -EAGAIN || length == -EINTR) return 1;
  if (length > 0) {
    terminal->input.start = 0;
    terminal->input.end = (u64)length;
    return 1;
  }
  /* Somebody else has it now: no more, until it is given to us again. */
  if (length < 0 && !is_foreground()) terminal->raw = 0;
  return length < 0 && !terminal->raw;
}

/* One round: waits until something can be done, or a signal has come. */
static void relay_terminal(struct relay *terminal)
{
  int typed = is_pending(&terminal->input), written = is_pending(&terminal->output);
  struct watched watched[4] = {
    {SIGNALS, POLLIN, 0},
    {terminal->exists && terminal->raw && !terminal->is_over && !typed ? RELAY_IN : -1, POLLIN, 0},
    {terminal->exists && (typed || !written) ? MASTER : -1, (u16)((typed ? POLLOUT : 0) | (written ? 0 : POLLIN)), 0},
    {written ? RELAY_OUT : -1, POLLOUT, 0},
  };
  CALL(ppoll, watched, 4, 0, 0, 0);
  int is_there = 1;
  if (watched[1].found) is_there = read_input(terminal);
  if (watched[2].found && is_pending(&terminal->input)) write_queue(&terminal->input, MASTER, SOME_INPUT);
  if (watched[3].found) is_there &= write_output(terminal);
  if (watched[2].found && !is_pending(&terminal->output)) {
    i64 length = read_output(terminal);
    /* All of the sandbox has ended, or is about to. */
    if (length < 0 && length != -EAGAIN && length != -EINTR) terminal->exists = 0;
  }
  if (!is_there && terminal->exists) {
    terminal->exists = terminal->raw = 0;
    hang_up();
  }
}

/*
 * For something to write: as long as there is `left`, from which the kernel takes what has passed.
 * For room: until somebody wants an end. 0 when it was in vain.
 */
static int await(i64 descriptor, u16 events, u64 *left)
{
  static const sigset ends = BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGTERM);
  struct siginfo info;
  struct watched watched[2] = {{(int)descriptor, events, 0}, {SIGNALS, POLLIN, 0}};
  for (;;) {
    i64 found = CALL(ppoll, watched, events == POLLOUT ? 2 : 1, left, 0, 0);
    if (found > 0 && watched[0].found) return 1;
    if (found == 0 || next_signal(ends, &info, 1)) return 0;
    while (next_signal(~ends, &info, 1)) continue;
  }
}

/*
 * All that has been written; at the end until nobody can write any more, within a moment. Somebody
 * may go on writing all the time: outside, too, where the agent has sent a descriptor of its terminal.
 */
static void drain(struct relay *terminal, int at_end)
{
  u64 left[2] = {MOMENT, 0};
  for (i64 read = 0;;) {
    while (is_pending(&terminal->output)) {
      if (!write_output(terminal)) return;
      if (is_pending(&terminal->output) && at_end && !await(RELAY_OUT, POLLOUT, 0)) return;
      if (is_pending(&terminal->output) && !at_end) {
        struct watched watched = {RELAY_OUT, POLLOUT, 0};
        u64 moment[2] = {MOMENT, 0};
        if (CALL(ppoll, &watched, 1, moment, 0, 0) <= 0) return;
      }
    }
    if (read > MOST_LEFT) return;
    i64 length = read_output(terminal);
    if (length > 0) read += length;
    if (length > 0 || length == -EINTR) continue;
    if (length != -EAGAIN || !at_end || !await(MASTER, POLLIN, left)) return;
  }
}

static void end_terminal(struct relay *terminal)
{
  if (!terminal->chosen) return;
  if (terminal->exists || is_pending(&terminal->output)) drain(terminal, 1);
  if (!is_pending(&terminal->output)) {
    terminal->output.start = 0;
    terminal->output.end = filter_end(&terminal->filter, terminal->output.bytes);
    if (is_pending(&terminal->output)) write_output(terminal);
  }
  give_terminal_back(terminal);
}

/* ---- signals ---- */

static void watch_signals(sigset awaited)
{
  i64 made = CALL(signalfd4, -1, &awaited, sizeof awaited, O_CLOEXEC | O_NONBLOCK);
  CALL(dup3, made, SIGNALS, O_CLOEXEC);
  CALL(close, made);
}

static void send_byte(u8 byte) { send(&byte, sizeof byte); }

/* Continued by a shell; as a job in the foreground, or behind it. */
static void resume(struct relay *terminal)
{
  int had = terminal->raw;
  if (terminal->exists && terminal->wanted && is_foreground()) take_terminal(terminal);
  else terminal->raw = 0;
  relay_size();
  if (!had || !terminal->raw) send_byte(terminal->raw ? FOREGROUND : BACKGROUND);
  send_byte(TO_GROUP + SIGCONT);
}

/*
 * The agent has stopped. 1 when it goes on at once: it wanted the terminal, which nobody else has.
 */
static int is_for_terminal(struct relay *terminal, u8 signal)
{
  if (signal != SIGTTIN && signal != SIGTTOU) return 0;
  terminal->wanted = 1;
  if (!terminal->exists || terminal->raw || !is_foreground()) return 0;
  resume(terminal);
  return terminal->raw;
}

/* 1 when the signal is dealt with. What the user's terminal sent was for all in its foreground. */
static int relay_signal(struct relay *terminal, int signal, const struct siginfo *info)
{
  static const sigset keys = BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGTSTP);
  if (!terminal->chosen) return 0;
  if (signal == SIGCONT) {
    resume(terminal);
    return 1;
  }
  if (info->code != SI_KERNEL) return 0;
  if (signal == SIGWINCH && terminal->exists) relay_size();
  if (signal == SIGHUP && terminal->exists) {
    terminal->exists = terminal->raw = 0;
    hang_up();
  } else if (keys & BIT(signal) || signal == SIGHUP) send_byte((u8)(TO_GROUP + signal));
  return signal != SIGCHLD && signal != SIGIO;
}
