/// <reference path="../src/store/better-sqlite3.d.ts" />
/** Databases of earlier versions: opened, brought to this one, and nothing lost; or left as they were. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EMPTY, idBytes, idOf, userName } from "@sotto/wire";
import Database from "better-sqlite3-multiple-ciphers";
import { afterAll, expect, test, vi } from "vitest";
import { sha256 } from "../src/crypto.ts";
import { SCHEMA_VERSION } from "../src/store/sql-schema.ts";
import { sqliteStore } from "../src/store/sqlite.ts";
import type { Store } from "../src/store/store.ts";
import { device, text } from "./log-world.ts";

// Each opens databases with their worker several times, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "sotto-migration-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As the first release wrote it; never changed. */
const VERSION_1 = `
CREATE TABLE relay (generation BLOB NOT NULL);

CREATE TABLE account (
  key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, registration BLOB NOT NULL,
  totp_secret BLOB NOT NULL, totp_step INTEGER NOT NULL DEFAULT -1, confirmed INTEGER NOT NULL DEFAULT 0,
  admin INTEGER NOT NULL DEFAULT 0, held_until INTEGER NOT NULL
);
CREATE TABLE backup_code (account BLOB NOT NULL, hash BLOB NOT NULL, UNIQUE (account, hash));
CREATE TABLE device_chain (account BLOB NOT NULL, seq INTEGER NOT NULL, entry BLOB NOT NULL, UNIQUE (account, seq));
CREATE TABLE device (
  key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, account BLOB NOT NULL, device_key BLOB NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0, counter INTEGER NOT NULL DEFAULT 0, inbox_last INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX device_of_account ON device (account);
CREATE TABLE key_package (key INTEGER PRIMARY KEY, device BLOB NOT NULL, last_resort INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX key_package_of_device ON key_package (device, last_resort, key);

CREATE TABLE room (
  key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, creator BLOB NOT NULL, header BLOB NOT NULL,
  last INTEGER NOT NULL DEFAULT 0, hash BLOB NOT NULL, settled INTEGER NOT NULL DEFAULT 0,
  token_hash BLOB, group_info BLOB, group_info_base INTEGER
);
CREATE TABLE entry (
  room INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL, account BLOB NOT NULL, device BLOB NOT NULL,
  id BLOB NOT NULL, base INTEGER NOT NULL, time INTEGER NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL,
  header BLOB NOT NULL, bytes BLOB NOT NULL, UNIQUE (room, seq)
);
CREATE UNIQUE INDEX entry_once ON entry (room, device, id);
CREATE TABLE room_commit (
  room INTEGER NOT NULL, seq INTEGER NOT NULL, base INTEGER NOT NULL, account BLOB NOT NULL, time INTEGER NOT NULL,
  header BLOB NOT NULL, UNIQUE (room, seq)
);
CREATE TABLE member (
  room INTEGER NOT NULL, device BLOB NOT NULL, account BLOB NOT NULL, from_seq INTEGER NOT NULL, until_seq INTEGER,
  UNIQUE (room, device)
);
CREATE INDEX member_of_device ON member (device);
CREATE TABLE cursor (room INTEGER NOT NULL, device BLOB NOT NULL, seq INTEGER NOT NULL, UNIQUE (room, device));
CREATE TABLE inbox (
  device BLOB NOT NULL, number INTEGER NOT NULL, kind INTEGER NOT NULL, room BLOB, seq INTEGER, previous BLOB, bytes BLOB,
  UNIQUE (device, number)
);

CREATE TABLE connection (id INTEGER NOT NULL UNIQUE, address TEXT NOT NULL, since INTEGER NOT NULL, name TEXT);
CREATE TABLE audit (
  key INTEGER PRIMARY KEY, time INTEGER NOT NULL, event TEXT NOT NULL, address TEXT NOT NULL, name TEXT, code TEXT
);
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
`;

const key = new Uint8Array(randomBytes(32));
const [ann, second] = [device("ann"), device("ann", 2)];
const name = userName("ann")!;
const room = idOf.room(sha256(text("room")));
const id = idOf.entry(sha256(text("entry")).slice(0, 16));
const hash = (value: string): Uint8Array => sha256(text(value));
let count = 0;

function openRaw(file: string): Database {
  const db = new Database(file);
  db.pragma("cipher = 'chacha20'");
  db.pragma(`key = "x'${Buffer.from(key).toString("hex")}'"`);
  return db;
}

/** A database of version 1 with one of everything. */
function versionOne(more = ""): string {
  const file = join(folder, `${count++}.db`);
  const db = openRaw(file);
  db.exec(VERSION_1);
  const insert = (table: string, row: Record<string, unknown>): void => {
    const columns = Object.keys(row);
    const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
    db.prepare(sql).run(...Object.values(row));
  };
  insert("relay", { generation: hash("generation").slice(0, 16) });
  const account = idBytes(ann.account);
  insert("account", {
    id: account,
    name,
    registration: text("record"),
    totp_secret: text("secret"),
    totp_step: 7,
    confirmed: 1,
    admin: 1,
    held_until: 0,
  });
  insert("backup_code", { account, hash: hash("code") });
  insert("device_chain", { account, seq: 1, entry: text("chain") });
  insert("device", { id: idBytes(ann.device), account, device_key: hash("key"), counter: 5, inbox_last: 3 });
  insert("key_package", { device: idBytes(ann.device), last_resort: 0, bytes: text("package") });
  const links = { token_hash: hash("token"), group_info: text("sealed"), group_info_base: 1 };
  const at = { room: 1, seq: 1, base: 0, account, time: 10, header: EMPTY };
  insert("room", {
    id: idBytes(room),
    creator: idBytes(ann.device),
    header: text("h"),
    last: 1,
    hash: hash("H"),
    ...links,
  });
  const entry = { ...at, kind: 2, device: idBytes(ann.device), id: idBytes(id), previous: hash("P"), hash: hash("H") };
  insert("entry", { ...entry, bytes: text("bytes") });
  insert("room_commit", at);
  insert("member", { room: 1, device: idBytes(ann.device), account, from_seq: 1 });
  insert("cursor", { room: 1, device: idBytes(ann.device), seq: 1 });
  const welcome = { room: idBytes(room), seq: 1, previous: hash("P"), bytes: text("welcome") };
  insert("inbox", { device: idBytes(ann.device), number: 2, kind: 1, ...welcome });
  insert("inbox", { device: idBytes(ann.device), number: 3, kind: 2 });
  insert("audit", { time: 1, event: "signed-up", address: "192.0.2.1:1", name });
  if (more !== "") db.exec(more);
  db.pragma("user_version = 1");
  db.close();
  return file;
}

const open = (file: string): Promise<Store> => sqliteStore({ file, key, generation: new Uint8Array(16) });

test("a database of version 1 keeps all that it had, and can do what is new", async () => {
  const file = versionOne();
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
  const db = openRaw(file);
  expect(db.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
  expect(db.prepare("SELECT event FROM audit").all()).toContainEqual({ event: "signed-up" });
  db.close();
});

test("one that cannot be brought to this version whole is left as it was", async () => {
  const file = versionOne("CREATE TABLE ban (x)");
  await expect(open(file)).rejects.toMatchObject({ fault: "failed" });
  const db = openRaw(file);
  expect(db.pragma("user_version", { simple: true })).toBe(1);
  expect(db.prepare("SELECT * FROM inbox").all()[0]).not.toHaveProperty("who_device");
  expect(db.prepare("SELECT bytes FROM entry").all()).toHaveLength(1);
  db.close();
});
