/* ---- errand: a program that the supervisor needs outside, and that does not outlive it ---- */

/* PARENT PROGRAM ARGS...; the kernel keeps the wish to die through execve. */
static void errand(char **argv, char **environment)
{
  const char *parent = argv[0];
  die_with((i64)read_number(&parent));
  set_disposition(SIGPIPE, SIG_DFL);
  set_mask(0);
  run(argv[1], argv + 1, environment);
}
