// A vault of the version before opens, with everything in it, and is of the present one from then on.
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { SCHEMA_VERSION } from "../src/schema.ts";
import { openDatabase } from "../src/sqlite-store.ts";
import { openStore } from "../src/store.ts";
import { account, message, room } from "./store-suite.ts";
import { VERSION_TWO } from "./version-two.ts";

vi.setConfig({ testTimeout: 30_000 });

const key = new Uint8Array(32).fill(5);
let dir: string;
let count = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sotto-migration-"));
});
afterAll(() => rm(dir, { recursive: true }));

const hex = (text: string): Uint8Array => Buffer.from(text, "hex");

/** A vault as version 2 left it: a record, an entry, and messages of two rooms. */
async function versionTwo(): Promise<string> {
  const file = join(dir, `${count++}.db`);
  await (await open(file, "wx", 0o600)).close();
  const db = openDatabase(file, key);
  db.exec(VERSION_TWO);
  const run = (sql: string, values: object) => db.prepare(sql).run(values);
  run("INSERT INTO record VALUES (:key, :value)", { key: "a", value: Uint8Array.of(1, 2) });
  for (const [number, digit] of [
    [1, "a"],
    [2, "b"],
  ] as const) {
    run("INSERT INTO room VALUES (:number, :room)", { number, room: room(digit) });
  }
  run("INSERT INTO entry VALUES (1, 1, 'commit', :id, :id, 0, :bytes, :bytes, :hash)", {
    id: new Uint8Array(16),
    bytes: new Uint8Array(3),
    hash: new Uint8Array(32).fill(9),
  });
  for (const { room: where, seq, id, account: by, device, sentAt, text } of TEXTS) {
    const ids = { id: hex(id), by: hex(by), device: hex(device) };
    const place = { room: where === room("a") ? 1 : 2, seq, sentAt, text };
    run(
      `INSERT INTO message (room, seq, id, account, device, sent_at, text)
       VALUES (:room, :seq, :id, :by, :device, :sentAt, :text)`,
      { ...place, ...ids },
    );
    run("INSERT INTO word (rowid, text) SELECT max(place), :text FROM message", { text });
  }
  db.close();
  return file;
}

const TEXTS = [
  message(2, "the quick brown fox"),
  message(7, "crème brûlée"),
  message(1, "a fox elsewhere", { room: room("b"), account: account("2") }),
  message(2 - 4_294_967_296, "on the shelf", { id: message(99, "").id }),
];

test("everything is there: records, entries, messages in their order, and what is found by a word", async () => {
  const file = await versionTwo();
  for (let round = 0; round < 2; round++) {
    await using store = await closing(await openStore(file, key));
    expect(await store.load()).toEqual(new Map([["a", Uint8Array.of(1, 2)]]));
    expect(await store.hashAt(room("a"), 1)).toEqual(new Uint8Array(32).fill(9));
    const inA = [TEXTS[3], TEXTS[0], TEXTS[1]];
    expect(await store.messages(room("a"), undefined, 50)).toEqual(inA);
    const items = await store.timeline(room("a"), {}, 50);
    expect(items.map((item) => (item.type === "message" ? item.message : item.event))).toEqual(inA);
    expect(await store.search("fo", undefined, 50)).toEqual([TEXTS[0], TEXTS[2]]);
    expect(await store.search("fox", room("b"), 50)).toEqual([TEXTS[2]]);
    expect(await store.search("brulee", room("a"), 50)).toEqual([TEXTS[1]]);
    expect(await store.unread(room("b"), 0, account("1"))).toEqual(new Map([[account("2"), 1]]));
    await store.check();
  }
  const db = openDatabase(file, key);
  expect(db.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
  db.close();
});

test("what comes after it goes where it belongs, and what is forgotten is found no more", async () => {
  const file = await versionTwo();
  await using store = await closing(await openStore(file, key));
  const event = { room: room("a"), seq: 8, number: 0, at: 5, event: "left", by: account("1") } as const;
  await store.commit([
    { type: "event", event: { ...event, who: undefined, name: undefined } },
    { type: "message", message: message(9, "a newer fox") },
  ]);
  expect((await store.timeline(room("a"), { after: 7 }, 50)).map(({ type }) => type)).toEqual(["event", "message"]);
  expect((await store.search("fox", room("a"), 50)).map(({ seq }) => seq)).toEqual([2, 9]);
  await store.commit([{ type: "forget", room: room("a"), seq: 1 }]);
  expect(await store.search("fox", room("a"), 50)).toEqual([]);
  expect(await store.search("fox", undefined, 50)).toEqual([TEXTS[2]]);
});

test("where it cannot be done, the vault stays as it was", async () => {
  const file = await versionTwo();
  const db = openDatabase(file, key);
  // Something stands where the new table is to be.
  db.exec("CREATE TABLE event (x)");
  db.close();
  const before = await readFile(file);
  await expect(openStore(file, key)).rejects.toMatchObject({ code: "internal" });
  expect(before.equals(await readFile(file))).toBe(true);
  const again = openDatabase(file, key);
  again.exec("DROP TABLE event");
  again.close();
  const store = await openStore(file, key);
  expect(await store.search("fox", room("b"), 50)).toEqual([TEXTS[2]]);
  await store.close();
});

async function closing<T extends { close(): Promise<void> }>(store: T): Promise<T & AsyncDisposable> {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
