/**
 * The relay's log and nothing else: the same worker, database and group commit, fed by as many writers as the relay has
 * senders. It has no network, no frames and no rules.
 *
 * node bench/bare-store.ts FILE ROOMS WINDOW ENTRY_BYTES SECONDS
 */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Store, sqliteStore } from "@sotto/relay";
import { EMPTY, idOf, type RoomId } from "@sotto/wire";
import { ownProcessorSeconds } from "./processors.ts";

const [file = "", ...numbers] = process.argv.slice(2);
const [rooms = 0, window = 0, entryBytes = 0, seconds = 0] = numbers.map(Number);
const WARM_UP_MS = 500;

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const account = idOf.account(random(32));
const device = idOf.device(random(16));
let [written, isOver] = [0, false];

await using store = await sqliteStore({ file, key: random(32), generation: random(16) });
const writers = Array.from({ length: rooms }, () => writer(store, idOf.room(random(32))));
await pause(WARM_UP_MS);
const look = () => ({ at: performance.now(), written, used: ownProcessorSeconds() });
const start = look();
await pause(seconds * 1000);
const end = look();
isOver = true;
await Promise.all(writers);
const took = (end.at - start.at) / 1000;
const [perSecond, busy] = [(end.written - start.written) / took, (end.used - start.used) / took];
process.stdout.write(`${JSON.stringify({ perSecond, busy })}\n`);

/** Writes to one room, so many at a time, each with the next seq. */
async function writer(store: Store, room: RoomId): Promise<void> {
  const bytes = random(entryBytes);
  const [hash, header] = [random(32), random(60)];
  const change = { room, settled: 0, members: [], link: undefined, welcomes: [] };
  await store.createRoom({ id: room, creator: device, header, hash, change: { ...change, entry: undefined } });
  let seq = 0;
  const line = async (): Promise<void> => {
    while (!isOver) {
      const id = idOf.entry(random(16));
      const mark = { seq: ++seq, kind: "message", device, id, base: 0, account, time: Date.now() } as const;
      await store.change({ ...change, entry: { ...mark, header: EMPTY, bytes, previous: hash, hash } });
      written++;
    }
  };
  await Promise.all(Array.from({ length: window }, line));
}
