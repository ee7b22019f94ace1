import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { World } from "../helpers/world.ts";

const CONFIG = `env.pass = ["TOKEN", "MY_*"]
env.set = { MODE = "fast" }
mounts = [
  { host = "~/notes" },
  { host = "~/state", access = "rw", variable = "TOOL_STATE" },
  { host = "/usr/share", sandbox = "~/share" },
]
[profile.tool]
allow = ["a.test", "b.test:8443"]
deny = ["bad.test"]
forwards = [{ host_port = 8080, sandbox_port = 9090 }]
endpoints = ["MY_URL"]
[profile.offline]
network = "none"
[profile.wide]
network = "open"
deny = ["bad.test"]
`;

/** A home with something of every kind in it, and a configuration that shows some of it. */
export function makeWorld(): World {
  const world = new World();
  world.write(".config/pale/config.toml", CONFIG);
  world.write("notes/a", "a");
  chmodSync(world.write("notes/closed", "a"), 0);
  world.write("state/b", "b");
  chmodSync(world.write("state/kept", "b"), 0o444);
  world.write(".ssh/id", "key");
  world.write("work/project/file", "text");
  world.write("work/project/.git/HEAD", "ref: refs/heads/main\n");
  symlinkSync("../../notes/a", join(world.project, "link"));
  symlinkSync("../../.ssh/id", join(world.project, "out"));
  return world;
}

/** What `pale why` prints, the world's own directories as `HOME`. */
export function why(
  world: World,
  args: readonly string[],
  env: Record<string, string> = {},
): string {
  const { stdout, stderr } = world.pale(["why", ...args], { env });
  return (stdout + stderr).replaceAll(world.home, "HOME");
}
