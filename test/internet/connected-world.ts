import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import { requireSandbox, requireTools, skip } from "../helpers/requires.ts";
import { type Outcome, type RunOptions, World } from "../helpers/world.ts";
import type { LogEntry } from "../../src/log/entry.ts";
import type { Decision } from "../../src/proxy/context.ts";
import { makeCertificates } from "../proxy/certificates.ts";
import { Internet } from "./internet.ts";
import { PROBE } from "./probe.ts";
import { NAMES } from "./zone.ts";

/** A home and a project, with `ca.pem` and `probe.py` in it, on the host of a fake internet. */
export class ConnectedWorld extends World {
  readonly #internet: Internet;

  constructor(internet: Internet) {
    super();
    this.#internet = internet;
    this.write("work/project/ca.pem", readFileSync(internet.caFile, "utf8"));
    this.write("work/project/probe.py", PROBE);
    this.#carryVerifiedTools();
  }

  /** As `inside`, with the network filtered and every client trusting the world's certificates. */
  online(script: string, flags: readonly string[] = []): Outcome {
    const trust = TRUST_VARIABLES.flatMap((name) => ["-e", `${name}=${this.project}/ca.pem`]);
    return this.inside(script, { flags: ["--network", "filtered", ...trust, ...flags] });
  }

  /** The control: the same with the host's network. */
  unfiltered(script: string, flags: readonly string[] = []): Outcome {
    return this.online(script, [...flags, "--network", "host"]);
  }

  /** What pale decided in this home so far, oldest first. */
  decisions(): Decision[] {
    const log = readFileSync(join(this.home, ".local/state/pale/log"), "utf8");
    const lines = log.split("\n").filter((line) => line !== "");
    const entries = lines.map((line): LogEntry => JSON.parse(line));
    return entries.flatMap((entry) => ("event" in entry ? [] : [entry]));
  }

  /** `HOST:PORT REASON` of everything that was refused or failed, by whichever door. */
  refusals(): string[] {
    return this.decisions()
      .filter(({ verdict }) => verdict !== "allow")
      .map(
        ({ host, port, reason }) => `${port === undefined ? host : `${host}:${port}`} ${reason}`,
      );
  }

  override spawn(command: readonly string[], options: RunOptions = {}): Outcome {
    return super.spawn([...this.#internet.enter(options.cwd ?? this.project), ...command], options);
  }

  /**
   * In there bwrap belongs to `nobody`, not to root, and pale would not trust it. What it found out
   * about its tools on the real host is kept, so that it need not look again; of the kernel's
   * settings one is always another in a user namespace.
   */
  #carryVerifiedTools(): void {
    verifiedTools ??= verifyTools();
    const setting = super.spawn([
      ...this.#internet.enter("/"),
      "cat",
      "/proc/sys/user/max_user_namespaces",
    ]);
    const maxUserNamespaces = Number(setting.stdout);
    const kernel = { ...verifiedTools.kernel, maxUserNamespaces };
    this.write(".cache/pale/tools.json", JSON.stringify({ ...verifiedTools, kernel }));
  }
}

/**
 * For a test file: registers the end of its internet, which the returned function starts when the
 * first test asks for it. `undefined` for "skipped", as in requires.ts.
 */
export function useInternet(): (context: TestContext) => Internet | undefined {
  const certificates = makeCertificates([...NAMES]);
  let internet: Internet | undefined;
  after(() => internet?.close());
  return (context) => {
    if (!requireSandbox(context) || !requireTools(context, TOOLS)) return undefined;
    if (!canMakeNamespaces()) return skip(context, "an ordinary user cannot make namespaces here");
    return (internet ??= new Internet(certificates));
  };
}

const TOOLS = ["curl", "node", "unshare", "nsenter", "git", "ssh-keygen", "dropbearkey", "python3"];

/** What each client calls the file with the certificates that it trusts. */
const TRUST_VARIABLES = [
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "NODE_EXTRA_CA_CERTS",
  "npm_config_cafile",
  "PIP_CERT",
  "REQUESTS_CA_BUNDLE",
  "SSL_CERT_FILE",
];

type VerifiedTools = { kernel: Record<string, unknown> };
let verifiedTools: VerifiedTools | undefined;

function verifyTools(): VerifiedTools {
  using world = new World();
  const { status, stderr } = world.inside("true");
  if (status !== 0) throw new Error(`pale does not run here: ${stderr}`);
  return JSON.parse(readFileSync(join(world.home, ".cache/pale/tools.json"), "utf8"));
}

function canMakeNamespaces(): boolean {
  using world = new World();
  const options = ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork"];
  return world.spawn(["unshare", ...options, "--mount-proc", "true"]).status === 0;
}
