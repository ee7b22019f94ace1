import { appendFileSync } from "node:fs";
import { startPublishing } from "../../src/supervise/publish.ts";

/**
 * A supervisor that does nothing but publish. Started by the init program, without standard
 * streams; what happens goes into a file, one JSON value a line.
 */
export type PublishingSettings = {
  init: string;
  ports: { sandboxPort: number; hostPort: number }[];
  auto: boolean;
  excluded: number[];
  /** How many descriptors come before the namespaces. */
  listeners: number;
  events: string;
};

if (import.meta.main) {
  const settings = JSON.parse(process.env["PALE_SUPERVISOR"] ?? "") as PublishingSettings;
  const { listeners, events, ...options } = settings;
  const write = (value: object): void => appendFileSync(events, `${JSON.stringify(value)}\n`);
  const publishing = await startPublishing({
    ...options,
    namespaces: { user: 300 + listeners, network: 301 + listeners },
    onEvent: write,
    onFault: (error) => write({ event: "fault", message: String(error) }),
  });
  write({ event: "started", pid: process.pid });
  process.on("SIGTERM", () => {
    void publishing.close().then(() => write({ event: "closed" }));
  });
}
