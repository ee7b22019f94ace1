import { dirname, join } from "node:path";
import { quoteForShell } from "../terminal.ts";
import type { BrokenShim, DoctorFacts, Resolution, ShellFact, ShimFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";

/** Whether typing an agent's name gives the sandbox. */
export function judgeShims({ shims }: DoctorFacts): Finding[] {
  if (shims.names.length === 0) {
    return [fail("shims", `there are none in ${shims.directory}`, "pale shims")];
  }
  return [
    judgeFiles(shims),
    ...judgePlans(shims),
    judgePath(shims),
    ...shims.shells.map((shell) => judgeShell(shell, shims)),
    judgeLaunches(shims),
  ];
}

function judgeFiles({ names, directory, broken, list }: ShimFacts): Finding {
  if (list !== "readable") return fail("shims", list.problem, list.hint);
  if (broken.length === 0) return ok("shims", `${names.join(", ")} in ${directory}`);
  const said = broken.map(({ name, reason }) => `${name} ${reason}`).join("; ");
  return fail("shims", `in ${directory}, ${said}`, writeAgain(broken, directory));
}

/** What is not pale's own, `pale shims` does not write over. */
function writeAgain(broken: readonly BrokenShim[], directory: string): string {
  const foreign = broken.filter(({ isForeign }) => isForeign);
  const moves = foreign.map(({ name }) => {
    const [from, to] = [join(directory, name), `${directory}-${name}.moved`].map(quoteForShell);
    return `mv ${from} ${to} && `;
  });
  return `${moves.join("")}pale shims`;
}

function judgePlans({ unusable }: ShimFacts): Finding[] {
  if (unusable.length === 0) return [];
  const said = unusable.map(({ name, reason }) => `that of ${name} ${reason}`).join("; ");
  return [fail("plans of shims", said, "pale shims")];
}

function judgePath({ position, directory, owner }: ShimFacts): Finding {
  if (position === 0) return ok("PATH", "the shims come first");
  const remedy = owner === "package" ? putFirst(directory) : 'eval "$(pale shellenv)"';
  if (position === -1) return warn("PATH", `${directory} is not in it, here`, remedy);
  const before = position === 1 ? "1 directory comes" : `${position} directories come`;
  return warn("PATH", `${before} before the shims, here`, remedy);
}

/** What pale writes itself names its own directory, which is empty then. */
function putFirst(directory: string, shell = "sh"): string {
  const quoted = quoteForShell(directory);
  const line = shell === "fish" ? `set -gx PATH ${quoted} $PATH` : `export PATH=${quoted}:"$PATH"`;
  return `${line}   (last in its startup files, or take out what comes before it)`;
}

function judgeShell({ shell, mode, answers }: ShellFact, shims: ShimFacts): Finding {
  const { loginShell } = shims;
  const check = `${shell} (${mode})`;
  if (answers.length === 0) {
    return warn(check, "it did not say what it runs", "see what its startup files do");
  }
  const passing = answers.filter(({ runs }) => runs.kind !== "shim" && runs.kind !== "nothing");
  const missing = answers.filter(({ runs }) => runs.kind === "nothing");
  const [first] = passing;
  if (first) {
    const said = describeAll(passing);
    // What is typed by hand in one's own shell is the promise; a script or an editor may be meant to go past.
    const isTyped = mode !== "plain" && mode !== "minimal";
    const judge = isTyped && shell === (loginShell ?? shell) ? fail : warn;
    return judge(check, said, mend(first.runs, first.name, { shell, mode, shims }));
  }
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(", ");
    const remedy = mend({ kind: "nothing" }, "", { shell, mode, shims });
    return warn(check, `no ${names} there`, remedy);
  }
  return ok(check, "runs the shims");
}

/** Files of one directory, as one installer leaves them, are said in one go. */
function describeAll(passing: ShellFact["answers"]): string {
  const [first] = passing;
  const directory = first?.runs.kind === "file" ? dirname(first.runs.path) : "";
  const isPlain = ({ name, runs }: ShellFact["answers"][number]) =>
    runs.kind === "file" && runs.path === join(directory, name);
  if (passing.length > 1 && passing.every(isPlain)) {
    return `${passing.map(({ name }) => name).join(", ")} are in ${directory}, without a sandbox`;
  }
  return passing.map(({ name, runs }) => `${name} is ${describe(runs)}`).join("; ");
}

function describe(runs: Resolution): string {
  switch (runs.kind) {
    case "file":
      return `${runs.path}, without a sandbox`;
    case "hook":
      return `${runs.path}, without a sandbox, from the first prompt or change of directory on`;
    case "alias":
      return `an alias: ${runs.text}`;
    case "function":
      return "a function, which may go past the shim";
    case "shim":
    case "nothing":
      return runs.kind;
  }
}

type Where = { shell: string; mode: ShellFact["mode"]; shims: ShimFacts };

function mend(runs: Resolution, name: string, where: Where): string {
  const { directory, broken } = where.shims;
  if (runs.kind === "file" && broken.some((each) => each.name === name)) {
    return writeAgain(broken, directory);
  }
  switch (runs.kind) {
    case "alias":
      return `take the alias \`${name}\` out of the shell's startup files`;
    case "function":
      return `take the function \`${name}\` out; arguments that it adds can be the shim's own: pale shims add ${name} -- ARGS`;
    case "hook":
      return [
        `direnv: PATH_add ${directory} as the last line of .envrc`,
        "nvm: load it with a default version (nvm alias default node) before the block of pale",
        `mise: mise activate --shims, then ${nameSetup(where)}`,
      ].join("; ");
    case "file":
    case "shim":
    case "nothing":
      return mendPath(where);
  }
}

/** What bash and sh start with no startup file has the PATH of what starts it. */
function mendPath(where: Where): string {
  const { shell, mode, shims } = where;
  const readsFiles = shell === "zsh" || shell === "fish" || mode.startsWith("login");
  if (readsFiles || (shell === "bash" && mode === "interactive")) return nameSetup(where);
  if (mode === "minimal")
    return `in the settings of editors, name the programs in ${shims.directory}`;
  return shims.owner === "package"
    ? putFirst(shims.directory)
    : 'eval "$(pale shellenv sh)"   (in the script, or before it is started)';
}

/** `pale setup` alone leaves a shell alone that nobody uses. */
function nameSetup({ shell, shims: { owner, directory, setUp } }: Where): string {
  if (owner === "package") return putFirst(directory, shell);
  return setUp.includes(shell) ? "pale setup" : `pale setup --shell ${shell}`;
}

/** Only a hint: such a file may never be used. */
function judgeLaunches({ launches, directory }: ShimFacts): Finding {
  if (launches.length === 0) return ok("absolute paths", "no agent is started by one");
  const shown = launches.map(({ file, program }) => `${file} starts ${program}`);
  return warn("absolute paths", shown.join("; "), `name the programs in ${directory} there`);
}
