import type { SignatureEvent } from "../log/entry.ts";
import type { SshAgentFact } from "../plan/facts.ts";
import { Broker } from "../ssh-agent/broker.ts";
import { type Ask, Confirmation } from "../ssh-agent/confirm.ts";
import { serveAgent } from "../ssh-agent/door.ts";
import { describeQuestion } from "../ssh-agent/show-purpose.ts";
import { Upstream } from "../ssh-agent/upstream.ts";
import type { RunErrand } from "./errand.ts";
import type { Whose } from "./notice-text.ts";
import { pickAskpass, type Session } from "./session.ts";

export type AgentOptions = {
  session: Session;
  whose: Whose;
  run: RunErrand;
  onEvent: (event: SignatureEvent) => void;
  onFault: (error: unknown) => void;
};

/** Where the init program hands the socket over; see docs/init.md. */
const SSH_AGENT = 298;

/** Serves the socket by which programs inside have the chosen keys sign; see src/ssh-agent. */
export async function startAgent(agent: SshAgentFact, options: AgentOptions): Promise<void> {
  const { whose, onEvent, onFault } = options;
  const { askpass, keys, socket } = agent;
  const asking = askpass === undefined ? undefined : new Confirmation(makeAsk(askpass, options));
  await serveAgent(
    { fd: SSH_AGENT },
    {
      open: () => {
        const upstream = new Upstream(socket);
        const broker = new Broker({
          keys,
          ask: (message) => upstream.ask(message),
          confirm: asking && ((asked) => asking.confirm(describeQuestion(asked, whose))),
          onEvent,
        });
        return { answer: (message) => broker.answer(message), close: () => upstream.close() };
      },
      onFault,
    },
  );
}

const MILLISECONDS = 60_000;
const MOST_BYTES = 4096;

/** As ssh-agent itself does for keys that were added with `ssh-add -c`. */
function makeAsk(program: string, { session, run }: AgentOptions): Ask {
  const environment = { ...pickAskpass(session), SSH_ASKPASS_PROMPT: "confirm" };
  return async (question) => {
    const limits = { milliseconds: MILLISECONDS, mostBytes: MOST_BYTES };
    const end = await run({ program, args: [question], environment, ...limits });
    if (end.kind === "too-long") return "silence";
    if (end.kind !== "done") return "no";
    return /^(?:yes)?$/iu.test(end.output.toString("latin1").trim()) ? "yes" : "no";
  };
}
