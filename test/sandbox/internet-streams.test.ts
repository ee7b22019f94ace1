import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectedWorld, useInternet } from "../internet/connected-world.ts";

const requireInternet = useInternet();

const EVENTS = 5;
const GAP_SECONDS = 5;

/** The second at which each event came, by one of the ways out. */
const WAYS = {
  "in a tunnel": "https://web.test",
  "by the forward proxy": "http://web.test",
  "without proxy": "--noproxy '*' https://web.test",
  "without proxy, plain HTTP": "--noproxy '*' http://web.test",
  "by SOCKS": "-x socks5h://127.0.0.1:38108 https://web.test",
};

describe("a filtered network", () => {
  test("streams events as they come, with silence between them, by every way", (t) => {
    const internet = requireInternet(t);
    if (!internet) return;
    using world = new ConnectedWorld(internet);
    const path = `/events?count=${EVENTS}&gap=${GAP_SECONDS * 1000}`;
    const starts = Object.values(WAYS).map((way, index) => {
      return `curl -sSN ${way}'${path}' | while read line; do
        if [ "$line" ]; then echo "$(date +%s) $line"; fi; done >events-${index} &`;
    });
    const results = starts.map((_, index) => `echo; cat events-${index}`);
    const { stdout, stderr } = world.online(`${starts.join("\n")}\nwait\n${results.join("\n")}`, [
      "--allow",
      "web.test",
    ]);
    const blocks = stdout.trim().split("\n\n");
    for (const [index, way] of Object.keys(WAYS).entries()) {
      checkEvents(blocks[index] ?? "", `${way}: ${stdout}${stderr}`);
    }
  });
});

/** Whole, and not all at the end: what arrives is as far apart as what was sent. */
function checkEvents(block: string, report: string): void {
  const lines = block.split("\n").map((line) => line.split(" "));
  const texts = lines.map(([, ...words]) => words.join(" "));
  assert.deepEqual(
    texts,
    Array.from({ length: EVENTS }, (_, index) => `data: event ${index + 1}`),
    report,
  );
  const times = lines.map(([time]) => Number(time));
  const duration = (times.at(-1) ?? 0) - (times[0] ?? 0);
  assert.ok(duration >= (EVENTS - 1) * GAP_SECONDS - 4, report);
}
