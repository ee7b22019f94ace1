/*
 * What an agent writes to the terminal, without what acts on more than the screen. docs/terminal.md
 * says what is removed and why. Bytes in, bytes out: no system call, no allocation.
 *
 * A sequence is held until it is decided, then passed byte for byte, or removed. Whatever the
 * filter takes itself to be in, ESC or a C1 control begins a new sequence: so it need not agree
 * with a terminal on where a string ends. What is cut off while it is undecided is dropped; so
 * the beginning of a sequence cannot reach the terminal in one piece and its end in another.
 */

enum filter_state {
  GROUND, ESCAPE, DESIGNATION, CODING, CONTROL, CONTROL_REMOVED, PASSED, REMOVED, ENDING,
  /* Strings that are not decided yet. */
  COMMAND, NOTICE, ITERM, IMAGE, DEVICE, SETTING, CAPABILITY,
};

enum {
  LONGEST_HELD = 1024,
  FILTER_ROOM = LONGEST_HELD + 16, /* by how much more there may come out than goes in */
  TEXT = 0x100,                    /* a character that is neither ASCII nor a control, or no character */
  HUGE = 100000000, CAN = 0x18, SUB = 0x1a, ESC = 0x1b, BEL = 7, ST = 0x9c,
};

struct escapes {
  u8 *out; u64 length;
  u8 character[4]; u32 have, want;     /* of UTF-8, not complete */
  u8 held[LONGEST_HELD]; u32 count;
  u32 start;                           /* in `held`: where what is looked at begins */
  u32 number, digits;
  u32 parameter, first;                /* of a control sequence: how many are complete; the first one */
  u8 asks, odd, intermediate;
  u8 state, before;                    /* `before` ESC came */
  u8 bell;                             /* BEL ends the string */
  u8 open;                             /* the terminal is in a string that it was passed */
};

static void put(struct escapes *filter, const u8 *bytes, u32 count)
{
  for (u32 i = 0; i < count; i++) filter->out[filter->length++] = bytes[i];
}

static void keep(struct escapes *filter, u8 state)
{
  put(filter, filter->held, filter->count);
  filter->count = 0;
  filter->open = state == PASSED;
  filter->state = state;
}

/* What is removed would have ended the string that the terminal is in. */
static void drop(struct escapes *filter, u8 state)
{
  static const u8 end[2] = {ESC, '\\'};
  if (filter->open) put(filter, end, sizeof end);
  filter->count = 0;
  filter->open = 0;
  filter->state = state;
}

static void keep_if(struct escapes *filter, int harmless, u8 state)
{
  if (harmless) keep(filter, state);
  else drop(filter, state == PASSED ? REMOVED : GROUND);
}

/* 0 when there was no room: then it is dropped. */
static int hold(struct escapes *filter, const u8 *bytes, u32 count)
{
  if (filter->count + count > LONGEST_HELD) {
    drop(filter, filter->state == CONTROL ? CONTROL_REMOVED : filter->state > ENDING ? REMOVED : GROUND);
    return 0;
  }
  for (u32 i = 0; i < count; i++) filter->held[filter->count++] = bytes[i];
  return 1;
}

static int is_digit(u32 c) { return c >= '0' && c <= '9'; }
static int is_printable(u32 c) { return c >= 0x20 && c < 0x7f; }
static int is_final(u32 c) { return c >= 0x40 && c < 0x7f; }

static void add_digit(struct escapes *filter, u32 c)
{
  if (filter->number < HUGE) filter->number = filter->number * 10 + (c - '0');
  filter->digits++;
}

/* ---- control sequences: CSI, parameters, intermediates, a final character ---- */

static void begin_control(struct escapes *filter)
{
  filter->state = CONTROL;
  filter->start = filter->count;
  filter->number = filter->parameter = filter->first = 0;
  filter->asks = filter->odd = filter->intermediate = 0;
}

/* 20 and 21 ask for the titles; but of 3, 4 and 8 the next two are a place or a size. */
static void end_parameter(struct escapes *filter)
{
  u32 number = filter->number, first = filter->first, at = filter->parameter++;
  filter->number = 0;
  if (at == 0) filter->first = number;
  if ((at == 1 || at == 2) && (first == 3 || first == 4 || first == 8)) return;
  if (number == 20 || number == 21 || number >= HUGE) filter->asks = 1;
}

static int is_harmless_control(const struct escapes *filter, u32 final)
{
  if (final == 't') return !filter->odd && (filter->intermediate || !filter->asks);
  if (final == 'y') return !filter->odd && filter->intermediate != '*';
  if (final == 'i') return filter->intermediate && !filter->odd;
  return 1;
}

