/**
 * Who was in a room at which point of its log, read off the headers by the plainest rule there is: the list of a commit is
 * that of its base, less whom it removes, and whom it adds. A message is for the list of its base.
 */
import type { Tables } from "@sotto/relay";
import { type DeviceId, type Entry, parseHeader, type RoomId } from "@sotto/wire";

export interface RoomLog {
  readonly room: RoomId;
  readonly entries: readonly Entry[];
  /** By the seq of a commit, 0 for the creation. */
  readonly lists: ReadonlyMap<number, ReadonlySet<DeviceId>>;
}

/**
 * The list that holds at a place: that of the newest commit before it which others built on.
 *
 * @param tip - the commit that the members stand at now.
 */
export function listAt(log: RoomLog, tip: number): (seq: number) => ReadonlySet<DeviceId> | undefined {
  const bases = new Map(log.entries.map(({ seq, base }) => [seq, base]));
  const standing: number[] = [];
  for (let [seq, base] = [tip, bases.get(tip) ?? 0]; seq > 0; [seq, base] = [base, bases.get(base) ?? 0]) {
    standing.push(seq);
    // Built on itself, or on what comes later: by nobody who is honest.
    if (base >= seq) break;
  }
  standing.push(0);
  return (place) => log.lists.get(standing.find((seq) => seq < place) ?? 0);
}

const ALL = Number.MAX_SAFE_INTEGER;

export function logOf(tables: Tables, room: RoomId): RoomLog | undefined {
  const record = tables.room(room);
  if (record === undefined) return undefined;
  const entries = tables.entries(room, 1, record.last, ALL, ALL);
  const lists = new Map<number, ReadonlySet<DeviceId>>();
  const first = parseHeader(record.header);
  lists.set(0, new Set(first.ok ? first.value.adds.map(({ device }) => device) : []));
  for (const entry of entries) {
    if (entry.kind !== "commit") continue;
    const list = new Set(lists.get(entry.base));
    const header = parseHeader(entry.header);
    if (header.ok) {
      for (const { device } of header.value.removes) list.delete(device);
      for (const { device } of header.value.adds) list.add(device);
    }
    lists.set(entry.seq, list);
  }
  return { room, entries, lists };
}
