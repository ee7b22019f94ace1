/** One event of a stream: its `type` is also the event's name on the wire. */
export type ServerEvent = { readonly type: string; readonly [key: string]: unknown };

/** Render events as the body of a `text/event-stream` response. */
export function renderEvents(events: readonly ServerEvent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}
