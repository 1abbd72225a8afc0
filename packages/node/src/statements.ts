/** Every statement of the store, prepared once; parameters go by name. */
import type { SHELF } from "@sotto/core";
import type { RoomId } from "@sotto/wire";
import type Database from "better-sqlite3-multiple-ciphers";
import type { Statement } from "better-sqlite3-multiple-ciphers";

export interface MessageRow {
  readonly room: RoomId;
  readonly seq: number;
  readonly id: Uint8Array;
  readonly account: Uint8Array;
  readonly device: Uint8Array;
  readonly sentAt: number;
  readonly text: string;
}

export interface EntryRow {
  readonly seq: number;
  readonly kind: "message" | "commit";
  readonly id: Uint8Array;
  readonly device: Uint8Array;
  readonly base: number;
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

export type Statements = ReturnType<typeof prepare>;

const COLUMNS = "room.room, seq, id, account, device, sent_at AS sentAt, text";
const MESSAGE = `SELECT ${COLUMNS} FROM message JOIN room ON room.number = message.room`;
/** Core's, by its type: the database's thread is there before the first screen and does not load core for a number. */
const shelf: typeof SHELF = 4_294_967_296;
const NUMBER = "(SELECT number FROM room WHERE room = :room)";

export function prepare(db: Database) {
  const rows = <Row>(sql: string): Statement<object, Row> => db.prepare(sql);
  return {
    load: rows<{ readonly key: string; readonly value: Uint8Array }>("SELECT key, value FROM record"),
    any: rows("SELECT 1 FROM record LIMIT 1"),
    put: rows("INSERT INTO record VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
    delete: rows("DELETE FROM record WHERE key = :key"),
    room: rows("INSERT INTO room (room) VALUES (:room) ON CONFLICT DO NOTHING"),
    entry: rows(
      `INSERT OR REPLACE INTO entry VALUES (${NUMBER}, :seq, :kind, :id, :device, :base, :header, :bytes, :hash)`,
    ),
    addMessage: rows(
      `INSERT OR IGNORE INTO message (room, seq, id, account, device, sent_at, text)
       VALUES (${NUMBER}, :seq, :id, :account, :device, :sentAt, :text)`,
    ),
    addWords: rows("INSERT INTO word (rowid, text) VALUES (:place, :text)"),
    messages: rows<MessageRow>(
      `${MESSAGE} WHERE message.room = ${NUMBER} AND seq < :before ORDER BY seq DESC LIMIT :limit`,
    ),
    message: rows<MessageRow>(`${MESSAGE} WHERE message.room = ${NUMBER} AND id = :id ORDER BY seq LIMIT 1`),
    // By place and never by rank, which would look at every finding: 437 ms in a million messages.
    search: rows<MessageRow>(
      `SELECT ${COLUMNS.replace("text", "message.text")} FROM word JOIN message ON message.place = word.rowid
       JOIN room ON room.number = message.room
       WHERE word MATCH :match ORDER BY word.rowid DESC LIMIT :limit`,
    ),
    searchRoom: rows<MessageRow>(
      `SELECT ${COLUMNS.replace("text", "message.text")} FROM word JOIN message ON message.place = word.rowid
       JOIN room ON room.number = message.room
       WHERE word MATCH :match AND message.room = ${NUMBER} ORDER BY word.rowid DESC LIMIT :limit`,
    ),
    unread: rows<{ readonly account: Uint8Array; readonly count: number }>(
      `SELECT account, count(*) AS count FROM message WHERE room = ${NUMBER} AND seq > :seq AND account <> :self
       GROUP BY account`,
    ),
    entries: rows<EntryRow>(
      `SELECT seq, kind, id, device, base, header, bytes, hash FROM entry
       WHERE room = ${NUMBER} AND seq >= :seq ORDER BY seq LIMIT :limit`,
    ),
    forgetWords: rows(
      `INSERT INTO word (word, rowid, text) SELECT 'delete', place, text FROM message
       WHERE room = ${NUMBER} AND seq > :seq`,
    ),
    forgetMessages: rows(`DELETE FROM message WHERE room = ${NUMBER} AND seq > :seq`),
    forgetEntries: rows(`DELETE FROM entry WHERE room = ${NUMBER} AND seq > :seq`),
    shelve: rows(`UPDATE message SET seq = seq - ${shelf} WHERE room = ${NUMBER}`),
    hashAt: rows<{ readonly hash: Uint8Array }>(`SELECT hash FROM entry WHERE room = ${NUMBER} AND seq = :seq`),
  };
}
