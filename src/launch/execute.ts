/** What a process becomes. */
export type Execution = {
  path: string;
  argv: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Descriptors that stay open; all others from 3 up are closed. */
  kept: readonly number[];
};

/** Replace this process; does not return. */
export async function execute(execution: Execution): Promise<never> {
  const { path, argv, environment, kept } = execution;
  if (kept.length > 0) return executeKeeping(execution);
  if (!process.execve) throw new Error("this runtime has no process.execve");
  return process.execve(path, argv, environment);
}

/**
 * `process.execve` closes every descriptor from 3 up, and node: has nothing that would
 * not: the one case in which libc is called directly.
 */
async function executeKeeping({ path, argv, environment, kept }: Execution): Promise<never> {
  const { dlopen, ptr } = await import("bun:ffi");
  const libc = dlopen("libc.so.6", {
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
    execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  });
  const setFlags = 2;
  for (const descriptor of kept) libc.symbols.fcntl(descriptor, setFlags, 0);
  const list = (values: readonly string[]) => {
    const texts = values.map(endWithNul);
    return {
      texts,
      pointers: BigUint64Array.from([...texts.map((each) => BigInt(ptr(each))), 0n]),
    };
  };
  const words = list(argv);
  const variables = list(Object.entries(environment).map(([name, value]) => `${name}=${value}`));
  libc.symbols.execve(ptr(endWithNul(path)), ptr(words.pointers), ptr(variables.pointers));
  throw new Error(`execve of ${path} failed`);
}

function endWithNul(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
