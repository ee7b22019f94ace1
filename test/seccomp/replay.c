/*
 * Lets the kernel itself execute a seccomp program on calls that are never made.
 *
 * usage: replay PROGRAM CALLS RESULTS
 *
 * PROGRAM is a packed struct sock_filter[] in which every verdict has been replaced by an
 * errno of its own, so that even "allow" returns before the call. CALLS and RESULTS are
 * arrays of uint64_t[7] (number, six arguments) and of int32_t (errno).
 *
 * Once the program is installed no call works any more, not even exit: the child leaves its
 * results in the shared mapping and ends by an illegal instruction.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
    uint64_t number;
    uint64_t arguments[6];
};

static void *map_file(const char *path, int writable, size_t *size)
{
    int file = open(path, writable ? O_RDWR : O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) < 0)
        err(2, "%s", path);
    void *content = mmap(NULL, status.st_size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                         writable ? MAP_SHARED : MAP_PRIVATE, file, 0);
    if (content == MAP_FAILED)
        err(2, "%s", path);
    *size = status.st_size;
    return content;
}

static void replay(struct sock_fprog program, const struct call *calls, int32_t *results, size_t count)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        err(3, "no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        err(4, "the kernel refuses the program");
    for (size_t i = 0; i < count; i++) {
        const uint64_t *a = calls[i].arguments;
        errno = 0;
        syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
        results[i] = errno;
    }
    __builtin_trap();
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: replay PROGRAM CALLS RESULTS");
    size_t program_size, calls_size, results_size;
    struct sock_filter *filter = map_file(argv[1], 0, &program_size);
    const struct call *calls = map_file(argv[2], 0, &calls_size);
    int32_t *results = map_file(argv[3], 1, &results_size);
    size_t count = calls_size / sizeof *calls;
    if (results_size != count * sizeof *results)
        errx(2, "room for %zu results, %zu calls", results_size / sizeof *results, count);

    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    pid_t child = fork();
    if (child < 0)
        err(2, "fork");
    if (child == 0)
        replay((struct sock_fprog){program_size / sizeof *filter, filter}, calls, results, count);
    int status;
    if (waitpid(child, &status, 0) < 0)
        err(2, "waitpid");
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (WTERMSIG(status) != SIGILL && WTERMSIG(status) != SIGTRAP)
        errx(5, "killed by signal %d", WTERMSIG(status));
    return 0;
}
