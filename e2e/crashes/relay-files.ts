/** What a relay that was killed has on its disk: every log whole, every acknowledged message in its place, nothing readable. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { roomId as parseRoomId } from "@sotto/wire";
import { sqliteStore, systemRandom } from "../../packages/relay/src/index.ts";
import { databaseFile, openKeys } from "../../packages/relay/src/key-file.ts";
import type { Store } from "../../packages/relay/src/store/store.ts";
import { canary, filesBelow, found } from "../harness/canary.ts";
import type { Ledger } from "./ledger.ts";

const ENTRIES = 500;
const BYTES_MAX = 64 * 1024 * 1024;

/**
 * @param data - of a relay that does not run; a copy of it is opened.
 * @returns what is wrong.
 */
export async function relayFaults(data: string, folder: string, ledger: Ledger): Promise<readonly string[]> {
  const copy = await mkdtemp(join(folder, "copy-"));
  await cp(data, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") });
  try {
    const keys = await openKeys(copy, systemRandom, Date.now());
    const generation = systemRandom(16);
    await using store = await sqliteStore({ file: databaseFile(copy), key: keys.databaseKey, generation });
    const faults: string[] = [];
    for (const roomId of ledger.rooms) faults.push(...(await logFaults(store, roomId, ledger)));
    return faults;
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function logFaults(store: Store, roomId: string, ledger: Ledger): Promise<readonly string[]> {
  const where = `the relay's log of ${roomId.slice(0, 8)}`;
  const id = parseRoomId(roomId);
  const room = id && (await store.room(id));
  const answered = [...ledger.said.values()].filter((said) => said.roomId === roomId);
  const places = new Map<string, number>();
  const faults: string[] = [];
  for (let next = 1; id !== undefined && room !== undefined && next <= room.last; ) {
    const entries = await store.entries(id, next, room.last, ENTRIES, BYTES_MAX);
    if (entries.length === 0) return [`${where} ends with ${next - 1} and should with ${room.last}`];
    for (const entry of entries) {
      if (entry.seq !== next) faults.push(`${where} has ${entry.seq} where ${next} belongs`);
      if (places.has(entry.id)) faults.push(`${where} has ${entry.id} twice`);
      places.set(entry.id, entry.seq);
      next = entry.seq + 1;
    }
  }
  for (const said of answered) {
    const fate = ledger.fate(said.id);
    if (fate.state === "answered" && places.get(said.id) !== fate.seq)
      faults.push(`${where}: ${said.id} was acknowledged as ${fate.seq} and is ${places.get(said.id) ?? "not there"}`);
  }
  return faults;
}

/** Files below a folder in which a text stands. */
export async function readable(folder: string, text: string): Promise<readonly string[]> {
  const canaries = [canary("the text", text)];
  const files = await filesBelow(folder);
  return files.filter(({ bytes }) => found(canaries, bytes).length > 0).map(({ path }) => `${path} shows a text`);
}
