import { Argument } from "commander";
import type { Command } from "commander";
import type { Invocation } from "./invocation.ts";
import { withValues } from "./value-kinds.ts";

type DoctorOptions = {
  json?: boolean;
  installApparmor?: boolean;
  removeApparmor?: boolean;
  yes?: boolean;
};

/** The commands that examine the machine. They end with 1 when something is wrong with it. */
export function addExamining(program: Command, invocation: Invocation): void {
  program
    .command("doctor")
    .summary("find what keeps pale from working on this machine, with what mends it")
    .option("--json", "as data")
    .option("--install-apparmor", "where AppArmor restricts namespaces: give pale a profile")
    .option("--remove-apparmor", "take that away")
    .option("-y, --yes", "do not ask")
    .action(async (options: DoctorOptions) => {
      const { installAppArmor, removeAppArmor } = await import("./doctor-apparmor.ts");
      if (options.installApparmor) return installAppArmor(invocation, options);
      if (options.removeApparmor) return removeAppArmor(invocation, options);
      const { examineMachine } = await import("./doctor.ts");
      if (!(await examineMachine(invocation, options))) process.exitCode = 1;
    });
  program
    .command("selftest")
    .summary("try to get out of a sandbox on this machine, in every way that pale closes")
    .usage("[--profile NAME] [--json] [-- OPTIONS OF RUN]")
    .addArgument(withValues(new Argument("[options...]"), ["run-words"]))
    .option("--profile <name>", "with this profile")
    .option("--json", "as data")
    .action(async (runOptions: string[], options: { profile?: string; json?: boolean }) => {
      const { testOneself } = await import("./selftest.ts");
      if (!(await testOneself(invocation, { ...options, runOptions }))) process.exitCode = 1;
    });
  program
    .command("selftest-inside", { hidden: true })
    .argument("<file>")
    .action(async (file: string) => {
      const { observe } = await import("../selftest/observe.ts");
      invocation.print(JSON.stringify(await observe(file)));
    });
}
