#!/bin/sh
# The first process of the fake internet, root of a user namespace of its own, with its own
# network, mounts and processes. Ends, and everything with it, when its standard input does.
#   world.sh DIRECTORY UID GID SERVER...
set -eu
directory=$1 uid=$2 gid=$3
shift 3

# Whole networks are local without being addresses of an interface: pale takes those for the
# host's own, which may not be reached.
ip link set lo up
ip address add 192.168.77.2/24 dev lo
ip address add 93.184.216.99/32 dev lo
ip address add 2606:2800:220:ffff::2/128 dev lo
ip route add local 93.184.216.0/24 dev lo
ip route add local 192.168.77.0/29 dev lo
ip route add local 169.254.169.254/32 dev lo
ip -6 route add local 2606:2800:220:1::/64 dev lo
echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start

# glibc would ask the name service daemon of the real host, where there is one.
[ ! -d /run/nscd ] || mount -t tmpfs none /run/nscd
for name in hosts nsswitch.conf passwd resolv.conf; do
  mount --bind "$directory/etc/$name" "/etc/$name"
done

# From here on as an ordinary user again, who may listen on every port.
unshare --user --map-user="$uid" --map-group="$gid" -- "$@" </dev/null &
cat >/dev/null
