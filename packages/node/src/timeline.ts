/** A part of a timeline out of the two tables that it lies in, by their indexes. */
import type { StoredEvent, StoredItem, StoredMessage, Window } from "@sotto/core";
import type { RoomId } from "@sotto/wire";

/** What the database gives: the nearest first, at most `limit`. */
export interface TimelineSource {
  messages(room: RoomId, window: Window, limit: number): readonly StoredMessage[];
  events(room: RoomId, window: Window, limit: number): readonly StoredEvent[];
  /** All events of one place, in their order. */
  eventsAt(room: RoomId, seq: number): readonly StoredEvent[];
}

export function readTimeline(
  source: TimelineSource,
  room: RoomId,
  window: Window,
  limit: number,
): readonly StoredItem[] {
  const messages = source.messages(room, window, limit).map((message) => ({ type: "message", message }) as const);
  const events = source.events(room, window, limit).map((event) => ({ type: "event", event }) as const);
  const isForward = window.after !== undefined;
  const direction = isForward ? 1 : -1;
  const nearest = [...messages, ...events]
    .sort((one, other) => direction * (seqOf(one) - seqOf(other) || numberOf(one) - numberOf(other)))
    .slice(0, limit);
  const last = nearest.at(-1);
  if (last?.type !== "event") return isForward ? nearest : nearest.toReversed();
  // The limit may have fallen between two events of one place.
  const { seq } = last.event;
  const whole = source.eventsAt(room, seq).map((event) => ({ type: "event", event }) as const);
  const rest = nearest.filter((item) => item.type === "message" || item.event.seq !== seq);
  return isForward ? [...rest, ...whole] : [...whole, ...rest.toReversed()];
}

const seqOf = (item: StoredItem): number => (item.type === "message" ? item.message.seq : item.event.seq);
const numberOf = (item: StoredItem): number => (item.type === "message" ? 0 : item.event.number);
