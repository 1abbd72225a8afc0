/** Rooms, their logs and members in SQL. */
import type { Entry } from "@sotto/wire";
import { type AccountId, type DeviceId, type EntryId, idBytes, type RoomId } from "@sotto/wire/ids";
import type { SqlInboxes } from "./sql-inboxes.ts";
import * as read from "./sql-row.ts";
import type { Statements } from "./sql-statements.ts";
import {
  type Delivery,
  type EntryMark,
  type KeptEntry,
  type LogChange,
  type NewRoom,
  type RoomRecord,
  StoreError,
} from "./store.ts";

const MESSAGE = 1;
const COMMIT = 2;

export class SqlRooms {
  readonly #sql: Statements;
  readonly #inboxes: SqlInboxes;

  constructor(sql: Statements, inboxes: SqlInboxes) {
    this.#sql = sql;
    this.#inboxes = inboxes;
  }

  createRoom(room: NewRoom): readonly Delivery[] | false {
    const changed = this.#sql.run(
      "INSERT INTO room (id, creator, header, hash) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
      idBytes(room.id),
      idBytes(room.creator),
      room.header,
      room.hash,
    );
    return changed === 0 ? false : this.change(room.change);
  }

  /** The number that stands for the room in the other tables. */
  #key(id: RoomId): number | undefined {
    const row = this.#sql.one("SELECT key FROM room WHERE id = ?", idBytes(id));
    return row === undefined ? undefined : read.number(row, "key");
  }

  room(id: RoomId): RoomRecord | undefined {
    const row = this.#sql.one("SELECT * FROM room WHERE id = ?", idBytes(id));
    if (row === undefined) return undefined;
    const key = read.number(row, "key");
    const tokenHash = read.optionalBytes(row, "token_hash");
    const commits = this.#sql.all("SELECT * FROM room_commit WHERE room = ? ORDER BY seq", key);
    const members = this.#sql.all("SELECT * FROM member WHERE room = ?", key);
    return {
      id,
      creator: read.device(row, "creator"),
      header: read.bytes(row, "header"),
      last: read.number(row, "last"),
      hash: read.bytes(row, "hash"),
      settled: read.number(row, "settled"),
      link: tokenHash === undefined ? undefined : { tokenHash, base: read.number(row, "group_info_base") },
      commits: commits.map((commit) => ({
        seq: read.number(commit, "seq"),
        base: read.number(commit, "base"),
        account: read.account(commit, "account"),
        time: read.number(commit, "time"),
        header: read.bytes(commit, "header"),
      })),
      members: members.map((member) => ({
        account: read.account(member, "account"),
        device: read.device(member, "device"),
        from: read.number(member, "from_seq"),
        until: read.optionalNumber(member, "until_seq"),
      })),
    };
  }

  countRooms(account: AccountId): number {
    const sql = "SELECT count(*) AS rooms FROM room WHERE creator IN (SELECT id FROM device WHERE account = ?)";
    return read.number(this.#sql.one(sql, idBytes(account)) ?? {}, "rooms");
  }

  roomsOf(device: DeviceId): readonly RoomId[] {
    const sql =
      "SELECT room.id AS id FROM member JOIN room ON room.key = member.room WHERE member.device = ? ORDER BY room.key";
    return this.#sql.all(sql, idBytes(device)).map((row) => read.room(row, "id"));
  }

  roomsWithout(account: AccountId, device: DeviceId): readonly RoomId[] {
    const sql = `SELECT DISTINCT room.id AS id FROM member JOIN room ON room.key = member.room
      WHERE member.account = ? AND member.until_seq IS NULL AND NOT EXISTS
        (SELECT 1 FROM member AS own WHERE own.room = member.room AND own.device = ? AND own.until_seq IS NULL)`;
    return this.#sql.all(sql, idBytes(account), idBytes(device)).map((row) => read.room(row, "id"));
  }

  change(change: LogChange): readonly Delivery[] {
    const key = this.#key(change.room);
    if (key === undefined) throw new StoreError("gap", "the room is not there");
    if (change.entry !== undefined) this.#addEntry(key, change.entry, change.settled);
    else this.#sql.run("UPDATE room SET settled = ? WHERE key = ?", change.settled, key);
    for (const { device, account, from, until } of change.members) {
      this.#sql.run(
        `INSERT INTO member (room, device, account, from_seq, until_seq) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (room, device) DO UPDATE SET from_seq = excluded.from_seq, until_seq = excluded.until_seq`,
        key,
        idBytes(device),
        idBytes(account),
        from,
        until ?? null,
      );
    }
    if (change.link !== undefined) {
      const { tokenHash = null, groupInfo = null, base = null } = change.link ?? {};
      const sql = "UPDATE room SET token_hash = ?, group_info = ?, group_info_base = ? WHERE key = ?";
      this.#sql.run(sql, tokenHash, groupInfo, base, key);
    }
    return change.welcomes.flatMap(({ device, ...welcome }) =>
      this.#inboxes.put(device, { kind: "welcome", room: change.room, ...welcome }),
    );
  }

  #addEntry(key: number, entry: KeptEntry, settled: number): void {
    const sql = "UPDATE room SET last = ?, hash = ?, settled = ? WHERE key = ? AND last = ?";
    if (this.#sql.run(sql, entry.seq, entry.hash, settled, key, entry.seq - 1) !== 1) {
      throw new StoreError("gap", "the entry is not the next of its room");
    }
    const { seq, base, time, header } = entry;
    const account = idBytes(entry.account);
    this.#sql.run(
      `INSERT INTO entry (room, seq, kind, account, device, id, base, time, previous, hash, header, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      key,
      seq,
      entry.kind === "commit" ? COMMIT : MESSAGE,
      account,
      idBytes(entry.device),
      idBytes(entry.id),
      base,
      time,
      entry.previous,
      entry.hash,
      header,
      entry.bytes,
    );
    if (entry.kind === "message") return;
    const commit = "INSERT INTO room_commit (room, seq, base, account, time, header) VALUES (?, ?, ?, ?, ?, ?)";
    this.#sql.run(commit, key, seq, base, account, time, header);
  }

  entryMark(room: RoomId, device: DeviceId, id: EntryId): EntryMark | undefined {
    const key = this.#key(room);
    if (key === undefined) return undefined;
    const sql = "SELECT seq, previous, hash FROM entry WHERE room = ? AND device = ? AND id = ?";
    const row = this.#sql.one(sql, key, idBytes(device), idBytes(id));
    if (row === undefined) return undefined;
    return { seq: read.number(row, "seq"), previous: read.bytes(row, "previous"), hash: read.bytes(row, "hash") };
  }

  entries(room: RoomId, from: number, to: number, limit: number, bytesMax: number): readonly Entry[] {
    const key = this.#key(room);
    if (key === undefined) return [];
    let count = 0;
    let size = 0;
    const fits = (row: read.Row): boolean => {
      size += read.bytes(row, "bytes").length + read.bytes(row, "header").length;
      return ++count <= limit && (count === 1 || size <= bytesMax);
    };
    const sql = `SELECT seq, kind, device, id, base, header, bytes FROM entry WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq`;
    return this.#sql.some(sql, fits, key, from, to).map((row) => ({
      seq: read.number(row, "seq"),
      kind: read.number(row, "kind") === COMMIT ? "commit" : "message",
      device: read.device(row, "device"),
      id: read.entry(row, "id"),
      base: read.number(row, "base"),
      header: read.bytes(row, "header"),
      bytes: read.bytes(row, "bytes"),
    }));
  }

  groupInfo(room: RoomId): { readonly base: number; readonly sealed: Uint8Array } | undefined {
    const row = this.#sql.one("SELECT group_info, group_info_base FROM room WHERE id = ?", idBytes(room));
    const sealed = row === undefined ? undefined : read.optionalBytes(row, "group_info");
    return row === undefined || sealed === undefined
      ? undefined
      : { base: read.number(row, "group_info_base"), sealed };
  }

  setCursor(room: RoomId, device: DeviceId, seq: number): boolean {
    const key = this.#key(room);
    const id = idBytes(device);
    if (key === undefined) return false;
    const member = this.#sql.one("SELECT until_seq FROM member WHERE room = ? AND device = ?", key, id);
    if (member === undefined) return false;
    this.#sql.run(
      `INSERT INTO cursor (room, device, seq) VALUES (?, ?, ?)
       ON CONFLICT (room, device) DO UPDATE SET seq = max(seq, excluded.seq)`,
      key,
      id,
      seq,
    );
    const until = read.optionalNumber(member, "until_seq");
    if (until === undefined || seq < until) return false;
    this.#sql.run("DELETE FROM member WHERE room = ? AND device = ?", key, id);
    this.#sql.run("DELETE FROM cursor WHERE room = ? AND device = ?", key, id);
    return true;
  }
}