/* `odd`: what not all terminals understand in the same way. */
static void take_control(struct escapes *filter, u32 c)
{
  if (is_final(c)) {
    end_parameter(filter);
    keep_if(filter, is_harmless_control(filter, c), GROUND);
  } else if (c >= '0' && c < '<') {
    if (filter->intermediate) filter->odd = 1;
    if (is_digit(c)) add_digit(filter, c);
    else end_parameter(filter);
  } else if (c >= 0x20 && c < '0') {
    if (filter->intermediate) filter->odd = 1;
    filter->intermediate = (u8)c;
  } else if (!(c >= '<' && c < 0x40 && filter->count == filter->start + 1)) filter->odd = 1;
  /* A private form of `t` reads the screen in one terminal, and is not needed in others. */
  if (c >= '<' && c < 0x40) filter->asks = 1;
}

/* ---- strings ---- */

/*
 * Clipboards, files, fonts, coding systems, properties of windows, echoed keys, commands of Emacs,
 * screen and mlterm; what rxvt has evaluated as a program.
 */
static int is_harmless_command(u32 number)
{
  static const u16 removed[] = {3, 20, 21, 46, 50, 51, 52, 55, 83, 701, 705, 5113, 5522};
  for (u32 i = 0; i < sizeof removed / sizeof *removed; i++) if (number == removed[i]) return 0;
  return number < HUGE && (number < 5379 || number > 5383);
}

/* ConEmu's macros, and its command to run a program. */
static int is_harmless_notice(u32 number) { return number != 6 && number != 7 && number < HUGE; }

static int is_held(const struct escapes *filter, u32 end, const char *text)
{
  u32 at = filter->start;
  while (*text && at < end && filter->held[at] == (u8)*text) at++, text++;
  return !*text && at == end;
}

static int is_image(const struct escapes *filter, u32 end)
{
  return is_held(filter, end, "File") || is_held(filter, end, "MultipartFile");
}

static int is_harmless_iterm(const struct escapes *filter, u32 end)
{
  static const char *const kept[] = {
    "CurrentDir", "RemoteHost", "ShellIntegrationVersion", "CursorShape", "SetMark", "ReportCellSize",
    "HighlightCursorLine", "UnicodeVersion", "FilePart", "FileEnd",
  };
  for (u32 i = 0; i < sizeof kept / sizeof *kept; i++) if (is_held(filter, end, kept[i])) return 1;
  return 0;
}

static int has_inline(const u8 *bytes, u32 left)
{
  const char *name = "inline=";
  while (left && *name && *bytes == (u8)*name) bytes++, name++, left--;
  return !*name;
}

/* Shown, not saved: `inline=1` among the arguments, and no other. */
static int is_shown(const struct escapes *filter, u32 end)
{
  u32 found = 0;
  for (u32 at = filter->start; at < end; at++) {
    u8 last = filter->held[at - 1];
    if ((last != '=' && last != ';') || !has_inline(filter->held + at, end - at)) continue;
    at += 7;
    if (at >= end || filter->held[at] != '1' || (at + 1 < end && filter->held[at + 1] != ';')) return 0;
    found++;
  }
  return found == 1;
}

/* The end of an undecided string has come; `end` is where its terminator begins. */
static void finish(struct escapes *filter, u8 state, u32 end)
{
  int harmless = state == SETTING || state == CAPABILITY || state == NOTICE;
  if (state == COMMAND) harmless = is_harmless_command(filter->number);
  if (state == ITERM) harmless = is_harmless_iterm(filter, end);
  if (state == IMAGE) harmless = is_shown(filter, end);
  keep_if(filter, harmless, GROUND);
}

static void begin_next(struct escapes *filter, u8 state)
{
  filter->state = state;
  filter->start = filter->count;
  filter->number = filter->digits = 0;
}

static void take_command(struct escapes *filter, u32 c)
{
  int is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  if (is_digit(c)) add_digit(filter, c);
  else if (c == ';' && filter->number == 9) begin_next(filter, NOTICE);
  else if (c == ';' && filter->number == 1337) begin_next(filter, ITERM);
  else if (c == ';') keep_if(filter, is_harmless_command(filter->number), PASSED);
  else keep_if(filter, is_letter && !filter->digits, PASSED);
}

/* Some skip characters that are not ASCII: they decide nothing. */
static void take_notice(struct escapes *filter, u32 c)
{
  if (is_digit(c)) add_digit(filter, c);
  else if (c != TEXT) keep_if(filter, c == ';' ? is_harmless_notice(filter->number) : is_printable(c), PASSED);
}

static void take_iterm(struct escapes *filter, u32 c)
{
  u32 end = filter->count - 1;
  if (c == '=' && is_image(filter, end)) begin_next(filter, IMAGE);
  else if (c == '=') keep_if(filter, is_harmless_iterm(filter, end), PASSED);
  else if (!is_printable(c)) drop(filter, REMOVED);
}

