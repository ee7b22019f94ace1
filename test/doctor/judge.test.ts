import assert from "node:assert/strict";
import { basename } from "node:path";
import { describe, test } from "node:test";
import type {
  BubblewrapFact,
  DoctorFacts,
  Resolution,
  ShellMode,
  ShimFacts,
} from "../../src/doctor/facts.ts";
import { SHELL_MODES } from "../../src/doctor/facts.ts";
import { ok, warn } from "../../src/doctor/finding.ts";
import { judgeKernel } from "../../src/doctor/judge-kernel.ts";
import { judgeSettings } from "../../src/doctor/judge-settings.ts";
import { judgeShims } from "../../src/doctor/judge-shims.ts";
import { renderFindings } from "../../src/doctor/render.ts";
import { shell, SOUND } from "./sound.ts";

function judge(facts: Partial<DoctorFacts>) {
  const all = { ...SOUND, ...facts };
  return [...judgeKernel(all), ...judgeSettings(all), ...judgeShims(all)];
}

/** What is not ok: check, verdict, detail, remedy. */
function complain(facts: Partial<DoctorFacts>) {
  const found = judge(facts).filter(({ verdict }) => verdict !== "ok");
  return found.map(({ check, verdict, detail, remedy = "" }) => [check, verdict, detail, remedy]);
}

function withShims(shims: Partial<ShimFacts>) {
  return complain({ shims: { ...SOUND.shims, ...shims } });
}

test("nothing is wrong with a sound machine", () => {
  assert.deepEqual(complain({}), []);
  assert.equal(judge({}).length, 16);
});

function bubblewrap(version: string, facts: Partial<BubblewrapFact> = {}): BubblewrapFact {
  return { path: "/usr/bin/bwrap", version, packaged: undefined, followsLinks: false, ...facts };
}

const BLOCKED = { problem: "no", hint: "mend it" };

const TABLE: [string, Partial<DoctorFacts>, [check: string, verdict: string, words: RegExp][]][] = [
  ["an old kernel", { kernel: "5.10.0" }, [["kernel", "warn", /5\.10\.0.*5\.14/u]]],
  ["WSL 1", { place: { wsl: 1, container: undefined } }, [["machine", "fail", /--set-version/u]]],
  ["a container", { place: { wsl: 2, container: "docker" } }, [["machine", "warn", /docker/u]]],
  [
    "Debian's switch",
    { settings: { ...SOUND.settings, unprivilegedUserns: 0 } },
    [["user namespaces", "fail", /sudo sysctl.*|unprivileged_userns_clone=1/u]],
  ],
  [
    "no namespaces at all",
    { settings: { ...SOUND.settings, maxUserNamespaces: 0 } },
    [["user namespaces", "fail", /user\.max_user_namespaces=15000/u]],
  ],
  ["no bubblewrap", { bwrap: BLOCKED }, [["bubblewrap", "fail", /no mend it/u]]],
  [
    "an old bubblewrap",
    { bwrap: bubblewrap("0.6.1", { packaged: undefined }) },
    [["bubblewrap", "warn", /bwrap 0\.6\.1,.*before 0\.8\.0.*apt install/u]],
  ],
  [
    "a bubblewrap that goes by links to the host",
    { bwrap: bubblewrap("0.8.0", { packaged: "0.8.0-2+deb12u1", followsLinks: true }) },
    [["bubblewrap", "warn", /bwrap 0\.8\.0-2\+deb12u1,.*CVE-2026-87766: .* --only-upgrade/u]],
  ],
  ["one of the same number that has it mended", { bwrap: bubblewrap("0.8.0") }, []],
  [
    "one that could not be tried",
    {
      bwrap: bubblewrap("0.11.2", { packaged: "0.11.2-1", followsLinks: undefined }),
      distribution: "arch",
    },
    [["bubblewrap", "warn", /CVE-2026-87766.*may have it mended sudo pacman -Syu bubblewrap/u]],
  ],
  [
    "a fixed one that could not be tried",
    { bwrap: bubblewrap("0.12.0", { followsLinks: undefined }) },
    [],
  ],
  [
    "one that other users can stop",
    { bwrap: bubblewrap("0.3.2") },
    [["bubblewrap", "warn", /CVE-2019-12439/u]],
  ],
  ["no sandbox", { trial: BLOCKED }, [["sandbox", "fail", /no mend it/u]]],
  ["no filter", { seccomp: false }, [["seccomp", "fail", /CONFIG_SECCOMP_FILTER/u]]],
  ["no overlay", { overlay: BLOCKED }, [["overlays", "warn", /cannot work: no/u]]],
  ["no memory controller", { cgroup: BLOCKED }, [["control groups", "fail", /limits\.memory/u]]],
  ["none that is needed", { cgroup: BLOCKED, limitsMemory: false }, []],
  ["a bad configuration", { configuration: BLOCKED }, [["configuration", "fail", /pale check/u]]],
  ["a log of another's", { log: BLOCKED }, [["log", "fail", /mend it/u]]],
  [
    "a proxy that cannot be used",
    { upstream: { proxies: [], problems: ["HTTPS_PROXY is no URL"] } },
    [["upstream proxy", "fail", /is no URL.*unset it/u]],
  ],
];

