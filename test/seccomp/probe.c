/*
 * Makes one call after another, each in a process of its own, and prints for each
 * its name and what became of it: "ok", "errno N" or "signal N".
 *
 * Run with every capability in a user namespace of its own, so that calls succeed, where
 * they can, when nothing refuses them; in a directory to write to.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH (1UL << 32)

/* A name, which the test looks for, and the call. */
#define PROBES(P) \
    P("unshare CLONE_NEWUSER", syscall(SYS_unshare, CLONE_NEWUSER)) \
    P("unshare CLONE_NEWNS", syscall(SYS_unshare, CLONE_NEWNS)) \
    P("unshare nothing", syscall(SYS_unshare, 0)) \
    P("setns", syscall(SYS_setns, open("/proc/self/ns/net", O_RDONLY), 0)) \
    P("clone CLONE_NEWUSER", spawn(CLONE_NEWUSER)) \
    P("clone CLONE_NEWNS", spawn(CLONE_NEWNS)) \
    P("clone CLONE_NEWCGROUP", spawn(CLONE_NEWCGROUP)) \
    P("clone CLONE_NEWUTS", spawn(CLONE_NEWUTS)) \
    P("clone CLONE_NEWIPC", spawn(CLONE_NEWIPC)) \
    P("clone CLONE_NEWPID", spawn(CLONE_NEWPID)) \
    P("clone CLONE_NEWNET", spawn(CLONE_NEWNET)) \
    P("clone CLONE_NEWUSER, high bits set", spawn(CLONE_NEWUSER | HIGH)) \
    P("clone without flags", spawn(0)) \
    P("clone3", syscall(SYS_clone3, NULL, 0)) \
    P("mount", syscall(SYS_mount, "tmpfs", "/tmp", "tmpfs", 0, NULL)) \
    P("umount2", syscall(SYS_umount2, "/nowhere", 0)) \
    P("pivot_root", syscall(SYS_pivot_root, "/nowhere", "/nowhere")) \
    P("chroot", syscall(SYS_chroot, "/")) \
    P("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 0)) \
    P("move_mount", syscall(SYS_move_mount, AT_FDCWD, "/nowhere", AT_FDCWD, "/nowhere", 0)) \
    P("fsopen", syscall(SYS_fsopen, "tmpfs", 0)) \
    P("fsconfig", syscall(SYS_fsconfig, -1, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0)) \
    P("fsmount", syscall(SYS_fsmount, -1, 0, 0)) \
    P("fspick", syscall(SYS_fspick, AT_FDCWD, "/nowhere", 0)) \
    P("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, "/nowhere", 0, (uint64_t[4]){1}, 32)) \
    P("ptrace", syscall(SYS_ptrace, 0 /* PTRACE_TRACEME */, 0, NULL, NULL)) \
    P("process_vm_readv", copy_self(SYS_process_vm_readv)) \
    P("process_vm_writev", copy_self(SYS_process_vm_writev)) \
    P("pidfd_getfd", syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, getpid(), 0), 1, 0)) \
    P("kcmp", syscall(SYS_kcmp, getpid(), getpid(), 0, 1, 1)) \
    P("keyctl", syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3, 1)) \
    P("add_key", syscall(SYS_add_key, "user", "pale", "x", 1, -2)) \
    P("request_key", syscall(SYS_request_key, "user", "pale-has-none", NULL, 0)) \
    P("io_uring_setup", syscall(SYS_io_uring_setup, 1, NULL)) \
    P("bpf", syscall(SYS_bpf, -1, NULL, 0)) \
    P("perf_event_open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, -1L)) \
    P("userfaultfd", syscall(SYS_userfaultfd, -1)) \
    P("fanotify_init", syscall(SYS_fanotify_init, -1, 0)) \
    P("open_by_handle_at", syscall(SYS_open_by_handle_at, -1, NULL, 0)) \
    P("reboot", syscall(SYS_reboot, 0, 0, 0, NULL)) \
    P("syslog", syscall(SYS_syslog, -1, NULL, 0)) \
    P("acct", syscall(SYS_acct, "/nowhere")) \
    P("swapon", syscall(SYS_swapon, "/nowhere", 0)) \
    P("sethostname", syscall(SYS_sethostname, "other", 5)) \
    P("clock_settime", syscall(SYS_clock_settime, 0, NULL)) \
    P("set_mempolicy", syscall(SYS_set_mempolicy, 0, NULL, 0)) \
    P("get_mempolicy", syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0)) \
    P("personality query", syscall(SYS_personality, 0xffffffff)) \
    P("personality UNAME26", syscall(SYS_personality, 0x20000)) \
    P("personality ADDR_NO_RANDOMIZE", syscall(SYS_personality, 0x40000)) \
    P("personality ADDR_NO_RANDOMIZE, high bits set", syscall(SYS_personality, 0x40000 | HIGH)) \
    P("TIOCSTI", control_terminal(TIOCSTI)) \
    P("TIOCSTI, high bits set", control_terminal(TIOCSTI | HIGH)) \
    P("TIOCLINUX", control_terminal(TIOCLINUX)) \
    P("TIOCLINUX, high bits set", control_terminal(TIOCLINUX | HIGH)) \
    P("TIOCGWINSZ", control_terminal(TIOCGWINSZ)) \
    P("socket AF_UNSPEC", syscall(SYS_socket, AF_UNSPEC, SOCK_STREAM, 0)) \
    P("socket AF_UNIX", syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)) \
    P("socket AF_INET", syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)) \
    P("socket AF_INET SOCK_RAW", syscall(SYS_socket, AF_INET, SOCK_RAW, 1)) \
    P("socket AF_INET SOCK_PACKET", syscall(SYS_socket, AF_INET, SOCK_PACKET, 0x300)) \
    P("socket AF_INET SOCK_PACKET, flags set", \
      syscall(SYS_socket, AF_INET, SOCK_PACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0x300)) \
    P("socket AF_INET6", syscall(SYS_socket, AF_INET6, SOCK_DGRAM, 0)) \
    P("socket AF_NETLINK ROUTE", syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0)) \
    P("socket AF_NETLINK ROUTE, high bits set", syscall(SYS_socket, AF_NETLINK, SOCK_RAW, HIGH)) \
    P("socket AF_NETLINK AUDIT", syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 9)) \
    P("socket AF_NETLINK NETFILTER", syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 12)) \
    P("socket AF_NETLINK KOBJECT_UEVENT", syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 15)) \
    P("socket AF_NETLINK GENERIC", syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 16)) \
    P("socket AF_PACKET", syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0)) \
    P("socket AF_PACKET, high bits set", syscall(SYS_socket, AF_PACKET | HIGH, SOCK_RAW, 0)) \
    P("socket AF_ALG", syscall(SYS_socket, AF_ALG, SOCK_SEQPACKET, 0)) \
    P("socket AF_VSOCK", syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0)) \
    P("socket AF_VSOCK, high bits set", syscall(SYS_socket, AF_VSOCK | HIGH, SOCK_STREAM, 0)) \
    P("socket AF_BLUETOOTH", syscall(SYS_socket, AF_BLUETOOTH, SOCK_RAW, 0)) \
    P("socket 46", syscall(SYS_socket, 46, SOCK_STREAM, 0)) \
    P("socketpair AF_UNIX", syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (int[2]){0})) \
    P("socketpair AF_INET", syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 0, (int[2]){0})) \
    P("memfd_create", syscall(SYS_memfd_create, "pale", 0)) \
    P("pidfd_open", syscall(SYS_pidfd_open, getpid(), 0)) \
    P("landlock_create_ruleset", syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* VERSION */)) \
    P("seccomp", syscall(SYS_seccomp, 2 /* GET_ACTION_AVAIL */, 0, &(uint32_t){0x7fff0000})) \
    P("no such call", syscall(999)) \
    P("call -1", syscall(-1L))

#ifdef __x86_64__
#define PROBES_OF_THIS_MACHINE(P) \
    P("modify_ldt", syscall(SYS_modify_ldt, 0, NULL, 0)) \
    P("int 0x80", call_as_i386()) \
    P("x32 getpid", syscall(0x40000000 + SYS_getpid)) \
    P("x32 ptrace", syscall(0x40000000 + 521, 0, 0, NULL, NULL))

static long call_as_i386(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20 /* getpid */) : "memory", "r8", "r9", "r10", "r11");
    return result;
}
#else
#define PROBES_OF_THIS_MACHINE(P)
#endif

