/** How much one sandbox may have of the proxy at once, and how long things may take. */
export type Limits = {
  /** Connections at once, whatever they do. A connection takes two descriptors. */
  connections: number;
  /** Connections at once that have not said yet where they go. */
  handshakes: number;
  handshakeMilliseconds: number;
  /** For a name to resolve, and again for each address to answer. */
  dialMilliseconds: number;
  /** How long the first address has before the next one is tried next to it. */
  staggerMilliseconds: number;
  /** Silence after which a connection that one side has finished is given up. Others never are. */
  halfClosedMilliseconds: number;
};

export const DEFAULT_LIMITS: Limits = {
  connections: 1024,
  handshakes: 768,
  handshakeMilliseconds: 10_000,
  dialMilliseconds: 10_000,
  staggerMilliseconds: 250,
  halfClosedMilliseconds: 600_000,
};

/** Often enough to notice a far end that has vanished, and to keep routers from forgetting us. */
export const KEEPALIVE_MILLISECONDS = 30_000;

/** Stays below what a process may open: running out of descriptors would stop every door at once. */
export function fitLimits(openFiles: number): Limits {
  const connections = Math.min(
    DEFAULT_LIMITS.connections,
    Math.max(1, Math.floor((openFiles - SPARE_DESCRIPTORS) / 2)),
  );
  return { ...DEFAULT_LIMITS, connections, handshakes: Math.ceil(connections * 0.75) };
}

/** For listeners, logs, name resolution, and connections that are on their way out. */
const SPARE_DESCRIPTORS = 64;