describe("the doctor", () => {
  for (const [name, facts, wanted] of TABLE) {
    test(`judges ${name}`, () => {
      const found = complain(facts);
      assert.deepEqual(
        found.map(([check, verdict]) => [check, verdict]),
        wanted.map(([check, verdict]) => [check, verdict]),
      );
      for (const [index, [, , words]] of wanted.entries()) {
        assert.match(found[index]!.slice(2).join(" "), words);
      }
    });
  }

  test("names the faults of bubblewrap that do not concern pale, of the versions that have them", () => {
    const say = (version: string) =>
      judge({ bwrap: bubblewrap(version) }).find(({ check }) => check === "bubblewrap")?.detail;
    assert.match(say("0.9.0")!, /not as pale uses it: CVE-2024-42472 \(Flatpak's\)$/u);
    assert.match(say("0.11.1")!, /not as pale uses it: CVE-2026-41163 \(setuid only\)$/u);
    for (const version of ["0.10.0", "0.11.2", "0.12.0"]) {
      assert.match(say(version)!, /root's and not setuid$/u);
    }
  });
});

const RESTRICTED = { ...SOUND.settings, apparmorRestricts: 1 };
const INSTALL = "pale doctor --install-apparmor";

describe("of AppArmor, the doctor says", () => {
  test("nothing where it does not restrict, or lets pale through", () => {
    assert.deepEqual(complain({ settings: { ...SOUND.settings, apparmorRestricts: 0 } }), []);
    assert.deepEqual(complain({ settings: RESTRICTED }), []);
    const apparmor = { init: "usable", profile: "right", ubuntu: true } as const;
    assert.deepEqual(complain({ settings: RESTRICTED, apparmor }), []);
  });

  test("which command installs a profile, once, and why Ubuntu's own is not enough", () => {
    const [first, second, ...others] = complain({ settings: RESTRICTED, trial: BLOCKED });
    assert.deepEqual(others, []);
    assert.deepEqual(first?.slice(0, 2), ["apparmor", "fail"]);
    assert.equal(first[3], INSTALL);
    assert.doesNotMatch(first[2]!, /Ubuntu/u);
    assert.deepEqual(second, ["sandbox", "fail", "no", INSTALL]);
    const apparmor = { ...SOUND.apparmor, ubuntu: true };
    const [ubuntu] = complain({ settings: RESTRICTED, trial: BLOCKED, apparmor });
    assert.match(ubuntu![2]!, /Ubuntu's own for bubblewrap is not enough/u);
  });

  for (const [apparmor, words] of [
    [{ init: "another-build", profile: "right" }, /init program is of another build/u],
    [{ init: "usable", profile: "other" }, /profile is of another build/u],
    [{ init: "usable", profile: "absent" }, /profile for .* is missing/u],
    [{ init: "absent", profile: "right" }, /init program .* is missing/u],
    [{ init: { untrusted: "/usr/local" }, profile: "right" }, /\/usr\/local is not root's alone/u],
  ] as const) {
    test(`what is wrong with what was installed: ${words.source}`, () => {
      const facts = { apparmor: { ...apparmor, ubuntu: false } };
      const judged = (more: Partial<DoctorFacts>) => complain({ ...facts, ...more })[0]!;
      for (const [found, verdict, remedy] of [
        [judged({ settings: RESTRICTED, trial: BLOCKED }), "fail", INSTALL],
        [judged({ settings: RESTRICTED }), "warn", INSTALL],
        [judged({}), "warn", "pale doctor --remove-apparmor"],
      ] as const) {
        assert.deepEqual([found[1], found[3]], [verdict, remedy]);
        assert.match(found[2]!, words);
      }
    });
  }
});

describe("of the shims, the doctor says", () => {
  test("that there are none", () => {
    assert.deepEqual(withShims({ names: [] }), [
      ["shims", "fail", "there are none in /shims", "pale shims"],
    ]);
  });

  test("where they are in PATH", () => {
    const remedy = 'eval "$(pale shellenv)"';
    assert.deepEqual(withShims({ position: -1 }), [
      ["PATH", "warn", "/shims is not in it, here", remedy],
    ]);
    for (const [position, before] of [
      [1, "1 directory comes"],
      [2, "2 directories come"],
    ] as const) {
      assert.deepEqual(withShims({ position }), [
        ["PATH", "warn", `${before} before the shims, here`, remedy],
      ]);
    }
  });

  test("that a package's shims are put first by its own directory, not by what pale prints", () => {
    const runs = { kind: "file", path: "/usr/bin/claude" } as const;
    for (const name of ["bash", "zsh", "fish", "sh"]) {
      for (const mode of SHELL_MODES.filter((each) => each !== "minimal")) {
        const shims = { owner: "package" as const, position: 1, shells: [shell(name, mode, runs)] };
        const remedies = withShims(shims).map(([, , , remedy = ""]) => remedy);
        assert.equal(remedies.length, 2);
        assert.match(remedies[0]!, /^export PATH=\/shims:"\$PATH"/u);
        const line = name === "fish" ? "set -gx PATH /shims $PATH" : 'export PATH=/shims:"$PATH"';
        assert.ok(remedies[1]!.startsWith(line), remedies[1]);
      }
    }
  });

  test("several files of one directory in one go, and of more by their paths", () => {
    const say = (...paths: string[]) => {
      const answers = paths.map((path) => {
        return { name: basename(path), runs: { kind: "file", path } } as const;
      });
      return withShims({ shells: [{ shell: "bash", mode: "login", answers }] })[0]?.[2];
    };
    assert.equal(say("/b/claude", "/b/pi"), "claude, pi are in /b, without a sandbox");
    const apart = "claude is /b/claude, without a sandbox; pi is /c/pi, without a sandbox";
    assert.equal(say("/b/claude", "/c/pi"), apart);
  });

  for (const [runs, words, remedy] of [
    [
      { kind: "file", path: "/usr/bin/claude" },
      /\/usr\/bin\/claude, without/u,
      /^pale setup(?: --shell zsh)?$/u,
    ],
    [{ kind: "alias", text: "alias claude=x" }, /an alias: alias claude=x/u, /take the alias/u],
    [{ kind: "function" }, /a function/u, /pale shims add claude -- ARGS/u],
  ] as const) {
    test(`that a ${runs.kind} goes past them`, () => {
      for (const [name, mode, verdict] of [
        ["bash", "interactive", "fail"],
        ["bash", "login", "fail"],
        ["bash", "plain", "warn"],
        ["bash", "minimal", "warn"],
        ["zsh", "interactive", "warn"],
      ] as const) {
        const [found, ...others] = withShims({ shells: [shell(name, mode, runs)] });
        assert.deepEqual(others, []);
        assert.deepEqual(found?.slice(0, 2), [`${name} (${mode})`, verdict]);
        assert.match(found[2]!, words);
        if (mode !== "minimal" && mode !== "plain") assert.match(found[3]!, remedy);
      }
    });
  }

  test("which command mends it, by what the shell reads", () => {
    const say = (name: string, mode: ShellMode) =>
      withShims({ shells: [shell(name, mode, { kind: "file", path: "/usr/bin/claude" })] })[0]?.[3];
    for (const name of ["zsh", "fish"]) {
      // Whoever uses bash only has to name the others.
      for (const mode of SHELL_MODES) assert.equal(say(name, mode), `pale setup --shell ${name}`);
    }
    const inherits = /^eval "\$\(pale shellenv sh\)"/u;
    assert.match(say("bash", "plain")!, inherits);
    assert.match(say("sh", "interactive")!, inherits);
    assert.equal(say("sh", "login"), "pale setup");
    assert.equal(say("bash", "login, interactive"), "pale setup");
    assert.match(say("sh", "minimal")!, /^in the settings of editors, name .* \/shims$/u);
  });

  test("that direnv or mise put another one there at the prompt, which no startup file mends", () => {
    const runs = { kind: "hook", path: "/project/bin/claude" } as const;
    const [found] = withShims({ shells: [shell("bash", "interactive", runs)] });
    assert.deepEqual(found?.slice(0, 2), ["bash (interactive)", "fail"]);
    assert.match(
      found[2]!,
      /project\/bin\/claude, .* from the first prompt or change of directory on$/u,
    );
    assert.match(found[3]!, /PATH_add \/shims as the last line of \.envrc/u);
  });

  test("that any shell may be the user's own when nobody knows which it is", () => {
    const runs = { kind: "function" } as const;
    const [found] = withShims({
      loginShell: undefined,
      shells: [shell("zsh", "interactive", runs)],
    });
    assert.equal(found?.[1], "fail");
  });

  test("what a shell does not find, and which shell does not answer", () => {
    const nothing = shell("zsh", "minimal", { kind: "nothing" });
    assert.deepEqual(
      withShims({ shells: [nothing, { shell: "fish", mode: "login", answers: [] }] }).map(
        ([check, verdict]) => [check, verdict],
      ),
      [
        ["zsh (minimal)", "warn"],
        ["fish (login)", "warn"],
      ],
    );
  });

  test("which files of shims do not do what they are for, and what writes them again", () => {
    const say = (...broken: ShimFacts["broken"]) => withShims({ broken })[0];
    const gone = { name: "codex", reason: "is not there", isForeign: false };
    assert.deepEqual(say(gone), ["shims", "fail", "in /shims, codex is not there", "pale shims"]);
    const foreign = { name: "claude", reason: "is no shim of pale", isForeign: true };
    const remedy = "mv /shims/claude /shims-claude.moved && pale shims";
    assert.equal(say(gone, foreign)?.[3], remedy);
    const shells = [shell("bash", "login", { kind: "file", path: "/shims/claude" })];
    assert.equal(withShims({ broken: [foreign], shells })[1]?.[3], remedy);
    assert.equal(withShims({ shells })[0]?.[3], "pale setup", "control");
    const unread = withShims({ list: { problem: "the list", hint: "rm it" } })[0];
    assert.deepEqual(unread, ["shims", "fail", "the list", "rm it"]);
  });

  test("which shims a launch would stop at, for their plan", () => {
    const reason = "cannot be read";
    const [found] = withShims({ unusable: [{ name: "claude", reason }] });
    assert.deepEqual(found, [
      "plans of shims",
      "fail",
      "that of claude cannot be read",
      "pale shims",
    ]);
  });

  test("which files start an agent by its absolute path", () => {
    const [found] = withShims({ launches: [{ file: "/a.desktop", program: "/opt/claude" }] });
    assert.deepEqual(found?.slice(0, 3), [
      "absolute paths",
      "warn",
      "/a.desktop starts /opt/claude",
    ]);
  });
});

test("what others wrote is escaped, and a here-document stands at the margin", () => {
  const text = renderFindings(
    [
      { check: "a", verdict: "fail", detail: "\u001B[31m", remedy: "tee <<'END'\n\u001Bx\nEND" },
      { check: "long", verdict: "ok", detail: "fine" },
    ],
    { columns: undefined, colour: false },
  );
  assert.equal(
    text,
    "fail a     \\x1b[31m\ntee <<'END'\n\\x1bx\nEND\nok   long  fine\n1 ok, 0 to look at, 1 to mend\n",
  );
});

test("a shell that is the same in every way takes one line, and long lines go on below themselves", () => {
  const modes = SHELL_MODES.map((mode) => ok(`zsh (${mode})`, "runs the shims"));
  const typed = SHELL_MODES.slice(0, 3).map((mode) => warn(`fish (${mode})`, "none there"));
  const rest = [
    ...typed,
    ok("fish (plain)", "runs the shims"),
    warn("fish (minimal)", "none there"),
    ok("bash (login)", "runs the shims"),
    warn("bash (plain)", "one two three four five"),
  ];
  const screen = { columns: 43, colour: true };
  const text = renderFindings([...modes, ...rest], screen).split("\n");
  assert.deepEqual(text, [
    "\u001B[32mok  \u001B[0m zsh (every way)   runs the shims",
    "\u001B[33mwarn\u001B[0m fish (terminals)  none there",
    "\u001B[32mok  \u001B[0m fish (plain)      runs the shims",
    "\u001B[33mwarn\u001B[0m fish (minimal)    none there",
    "\u001B[32mok  \u001B[0m bash (login)      runs the shims",
    "\u001B[33mwarn\u001B[0m bash (plain)      one two three four",
    "                       five",
    "3 ok, 3 to look at, 0 to mend",
    "",
  ]);
});

test("everything that is not ok says what mends it", () => {
  // A kernel without what pale needs, and a machine that is a container, are as they are.
  const beyond = new Set(["kernel", "machine", "seccomp"]);
  const facts = TABLE.map(([, each]) => each);
  const wrong = [
    ...facts,
    { trial: BLOCKED, settings: RESTRICTED },
    { shims: { ...SOUND.shims, names: [] } },
  ];
  const ways: Resolution[] = [
    { kind: "file", path: "/x" },
    { kind: "hook", path: "/x" },
    { kind: "alias", text: "alias a=b" },
    { kind: "function" },
    { kind: "nothing" },
  ];
  const shells = ways.flatMap((runs) => SHELL_MODES.map((mode) => shell("bash", mode, runs)));
  const launches = [{ file: "/a.desktop", program: "/opt/claude" }];
  const shims = { ...SOUND.shims, shells, launches, position: 1 };
  const found = [...wrong, { shims }].flatMap((each) => complain({ ...each }));
  assert.ok(found.length > 30);
  for (const [check = "", , detail, remedy] of found) {
    if (!beyond.has(check)) assert.notEqual(remedy, "", `${check}: ${detail}`);
  }
});
