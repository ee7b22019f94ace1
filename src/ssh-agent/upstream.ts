import { connect, type Socket } from "node:net";
import { consuming, type Reading, readUntil } from "../proxy/read.ts";
import { type Frame, frameMessage, parseFrame } from "./wire.ts";

/** Who signs may have to be asked first, or to touch a key. */
const MILLISECONDS = 120_000;

/** A connection to the user's own agent; made at the first question, and again when it has ended. */
export class Upstream {
  readonly #path: string;
  readonly #milliseconds: number;
  #socket: Socket | undefined;

  constructor(path: string, milliseconds = MILLISECONDS) {
    this.#path = path;
    this.#milliseconds = milliseconds;
  }

  /**
   * One question at a time.
   *
   * @returns `undefined` when there is no answer
   */
  async ask(message: Uint8Array): Promise<Buffer | undefined> {
    const isOld = this.#socket !== undefined;
    const answer = await this.#askOnce(message);
    // An agent may end connections that are silent for long.
    const isLost = answer.kind === "closed" && isOld;
    const last = isLost ? await this.#askOnce(message) : answer;
    return last.kind === "parsed" && last.value.kind === "message" ? last.value.message : undefined;
  }

  /** For who waits no longer, too. */
  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #askOnce(message: Uint8Array): Promise<Reading<Frame>> {
    const socket = this.#socket ?? (await open(this.#path));
    if (!socket) return { kind: "closed" };
    this.#socket = socket;
    socket.write(frameMessage(message));
    const reading = await readUntil(socket, consuming(parseFrame), this.#milliseconds);
    if (reading.kind !== "parsed" || reading.value.kind !== "message") this.close();
    return reading;
  }
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.pause();
    socket.once("connect", () => resolve(socket));
    socket.on("error", () => resolve(undefined));
  });
}
