/** What the paths of well-known sockets are made of. */
export type SocketPlaces = { uid: number; home: string; runtime: string };

/**
 * Sockets by which programs outside are started or configured: of container engines, the
 * service manager, the message buses. They are shown to an agent only by their own name.
 */
export function listControlSockets({ uid, home, runtime }: SocketPlaces): string[] {
  const runtimes = new Set([runtime, `/run/user/${uid}`]);
  return [
    ...SYSTEM,
    ...[...runtimes].flatMap((directory) => USER.map((name) => `${directory}/${name}`)),
    ...HOME.map((name) => `${home}/${name}`),
  ];
}

const SYSTEM =
  `/run/docker.sock /run/docker/containerd/containerd.sock /run/containerd/containerd.sock
  /run/podman/podman.sock /run/crio/crio.sock /run/buildkit/buildkitd.sock /run/dbus/system_bus_socket
  /run/systemd/private /run/systemd/io.systemd.Machine /run/snapd.socket /run/libvirt/libvirt-sock
  /run/libvirt/virtqemud-sock /var/lib/lxd/unix.socket /var/snap/lxd/common/lxd/unix.socket
  /var/lib/incus/unix.socket`.split(/\s+/u);

const USER = `bus systemd/private docker.sock podman/podman.sock containerd/containerd.sock
  buildkit/buildkitd.sock libvirt/libvirt-sock`.split(/\s+/u);

const HOME = `.docker/run/docker.sock .docker/desktop/docker.sock .colima/default/docker.sock
  .colima/docker.sock .rd/docker.sock .orbstack/run/docker.sock .lima/default/sock/docker.sock`.split(
  /\s+/u,
);
