import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planEtc } from "../../src/plan/etc-mounts.ts";
import type { HostFacts } from "../../src/plan/facts.ts";
import type { MountOperation } from "../../src/plan/plan.ts";
import type { NetworkMode } from "../../src/policy.ts";
import { debian, nixos, unmerged } from "../helpers/facts.ts";
import { sketch } from "../helpers/sketch.ts";

describe("planEtc", () => {
  const rows: [string, HostFacts, NetworkMode, string[]][] = [
    [
      "on Debian, without network",
      debian(),
      "none",
      [
        "tmpfs /etc 755",
        "ro /etc/alternatives",
        "link /etc/localtime -> /usr/share/zoneinfo/Europe/London",
        "ro /etc/ssl",
        "tmpfs /etc/ssl/private 755",
        "text /etc/passwd",
        "text /etc/group",
        "text /etc/hosts",
      ],
    ],
    [
      "on Debian, with the host's network: a file behind a link that is not shown becomes a file",
      debian(),
      "host",
      [
        "tmpfs /etc 755",
        "ro /etc/alternatives",
        "link /etc/localtime -> /usr/share/zoneinfo/Europe/London",
        "ro /etc/ssl",
        "tmpfs /etc/ssl/private 755",
        "text /etc/passwd",
        "text /etc/group",
        "ro /etc/hosts",
        "ro /etc/resolv.conf of /run/systemd/resolve/stub-resolv.conf",
      ],
    ],
    [
      "on NixOS, with the host's network: links into the store stay links, past /etc/static",
      nixos(),
      "host",
      [
        "tmpfs /etc 755",
        "link /etc/profiles -> /nix/store/ccc-etc/etc/profiles",
        "link /etc/ssl -> /nix/store/ccc-etc/etc/ssl",
        "link /etc/static -> /nix/store/ccc-etc/etc",
        "text /etc/passwd",
        "text /etc/group",
        "link /etc/hosts -> /nix/store/bbb-hosts",
        "ro /etc/resolv.conf",
      ],
    ],
    [
      "on a host that has next to nothing in /etc",
      unmerged({ etc: [] }),
      "host",
      ["tmpfs /etc 755", "text /etc/passwd", "text /etc/group"],
    ],
  ];
  for (const [what, facts, network, lines] of rows) {
    test(what, () => assert.deepEqual(sketch(planEtc(facts, network)), lines));
  }

  test("copies what is small, but not what the host may change while the sandbox runs", () => {
    const file = (name: string, small?: true) => ({
      kind: "file" as const,
      path: `/etc/${name}`,
      ...(small && { small }),
    });
    const etc = [
      file("big"),
      file("hosts", true),
      file("inputrc", true),
      file("resolv.conf", true),
    ];
    const mounts = planEtc(debian({ etc }), "host");
    assert.deepEqual(listCopied(mounts), ["/etc/inputrc", "/etc/passwd", "/etc/group"]);
    assert.deepEqual(
      sketch(mounts).filter((line) => line.startsWith("ro ")),
      ["ro /etc/big", "ro /etc/inputrc", "ro /etc/hosts", "ro /etc/resolv.conf"],
    );
  });

  test("copies no more than the init program may open, and mounts the rest", () => {
    const names = Array.from({ length: 100 }, (_, index) => `/etc/file-${index}`);
    const etc = names.map((path) => ({ kind: "file" as const, path, small: true as const }));
    const mounts = planEtc(debian({ etc }), "none");
    assert.equal(listCopied(mounts).length, 48);
    for (const name of names) assert.ok(mounts.some(({ destination }) => destination === name));
  });

  test("makes hosts with loopback and the machine's own name", () => {
    const text = "127.0.0.1 localhost\n::1 localhost\n";
    for (const network of ["none", "filtered", "open"] as const) {
      const named = findText(planEtc(debian(), network), "etc-hosts");
      assert.equal(named, `${text}127.0.1.1 analytical\n`);
      const nameless = debian({ hostname: undefined });
      assert.equal(findText(planEtc(nameless, network), "etc-hosts"), text);
    }
  });

  test("has names asked of the supervisor, and ssh go by the proxy, behind a gate", () => {
    for (const network of ["filtered", "open"] as const) {
      const mounts = planEtc(debian(), network);
      assert.deepEqual(sketch(mounts).slice(-4), [
        "text /etc/hosts",
        "text /etc/nsswitch.conf",
        "text /etc/resolv.conf",
        "text /etc/ssh/ssh_config",
      ]);
      assert.equal(findText(mounts, "etc-resolv.conf"), "nameserver 127.0.0.1\n");
      assert.match(findText(mounts, "etc-nsswitch.conf") ?? "", /^hosts: files dns$/mu);
      const ssh = "Host *\n  ProxyCommand /run/pale/pale connect %h %p\n";
      assert.equal(findText(mounts, "etc-ssh_config"), ssh);
    }
  });
});

