import type { Status } from "./describe.ts";

/** A status for `--json`; of the environment only the names. */
export function describeAsData({ sandbox, network, processes }: Status): object {
  const { id, profile, project, since, gate, chain, inner } = sandbox;
  return {
    id,
    firstInside: inner.pid,
    profile,
    project,
    since: since.toISOString(),
    network: { mode: sandbox.network, ...gate, ...network },
    ...(chain && {
      command: chain.command,
      workingDirectory: chain.workingDirectory,
      mounts: chain.mounts,
      overlays: chain.overlays,
      limits: chain.limits,
    }),
    variables: Object.keys({ ...sandbox.environment, ...chain?.variables }).sort(),
    processes,
  };
}
