/* ---- the socket by which programs inside ask for signatures: bound by a name, served outside ---- */

struct local_address { u16 family; char path[108]; };

static i64 open_local_directory(const char *path, const char **name)
{
  static char parent[LONGEST_NOTE];
  u64 length = length_of(path), end = length;
  while (end && path[end - 1] != '/') end--;
  if (!end || length >= sizeof parent) return -ENOENT;
  memcpy(parent, path, end);
  parent[end] = 0;
  *name = path + end;
  return CALL(openat, AT_FDCWD, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The name of a socket has room for 107 characters, a cache directory may need more. */
static void name_below(struct local_address *address, i64 directory, const char *name)
{
  char *end = add_option(address->path, "/proc/self/fd/", directory);
  *end++ = '/';
  if (length_of(name) >= (u64)(address->path + sizeof address->path - end)) fail("too long a name: ", name);
  memcpy(end, name, length_of(name) + 1);
}

/* One of that name is left over from a process that had our number: nobody listens there. */
static i64 open_ssh_agent(const char *path)
{
  struct local_address address;
  const char *name = path;
  memset(&address, 0, sizeof address);
  address.family = AF_UNIX;
  i64 directory = open_local_directory(path, &name);
  if (directory < 0) fail("cannot open the directory of ", path);
  name_below(&address, directory, name);
  CALL(unlinkat, directory, name, 0);
  i64 made = CALL(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0 || CALL(bind, made, &address, sizeof address) < 0 || CALL(listen, made, 64) < 0) {
    fail("cannot listen at ", path);
  }
  CALL(close, directory);
  return made;
}

static void remove_ssh_agent(const char *path)
{
  if (path) CALL(unlinkat, AT_FDCWD, path, 0);
}
