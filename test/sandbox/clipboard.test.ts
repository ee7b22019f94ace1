import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { copy, type Display, makeImage, startWayland, startX11 } from "../helpers/display.ts";
import { requireSandbox, requireTools } from "../helpers/requires.ts";
import { World } from "../helpers/world.ts";

const PNG = makeImage(200);
const HASH = createHash("md5").update(PNG).digest("hex");

const X11 = {
  tools: ["Xvfb", "xclip"],
  facet: "x11",
  own: "/usr/bin/xclip",
  list: "-selection clipboard -o -t TARGETS",
  read: "-selection clipboard -t image/png -o",
  text: "xclip -selection clipboard -o",
  unreachable: /Can't open display/u,
  start: (context: TestContext, world: World) => startX11(context, world.root),
};

const FAR = {
  ...X11,
  start: (context: TestContext, world: World) => startX11(context, world.root, ["-listen", "tcp"]),
};

const WAYLAND = {
  tools: ["sway", "wl-copy", "wl-paste"],
  facet: "wayland",
  own: "/usr/bin/wl-paste",
  list: "--list-types",
  read: "--type image/png",
  text: "wl-paste --no-newline",
  unreachable: /Failed to connect to a Wayland server/u,
  start: async (context: TestContext, world: World) => {
    const runtime = join(world.root, "runtime");
    mkdirSync(runtime, { mode: 0o700 });
    return startWayland(context, runtime);
  },
};

for (const [name, kind] of [
  ["X11", X11],
  ["Wayland", WAYLAND],
] as const) {
  const { own, list, read } = kind;
  const command = own.slice("/usr/bin/".length);

  describe(`an image that was copied on ${name}`, () => {
    test("is read inside with the facet clipboard, byte for byte, and nothing else is", async (t) => {
      const desk = await start(t, kind);
      if (!desk) return;
      using world = desk.world;
      const { env } = desk;
      const flags = ["-u", "clipboard"];
      const { stdout, stderr } = world.inside(`${command} ${read} | md5sum`, { env, flags });
      assert.equal(stdout, `${HASH}  -\n`, stderr);
      assert.match(stderr, /^pale: warning: clipboard: the agent can look at images/mu);
      assert.equal(world.inside(`${command} ${list}`, { env, flags }).stdout.trim(), "image/png");
      const direct = world.inside(`env | grep DISPLAY; ${own} ${read} | md5sum`, { env, flags });
      assert.match(direct.stderr, kind.unreachable, "the display itself is not there");
      assert.match(direct.stdout, /^d41d8cd98f00b204e9800998ecf8427e/u, "nothing");
      const log = world.pale(["log"]).stdout;
      assert.match(log, new RegExp(`clipboard .* image/png: ${PNG.length} bytes`, "u"));
    });

    test("is not without it; with the whole display it is", async (t) => {
      const desk = await start(t, kind);
      if (!desk) return;
      using world = desk.world;
      const { env } = desk;
      const without = world.inside(`command -v ${command}; ${command} ${read}`, { env });
      assert.equal(without.stdout, `${own}\n`);
      assert.match(without.stderr, kind.unreachable);
      for (const facets of [[kind.facet], [kind.facet, "clipboard"]]) {
        const flags = facets.flatMap((facet) => ["-u", facet]);
        const shown = world.inside(`command -v ${command}; ${command} ${read} | md5sum`, {
          env,
          flags,
        });
        assert.equal(shown.stdout, `${own}\n${HASH}  -\n`, shown.stderr);
      }
    });

    test("is all there is to read: text is only with `all`, and nothing is written", async (t) => {
      const desk = await start(t, kind);
      if (!desk) return;
      using world = desk.world;
      const { env } = desk;
      const file = world.write("text", "a password");
      copy(desk.display, name === "X11" ? "UTF8_STRING" : "text/plain;charset=utf-8", file);
      const images = world.inside(kind.text, { env, flags: ["--clipboard", "images"] });
      assert.equal(images.stdout, "");
      assert.match(images.stderr, /^pale: content of this type is not let through/mu);
      const all = world.inside(kind.text, { env, flags: ["--clipboard", "all"] });
      assert.equal(all.stdout, "a password", all.stderr);
      const other = name === "X11" ? WAYLAND.text : X11.text;
      const crossed = world.inside(other, { env, flags: ["--clipboard", "all"] });
      assert.equal(crossed.stdout, "a password", crossed.stderr);
      const write = `echo changed | xclip -selection clipboard; ${kind.text}`;
      const written = world.inside(write, { env, flags: ["--clipboard", "all"] });
      assert.match(written.stderr, /the clipboard cannot be written/u);
      assert.equal(written.stdout, "a password");
    });
  });
}

describe("the display of X11", () => {
  test("has its cookie wherever that is, and the forms of DISPLAY", async (t) => {
    const desk = await start(t, X11);
    if (!desk) return;
    using world = desk.world;
    const script = `${X11.own} ${X11.read} | md5sum`;
    const inRuntime = join(world.root, "run/gdm/Xauthority");
    mkdirSync(join(world.root, "run/gdm"), { recursive: true });
    writeFileSync(inRuntime, readFileSync(desk.display["XAUTHORITY"] ?? ""));
    const display = desk.display["DISPLAY"] ?? "";
    const flags = ["-u", "x11"];
    for (const DISPLAY of [display, `${display}.0`, `unix${display}`]) {
      const env = { DISPLAY, XAUTHORITY: inRuntime };
      assert.equal(world.inside(script, { env, flags }).stdout, `${HASH}  -\n`, DISPLAY);
    }
    const home = { env: { DISPLAY: display }, flags };
    assert.match(world.inside(script, home).stderr, /Can't open display/u, "no cookie");
    writeFileSync(join(world.home, ".Xauthority"), readFileSync(inRuntime));
    assert.equal(world.inside(script, home).stdout, `${HASH}  -\n`);
  });

  test("may be far away, at a port as `ssh -X` makes it", async (t) => {
    const desk = await start(t, FAR);
    if (!desk) return;
    using world = desk.world;
    const DISPLAY = `localhost${desk.display["DISPLAY"] ?? ""}.0`;
    const env = { ...desk.env, DISPLAY };
    const asked = world.inside(`xclip ${X11.read} | md5sum`, { env, flags: ["-u", "clipboard"] });
    assert.equal(asked.stdout, `${HASH}  -\n`, asked.stderr);
    const direct = world.inside(`xclip ${X11.read} | md5sum`, { env, flags: ["-u", "x11"] });
    assert.match(direct.stderr, /Can't open display/u, "there is no socket to show");
  });

  test("cannot be reached by its abstract socket", async (t) => {
    const desk = await start(t, X11);
    if (!desk || !requireTools(t, ["python3"])) return;
    using world = desk.world;
    const name = `/tmp/.X11-unix/X${(desk.display["DISPLAY"] ?? "").slice(1)}`;
    const script = `python3 -c 'import socket
socket.socket(socket.AF_UNIX).connect("\\0${name}")
print("connected")'`;
    assert.equal(world.outside(script).stdout, "connected\n");
    assert.match(world.inside(script, { env: desk.env }).stderr, /ConnectionRefusedError/u);
  });
});

async function start(t: TestContext, { tools, start }: typeof X11 | typeof WAYLAND) {
  if (!requireSandbox(t) || !requireTools(t, tools)) return undefined;
  const world = new World();
  const display: Display = await start(t, world);
  const file = join(world.root, "image.png");
  writeFileSync(file, PNG);
  copy(display, "image/png", file);
  return { world, display, env: display };
}
