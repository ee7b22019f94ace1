/* ---- dial: a connection to a server inside, for the supervisor -------------------- */

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
