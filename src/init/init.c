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
 * One translation unit: each file below is included where what it uses is there.
 *
 * Freestanding: no libc, no allocation, no relocation, system calls only. What runs
 * inside uses only calls of the filter's allowlist.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

#include "system.c"

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

/* On the channel beside the numbers of signals; READY and ENDED alone go to outer. */
enum { READY = 65, FOREGROUND = 66, BACKGROUND = 67, ENDED = 68, TO_GROUP = 128 };

struct watched { int descriptor; u16 events, found; };

/* Without SIGPIPE when the other end is gone: it would be waited for like any other signal. */
static void send(const void *data, u64 length)
{
  CALL(sendto, CHANNEL, data, length, MSG_NOSIGNAL);
}

#include "filter.c"
#include "terminal.c"
#include "inner.c"
#include "network.c"
#include "overlays.c"
#include "places.c"
#include "ssh-agent.c"
#include "outer.c"
#include "dial.c"
#include "ports.c"
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
