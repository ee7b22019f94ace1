/*
 * Nested: a program inside a sandbox, confined further.
 *
 *   init nested [--no-internet] [--filter FILE] [--list|--read|--write PATH]... [--limit NAME=VALUE]... PROGRAM ARGV0 ARGS...
 *
 * No namespace can be made here any more, and no mount. What needs no privilege is Landlock and
 * one more filter of system calls; neither can be taken off again, and both come on top of what
 * the sandbox has. Landlock knows files and directories with all that is below them, and no
 * exceptions below those; src/plan/nested.ts refuses what would need one.
 *
 * It says nothing about sockets in the file system: so no local socket can be made, and of pairs
 * only those that cannot be sent to another address. Nor does it of what else all processes of a
 * sandbox share: System V's memory, queues and semaphores, and each other's limits, by which
 * one can be killed.
 */

enum {
  NR_landlock_create_ruleset = 444, NR_landlock_add_rule = 445, NR_landlock_restrict_self = 446,
#if defined(__x86_64__)
  NR_seccomp = 317, THIS_ARCHITECTURE = 0xc000003e, FOREIGN_CALLS = 0x40000000,
#else
  NR_seccomp = 277, THIS_ARCHITECTURE = 0xc00000b7, FOREIGN_CALLS = 0x7fffffff,
#endif
  LANDLOCK_VERSION = 1, LANDLOCK_PATH_BENEATH = 1, SECCOMP_SET_MODE_FILTER = 1,
  AF_NETLINK = 16, EPERM = 1,
};

/* Of linux/landlock.h: what a rule may allow. Before version 3 nothing keeps a file from being cut off. */
enum {
  MAY_EXECUTE = 1 << 0, MAY_WRITE_FILE = 1 << 1, MAY_READ_FILE = 1 << 2, MAY_READ_DIR = 1 << 3,
  MAY_TRUNCATE = 1 << 14, MAY_CONTROL_DEVICE = 1 << 15,
  MAY_READ = MAY_EXECUTE | MAY_READ_FILE | MAY_READ_DIR,
  /* What a rule for anything but a directory may name. */
  OF_FILES = MAY_EXECUTE | MAY_WRITE_FILE | MAY_READ_FILE | MAY_TRUNCATE | MAY_CONTROL_DEVICE,
  LEAST_VERSION = 3, VERSION_WITH_DEVICES = 5, VERSION_WITH_SCOPES = 6,
  SCOPE_ABSTRACT_SOCKETS = 1, SCOPE_SIGNALS = 2,
};

struct ruleset { u64 handled_files, handled_network, scoped; };
struct path_rule { u64 allowed; int parent; } __attribute__((packed));

static i64 make_ruleset(u64 *everything)
{
  i64 version = CALL(landlock_create_ruleset, 0, 0, LANDLOCK_VERSION);
  if (version < LEAST_VERSION) fail("this kernel has no Landlock that confines a program further (Linux 6.2)", "");
  *everything = (version < VERSION_WITH_DEVICES ? MAY_CONTROL_DEVICE : MAY_CONTROL_DEVICE << 1) - 1;
  struct ruleset wanted = {*everything, 0, version < VERSION_WITH_SCOPES ? 0 : SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS};
  i64 made = CALL(landlock_create_ruleset, &wanted, sizeof wanted, 0);
  if (made < 0) fail("cannot confine a program further", "");
  return made;
}

/* What is not there is not there for the program either. */
static void allow_path(i64 ruleset, const char *path, u64 allowed)
{
  struct { u64 flags, mode, resolve; } how = {O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS};
  struct status found;
  i64 opened = CALL(openat2, AT_FDCWD, path, &how, sizeof how);
  if (opened == -ENOENT) return;
  if (opened < 0 || CALL(statx, opened, "", AT_EMPTY_PATH, STATX_BASIC, &found) < 0) fail("cannot open ", path);
  int is_directory = (found.mode & S_IFMT) == S_IFDIR;
  struct path_rule rule = {is_directory ? allowed : allowed & OF_FILES, (int)opened};
  if (CALL(landlock_add_rule, ruleset, LANDLOCK_PATH_BENEATH, &rule, 0) < 0) fail("cannot allow ", path);
  CALL(close, opened);
}

/* struct sock_filter of linux/filter.h. */
struct instruction { u16 code; u8 if_true, if_false; u32 operand; };
enum { LOAD = 0x20, AND = 0x54, EQUAL = 0x15, AT_LEAST = 0x35, ANSWER = 0x06 };
#define ALLOWED 0x7fff0000u
#define KILLED 0x80000000u
#define REFUSED (0x00050000u + EPERM)
#define UNKNOWN (0x00050000u + ENOSYS)