function listCopied(mounts: readonly MountOperation[]): string[] {
  const isCopied = (mount: MountOperation) => "copied" in mount && mount.copied;
  return mounts.filter(isCopied).map(({ destination }) => destination);
}

describe("passwd and group", () => {
  const ada = "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/bash\n";
  const nobody = "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";

  test("hold root, the user and nobody", () => {
    assert.equal(passwdOf(debian()), ada + nobody);
    const group = findText(planEtc(debian(), "none"), "etc-group");
    assert.equal(group, "root:x:0:\nada:x:1000:\nnogroup:x:65534:\n");
  });

  test("hold root once when root is the user", () => {
    const facts = debian();
    const identity = { uid: 0, gid: 0, user: "root", group: "root", home: "/root" };
    const home = { ...facts.home, path: "/srv/root" };
    const rooted = debian({ identity, home });
    assert.equal(passwdOf(rooted), `root:x:0:0::/srv/root:/bin/bash\n${nobody}`);
    const group = findText(planEtc(rooted, "none"), "etc-group");
    assert.equal(group, "root:x:0:\nnogroup:x:65534:\n");
  });

  const shells: [string, HostFacts, string | undefined, string][] = [
    ["the caller's when it is the system's", debian(), "/usr/bin/zsh", "/usr/bin/zsh"],
    ["the caller's when it is reached by a link of the system", debian(), "/bin/zsh", "/bin/zsh"],
    [
      "the caller's when it is the system's on NixOS",
      nixos(),
      "/run/current-system/sw/bin/fish",
      "/run/current-system/sw/bin/fish",
    ],
    [
      "the caller's when it is the user's on NixOS",
      nixos(),
      "/etc/profiles/per-user/ada/bin/fish",
      "/etc/profiles/per-user/ada/bin/fish",
    ],
    ["/bin/sh when the caller's is not there inside", debian(), "/home/ada/bin/zsh", "/bin/sh"],
    ["/bin/sh when the caller has none", debian(), undefined, "/bin/sh"],
    ["/bin/sh when the caller's would break the file", debian(), "/bin/sh\nx::0:0::/:", "/bin/sh"],
  ];
  for (const [what, facts, shell, expected] of shells) {
    test(`name as the shell ${what}`, () => {
      const passwd = passwdOf({ ...facts, environment: { SHELL: shell } });
      const lines = passwd.trimEnd().split("\n");
      assert.equal(lines.length, 3);
      assert.equal(lines[1]?.split(":").at(-1), expected);
    });
  }
});

function passwdOf(facts: HostFacts): string {
  return findText(planEtc(facts, "none"), "etc-passwd");
}

function findText(mounts: ReturnType<typeof planEtc>, name: string): string {
  const found = mounts.find((mount) => mount.kind === "text" && mount.name === name);
  return found?.kind === "text" ? found.text : "";
}
