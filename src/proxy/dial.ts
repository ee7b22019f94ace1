import type { Socket } from "node:net";
import type { Dial } from "./context.ts";
import { settleWithin } from "./deadline.ts";
import type { Limits } from "./limits.ts";

export type Dialled =
  | { kind: "connected"; socket: Socket; address: string }
  | { kind: "failed"; reason: "unreachable" | "connect-timeout" };

export type DialPlan = {
  port: number;
  dial: Dial;
  limits: Pick<Limits, "dialMilliseconds" | "staggerMilliseconds">;
  /** Aborted when nobody waits for the result any more. */
  signal: AbortSignal;
};

/**
 * Tries the addresses in order. The next one is begun when all before have failed, or have been
 * silent for a moment; the first to answer wins and the others are dropped (RFC 8305 in short).
 */
export async function dialFirst(addresses: readonly string[], plan: DialPlan): Promise<Dialled> {
  const others = new AbortController();
  const signal = AbortSignal.any([plan.signal, others.signal]);
  const attempts: Promise<Dialled>[] = [];
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    if (attempts.length > 0 && (await connectsSoon(attempts, plan))) break;
    attempts.push(dialOne(address, { ...plan, signal }));
  }
  const winner = await firstConnected(attempts);
  others.abort();
  for (const attempt of attempts) void attempt.then((other) => drop(other, winner));
  return winner;
}

const MAX_ADDRESSES = 16;

async function connectsSoon(attempts: Promise<Dialled>[], plan: DialPlan): Promise<boolean> {
  const { staggerMilliseconds } = plan.limits;
  const dialled = await settleWithin(firstConnected(attempts), staggerMilliseconds, undefined);
  return dialled?.kind === "connected";
}

/** The first that connects; when none does, why the last one did not. */
async function firstConnected(attempts: Promise<Dialled>[]): Promise<Dialled> {
  const connected = attempts.map(async (attempt) => {
    const dialled = await attempt;
    return dialled.kind === "connected" ? dialled : await Promise.reject(new Error(dialled.reason));
  });
  try {
    return await Promise.any(connected);
  } catch {
    return (await attempts.at(-1)) ?? { kind: "failed", reason: "unreachable" };
  }
}

function drop(dialled: Dialled, winner: Dialled): void {
  if (dialled.kind === "connected" && dialled !== winner) dialled.socket.destroy();
}

function dialOne(address: string, plan: DialPlan): Promise<Dialled> {
  return new Promise((resolve) => {
    const socket = plan.dial(address, plan.port);
    const give = (dialled: Dialled): void => {
      clearTimeout(timer);
      plan.signal.removeEventListener("abort", giveUp);
      if (dialled.kind === "failed") socket.destroy();
      resolve(dialled);
    };
    const giveUp = (): void => give({ kind: "failed", reason: "connect-timeout" });
    const timer = setTimeout(giveUp, plan.limits.dialMilliseconds);
    socket.once("connect", () => give({ kind: "connected", socket, address }));
    // Stays for the socket's life: an error without a listener would end the process.
    socket.on("error", () => give({ kind: "failed", reason: "unreachable" }));
    if (plan.signal.aborted) giveUp();
    else plan.signal.addEventListener("abort", giveUp);
  });
}