/* Not by fork(), whose flags are libc's own. */
static long spawn(unsigned long flags)
{
    long child = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);
    if (child == 0)
        _exit(0);
    return child;
}

static long copy_self(long number)
{
    char from = 'x', to = 'y';
    struct iovec local = {&to, 1}, remote = {&from, 1};
    return syscall(number, getpid(), &local, 1, &remote, 1, 0);
}

/* The terminal has to be the caller's own: others answer EPERM anyway. */
static long control_terminal(unsigned long request)
{
    char space[64] = "x";
    setsid();
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        abort();
    int terminal = open(ptsname(master), O_RDWR);
    if (terminal < 0)
        abort();
    errno = 0;
    return syscall(SYS_ioctl, terminal, request, space);
}

#define NAME(name, call) name,
static const char *const names[] = {PROBES(NAME) PROBES_OF_THIS_MACHINE(NAME)};

#define CASE(name, call) \
    if (strcmp(wanted, name) == 0) \
        return (call);
static long make_call(const char *wanted)
{
    PROBES(CASE)
    PROBES_OF_THIS_MACHINE(CASE)
    abort();
}

static void probe(const char *name)
{
    int ends[2], error = 0, status;
    if (pipe2(ends, O_CLOEXEC) < 0)
        err(1, "pipe2");
    pid_t child = fork();
    if (child < 0)
        err(1, "fork");
    if (child == 0) {
        errno = 0;
        error = make_call(name) < 0 ? errno : 0;
        _exit(write(ends[1], &error, sizeof error) == sizeof error ? 0 : 1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], &error, sizeof error);
    close(ends[0]);
    if (waitpid(child, &status, 0) < 0)
        err(1, "waitpid");
    if (WIFSIGNALED(status))
        printf("%s: signal %d\n", name, WTERMSIG(status));
    else if (got != sizeof error)
        printf("%s: no result\n", name);
    else if (error != 0)
        printf("%s: errno %d\n", name, error);
    else
        printf("%s: ok\n", name);
}

int main(void)
{
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        probe(names[i]);
    return 0;
}
