/** Messages with what happened between them, for interfaces that print from the top down. */
import type { Client, TimelineItem } from "@sotto/core";

/** Events that stand between the messages of a page. */
const BETWEEN_MAX = 500;

/**
 * The last `messages` messages before a place (the newest without it), with the events after the first of them, and
 * those before it when nothing was said earlier. Oldest first.
 */
export async function pageOf(
  client: Pick<Client, "request">,
  roomId: string,
  messages: number,
  before?: number,
): Promise<readonly TimelineItem[]> {
  const place = before === undefined ? {} : { before };
  const said = await client.request("message.list", { roomId, limit: messages, ...place });
  if (!said.ok) return [];
  const [first] = said.value;
  const isStart = first === undefined || said.value.length < messages;
  const window = isStart ? place : { after: first.seq - 1 };
  const page = await client.request("timeline.list", { roomId, limit: BETWEEN_MAX, ...window });
  if (!page.ok) return said.value.map((message) => ({ kind: "message", ...message }));
  return page.value.items.filter(({ seq }) => before === undefined || seq < before);
}

/** What stands around a place, so many items on either side. */
export async function around(
  client: Pick<Client, "request">,
  roomId: string,
  seq: number,
  each: number,
): Promise<readonly TimelineItem[]> {
  const earlier = await client.request("timeline.list", { roomId, before: seq + 1, limit: each + 1 });
  const later = await client.request("timeline.list", { roomId, after: seq, limit: each });
  return [...(earlier.ok ? earlier.value.items : []), ...(later.ok ? later.value.items : [])];
}
