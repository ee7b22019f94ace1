import type { Environment } from "../host/directories.ts";
import type { SshAgentFact } from "../plan/facts.ts";
import type { ClipboardReader, Notice, Variable } from "../plan/plan.ts";

/**
 * What programs of the user's session need of the environment: nothing else of it is handed to
 * the supervisor, and of that nothing which its programs do not need.
 */
export type Session = Readonly<Record<string, string>>;

type Wants = {
  notice: Notice | undefined;
  clipboard: ClipboardReader | undefined;
  sshAgent: SshAgentFact | undefined;
};

const BUS = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY"];

const DISPLAYS = {
  wayland: ["WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"],
  x11: ["DISPLAY", "XAUTHORITY", "HOME"],
  none: [],
} as const;

const ASKPASS = [...BUS, "XAUTHORITY", "HOME"];

/** As variables for the supervisor whose names begin with `prefix`. */
export function renderSession(prefix: string, wants: Wants, environment: Environment): Variable[] {
  const { notice, clipboard, sshAgent } = wants;
  const names = new Set([
    ...(notice?.kind === "desktop" ? BUS : []),
    ...(clipboard ? DISPLAYS[clipboard.display.kind] : []),
    ...(sshAgent?.askpass === undefined ? [] : ASKPASS),
  ]);
  return [...names].flatMap((hostName): Variable[] => {
    const value = environment[hostName];
    if (!value) return [];
    return [{ name: `${prefix}${hostName}`, value, from: "host", hostName, when: "early" }];
  });
}

export function readSession(prefix: string, environment: Environment): Session {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      const isOwn = name.startsWith(prefix) && value !== undefined;
      return isOwn ? [[name.slice(prefix.length), value]] : [];
    }),
  );
}

/** The bus of the user's session, and the way to it. */
export function pickBus(session: Session): Session {
  return pick(session, BUS);
}

export function pickDisplay(session: Session, kind: ClipboardReader["display"]["kind"]): Session {
  return pick(session, DISPLAYS[kind]);
}

/** The screen that the user is asked on. */
export function pickAskpass(session: Session): Session {
  return pick(session, ASKPASS);
}

function pick(session: Session, names: readonly string[]): Session {
  return Object.fromEntries(Object.entries(session).filter(([name]) => names.includes(name)));
}
