import { once } from "node:events";
import { connect } from "node:net";
import { MOST_HEAD_BYTES, TEXT_TYPES } from "../clipboard-words.ts";
import { UserError } from "../errors.ts";
import { DOOR_PORTS } from "../plan/network.ts";
import { escapeUntrusted } from "../terminal.ts";
import { readClipboardArguments } from "./clipboard-arguments.ts";

/**
 * `pale clipboard xclip|wl-paste ARGS...`, inside a sandbox, by commands of these names: what the
 * real ones print, as far as the supervisor lets it through.
 *
 * @throws UserError with the supervisor's reason when it refuses
 */
export async function readClipboard(argv: readonly string[]): Promise<void> {
  const wish = readClipboardArguments(argv);
  if (wish.kind === "types") return write(endLine(await ask("types")));
  const type = await settleType(wish.type);
  const content = await ask(`read ${type}`);
  write(wish.endsLine && TEXT_TYPES.includes(type) ? endLine(content) : content);
}

/** A text has other names on the other kind of display. */
async function settleType(wanted: string | undefined): Promise<string> {
  if (wanted !== undefined && !TEXT_TYPES.includes(wanted)) return wanted;
  return choose(wanted, (await ask("types")).toString("latin1").split("\n"));
}

/** Without a type as `wl-paste` does: text, and else whatever there is. */
function choose(wanted: string | undefined, types: readonly string[]): string {
  if (wanted !== undefined && types.includes(wanted)) return wanted;
  const text = TEXT_TYPES.find((type) => types.includes(type));
  return text ?? wanted ?? types[0] ?? "";
}

function endLine(content: Buffer): Buffer {
  const isOpen = content.length > 0 && content.at(-1) !== 0x0a;
  return isOpen ? Buffer.concat([content, Buffer.from("\n")]) : content;
}

async function ask(request: string): Promise<Buffer> {
  const socket = connect({ host: "127.0.0.1", port: DOOR_PORTS.clipboard });
  try {
    await once(socket, "connect");
  } catch {
    throw new UserError("the clipboard cannot be reached from here", {
      hint: "its supervisor has ended, or this is no sandbox with a clipboard",
    });
  }
  socket.write(`${request}\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return readAnswer(Buffer.concat(chunks));
}

function readAnswer(bytes: Buffer): Buffer {
  const end = bytes.subarray(0, MOST_HEAD_BYTES).indexOf("\n");
  const head = bytes.toString("utf8", 0, Math.max(0, end));
  if (head === "ok") return bytes.subarray(end + 1);
  const reason = /^no (.+)$/u.exec(head)?.[1] ?? "the supervisor did not answer";
  throw new UserError(escapeUntrusted(reason));
}

/** To the end, also into a pipe that somebody reads slowly. */
function write(content: Buffer): void {
  process.stdout.write(content);
}
