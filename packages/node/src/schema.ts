/** The tables of a vault. One of the version before is brought up to date when it is opened; others are refused. */
import type Database from "better-sqlite3-multiple-ciphers";
import { StoreFault } from "./store-fault.ts";

/** 2: groups in parts. 3: events; the index of words knows rooms. */
export const SCHEMA_VERSION = 3;

/**
 * Rooms are long names in many rows, so the rows hold a number. `message.place` is the order of arrival over all rooms,
 * which is what a search is sorted by.
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
`;

const EVENTS = `
  CREATE TABLE event (
    room INTEGER NOT NULL, seq INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
    by BLOB NOT NULL, who BLOB, name TEXT, PRIMARY KEY (room, seq, number)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * The index of words refers to `message` and keeps no second copy of the text. A room's number is indexed as a word of
 * its own column: a search in one room then goes through what both have in common, and not through all findings. A
 * beginning of up to four letters is found by an index of its own: else all that has it is gathered first, which is 16 ms
 * where half a million messages do.
 */
const WORDS = `
  CREATE VIRTUAL TABLE word USING fts5 (
    text, room, content = 'message', content_rowid = 'place', prefix = '1 2 3 4',
    tokenize = 'unicode61 remove_diacritics 2'
  );
`;

/** From version 2. The index is made anew, which takes some ten seconds for a million messages. */
const FROM_2 = `
  ${EVENTS}
  DROP TABLE word;
  ${WORDS}
  INSERT INTO word (word) VALUES ('rebuild');
`;

/**
 * Makes the tables of an empty database, brings those of the version before up to date, or sees that they are the ones
 * that this program knows.
 *
 * @param isNew - an empty database is expected; where it is not, it has lost what was in it.
 */
export function migrate(db: Database, isNew: boolean): void {
  const version = Number(db.pragma("user_version", { simple: true }));
  if (version === SCHEMA_VERSION) return;
  if (version > SCHEMA_VERSION) {
    throw new StoreFault("internal", `this profile was written by a newer version of sotto (schema ${version})`);
  }
  if (version === 2) return change(db, FROM_2);
  if (version !== 0) {
    const message = `this profile was written by an unreleased version of sotto (schema ${version}), which none reads any more`;
    throw new StoreFault("internal", message);
  }
  if (!isNew) throw new StoreFault("vault-damaged", "the vault's database is empty");
  change(db, `${TABLES} ${EVENTS} ${WORDS}`);
}

/** All of it or nothing. */
function change(db: Database, statements: string): void {
  db.transaction(() => {
    db.exec(statements);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}
