/** What is wrong with a relay's files is noticed before anything is answered from them, and nothing is written over. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccountId } from "@sotto/wire";
import { afterAll, expect, test, vi } from "vitest";
import { startRelay } from "../src/index.ts";
import { databaseFile, keyFile } from "../src/key-file.ts";
import { openDatabase } from "../src/store/sql-open.ts";
import { OpenError, sqliteStore } from "../src/store/sqlite.ts";
import type { Store } from "../src/store/store.ts";
import { Trouble } from "../src/trouble.ts";
import { configOf } from "./running.ts";

// Some bits that are flipped are another start of a worker thread.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "sotto-damage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const start = () => ({
  file: join(folder, `${count++}.db`),
  key: new Uint8Array(randomBytes(32)),
  generation: new Uint8Array(randomBytes(16)),
});
type Start = ReturnType<typeof start>;

const audit = (store: Store, event: string): Promise<void> =>
  store.audit({ time: 1, event, address: "192.0.2.1:1", name: undefined, code: undefined });

/** Opens the database and reads of it. @returns what was wrong, or "opened". */
async function outcome(at: Start): Promise<string> {
  try {
    await using store = await sqliteStore(at);
    await store.account("00".repeat(16) as AccountId);
    return "opened";
  } catch (cause) {
    return cause instanceof OpenError ? cause.fault : String(cause);
  }
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << (at % 8)), at);
  return copy;
}

test("a flipped bit in any page of the database, header and ends of pages included, is noticed and left as it is", async () => {
  const at = start();
  {
    await using store = await sqliteStore(at);
    await Promise.all(Array.from({ length: 60 }, () => audit(store, randomBytes(60).toString("hex"))));
  }
  const whole = readFileSync(at.file);
  const pages = whole.length / 4096;
  expect(pages).toBeGreaterThan(20);
  // The first 16 bytes are a salt for passwords, which a raw key does not use: nothing that is read depends on them.
  for (const place of [16, 24, 100, 4096 + 2048, whole.length - 1]) {
    const damaged = flipped(whole, place);
    writeFileSync(at.file, damaged);
    expect(await outcome(at), `byte ${place}`).toMatch(/^(wrong-key|damaged)$/);
    expect(damaged.equals(readFileSync(at.file)), `byte ${place}`).toBe(true);
  }
  // The thread's work without the thread, whose start costs more than the look at all pages.
  const places = [18, 23, 50, 99, 2 * 4096 - 1];
  for (let page = 0; page < pages; page++) {
    places.push(...[24, (page * 977) % 4096, 4095].map((offset) => page * 4096 + Math.max(offset, 16)));
  }
  for (const place of places) {
    const damaged = flipped(whole, place);
    writeFileSync(at.file, damaged);
    expect(() => openDatabase(at).close(), `byte ${place}`).toThrow(/damaged|malformed|not a database|disk I\/O/);
    expect(damaged.equals(readFileSync(at.file)), `byte ${place}`).toBe(true);
  }
  writeFileSync(at.file, whole);
  expect(await outcome(at)).toBe("opened");
});

test.each([511, 4096, 8192, -4096, -1])("a database cut to %i bytes is noticed and left as it is", async (length) => {
  const at = start();
  {
    await using store = await sqliteStore(at);
    for (let event = 0; event < 50; event++) await audit(store, randomBytes(60).toString("hex"));
  }
  const whole = readFileSync(at.file);
  const cut = whole.subarray(0, length < 0 ? whole.length + length : length);
  writeFileSync(at.file, cut);
  expect(await outcome(at)).toMatch(/^(wrong-key|damaged)$/);
  expect(cut.equals(readFileSync(at.file))).toBe(true);
});

test("a commit that was acknowledged and is damaged in the log is noticed; one that a power cut interrupted is not", async () => {
  const at = start();
  const copy = { ...at, file: `${at.file}.copy` };
  await using store = await sqliteStore(at);
  for (let event = 0; event < 20; event++) await audit(store, `event ${event}`);
  // As after a crash: the files as they are while the database is open.
  const [early, log] = [readFileSync(at.file), readFileSync(`${at.file}-wal`)];
  const lay = (wal: Buffer): void => {
    writeFileSync(copy.file, early);
    writeFileSync(`${copy.file}-wal`, wal);
  };
  lay(log);
  expect(await outcome(copy)).toBe("opened");
  for (const place of [3, 20, 32 + 17, 32 + 30, Math.floor(log.length / 2)]) {
    const damaged = flipped(log, place);
    lay(damaged);
    expect(await outcome(copy), `byte ${place}`).toBe("damaged");
    expect(damaged.equals(readFileSync(`${copy.file}-wal`)), "the log is left as it was").toBe(true);
    expect(early.equals(readFileSync(copy.file)), "the database is left as it was").toBe(true);
  }
  lay(log.subarray(0, log.length - 100));
  expect(await outcome(copy)).toBe("opened");
});

