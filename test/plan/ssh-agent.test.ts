import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planSshAgent, planSshAgentSocket } from "../../src/plan/ssh-agent.ts";
import type { SshAgentFact } from "../../src/plan/facts.ts";
import { debian, mountOf } from "../helpers/facts.ts";

const AGENT: SshAgentFact = {
  socket: "/home/ada/.ssh/agent/s.1",
  keys: [{ blob: "AAAA", fingerprint: "SHA256:abc", comment: "ada@work" }],
  askpass: undefined,
};
const POLICY = { sshKeys: [{ value: "ada@work", origin: "config.toml:1" }] };

describe("the plan for ssh keys", () => {
  test("has a socket inside where there are some, and none where there are not", () => {
    const [mount] = planSshAgentSocket({ sshAgent: AGENT });
    assert.equal(mount?.kind, "ssh-agent");
    assert.equal(mount?.destination, "/run/pale/ssh-agent");
    assert.deepEqual(planSshAgentSocket({ sshAgent: undefined }), []);
    assert.equal(planSshAgent(POLICY, debian()), undefined);
  });

  test("has no mount that would show the agent's own socket", () => {
    const plan = (host: string, access: "ro" | "mask") => {
      return planSshAgent(POLICY, debian({ sshAgent: AGENT, mounts: [mountOf(host, { access })] }));
    };
    assert.throws(() => plan("/home/ada/.ssh", "ro"), {
      message:
        "the mount `/home/ada/.ssh` would show `/home/ada/.ssh/agent/s.1`: all keys of your ssh agent, not those of `ssh_keys` alone",
    });
    assert.equal(plan("/home/ada/.ssh", "mask"), AGENT);
    assert.equal(plan("/home/ada/.ss", "ro"), AGENT);
  });
});
