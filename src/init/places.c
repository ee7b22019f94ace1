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
