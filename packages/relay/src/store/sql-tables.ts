/** {@link Tables} over one SQLite database; runs in the worker. */
import type Database from "better-sqlite3-multiple-ciphers";
import { SqlAccounts } from "./sql-accounts.ts";
import { SqlRooms } from "./sql-rooms.ts";
import * as read from "./sql-row.ts";
import { Statements } from "./sql-statements.ts";
import type { Tables } from "./store.ts";

export function sqlTables(db: Database): Tables {
  const sql = new Statements(db);
  // Who was online when the relay last ended is not online now.
  sql.run("DELETE FROM connection");
  const accounts = new SqlAccounts(sql);
  const rooms = new SqlRooms(sql);
  return {
    generation: () => {
      const row = sql.one("SELECT generation FROM relay");
      return read.bytes(row ?? {}, "generation");
    },
    hold: (account, now) => accounts.hold(account, now),
    dropLapsed: (now) => accounts.dropLapsed(now),
    account: (id) => accounts.account(id),
    accountNamed: (name) => accounts.accountNamed(name),
    confirm: (id, step, codes, now) => accounts.confirm(id, step, codes, now),
    acceptStep: (id, step) => accounts.acceptStep(id, step),
    acceptBackupCode: (id, hash) => accounts.acceptBackupCode(id, hash),
    setRegistration: (id, registration) => accounts.setRegistration(id, registration),
    directory: () => accounts.directory(),
    chain: (account) => accounts.chain(account),
    appendChain: (account, length, entry, change) => accounts.appendChain(account, length, entry, change),
    device: (id) => accounts.device(id),
    resume: (device, counter) => accounts.resume(device, counter),
    unknownDevices: (refs) => accounts.unknownDevices(refs),
    devicesOf: (account) => accounts.devicesOf(account),
    putKeyPackages: (device, packages, lastResort, max, replace) =>
      accounts.putKeyPackages(device, packages, lastResort, max, replace),
    countKeyPackages: (device) => accounts.countKeyPackages(device),
    claimKeyPackages: (account) => accounts.claimKeyPackages(account),
    inboxLast: (device) => accounts.inboxLast(device),
    inbox: (device, from, limit, bytesMax) => accounts.inbox(device, from, limit, bytesMax),
    dropInbox: (device, upTo) => accounts.dropInbox(device, upTo),
    createRoom: (room) => rooms.createRoom(room),
    room: (id) => rooms.room(id),
    roomsOf: (device) => rooms.roomsOf(device),
    change: (change) => rooms.change(change),
    entryMark: (room, device, id) => rooms.entryMark(room, device, id),
    entries: (room, from, to, limit, bytesMax) => rooms.entries(room, from, to, limit, bytesMax),
    roomsWithout: (account, device) => rooms.roomsWithout(account, device),
    groupInfo: (room) => rooms.groupInfo(room),
    // A call runs whole or not at all: sqlite-worker.ts.
    changeAll: (changes) => changes.flatMap((change) => rooms.change(change)),
    setCursor: (room, device, seq) => rooms.setCursor(room, device, seq),
    audit: ({ time, event, address, name, code }: AuditRecord) => {
      const insert = "INSERT INTO audit (time, event, address, name, code) VALUES (?, ?, ?, ?, ?)";
      sql.run(insert, time, event, address, name ?? null, code ?? null);
    },
    connected: ({ id, address, since, name }: ConnectionRecord) => {
      const insert = `INSERT INTO connection (id, address, since, name) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name`;
      sql.run(insert, id, address, since, name ?? null);
    },
    disconnected: (id) => void sql.run("DELETE FROM connection WHERE id = ?", id),
  };
}