static void take_image(struct escapes *filter, u32 c)
{
  if (c == ':') keep_if(filter, is_shown(filter, filter->count - 1), PASSED);
  else if (!is_printable(c)) drop(filter, REMOVED);
}

/* Kept: sixels, the two questions that are answered from a fixed set, synchronized updates. */
static void take_device(struct escapes *filter, u32 c)
{
  const u8 *text = filter->held + filter->start;
  u32 length = filter->count - filter->start;
  if (c >= '0' && c < 0x40 && !filter->intermediate) return;
  if (c >= 0x20 && c < '0' && !filter->intermediate) filter->intermediate = (u8)c;
  else if (c == 'q' && length == 2 && text[0] == '$') begin_next(filter, SETTING);
  else if (c == 'q' && length == 2 && text[0] == '+') begin_next(filter, CAPABILITY);
  else if (c == 'q' && !filter->intermediate) keep_if(filter, text[0] < '<' || length == 1, PASSED);
  else keep_if(filter, c == 's' && text[0] == '=' && !filter->intermediate, PASSED);
}

/* What is not a setting has been echoed by some; three characters do no harm. */
static void take_setting(struct escapes *filter, u32 c)
{
  if (!is_printable(c) || filter->count > filter->start + 3) drop(filter, REMOVED);
}

static void take_capability(struct escapes *filter, u32 c)
{
  int is_hex = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  if (!is_hex && c != ';') drop(filter, REMOVED);
}

static void take_undecided(struct escapes *filter, u32 c)
{
  if (c == BEL && filter->bell) finish(filter, filter->state, filter->count - 1);
  else if (filter->state == COMMAND) take_command(filter, c);
  else if (filter->state == NOTICE) take_notice(filter, c);
  else if (filter->state == ITERM) take_iterm(filter, c);
  else if (filter->state == IMAGE) take_image(filter, c);
  else if (filter->state == DEVICE) take_device(filter, c);
  else if (filter->state == SETTING) take_setting(filter, c);
  else take_capability(filter, c);
}

/* ---- everything ---- */

/* ESC has been held, and this after it. */
static void begin_sequence(struct escapes *filter, u32 c)
{
  filter->bell = c == ']';
  filter->intermediate = 0;
  if (c == '[') begin_control(filter);
  else if (c == ']') begin_next(filter, COMMAND);
  else if (c == 'P') begin_next(filter, DEVICE);
  else if (c == 'X' || c == '^' || c == '_') keep(filter, PASSED);
  else if (c == '%') filter->state = CODING;
  else if (c == 'G' || c == '}') drop(filter, GROUND);
  else if (c >= 0x20 && c < 0x30) filter->state = DESIGNATION;
  else keep(filter, GROUND);
}

static void restart(struct escapes *filter, const u8 *bytes, u32 count)
{
  filter->count = 0;
  filter->state = ESCAPE;
  hold(filter, bytes, count);
}

static void take_escape(struct escapes *filter, const u8 *bytes, u32 count)
{
  int is_full = filter->count + count > LONGEST_HELD;
  if (filter->state < REMOVED || filter->state == ENDING || is_full) {
    restart(filter, bytes, count);
    return;
  }
  filter->before = filter->state;
  filter->state = ENDING;
  hold(filter, bytes, count);
}

/* Controls of one byte that stand for ESC and a letter. */
static void take_c1(struct escapes *filter, u32 c, const u8 *bytes, u32 count)
{
  u8 state = filter->state;
  if (c == 0x90 || c == 0x98 || (c >= 0x9b && c != ST)) {
    restart(filter, bytes, count);
    begin_sequence(filter, c - 0x40);
  } else if (c == ST && (state == REMOVED || state > ENDING)) {
    /* A terminal that does not know ST of one byte would read on: so it decides nothing. */
    drop(filter, GROUND);
  } else if (state == REMOVED) {
    return;
  } else {
    filter->count = 0;
    put(filter, bytes, count);
    if (c == ST) filter->open = 0;
    if (c == ST || state != PASSED) filter->state = GROUND;
  }
}

/* ESC came in a string, where it may be the first half of the string's end. */
static void take_ending(struct escapes *filter, u32 c, const u8 *bytes, u32 count)
{
  static const u8 escape = ESC;
  u32 end = filter->count - 1;
  if (c == '\\' && filter->before == REMOVED) drop(filter, GROUND);
  else if (c == '\\' && hold(filter, bytes, count)) finish(filter, filter->before, end);
  else if (c != '\\') {
    restart(filter, &escape, 1);
    if (hold(filter, bytes, count) && is_printable(c)) begin_sequence(filter, c);
  }
}

