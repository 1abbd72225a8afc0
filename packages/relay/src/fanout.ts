/** Brings durable entries to the devices that are connected: each distinct frame is encoded once, whoever gets it. */
import { type Entry, encodeFromServer, type ServerBody } from "@sotto/wire";
import type { Line, Online } from "./online.ts";
import type { RoomLog } from "./room/log.ts";
import type { Delivery } from "./store/store.ts";

/** An Event stays well below the limit of a frame. */
const EVENT_BYTES_MAX = 768 * 1024;

export function tell(lines: readonly Line[], body: ServerBody): void {
  if (lines.length === 0) return;
  const bytes = encodeFromServer({ request: 0, body });
  for (const line of lines) line.push(bytes);
}

export class Fanout {
  readonly #online: Online;
  /** Entries that became durable in this turn, by room and in order. */
  readonly #waiting = new Map<RoomLog, Entry[]>();

  constructor(online: Online) {
    this.#online = online;
  }

  /** Entries of one room that become durable together travel together: they are sent when this turn's answers are. */
  entry(log: RoomLog, entry: Entry): void {
    if (this.#waiting.size === 0) queueMicrotask(() => this.#flush());
    const entries = this.#waiting.get(log);
    if (entries === undefined) this.#waiting.set(log, [entry]);
    else entries.push(entry);
  }

  inbox(deliveries: readonly Delivery[]): void {
    for (const { device, entry } of deliveries) {
      const line = this.#online.line(device);
      if (line !== undefined) tell([line], { type: "inbox-event", entry });
    }
  }

  #flush(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const [log, entries] of all) for (const part of parts(entries)) this.#room(log, part);
  }

  #room(log: RoomLog, entries: readonly Entry[]): void {
    const [first, last] = [entries[0]?.seq ?? 0, entries.at(-1)?.seq ?? 0];
    // Who may read all of it gets the same bytes; who came or went in between gets its part.
    const whole: Line[] = [];
    for (const { device, from, until = last } of log.access) {
      const line = this.#online.line(device);
      if (line === undefined || from > last || until < first) continue;
      if (line.isFull) line.missed(log.id);
      else if (from <= first && until >= last) whole.push(line);
      else
        tell([line], {
          type: "event",
          room: log.id,
          entries: entries.filter(({ seq }) => seq >= from && seq <= until),
        });
    }
    tell(whole, { type: "event", room: log.id, entries });
  }
}

function* parts(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let part: Entry[] = [];
  let size = 0;
  for (const entry of entries) {
    const bytes = entry.bytes.length + entry.header.length;
    if (part.length > 0 && size + bytes > EVENT_BYTES_MAX) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(entry);
    size += bytes;
  }
  yield part;
}
