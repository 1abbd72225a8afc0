/// <reference path="../src/store/better-sqlite3.d.ts" />
/** A database as the first release wrote it, with one of everything: what later versions have to bring over. */
import { EMPTY, idBytes, idOf, userName } from "@sotto/wire";
import Database from "better-sqlite3-multiple-ciphers";
import { sha256 } from "../src/crypto.ts";
import { device, text } from "./log-world.ts";

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

const ann = device("ann");
const name = userName("ann");
const hash = (value: string): Uint8Array => sha256(text(value));
export const oldRoom = idOf.room(sha256(text("room")));
export const oldEntry = idOf.entry(sha256(text("entry")).slice(0, 16));

export function openRaw(file: string, key: Uint8Array): Database {
  const db = new Database(file);
  db.pragma("cipher = 'chacha20'");
  db.pragma(`key = "x'${Buffer.from(key).toString("hex")}'"`);
  return db;
}

/** Makes the file. @param more - SQL that puts something else into it. */
export function versionOne(file: string, key: Uint8Array, more = ""): void {
  const db = openRaw(file, key);
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
    id: idBytes(oldRoom),
    creator: idBytes(ann.device),
    header: text("h"),
    last: 1,
    hash: hash("H"),
    ...links,
  });
  const entry = {
    ...at,
    kind: 2,
    device: idBytes(ann.device),
    id: idBytes(oldEntry),
    previous: hash("P"),
    hash: hash("H"),
  };
  insert("entry", { ...entry, bytes: text("bytes") });
  insert("room_commit", at);
  insert("member", { room: 1, device: idBytes(ann.device), account, from_seq: 1 });
  insert("cursor", { room: 1, device: idBytes(ann.device), seq: 1 });
  const welcome = { room: idBytes(oldRoom), seq: 1, previous: hash("P"), bytes: text("welcome") };
  insert("inbox", { device: idBytes(ann.device), number: 2, kind: 1, ...welcome });
  insert("inbox", { device: idBytes(ann.device), number: 3, kind: 2 });
  insert("audit", { time: 1, event: "signed-up", address: "192.0.2.1:1", name });
  if (more !== "") db.exec(more);
  db.pragma("user_version = 1");
  db.close();
}
