import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Certificates } from "../proxy/certificates.ts";
import { ADDRESS } from "./zone.ts";

/** Writes the files that a world starts from: keys, its /etc, a repository. */
export function prepareWorld(directory: string, { key, cert }: Certificates): void {
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text, { mode: 0o600 });
  };
  write("server.key", key);
  write("server.pem", cert);
  write("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
  write("etc/resolv.conf", `nameserver ${ADDRESS.nameServer}\n`);
  write("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
  write("etc/passwd", renderPasswd(join(directory, "git")));
  const run = (script: string): void => {
    execFileSync("sh", ["-euc", script], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  };
  run(MAKE_KEYS);
  run(MAKE_REPOSITORY);
}

/** `git` is the same user under another name: an ordinary user cannot become another one. */
function renderPasswd(home: string): string {
  const { uid, gid } = userInfo();
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  const others = lines.filter((line) => line !== "" && !line.startsWith("git:"));
  return [...others, `git:x:${uid}:${gid}::${home}:/bin/sh`, ""].join("\n");
}

const MAKE_KEYS = `
  ssh-keygen -q -t ed25519 -N '' -f client-key
  mkdir -p -m 700 git/.ssh
  cp client-key.pub git/.ssh/authorized_keys
  dropbearkey -t ed25519 -f host-key 2>/dev/null
  dropbearkey -y -f host-key | sed -n 's/^ssh-ed25519 /git.test &/p' >known-hosts`;

const MAKE_REPOSITORY = `
  export HOME=$PWD GIT_CONFIG_NOSYSTEM=1
  git init -q -b main seed
  cd seed
  git config user.name Test
  git config user.email test@example.org
  echo from far away >file
  git add file
  git commit -qm one
  cd ..
  git clone -q --bare seed git/repository.git
  git -C git/repository.git config http.receivepack true
  for owner in me you; do
    git clone -q --bare seed git/$owner/app.git
    git -C git/$owner/app.git config http.receivepack true
  done`;
