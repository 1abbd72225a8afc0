/**
 * What a relay's frame is, without decoding it: the load generator reads millions of them, and a full parse would make
 * it the slowest part. Field numbers are those of frame.proto; {@link checkGlance} fails when they are not.
 */
import { assert, EMPTY, type Entry, encodeFromServer, idOf } from "@sotto/wire";

export type Glance =
  | { readonly kind: "ack" }
  | { readonly kind: "event"; readonly entries: number }
  | { readonly kind: "other" };

const ACK = 20;
const EVENT = 22;
const ENTRIES = 2;

const VARINT = 0;
const BYTES = 2;

export function glance(frame: Uint8Array): Glance {
  let found: Glance = { kind: "other" };
  walk(frame, 0, frame.length, (field, from, to) => {
    if (field === ACK) found = { kind: "ack" };
    if (field !== EVENT) return;
    let entries = 0;
    walk(frame, from, to, (inner) => {
      if (inner === ENTRIES) entries++;
    });
    found = { kind: "event", entries };
  });
  return found;
}

/** Calls `take` for each field that is bytes. Our frames hold numbers and bytes alone. */
function walk(
  frame: Uint8Array,
  from: number,
  to: number,
  take: (field: number, from: number, to: number) => void,
): void {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = frame[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < to) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    const length = varint();
    if (type === VARINT) continue;
    assert(type === BYTES, "a frame of the relay holds numbers and bytes");
    take(field, at, at + length);
    at += length;
  }
}

/** An Event as the relay would push it: what the bare server sends, and what {@link checkGlance} reads. */
export function eventFrame(count: number, entryBytes: number): Uint8Array {
  const bytes = new Uint8Array(entryBytes).fill(7);
  const entries = Array.from({ length: count }, (_, index): Entry => {
    const id = idOf.entry(new Uint8Array(16).fill(9));
    const device = idOf.device(new Uint8Array(16).fill(8));
    return { seq: 10_000 + index, kind: "message", device, id, base: 1, header: EMPTY, bytes };
  });
  const room = idOf.room(new Uint8Array(32).fill(6));
  return encodeFromServer({ request: 0, body: { type: "event", room, entries } });
}

export function ackFrame(): Uint8Array {
  return encodeFromServer({ request: 1, body: { type: "ack", seq: 10_000, previous: new Uint8Array(32).fill(5) } });
}

export function checkGlance(): void {
  const event = glance(eventFrame(3, 500));
  assert(event.kind === "event" && event.entries === 3, "glance counts the entries of an Event");
  assert(glance(ackFrame()).kind === "ack", "glance knows an Ack");
  assert(glance(encodeFromServer({ request: 1, body: { type: "pong" } })).kind === "other", "glance knows no Pong");
}