static void take_text(struct escapes *filter, u32 c, const u8 *bytes, u32 count)
{
  u8 state = filter->state;
  int ends = c == BEL && filter->bell;
  if (state == GROUND || state == PASSED) {
    put(filter, bytes, count);
    if (state == PASSED && ends) filter->open = 0, filter->state = GROUND;
  } else if (state == REMOVED) {
    if (ends) filter->state = GROUND;
  } else if (state == CONTROL_REMOVED) {
    if (is_final(c)) filter->state = GROUND;
  } else if (state == ENDING) take_ending(filter, c, bytes, count);
  else if (!hold(filter, bytes, count)) return;
  else if (state == ESCAPE) { if (is_printable(c)) begin_sequence(filter, c); }
  else if (state == DESIGNATION) { if (c >= 0x30 && is_printable(c)) keep(filter, GROUND); }
  else if (state == CODING) { if (c >= 0x30 && is_printable(c)) keep_if(filter, c == 'G' && filter->held[filter->count - 2] == '%', GROUND); }
  else if (state == CONTROL) take_control(filter, c);
  else take_undecided(filter, c);
}

static void take_unit(struct escapes *filter, u32 c, const u8 *bytes, u32 count)
{
  if (c == ESC) take_escape(filter, bytes, count);
  else if (c >= 0x80 && c < TEXT) take_c1(filter, c, bytes, count);
  else if (c == CAN || c == SUB) {
    int removed = filter->state == REMOVED || filter->state == CONTROL_REMOVED;
    filter->count = 0;
    filter->open = 0;
    filter->state = GROUND;
    if (!removed) put(filter, bytes, count);
  } else take_text(filter, c, bytes, count);
}

static int is_continuation(const struct escapes *filter, u8 byte)
{
  u8 lead = filter->character[0];
  u8 low = filter->have > 1 ? 0x80 : lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  u8 high = filter->have > 1 ? 0xbf : lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}

static void take_lone(struct escapes *filter, u8 byte)
{
  take_unit(filter, byte < 0xa0 ? byte : TEXT, &byte, 1);
}

/* C1 controls count as such by themselves, and as characters of UTF-8; not as parts of others. */
static void take_byte(struct escapes *filter, u8 byte)
{
  if (filter->want) {
    u32 have = filter->have;
    if (is_continuation(filter, byte)) {
      filter->character[filter->have++] = byte;
      if (filter->have < filter->want) return;
      int is_c1 = filter->character[0] == 0xc2 && byte < 0xa0;
      filter->want = 0;
      take_unit(filter, is_c1 ? byte : TEXT, filter->character, filter->have);
      return;
    }
    filter->want = 0;
    for (u32 i = 0; i < have; i++) take_lone(filter, filter->character[i]);
  }
  if (byte < 0xc2 || byte > 0xf4) {
    take_lone(filter, byte);
    return;
  }
  filter->character[0] = byte;
  filter->have = 1;
  filter->want = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/* `out` has room for `count` and FILTER_ROOM more; gives how many there are. */
static u64 filter_bytes(struct escapes *filter, const u8 *bytes, u64 count, u8 *out)
{
  filter->out = out;
  filter->length = 0;
  for (u64 i = 0; i < count; i++) {
    if (filter->state == GROUND && !filter->want && is_printable(bytes[i])) filter->out[filter->length++] = bytes[i];
    else take_byte(filter, bytes[i]);
  }
  return filter->length;
}

/* What is undecided at the end is dropped: the next program could complete it. A string is closed. */
static u64 filter_end(struct escapes *filter, u8 *out)
{
  filter->out = out;
  filter->length = 0;
  filter->want = 0;
  drop(filter, GROUND);
  return filter->length;
}

/* ---- the role: standard input, filtered, to standard output ---- */

static int write_everything(i64 to, const u8 *bytes, u64 length)
{
  while (length) {
    i64 written = CALL(write, to, bytes, length);
    if (written < 0 && written != -EINTR) return 0;
    if (written > 0) bytes += written, length -= (u64)written;
  }
  return 1;
}

/* For tests, and to see what is removed from a recording. `most` bytes are read at once. */
static void filter_stream(u64 most)
{
  static struct escapes filter;
  static u8 in[65536], out[sizeof in + FILTER_ROOM];
  i64 length;
  if (!most || most > sizeof in) most = sizeof in;
  while ((length = CALL(read, 0, in, most)) > 0) {
    if (!write_everything(1, out, filter_bytes(&filter, in, (u64)length, out))) leave(1);
  }
  leave(write_everything(1, out, filter_end(&filter, out)) ? 0 : 1);
}
