/** What was laid out for the attempts, and where; written to a file of the temporary project. */
export type Targets = {
  /** Stands in all that was laid out, so that it is known again wherever it shows up. */
  token: string;
  /** A file of the user's home, and one of the host's `/tmp`. */
  homeFile: string;
  temporaryFile: string;
  temporarySocket: string;
  /** In XDG_RUNTIME_DIR, where there is one. */
  runtimeSocket: string | undefined;
  abstractSocket: string;
  /** Of servers on the host's loopback. */
  loopbackPort: number;
  datagramPort: number;
  /** The same server on an address of the host that others can reach. */
  lan: { address: string; port: number } | undefined;
  /** A process of the host that lets itself be traced by whoever sees it. */
  process: number;
  /** A host that the sandbox is allowed to reach; it is nowhere but behind the upstream proxy. */
  allowed: string;
  project: string;
  /** pale's own directories. */
  own: string[];
};

/** What became of one attempt. */
export type Observation =
  | { kind: "done"; detail: string }
  | { kind: "refused"; detail: string }
  /** Cannot be tried here. */
  | { kind: "untried"; detail: string };

export type Observations = Readonly<Record<string, Observation>>;

export function done(detail: string): Observation {
  return { kind: "done", detail };
}

export function refused(detail: string): Observation {
  return { kind: "refused", detail };
}

export function untried(detail: string): Observation {
  return { kind: "untried", detail };
}

/** The system's word for what went wrong, or the whole message. */
export function nameError(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}
