/** Exit codes of pale itself; a child's own code passes through unchanged. */
export const EXIT = { failure: 125, notExecutable: 126, notFound: 127 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Something the user can put right. Printed without a stack as
 * `pale: MESSAGE`, then `  at ORIGIN`, then `  HINT`, one line each.
 *
 * Message style: lower case, no full stop, the user's own words in backticks.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly origin: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, details: UserErrorDetails = {}) {
    super(message);
    this.origin = details.origin;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? EXIT.failure;
  }
}

export type UserErrorDetails = {
  /** Where the wrong value came from: `file:line` or the name of a flag. */
  origin?: string | undefined;
  /** What the user does about it, as a command or a sentence. */
  hint?: string | undefined;
  exitCode?: ExitCode;
};

/** Several things to put right, found in one reading and reported together. */
export class UserErrors extends Error {
  override readonly name = "UserErrors";
  readonly errors: readonly UserError[];

  constructor(errors: readonly UserError[]) {
    super(errors.map((error) => error.message).join("; "));
    this.errors = errors;
  }
}

/** Whether an error is the one that the operating system, or the runtime, calls `code`: `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** What the operating system refused (a full disk, a missing permission), in the user's terms. */
export function describeSystemError(error: unknown): UserError | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  const [, reason = String(error.code)] = /^[A-Z0-9]+: ([^,]+)/u.exec(error.message) ?? [];
  const what = "path" in error ? `\`${String(error.path)}\`` : String(error.syscall);
  return new UserError(`${what}: ${reason}`, {
    origin: `${String(error.syscall)}, ${String(error.code)}`,
    hint: "check that it is there, that you may use it, and that the disk is not full",
  });
}
