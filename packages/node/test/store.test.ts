import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { memoryStore } from "../src/memory-store.ts";
import { isDamage, isFull, openDatabase, SqliteStore } from "../src/sqlite-store.ts";
import { openStore } from "../src/store.ts";
import { StoreFault } from "../src/store-fault.ts";
import { message, room, storeSuite } from "./store-suite.ts";

// Processes, threads and passwords take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let dir: string;
let count = 0;
const key = new Uint8Array(32).fill(5);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sotto-store-"));
});
afterAll(() => rm(dir, { recursive: true }));

/** Whether it ended with what a person is told as "vault-damaged". */
function damage(run: () => void): boolean {
  try {
    run();
    return false;
  } catch (cause) {
    return isDamage(cause) || (cause instanceof StoreFault && cause.code === "vault-damaged");
  }
}

async function emptyFile(): Promise<string> {
  const file = join(dir, `${count++}.db`);
  await (await open(file, "wx", 0o600)).close();
  return file;
}

test("the database's thread loads neither core nor wire: it is to be there before the first screen", async () => {
  const print = "({ load(url, context, next) { console.log(url); return next(url, context); } })";
  const code = `import { registerHooks } from "node:module"; registerHooks${print}; await import(process.argv[1]);`;
  const thread = new URL("../src/store-worker.ts", import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code, thread]);
  expect(stdout).toContain("/node/src/sqlite-store.ts");
  expect(stdout.split("\n").filter((url) => /packages\/(core|wire|mls)\//.test(url))).toEqual([]);
});

storeSuite("the store in memory", async () => memoryStore());
storeSuite("the encrypted database", async () => openStore(await emptyFile(), key, true));

describe("the encrypted database, beyond the suite", () => {
  test("what was committed is there after it was closed and opened", async () => {
    const file = await emptyFile();
    const first = await openStore(file, key, true);
    await first.commit([{ type: "message", message: message(1, "kept") }]);
    await first.close();
    const second = await openStore(file, key);
    expect(await second.search("kept", room("a"), 1)).toEqual([message(1, "kept")]);
    await second.close();
  });

  test("that a file cannot grow is told from damage and from a fault of this program", async () => {
    const db = openDatabase(await emptyFile(), key);
    db.exec("create table t (v); pragma max_page_count = 4");
    const causes = ["insert into t values (zeroblob(100000))", "insert into nowhere values (1)"].map((statement) => {
      try {
        return db.exec(statement);
      } catch (cause) {
        return cause;
      }
    });
    db.close();
    expect(causes.map(isFull)).toEqual([true, false]);
    expect(causes.map(isDamage)).toEqual([false, false]);
  });

  test("another key does not open it", async () => {
    const file = await emptyFile();
    await (await openStore(file, key, true)).close();
    await expect(openStore(file, new Uint8Array(32))).rejects.toMatchObject({ code: "vault-damaged" });
  });

  test("a file that is not there is not made", async () => {
    await expect(openStore(join(dir, "nobody.db"), key)).rejects.toMatchObject({ code: "internal" });
    await expect(readFile(join(dir, "nobody.db"))).rejects.toThrow("ENOENT");
  });

  test.each([
    { what: "a newer", version: 99, says: "newer version" },
    { what: "an unreleased", version: 1, says: "unreleased version" },
  ])("a database of $what version is refused and left as it is", async ({ version, says }) => {
    const file = await emptyFile();
    await (await openStore(file, key, true)).close();
    const db = openDatabase(file, key);
    db.pragma(`user_version = ${version}`);
    db.close();
    const before = await readFile(file);
    const opening = openStore(file, key);
    await expect(opening).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining(says),
    });
    expect(before.equals(await readFile(file))).toBe(true);
  });

  test("a commit that was complete and is damaged in the log is noticed", async () => {
    const file = await emptyFile();
    const first = await openStore(file, key, true);
    for (let seq = 1; seq <= 20; seq++) await first.commit([{ type: "message", message: message(seq, "text") }]);
    // As after a crash: the files as they are while the database is open.
    const copy = `${file}.copy`;
    const early = await readFile(file);
    await writeFile(copy, early);
    const log = await readFile(`${file}-wal`);
    await first.close();

    await writeFile(`${copy}-wal`, log);
    const whole = await openStore(copy, key);
    expect(await whole.messages(room("a"), undefined, 50)).toHaveLength(20);
    await whole.close();

    for (const at of [3, 20, 32 + 30, 32 + 17, Math.floor(log.length / 2)]) {
      const damaged = Buffer.from(log);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
      await writeFile(copy, early);
      await writeFile(`${copy}-wal`, damaged);
      await expect(openStore(copy, key), `byte ${at}`).rejects.toMatchObject({ code: "vault-damaged" });
      expect(damaged.equals(await readFile(`${copy}-wal`)), "the log is left as it was").toBe(true);
    }

    // A commit that a power cut interrupted was not acknowledged, and is no damage.
    await writeFile(copy, early);
    await writeFile(`${copy}-wal`, log.subarray(0, log.length - 100));
    const cut = await openStore(copy, key);
    expect(await cut.messages(room("a"), undefined, 50)).toHaveLength(19);
    await cut.close();
  });

  test("damage beside the log of a process that died is noticed, and database and log are left as they are", async () => {
    const file = await emptyFile();
    const first = new SqliteStore(file, key, true);
    first.commit([{ type: "put", key: "first", value: key }]);
    first.commit(Array.from({ length: 99 }, (_, index) => ({ type: "message", message: message(index + 1, "early") })));
    first.close();
    const second = new SqliteStore(file, key, false);
    second.commit([{ type: "message", message: message(100, "late") }]);
    // As after a crash: the files as they are while the database is open.
    const [whole, log] = [await readFile(file), await readFile(`${file}-wal`)];
    second.close();
    const copy = `${file}.copy`;
    let refused = 0;
    for (let page = 1; page < whole.length / 4096; page++) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(page * 4096 + 99) ^ 1, page * 4096 + 99);
      await writeFile(copy, damaged);
      await writeFile(`${copy}-wal`, log);
      // A page that stands in the log is not read here.
      if (!damage(() => new SqliteStore(copy, key, false).close())) continue;
      refused++;
      expect(damaged.equals(await readFile(copy)), `page ${page}`).toBe(true);
      expect(log.equals(await readFile(`${copy}-wal`)), `the log beside page ${page}`).toBe(true);
      expect((await readdir(dir)).filter((name) => name.endsWith("-shm"))).toEqual([]);
    }
    expect(refused).toBeGreaterThan(3);
    await writeFile(copy, whole);
    await writeFile(`${copy}-wal`, log);
    const again = await openStore(copy, key);
    expect(await again.messages(room("a"), undefined, 500)).toHaveLength(100);
    await again.close();
  });

  test("a flipped bit in any page, header and ends of pages included, is noticed and left as it is", async () => {
    const file = await emptyFile();
    const filled = new SqliteStore(file, key, true);
    const text = (index: number) => `${randomBytes(40).toString("hex")} number ${index}`;
    filled.commit(
      Array.from({ length: 300 }, (_, index) => ({ type: "message", message: message(index + 1, text(index)) })),
    );
    filled.close();
    const whole = await readFile(file);
    const pages = whole.length / 4096;
    expect(pages).toBeGreaterThan(20);

    // The first 16 bytes are a salt for passwords, which a raw key does not use: nothing that is read depends on them.
    const places = [16, 18, 20, 23, 24, 50, 99, 100];
    for (let page = 0; page < pages; page++) {
      places.push(...[24, (page * 977) % 4096, 2048, 4095].map((at) => page * 4096 + Math.max(at, 16)));
    }
    for (const at of places) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at);
      await writeFile(file, damaged);
      expect(
        damage(() => new SqliteStore(file, key, false).close()),
        `byte ${at}`,
      ).toBe(true);
      expect(damaged.equals(await readFile(file)), `byte ${at}`).toBe(true);
    }
    await writeFile(file, whole);
    new SqliteStore(file, key, false).close();
  });

  test("a commit of 1000 messages, and words in a text as long as may be", async () => {
    const store = await openStore(await emptyFile(), key, true);
    const long = "lorem ".repeat(2700);
    await store.commit(
      Array.from({ length: 1000 }, (_, index) => ({
        type: "message",
        message: message(index + 1, `${long.slice(0, 30)} ${index}`),
      })),
    );
    await store.commit([{ type: "message", message: message(5000, long) }]);
    expect(await store.search("lorem 77", undefined, 50)).toHaveLength(11);
    await store.check();
    await store.close();
  });
});
