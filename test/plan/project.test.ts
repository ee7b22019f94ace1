import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { guardProject } from "../../src/plan/project.ts";
import { debian } from "../helpers/facts.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

const HOME = { ...debian().home, all: ["/home/ada", "/data/ada"] };

describe("guardProject refuses", () => {
  const credentials = "holds credentials";
  const rows: [string, string][] = [
    ["/home/ada", "it is the home directory"],
    ["/data/ada", "it is the home directory"],
    ["/home", "the home directory is inside it"],
    ["/data", "the home directory is inside it"],
    ["/", "the home directory is inside it"],
    ["/usr", "it belongs to the operating system"],
    ["/etc", "it belongs to the operating system"],
    ["/tmp", "it belongs to the operating system"],
    ["/var/tmp", "it belongs to the operating system"],
    ["/nix/store", "it belongs to the operating system"],
    ["/proc/1/root", "it belongs to the operating system"],
    ["/sys/fs/cgroup", "it belongs to the operating system"],
    ["/dev/shm/project", "it belongs to the operating system"],
    ["/run/user/1000", "it belongs to the operating system"],
    ["/run/user/1000/podman", "it belongs to the operating system"],
    ["/home/ada/.ssh", `\`/home/ada/.ssh\` ${credentials}`],
    ["/home/ada/.ssh/deeper/still", `\`/home/ada/.ssh\` ${credentials}`],
    ["/home/ada/.config/gh", `\`/home/ada/.config/gh\` ${credentials}`],
    ["/home/ada/.config", "credentials (`/home/ada/.config/gh`) may be inside it"],
    ["/home/ada/.config/pale", "pale keeps its own files in `/home/ada/.config/pale`"],
    ["/home/ada/.config/pale/x", "pale keeps its own files in `/home/ada/.config/pale`"],
    ["/home/ada/.cache", "pale keeps its own files in `/home/ada/.cache/pale`"],
  ];
  for (const [root, reason] of rows) {
    test(`${root}: ${reason}`, () => {
      assert.deepEqual(
        catchUserErrors(() => guardProject(root, HOME)),
        [
          {
            message: `\`${root}\` cannot be the project: ${reason}`,
            hint: "start in the directory of one project, or name it with `--project DIR`",
          },
        ],
      );
    });
  }
});

describe("guardProject accepts", () => {
  const places =
    `/home/ada/project /home/ada/.sshd /home/ada/.config/nvim /home/ada2 /home/bob/shared
    /tmp/x /var/tmp/x /srv/www /opt/app /usr/local/src /etc/nixos /run/media/ada/disk/project
    /process /developer /home/ada/.config/paler`.split(/\s+/u);
  for (const place of places) {
    test(place, () => assert.equal(guardProject(place, HOME), undefined));
  }
});
