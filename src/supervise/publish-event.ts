/** A port of the sandbox's loopback, and the port of the host's that leads to it. */
export type PortPair = { sandboxPort: number; hostPort: number };

/** What happens to published ports, for the log. */
export type PublishEvent = PortPair &
  (
    | { event: "published" | "withdrawn" }
    /** The host's port cannot be had now (`code` is why: `EADDRINUSE`, `EACCES`); tried again. */
    | { event: "port-taken"; code: string }
    /** One connection, or with `too-many-ports` one port. */
    | {
        event: "refused";
        reason: "nothing-listens" | "too-many-connections" | "too-many-ports";
      }
  );

/** Both may be called at any time, and throw nothing. */
export type Reports = {
  onEvent: (event: PublishEvent) => void;
  /** Something that nobody foresaw: a bug of ours. */
  onFault: (error: unknown) => void;
};
