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
