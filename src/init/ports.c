/* ---- ports: what listens inside, for the supervisor ------------------------------- */

/* One bit for each port. */
struct ports { u8 bits[65536 / 8]; };

/* What `dial` reaches: any address, 127.0.0.1, ::1 and 127.0.0.1 as IPv6 has it. */
static const char *const REACHED[] = {
  "00000000:", "0100007F:", "00000000000000000000000000000000:",
  "00000000000000000000000001000000:", "0000000000000000FFFF00000100007F:",
};

static void note_listener(const char *local, struct ports *ports)
{
  for (u64 i = 0; i < sizeof REACHED / sizeof *REACHED; i++) {
    if (!begins_with(local, REACHED[i])) continue;
    u32 port = 0;
    for (const char *digit = local + length_of(REACHED[i]); *digit; digit++) {
      port = port * 16 + (u32)(*digit <= '9' ? *digit - '0' : *digit - 'A' + 10);
    }
    ports->bits[(port & 0xffff) >> 3] |= (u8)(1 << (port & 7));
  }
}

struct line { u32 words, length; char local[64], word[64]; };

/* The second word of a line is the local address, the fourth the state: 0A is listening. */
static void end_word(struct line *line, struct ports *ports)
{
  if (!line->length) return;
  line->word[line->length++] = 0;
  if (line->words == 1) memcpy(line->local, line->word, line->length);
  if (line->words == 3 && equal(line->word, "0A")) note_listener(line->local, ports);
  line->words++;
  line->length = 0;
}

static void read_listeners(const char *path, struct ports *ports)
{
  static u8 bytes[4096];
  struct line line = {0, 0, {0}, {0}};
  i64 opened = CALL(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC), length;
  while ((length = CALL(read, opened, bytes, sizeof bytes)) > 0) {
    for (i64 i = 0; i < length; i++) {
      if (bytes[i] <= ' ') end_word(&line, ports);
      else if (line.length < sizeof line.word - 1) line.word[line.length++] = (char)bytes[i];
      if (bytes[i] == '\n') line.words = 0;
    }
  }
  CALL(close, opened);
}

static void write_all(const char *bytes, u64 length)
{
  while (length) {
    i64 written = CALL(write, 1, bytes, length);
    if (is_fatal(written)) leave(0);
    if (written > 0) bytes += written, length -= (u64)written;
  }
}

static void write_ports(const struct ports *ports)
{
  static char text[65536 * 6];
  u64 length = 0;
  for (u32 port = 1; port < 65536; port++) {
    if (!(ports->bits[port >> 3] & 1 << (port & 7))) continue;
    if (length) text[length++] = ' ';
    for (u32 unit = port < 10 ? 1 : port < 100 ? 10 : port < 1000 ? 100 : port < 10000 ? 1000 : 10000; unit; unit /= 10) {
      text[length++] = (char)('0' + port / unit % 10);
    }
  }
  text[length++] = '\n';
  write_all(text, length);
}

static int differ(const struct ports *a, const struct ports *b)
{
  for (u64 i = 0; i < sizeof a->bits; i++) {
    if (a->bits[i] != b->bits[i]) return 1;
  }
  return 0;
}

/* A line with the ports that `dial` would reach, at once and whenever they have changed. */
static void ports(char **argv)
{
  static struct ports told, found;
  join_network(argv[0]);
  for (int first = 1;; first = 0) {
    u64 pause[2] = {0, 500000000};
    struct watched reader = {1, 0, 0};
    memset(&found, 0, sizeof found);
    read_listeners("/proc/self/net/tcp", &found);
    read_listeners("/proc/self/net/tcp6", &found);
    if (first || differ(&told, &found)) write_ports(&found);
    told = found;
    CALL(ppoll, &reader, 1, pause, 0, 0);
    if (reader.found) leave(0);
  }
}
