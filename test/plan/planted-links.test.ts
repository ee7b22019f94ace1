import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MountFact } from "../../src/plan/facts.ts";
import { checkPlantedLinks } from "../../src/plan/planted-links.ts";
import { debian, linkTo, mountOf } from "../helpers/facts.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const check = (...mounts: MountFact[]) => checkPlantedLinks(debian({ mounts }));

/** A mount of `path`, which is a link to `real`. */
function linked(path: string, real: string, rule: Parameters<typeof mountOf>[1] = {}): MountFact {
  return mountOf(path, rule, { real, links: [linkTo(path, real)] });
}

describe("a link on the way to a mount is not followed", () => {
  const secret = "/home/ada/.ssh";
  const rows: [string, MountFact[], string, string][] = [
    [
      "out of the project",
      [linked("/home/ada/project/keys", secret)],
      "/home/ada/project",
      "/home/ada/project/keys",
    ],
    [
      "out of another writable mount",
      [mountOf("/data/state", { access: "rw" }), linked("/data/state/x", secret)],
      "/data/state",
      "/data/state/x",
    ],
  ];
  for (const [what, mounts, place, link] of rows) {
    test(what, () => {
      assert.deepEqual(
        catchUserErrors(() => check(...mounts)),
        [
          {
            message: `the mount \`${link}\` leads out of \`${place}\`, where agents can write`,
            origin: `config.toml:1, by the link ${link} -> ${secret}`,
            hint: `an agent may have made the link; if you did, mount \`${secret}\``,
          },
        ],
      );
    });
  }
});

describe("a link on the way to a mount is followed", () => {
  const rows: [string, MountFact[]][] = [
    ["inside of the project", [linked("/home/ada/project/x", "/home/ada/project/y")]],
    ["where no agent can write", [linked("/home/ada/link", "/data/x")]],
    ["in a read-only mount", [mountOf("/data/state"), linked("/data/state/x", "/data/y")]],
    [
      "when the mount is left out",
      [
        {
          ...linked("/home/ada/project/x", "/data/x", { missing: "skip" }),
          kind: "missing" as const,
        },
      ],
    ],
  ];
  for (const [what, mounts] of rows) {
    test(what, () => assert.equal(check(...mounts), undefined));
  }
});
