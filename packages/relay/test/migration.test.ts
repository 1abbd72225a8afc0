/// <reference path="../src/store/better-sqlite3.d.ts" />
/** Databases of earlier versions: opened, brought to this one, and nothing lost; or left as they were. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userName } from "@sotto/wire";
import { afterAll, expect, test, vi } from "vitest";
import { sha256 } from "../src/crypto.ts";
import { SCHEMA_VERSION } from "../src/store/sql-schema.ts";
import { sqliteStore } from "../src/store/sqlite.ts";
import type { Store } from "../src/store/store.ts";
import { device, text } from "./log-world.ts";
import { oldEntry, oldRoom, openRaw, versionOne } from "./version-one.ts";

// Each opens databases with their worker several times, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "sotto-migration-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = new Uint8Array(randomBytes(32));
const [ann, second] = [device("ann"), device("ann", 2)];
const name = userName("ann")!;
const [room, id] = [oldRoom, oldEntry];
const hash = (value: string): Uint8Array => sha256(text(value));
let count = 0;

function oldDatabase(more = ""): string {
  const file = join(folder, `${count++}.db`);
  versionOne(file, key, more);
  return file;
}

const open = (file: string): Promise<Store> => sqliteStore({ file, key, generation: new Uint8Array(16) });

test("a database of version 1 keeps all that it had, and can do what is new", async () => {
  const file = oldDatabase();
  for (let time = 1; time <= 2; time++) {
    await using store = await open(file);
    expect(await store.generation()).toEqual(hash("generation").slice(0, 16));
    expect(await store.account(ann.account)).toMatchObject({
      name,
      confirmed: true,
      admin: true,
      totpSecret: text("secret"),
    });
    expect(await store.chain(ann.account)).toEqual([text("chain")]);
    expect(await store.device(ann.device)).toMatchObject({ account: ann.account, key: hash("key"), revoked: false });
    expect(await store.resume(ann.device, 5)).toBe(false);
    expect(await store.acceptStep(ann.account, 7)).toBe(false);
    expect(await store.countKeyPackages(ann.device)).toBe(1);
    expect(await store.room(room)).toMatchObject({
      last: 1,
      hash: hash("H"),
      commits: [{ seq: 1 }],
      members: [{ from: 1 }],
    });
    expect(await store.entries(room, 1, 9, 9, 1e6)).toMatchObject([
      { seq: 1, kind: "commit", id, bytes: text("bytes") },
    ]);
    expect(await store.groupInfo(room)).toEqual({ base: 1, sealed: text("sealed") });
    expect((await store.inbox(ann.device, 1, 9, 1e6)).slice(0, 2)).toMatchObject([
      { number: 2, kind: "welcome", room, bytes: text("welcome") },
      { number: 3, kind: "last-resort-used" },
    ]);
    expect(await store.roomsWithout(ann.account, second.device)).toEqual([room]);
    const readmit = { kind: "readmit", room, who: second, signature: hash("word") } as const;
    const number = 3 + time;
    expect(await store.notify([ann.device], readmit)).toEqual([{ device: ann.device, entry: { number, ...readmit } }]);
  }
  const db = openRaw(file, key);
  expect(db.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
  expect(db.prepare("SELECT event FROM audit").all()).toContainEqual({ event: "signed-up" });
  db.close();
});

test("one that cannot be brought to this version whole is left as it was", async () => {
  const file = oldDatabase("CREATE TABLE ban (x)");
  await expect(open(file)).rejects.toMatchObject({ fault: "failed" });
  const db = openRaw(file, key);
  expect(db.pragma("user_version", { simple: true })).toBe(1);
  expect(db.prepare("SELECT * FROM inbox").all()[0]).not.toHaveProperty("who_device");
  expect(db.prepare("SELECT bytes FROM entry").all()).toHaveLength(1);
  db.close();
});
