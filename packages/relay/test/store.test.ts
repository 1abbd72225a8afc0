import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { memoryStore } from "../src/store/memory.ts";
import { openDatabase } from "../src/store/sql-open.ts";
import { type OpenError, sqliteStore } from "../src/store/sqlite.ts";
import { StoreError } from "../src/store/store.ts";
import { storeSuite } from "./store-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const start = () => ({
  file: join(folder, `${count++}.db`),
  key: new Uint8Array(randomBytes(32)),
  generation: new Uint8Array(randomBytes(16)),
});

storeSuite("memory", async () => memoryStore({ generation: new Uint8Array(randomBytes(16)) }));

let latest = start();
storeSuite(
  "sqlite",
  () => {
    latest = start();
    return sqliteStore(latest);
  },
  () => sqliteStore({ ...latest, generation: new Uint8Array(16) }),
);

test("the store in memory answers on a later tick, a refusal too: one that answers at once hides a missing await", async () => {
  const trip = (): void => {
    throw new StoreError("full", "no space left");
  };
  for (const store of [
    memoryStore({ generation: new Uint8Array(16) }),
    memoryStore({ generation: new Uint8Array(16), trip }),
  ]) {
    let answered = false;
    const done = store
      .directory()
      .catch(() => [])
      .then(() => {
        answered = true;
      });
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(answered).toBe(false);
    await done;
  }
});

test("a database opens with its key alone, and a wrong key changes nothing", async () => {
  const at = start();
  await (await sqliteStore(at))[Symbol.asyncDispose]();
  const before = readFileSync(at.file);
  const opening = sqliteStore({ ...at, key: new Uint8Array(32) });
  await expect(opening).rejects.toMatchObject({ fault: "wrong-key" } satisfies Partial<OpenError>);
  expect(readFileSync(at.file).equals(before)).toBe(true);
  await using store = await sqliteStore(at);
  expect(await store.generation()).toEqual(at.generation);
});

test("a database that is open is not opened a second time", async () => {
  const at = start();
  await using _ = await sqliteStore(at);
  await expect(sqliteStore(at)).rejects.toMatchObject({ fault: "in-use" });
});

test("a commit is on the disk when it is answered: each one is synced, to a log that keeps what stood before", () => {
  const db = openDatabase(start());
  // 2 is FULL: the log is synced with every commit. The other modes do that later, or never.
  expect(db.pragma("synchronous", { simple: true })).toBe(2);
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
  db.close();
});

test("nothing of what is stored can be read in the file", async () => {
  const at = start();
  const store = await sqliteStore(at);
  await store.audit({ time: 1, event: "canary-in-the-audit", address: "192.0.2.77", name: undefined, code: undefined });
  expect(readFileSync(`${at.file}-wal`).length).toBeGreaterThan(1000);
  for (const file of [at.file, `${at.file}-wal`]) expect(readFileSync(file).includes("canary")).toBe(false);
  await store[Symbol.asyncDispose]();
  expect(readFileSync(at.file).includes("canary")).toBe(false);
});

test("a database of another version is refused and left as it is", async () => {
  const at = start();
  await (await sqliteStore(at))[Symbol.asyncDispose]();
  const version = (sql: string): unknown => {
    const Database = createRequire(import.meta.url)("better-sqlite3-multiple-ciphers");
    const db = new Database(at.file);
    db.pragma("cipher = 'chacha20'");
    db.pragma(`key = "x'${Buffer.from(at.key).toString("hex")}'"`);
    const found = db.pragma(sql, { simple: true });
    db.close();
    return found;
  };
  version("user_version = 99");
  await expect(sqliteStore(at)).rejects.toMatchObject({
    fault: "failed",
    message: expect.stringContaining("version 99"),
  });
  expect(version("user_version")).toBe(99);
});

test("a file that is no database is refused and left as it is", async () => {
  const at = start();
  const noise = randomBytes(8192);
  writeFileSync(at.file, noise);
  await expect(sqliteStore(at)).rejects.toMatchObject({ fault: "wrong-key" });
  expect(readFileSync(at.file).equals(noise)).toBe(true);
});