test("damage beside the log of a relay that died is noticed, and database and log are left as they are", async () => {
  const at = start();
  {
    await using store = await sqliteStore(at);
    await Promise.all(Array.from({ length: 60 }, () => audit(store, randomBytes(60).toString("hex"))));
  }
  await using store = await sqliteStore(at);
  await audit(store, "late");
  // As after a crash: the files as they are while the database is open.
  const [whole, log] = [readFileSync(at.file), readFileSync(`${at.file}-wal`)];
  const copy = { ...at, file: `${at.file}.copy` };
  const lay = (database: Buffer): void => {
    writeFileSync(copy.file, database);
    writeFileSync(`${copy.file}-wal`, log);
  };
  let refused = 0;
  for (let page = 1; page < whole.length / 4096; page += 3) {
    const damaged = flipped(whole, page * 4096 + 99);
    lay(damaged);
    // A page that stands in the log is not read here.
    if ((await outcome(copy)) === "opened") continue;
    refused++;
    expect(damaged.equals(readFileSync(copy.file)), `page ${page}`).toBe(true);
    expect(log.equals(readFileSync(`${copy.file}-wal`)), `the log beside page ${page}`).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith("-shm"))).toEqual([]);
  }
  expect(refused).toBeGreaterThan(3);
  lay(whole);
  await using again = await sqliteStore(copy);
  expect((await again.audits(1)).map(({ event }) => event)).toEqual(["late"]);
});

/** A data folder in which a relay ran and was stopped. */
async function ranIn(): Promise<string> {
  const data = join(mkdtempSync(join(folder, "r")), "data");
  const relay = await startRelay({ config: configOf(), data });
  await relay.stop();
  return data;
}

const contents = (data: string): unknown =>
  readdirSync(data, { withFileTypes: true })
    .map((entry) => [entry.name, entry.isFile() ? readFileSync(join(data, entry.name)).toString("hex") : "folder"])
    .toSorted();

const emptied = (path: string): void => writeFileSync(path, "");
const replacedByFolder = (path: string): void => {
  rmSync(path);
  mkdirSync(path);
};

test.each([
  { what: "a missing database", change: (data: string) => rmSync(databaseFile(data)), says: /relay\.db is missing/ },
  { what: "an empty database", change: (data: string) => emptied(databaseFile(data)), says: /relay\.db is empty/ },
  {
    what: "a database of one byte",
    change: (data: string) => writeFileSync(databaseFile(data), "S"),
    says: /relay\.db is empty/,
  },
  {
    what: "a folder in the database's place",
    change: (data: string) => replacedByFolder(databaseFile(data)),
    says: /cannot open .*relay\.db/,
  },
  {
    what: "noise in the database's place",
    change: (data: string) => writeFileSync(databaseFile(data), randomBytes(8192)),
    says: /relay\.db is damaged or belongs to another key file/,
  },
  {
    what: "damaged pages",
    change: (data: string) => {
      const whole = readFileSync(databaseFile(data));
      // All but the first: which of them are in use is for SQLite to say.
      const pages = Array.from({ length: whole.length / 4096 - 1 }, (_, page) => 4096 * (page + 1) + 100);
      writeFileSync(databaseFile(data), pages.reduce(flipped, whole));
    },
    says: /relay\.db is damaged/,
  },
  { what: "a missing key file", change: (data: string) => rmSync(keyFile(data)), says: /relay\.key is missing/ },
  { what: "an empty key file", change: (data: string) => emptied(keyFile(data)), says: /relay\.key is damaged/ },
  {
    what: "a folder in the key file's place",
    change: (data: string) => replacedByFolder(keyFile(data)),
    says: /cannot read .*relay\.key: EISDIR/,
  },
])(
  "$what: no relay starts, the operator is told what to do, and everything is left as it is",
  async ({ change, says }) => {
    const data = await ranIn();
    change(data);
    const before = contents(data);
    const trouble = await startRelay({ config: configOf(), data }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(trouble).toBeInstanceOf(Trouble);
    expect(trouble).toMatchObject({ message: expect.stringMatching(says), hint: expect.stringMatching(/./) });
    expect(contents(data)).toEqual(before);
  },
);

test("a flipped bit anywhere in the key file is noticed, and the file is left as it is", async () => {
  const data = await ranIn();
  const whole = readFileSync(keyFile(data));
  const database = readFileSync(databaseFile(data));
  const unseen: number[] = [];
  for (let place = 0; place < whole.length; place += 7) {
    const damaged = flipped(whole, place);
    writeFileSync(keyFile(data), damaged);
    const refused = await startRelay({ config: configOf(), data }).then(
      async (relay) => {
        await relay.stop();
        return false;
      },
      (cause: unknown) => cause instanceof Trouble,
    );
    if (!refused) unseen.push(place);
    expect(damaged.equals(readFileSync(keyFile(data))), `byte ${place}`).toBe(true);
  }
  expect(unseen).toEqual([]);
  expect(database.equals(readFileSync(databaseFile(data)))).toBe(true);
});
