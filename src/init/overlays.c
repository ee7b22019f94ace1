/* ---- overlays: mounted before bubblewrap, which binds them ------------------------- */

enum { MOST_OVERLAYS = 16, UPPER = 2, WORK = 3, MERGED = 4, OVERLAY_WORDS = 5 };

/* A directory that no link leads to; by its descriptor from here on. */
static i64 open_directory(const char *path)
{
  i64 opened = CALL(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened < 0) fail("cannot open ", path);
  return opened;
}

/* Writes the option and gives where it ends. Paths as descriptors need no quoting. */
static char *add_option(char *to, const char *name, i64 descriptor)
{
  char digits[8];
  int count = 0;
  while (*name) *to++ = *name++;
  for (i64 rest = descriptor; rest || !count; rest /= 10) digits[count++] = (char)('0' + rest % 10);
  while (count) *to++ = digits[--count];
  return to;
}

/* `words`: the directory, what the launcher saw there (or nothing), and the directories to write to. */
static void mount_overlay(char **words)
{
  char options[160];
  struct status found;
  i64 lower = open_directory(words[0]);
  if (words[1][0] && !look(lower, "", words[1], &found)) fail("replaced while the sandbox was made: ", words[0]);
  char *end = add_option(options, "userxattr,lowerdir=/proc/self/fd/", lower);
  end = add_option(end, ",upperdir=/proc/self/fd/", open_directory(words[UPPER]));
  end = add_option(end, ",workdir=/proc/self/fd/", open_directory(words[WORK]));
  *end = 0;
  if (CALL(mount, "overlay", words[MERGED], "overlay", 0, options) < 0) {
    fail("this kernel cannot mount an overlay over ", words[0]);
  }
}

static void mount_overlays(char ***overlays, u32 count)
{
  if (!count) return;
  if (CALL(unshare, CLONE_NEWNS) < 0) fail("cannot make a mount namespace", "");
  if (CALL(mount, "none", "/", 0, MS_REC | MS_PRIVATE, 0) < 0) fail("cannot keep mounts private", "");
  for (u32 i = 0; i < count; i++) mount_overlay(overlays[i]);
}
