/** The tables of the SQLite store. Ids are blobs, times milliseconds, all rows plain rowid tables: they took five times as many appends as `WITHOUT ROWID`. */
import type Database from "better-sqlite3-multiple-ciphers";

/** The tables as version 1 had them. What came later stands in {@link CHANGES}, which new databases go through too. */
const SCHEMA = `
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

/** What each later version adds, in order: the first list makes version 2 of 1. A list that was released never changes. */
const CHANGES: readonly (readonly string[])[] = [
  [
    "CREATE INDEX member_of_account ON member (account)",
    // Who asks to be let into `room`, and the signature in `bytes`.
    "ALTER TABLE inbox ADD COLUMN who_account BLOB",
    "ALTER TABLE inbox ADD COLUMN who_device BLOB",
    "CREATE TABLE ban (name TEXT NOT NULL UNIQUE, time INTEGER NOT NULL)",
    // Where an account was last signed in from, for the operator's table of users.
    "ALTER TABLE account ADD COLUMN last_address TEXT",
    // Whom an order of the operator concerned.
    "ALTER TABLE audit ADD COLUMN about TEXT",
  ],
  ["CREATE INDEX room_of_creator ON room (creator)"],
];

/** Counts up with each change of the tables; a database of a newer version is refused, never guessed at. */
export const SCHEMA_VERSION = 1 + CHANGES.length;

/** Makes the tables of a new database, or brings those of an old one to this version: all of it, or nothing. */
export function migrate(db: Database, generation: () => Uint8Array): void {
  const version = db.pragma("user_version", { simple: true });
  if (version === SCHEMA_VERSION) return;
  if (typeof version !== "number" || version < 0 || version > SCHEMA_VERSION)
    throw new Error(`the database has version ${version}, this program reads up to version ${SCHEMA_VERSION}`);
  db.transaction(() => {
    if (version === 0) {
      db.exec(SCHEMA);
      db.prepare("INSERT INTO relay (generation) VALUES (?)").run(generation());
    }
    for (const change of CHANGES.slice(Math.max(version, 1) - 1).flat()) db.exec(change);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}
