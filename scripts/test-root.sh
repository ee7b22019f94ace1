# shellcheck shell=sh
# Sourced by test.sh when it runs as root: pale's users are not root, so neither are its
# tests. Makes an ordinary user, gives it what a desktop gives its users, and goes on as it.

packages="bubblewrap passt nftables socat seccomp libseccomp-dev gcc zsh fish shellcheck
  busybox-static tmux qemu-user-static gcc-aarch64-linux-gnu libc6-dev strace ripgrep openssl procps git curl wget python3
  python3-pip groff-base mandoc bash-completion iproute2 openssh-client dropbear-bin
  xvfb xclip sway wl-clipboard libnotify-bin dunst dbus-daemon dbus-bin bsdutils apparmor
  nix-bin patchelf binutils"
missing=""
for package in $packages; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ]; then
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

id pale-test >/dev/null 2>&1 || useradd --create-home --shell /bin/bash pale-test
# Every desktop distribution ships this device open to all; some containers do not.
[ ! -c /dev/net/tun ] || chmod 666 /dev/net/tun

# Where X servers have their sockets; a desktop makes it at its start.
mkdir -p /tmp/.X11-unix
chmod 1777 /tmp/.X11-unix

# The user may not be able to read the checkout (a clone below /root): test a copy of it.
tree=$(pwd -P)
if ! setpriv --reuid pale-test --regid pale-test --init-groups test -r "$tree/package.json"; then
  copy=$(mktemp -d /var/tmp/pale-test-tree.XXXXXX)
  trap 'rm -rf "$copy"' EXIT
  cp -a "$tree/." "$copy"
  chmod -R a+rX "$copy"
  tree=$copy
fi

# Real agents are fetched with root's npm configuration, and kept for the next run.
sh "$tree/scripts/test-agents.sh" /var/cache/pale-test
chmod -R a+rX /var/cache/pale-test

cd "$tree" || exit
# In CI a test that cannot run is a failure, so the variable goes along.
status=0
setpriv --reuid pale-test --regid pale-test --init-groups \
  env -i HOME=/home/pale-test USER=pale-test LOGNAME=pale-test SHELL=/bin/bash TERM=xterm \
  LANG=C.UTF-8 PATH="$PATH" CI="${CI:-}" PALE_MUST_SANDBOX="${PALE_MUST_SANDBOX:-}" \
  PALE_TEST_AGENTS=/var/cache/pale-test sh scripts/test-user.sh || status=$?
exit "$status"
