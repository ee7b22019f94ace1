/**
 * A program that looks for a word in everything that it can read of its sandbox: environments,
 * command lines and memory of processes, and files but for the system's. It is told the word
 * backwards, so that it does not find itself, and prints the places, or `nowhere`.
 *
 *   python3 search.py DROW
 */
export const SEARCH = `import os, stat, subprocess, sys
word = sys.argv[1][::-1].encode()
child = subprocess.Popen(["sleep", "60"])
me = (str(os.getpid()), "self", "thread-self")
found, seen = [], dict(files=0, environments=0, memories=0)
def look(place, data):
  if word in data: found.append(place)
def read(place, kind):
  try: data = open(place, "rb").read()
  except OSError: return
  seen[kind] += 1
  look(place, data)
def read_memory(pid):
  try:
    lines = open(f"/proc/{pid}/maps").read().splitlines()
    memory = open(f"/proc/{pid}/mem", "rb", 0)
  except OSError: return
  for line in lines:
    first, last = (int(part, 16) for part in line.split()[0].split("-"))
    if line.split()[1].startswith("r") and last - first < 1 << 30:
      try:
        memory.seek(first)
        look(f"/proc/{pid}/mem", memory.read(last - first))
        seen["memories"] += 1
      except (OSError, ValueError): pass
for pid in os.listdir("/proc"):
  if not pid.isdigit(): continue
  for name in ("environ", "cmdline"): read(f"/proc/{pid}/{name}", "environments")
  if pid not in me: read_memory(pid)
skipped = {"/proc", "/sys", "/usr", "/nix", "/opt"}
for folder, folders, names in os.walk("/"):
  folders[:] = [name for name in folders if os.path.join(folder, name) not in skipped and name != "node_modules"]
  for name in names:
    place = os.path.join(folder, name)
    try: status = os.lstat(place)
    except OSError: continue
    if stat.S_ISREG(status.st_mode) and status.st_size < 50_000_000: read(place, "files")
child.kill()
print("seen:", seen)
print("found:", " ".join(found) or "nowhere")
`;

export function backwards(word: string): string {
  return word.split("").toReversed().join("");
}