static void add_filter(struct instruction *program, u64 length)
{
  struct { u16 length; struct instruction *program; } wanted = {(u16)length, program};
  if (CALL(seccomp, SECCOMP_SET_MODE_FILTER, 0, &wanted) < 0) fail("cannot filter system calls", "");
}

static void filter_sockets(int internet)
{
  u32 by_internet = internet ? ALLOWED : REFUSED;
  struct instruction program[] = {
    {LOAD, 0, 0, 4}, {EQUAL, 1, 0, THIS_ARCHITECTURE}, {ANSWER, 0, 0, KILLED},
    {LOAD, 0, 0, 0}, {AT_LEAST, 0, 1, FOREIGN_CALLS}, {ANSWER, 0, 0, UNKNOWN},
    {EQUAL, 2, 0, NR_socket}, {EQUAL, 7, 0, NR_socketpair}, {ANSWER, 0, 0, ALLOWED},
    /* socket: its family */
    {LOAD, 0, 0, 16}, {EQUAL, 3, 0, AF_INET}, {EQUAL, 2, 0, AF_INET6}, {EQUAL, 7, 0, AF_NETLINK},
    {ANSWER, 0, 0, REFUSED}, {ANSWER, 0, 0, by_internet},
    /* socketpair: its type, without the flags; a datagram could be sent to a socket of somebody else */
    {LOAD, 0, 0, 24}, {AND, 0, 0, 15}, {EQUAL, 2, 0, SOCK_STREAM}, {EQUAL, 1, 0, SOCK_SEQPACKET},
    {ANSWER, 0, 0, REFUSED}, {ANSWER, 0, 0, ALLOWED},
  };
  add_filter(program, sizeof program / sizeof *program);
}

/* Of System V's, and queues by name: what has no place in the file system. */
static const struct { u32 first, last; } SHARED_CALLS[] = {
#if defined(__x86_64__)
  {29, 31}, {64, 71}, {220, 220}, {240, 241},
#else
  {180, 181}, {186, 197},
#endif
};
enum { SHARED_RANGES = sizeof SHARED_CALLS / sizeof *SHARED_CALLS };

static void filter_shared(void)
{
  struct instruction program[3 * SHARED_RANGES + 6] = {{LOAD, 0, 0, 0}}, *next = program + 1;
  for (u64 i = 0; i < SHARED_RANGES; i++) {
    *next++ = (struct instruction){AT_LEAST, 0, 2, SHARED_CALLS[i].first};
    *next++ = (struct instruction){AT_LEAST, 1, 0, SHARED_CALLS[i].last + 1};
    *next++ = (struct instruction){ANSWER, 0, 0, REFUSED};
  }
  /* prlimit64: a process number, or 0 for who calls */
  *next++ = (struct instruction){EQUAL, 0, 2, NR_prlimit64};
  *next++ = (struct instruction){LOAD, 0, 0, 16};
  *next++ = (struct instruction){EQUAL, 0, 1, 0};
  *next++ = (struct instruction){ANSWER, 0, 0, ALLOWED};
  *next++ = (struct instruction){ANSWER, 0, 0, REFUSED};
  add_filter(program, (u64)(next - program));
}

static void nested(char **argv, char **environment)
{
  u64 everything;
  int internet = !equal(*argv, "--no-internet");
  if (!internet) argv++;
  static struct filter filter;
  if (equal(*argv, "--filter") && argv[1]) read_filter(argv[1], &filter), argv += 2;
  i64 ruleset = make_ruleset(&everything);
  for (; *argv && argv[1]; argv += 2) {
    if (equal(*argv, "--read")) allow_path(ruleset, argv[1], MAY_READ);
    else if (equal(*argv, "--list")) allow_path(ruleset, argv[1], MAY_READ_DIR);
    else if (equal(*argv, "--write")) allow_path(ruleset, argv[1], everything);
    else break;
  }
  argv = set_limits(argv);
  if (!argv[0] || !argv[1]) fail(WRONG_CALL, "");
  CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (CALL(landlock_restrict_self, ruleset, 0) < 0) fail("cannot confine a program further", "");
  CALL(close, ruleset);
  filter_sockets(internet);
  filter_shared();
  if (filter.length) apply_filter(&filter);
  run(argv[0], argv + 1, environment);
}
