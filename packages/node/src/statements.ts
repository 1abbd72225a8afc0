/** Every statement of the store, prepared once; parameters go by name. */
import type { EventName, SHELF } from "@sotto/core";
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

export interface EventRow {
  readonly seq: number;
  readonly number: number;
  readonly at: number;
  readonly event: EventName;
  readonly by: Uint8Array;
  readonly who: Uint8Array | null;
  readonly name: string | null;
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
const EVENT = "SELECT seq, number, at, event, by, who, name FROM event";
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
    addWords: rows(`INSERT INTO word (rowid, text, room) VALUES (:place, :text, ${NUMBER})`),
    addEvent: rows(
      `INSERT OR IGNORE INTO event (room, seq, number, at, event, by, who, name)
       VALUES (${NUMBER}, :seq, :number, :at, :event, :by, :who, :name)`,
    ),
    messages: rows<MessageRow>(
      `${MESSAGE} WHERE message.room = ${NUMBER} AND seq < :before ORDER BY seq DESC LIMIT :limit`,
    ),
    messagesAfter: rows<MessageRow>(
      `${MESSAGE} WHERE message.room = ${NUMBER} AND seq > :after ORDER BY seq LIMIT :limit`,
    ),
    events: rows<EventRow>(
      `${EVENT} WHERE room = ${NUMBER} AND seq < :before ORDER BY seq DESC, number DESC LIMIT :limit`,
    ),
    eventsAfter: rows<EventRow>(`${EVENT} WHERE room = ${NUMBER} AND seq > :after ORDER BY seq, number LIMIT :limit`),
    eventsAt: rows<EventRow>(`${EVENT} WHERE room = ${NUMBER} AND seq = :seq ORDER BY number`),
    message: rows<MessageRow>(`${MESSAGE} WHERE message.room = ${NUMBER} AND id = :id ORDER BY seq LIMIT 1`),
    // By place and never by rank, which would look at every finding: 437 ms in a million messages.
    search: rows<MessageRow>(
      `SELECT ${COLUMNS.replace("text", "message.text")} FROM word JOIN message ON message.place = word.rowid
       JOIN room ON room.number = message.room
       WHERE word MATCH :match ORDER BY word.rowid DESC LIMIT :limit`,
    ),
    number: rows<{ readonly number: number }>("SELECT number FROM room WHERE room = :room"),
    unread: rows<{ readonly account: Uint8Array; readonly count: number }>(
      `SELECT account, count(*) AS count FROM message WHERE room = ${NUMBER} AND seq > :seq AND seq <= :last AND account <> :self
       GROUP BY account`,
    ),
    entries: rows<EntryRow>(
      `SELECT seq, kind, id, device, base, header, bytes, hash FROM entry
       WHERE room = ${NUMBER} AND seq >= :seq ORDER BY seq LIMIT :limit`,
    ),
    forgetWords: rows(
      `INSERT INTO word (word, rowid, text, room) SELECT 'delete', place, text, room FROM message
       WHERE room = ${NUMBER} AND seq > :seq`,
    ),
    forgetMessages: rows(`DELETE FROM message WHERE room = ${NUMBER} AND seq > :seq`),
    forgetEvents: rows(`DELETE FROM event WHERE room = ${NUMBER} AND seq > :seq`),
    forgetEntries: rows(`DELETE FROM entry WHERE room = ${NUMBER} AND seq > :seq`),
    shelveEvents: rows(`UPDATE event SET seq = seq - ${shelf} WHERE room = ${NUMBER}`),
    shelve: rows(`UPDATE message SET seq = seq - ${shelf} WHERE room = ${NUMBER}`),
    hashAt: rows<{ readonly hash: Uint8Array }>(`SELECT hash FROM entry WHERE room = ${NUMBER} AND seq = :seq`),
  };
}
