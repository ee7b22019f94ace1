import { unsafe } from "bun";
import { describeSystemError, UserError, UserErrors } from "../errors.ts";
import type { Environment } from "../host/directories.ts";
import type { ClipboardEvent } from "../log/entry.ts";
import type { Log } from "../log/write.ts";
import { openLog } from "../log/write.ts";
import { logFile } from "../log/path.ts";
import type { Publication } from "../policy.ts";
import {
  dialFromHost,
  listHostNetworks,
  readOpenFilesLimit,
  resolveOnHost,
} from "../proxy/host-network.ts";
import { fitLimits } from "../proxy/limits.ts";
import { startProxy } from "../proxy/server.ts";
import { parseUpstream } from "../proxy/upstream.ts";
import { serveClipboard } from "./clipboard-door.ts";
import type { Interceptions } from "../proxy/context.ts";
import type { Outside } from "../logins/post.ts";
import type { Handover } from "../secrets/handover.ts";
import { receiveHandover } from "./handover.ts";
import { findInherited } from "./doors.ts";
import type { Inherited } from "./doors.ts";
import { makeErrands } from "./errand.ts";
import { serveForward } from "./forwards.ts";
import { startNotices } from "./notify.ts";
import { startPublishing } from "./publish.ts";
import { LiveRules } from "./rules.ts";
import type { Session } from "./session.ts";
import type { AgentOptions } from "./ssh-agent.ts";
import type { SupervisorSettings } from "./settings.ts";
import { readSettings } from "./settings.ts";

/**
 * The supervisor of one sandbox: a process outside of it that serves the listening sockets
 * on its loopback, for nothing else leads out. Started by the init program, which it does not
 * outlive; has no terminal, so that what it has to say is in the log.
 */
export async function supervise(environment: Environment): Promise<void> {
  const { settings, upstream, session } = readSettings(environment);
  const log = openSupervisorLog(settings);
  try {
    await serve(settings, { log, session, upstream: parseUpstream(upstream).upstream });
    log.appendEvent({ event: "started" });
    // The build puts compiling off, for the sake of launches; this is here to stay.
    unsafe.setJITPolicy(1);
  } catch (error) {
    // Without a supervisor the doors are closed: nothing leads out at all.
    log.appendEvent({ event: "fault", message: describeFault(error) });
    process.exit(1);
  }
}

function openSupervisorLog({ state, profile, project, gate }: SupervisorSettings): Log {
  const sandbox = `${process.ppid}-${Date.now().toString(36).slice(-4)}`;
  return openLog({ file: logFile({ state }), sandbox, profile, project, learn: gate.learn });
}

type Outlets = {
  log: Log;
  session: Session;
  upstream: ReturnType<typeof parseUpstream>["upstream"];
};

async function serve(settings: SupervisorSettings, outlets: Outlets): Promise<void> {
  const { gate, source, notice, profile, project } = settings;
  const { log, session, upstream } = outlets;
  const inherited = findInherited(gate);
  const handover = await receiveHandover();
  const rules = new LiveRules(gate, source);
  const onFault = (error: unknown) =>
    log.appendEvent({ event: "fault", message: describeFault(error) });
  const run = makeErrands(settings.init);
  const whose = { profile, project };
  const tell = startNotices(notice, { session, run, whose });
  const limits = fitLimits(readOpenFilesLimit());
  const outside = { resolve: resolveOnHost, dial: dialFromHost, upstream, limits };
  await startProxy({
    listeners: inherited.doors,
    ownAddresses: inherited.ownAddresses,
    policy: () => rules.current(),
    ...outside,
    hostNetworks: listHostNetworks,
    interceptions: handover && (await prepareInterceptions(settings, handover, outside)),
    reportRequest: (line) => log.appendEvent({ event: "request", ...line }),
    onDecision: (decision) => {
      log.appendDecision(decision);
      tell(decision);
    },
    onFault,
  });
  for (const forward of inherited.forwards) serveForward(forward);
  await serveOthers(settings, { run, session, onFault, log, whose, inherited });
  followConfiguration(rules, log);
  if (gate.publish.length > 0) await publish(settings, { inherited, log, onFault });
}

type Others = Omit<AgentOptions, "onEvent"> & { log: Log; inherited: Inherited };

/** The doors that do not lead into the network. */
async function serveOthers(
  { clipboard, sshAgent }: SupervisorSettings,
  { log, inherited, ...options }: Others,
): Promise<void> {
  if (clipboard && inherited.clipboard) {
    const onEvent = (event: ClipboardEvent) => log.appendEvent(event);
    await serveClipboard(inherited.clipboard, { ...options, reader: clipboard, onEvent });
  }
  if (!sshAgent) return;
  const { startAgent } = await import("./ssh-agent.ts");
  await startAgent(sshAgent, { ...options, onEvent: (event) => log.appendEvent(event) });
}

async function prepareInterceptions(
  { gate }: SupervisorSettings,
  handover: Handover,
  outside: Omit<Outside, "roots">,
): Promise<Interceptions> {
  const { makeInterceptions } = await import("./interceptions.ts");
  return makeInterceptions(gate, handover, outside);
}

/** Often enough that `pale allow` has taken effect before anybody has typed the next line. */
const REFRESH_MILLISECONDS = 400;

function followConfiguration(rules: LiveRules, log: Log): void {
  setInterval(() => void refresh(rules, log), REFRESH_MILLISECONDS);
}

async function refresh(rules: LiveRules, log: Log): Promise<void> {
  const reload = await rules.refresh();
  if (!reload) return;
  const problem = reload.kind === "refused" ? describeProblem(reload.error) : undefined;
  log.appendEvent({ event: "reload", ...(problem !== undefined && { problem }) });
}

type Publishing = { inherited: Inherited; log: Log; onFault: (error: unknown) => void };

async function publish(
  { gate, init }: SupervisorSettings,
  { inherited, log, onFault }: Publishing,
): Promise<void> {
  const excluded = gate.listeners.map(({ port }) => port);
  await startPublishing({
    init,
    namespaces: inherited.namespaces,
    ports: gate.publish.filter(isPort),
    auto: gate.publish.some(({ kind }) => kind === "auto"),
    excluded,
    onEvent: (event) => log.appendEvent(event),
    onFault,
  });
}

function isPort(publication: Publication): publication is Extract<Publication, { kind: "port" }> {
  return publication.kind === "port";
}

function describeProblem(error: unknown): string {
  if (error instanceof UserErrors) return error.errors.map(describeProblem).join("; ");
  const user = error instanceof UserError ? error : describeSystemError(error);
  if (!user) return describeFault(error);
  return user.origin === undefined ? user.message : `${user.message}, at ${user.origin}`;
}

function describeFault(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
