import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { waitUntil } from "./wait-sync.ts";

/** A display without a screen, as variables that lead to it; gone after the test. */
export type Display = Record<string, string>;

/** X11, which lets nobody in who has not the cookie; `directory` is the test's own. */
export async function startX11(
  context: TestContext,
  directory: string,
  network: readonly string[] = ["-nolisten", "tcp"],
): Promise<Display> {
  const cookie = join(directory, "cookie");
  writeFileSync(cookie, renderCookie(), { mode: 0o600 });
  const options = ["-screen", "0", "64x64x24", ...network, "-auth", cookie];
  const server = spawn("Xvfb", ["-displayfd", "3", ...options], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  context.after(() => server.kill("SIGKILL"));
  const number = await new Promise<string>((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`Xvfb ended with ${code}`)));
    server.stdio[3]?.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
  return { DISPLAY: `:${number}`, XAUTHORITY: cookie };
}

/** Of any address and any display: Xauthority(5). */
function renderCookie(): Buffer {
  const field = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const fields = ["", "", "MIT-MAGIC-COOKIE-1"].map((text) => field(Buffer.from(text)));
  return Buffer.concat([Buffer.of(0xff, 0xff), ...fields, field(Buffer.alloc(16, 7))]);
}

/** Wayland, with a seat and `data-control`. */
export async function startWayland(context: TestContext, runtime: string): Promise<Display> {
  const environment = {
    XDG_RUNTIME_DIR: runtime,
    HOME: runtime,
    PATH: "/usr/bin:/bin",
    WLR_BACKENDS: "headless",
    WLR_RENDERER: "pixman",
    WLR_LIBINPUT_NO_DEVICES: "1",
  };
  const server = spawn("sway", ["-c", "/dev/null"], { env: environment, stdio: "ignore" });
  context.after(() => server.kill("SIGKILL"));
  for (let attempts = 0; !existsSync(join(runtime, "wayland-1")); attempts += 1) {
    if (attempts > 400 || server.exitCode !== null) throw new Error("sway did not start");
    await sleep(50);
  }
  return { WAYLAND_DISPLAY: "wayland-1", XDG_RUNTIME_DIR: runtime };
}

/** Copy a file's content, as a program of the desktop does; it stays until something else is copied. */
export function copy(display: Display, type: string, file: string): void {
  const isX11 = display["DISPLAY"] !== undefined;
  const [command, args] = isX11
    ? ["xclip", ["-selection", "clipboard", "-t", type, "-i"]]
    : ["wl-copy", ["--type", type]];
  const env = { PATH: "/usr/bin:/bin", ...display };
  const input = readFileSync(file);
  // It goes on in the background, and would hold a pipe open.
  const { status } = spawnSync(command, args, { env, input, stdio: ["pipe", "ignore", "ignore"] });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  // The selection is asked for by what goes on in the background, when it comes to that.
  waitUntil(() => paste(env, type).equals(input), `what ${command} puts into the clipboard`);
}

function paste(env: Display, type: string): Buffer {
  const [command, args] =
    env["DISPLAY"] !== undefined
      ? ["xclip", ["-selection", "clipboard", "-t", type, "-o"]]
      : ["wl-paste", ["--no-newline", "--type", type]];
  return spawnSync(command, args, { env, stdio: ["ignore", "pipe", "ignore"] }).stdout;
}

/** A PNG that does not compress: noise, the same at every run. */
export function makeImage(side: number): Buffer {
  const rows = Buffer.alloc(side * (side * 3 + 1));
  let state = 1;
  for (let i = 0; i < rows.length; i += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    rows[i] = i % (side * 3 + 1) === 0 ? 0 : state >> 16;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [
    makeChunk("IHDR", header),
    makeChunk("IDAT", deflateSync(rows)),
    makeChunk("IEND"),
  ];
  return Buffer.concat([signature, ...parts]);
}

function makeChunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xed_b8_83_20 : 0);
  }
  return (crc ^ 0xff_ff_ff_ff) >>> 0;
}
