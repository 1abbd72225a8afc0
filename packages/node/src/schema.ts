/** The tables of a vault. A vault of another version is refused, never changed. */
import type Database from "better-sqlite3-multiple-ciphers";
import { StoreFault } from "./store-fault.ts";

/** 2: groups in parts. */
export const SCHEMA_VERSION = 2;

/**
 * Rooms are long names in many rows, so the rows hold a number. `message.place` is the order of arrival over all rooms,
 * which is what a search is sorted by. The index of words refers to `message` and keeps no second copy of the text.
 */
const TABLES = `
  CREATE TABLE record (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
  CREATE TABLE room (number INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE entry (
    room INTEGER NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, id BLOB NOT NULL, device BLOB NOT NULL,
    base INTEGER NOT NULL, header BLOB NOT NULL, bytes BLOB NOT NULL, hash BLOB NOT NULL, UNIQUE (room, seq)
  ) STRICT;
  CREATE TABLE message (
    place INTEGER PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, account BLOB NOT NULL,
    device BLOB NOT NULL, sent_at INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (room, seq)
  ) STRICT;
  CREATE INDEX message_id ON message (room, id);
  CREATE VIRTUAL TABLE word USING fts5 (
    text, content = 'message', content_rowid = 'place', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
  );
`;

/**
 * Makes the tables of an empty database, or sees that they are the ones that this program knows.
 *
 * @param isNew - an empty database is expected; where it is not, it has lost what was in it.
 */
export function migrate(db: Database, isNew: boolean): void {
  const version = Number(db.pragma("user_version", { simple: true }));
  if (version === SCHEMA_VERSION) return;
  if (version > SCHEMA_VERSION) {
    throw new StoreFault("internal", `this profile was written by a newer version of sotto (schema ${version})`);
  }
  if (version !== 0) {
    const message = `this profile was written by an unreleased version of sotto (schema ${version}), which none reads any more`;
    throw new StoreFault("internal", message);
  }
  if (!isNew) throw new StoreFault("vault-damaged", "the vault's database is empty");
  db.transaction(() => {
    db.exec(TABLES);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}
