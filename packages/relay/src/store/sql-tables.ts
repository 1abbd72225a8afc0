/** {@link Tables} over one SQLite database; runs in the worker. */
import type Database from "better-sqlite3-multiple-ciphers";
import { SqlAccounts } from "./sql-accounts.ts";
import { SqlInboxes } from "./sql-inboxes.ts";
import { SqlOperator } from "./sql-operator.ts";
import { SqlRooms } from "./sql-rooms.ts";
import * as read from "./sql-row.ts";
import { Statements } from "./sql-statements.ts";
import type { Tables } from "./store.ts";

export function sqlTables(db: Database): Tables {
  const sql = new Statements(db);
  const inboxes = new SqlInboxes(sql);
  const accounts = new SqlAccounts(sql, inboxes);
  const operator = new SqlOperator(sql);
  const rooms = new SqlRooms(sql, inboxes);
  return {
    generation: () => {
      const row = sql.one("SELECT generation FROM relay");
      return read.bytes(row ?? {}, "generation");
    },
    hold: (account, now) => accounts.hold(account, now),
    dropLapsed: (now) => accounts.dropLapsed(now),
    account: (id) => accounts.account(id),
    accountNamed: (name) => accounts.accountNamed(name),
    accountToTry: (name) => accounts.accountToTry(name),
    confirm: (id, step, codes, now) => accounts.confirm(id, step, codes, now),
    acceptStep: (id, step) => accounts.acceptStep(id, step),
    acceptBackupCode: (id, hash) => accounts.acceptBackupCode(id, hash),
    setRegistration: (id, registration) => accounts.setRegistration(id, registration),
    directory: () => accounts.directory(),
    chain: (account) => accounts.chain(account),
    appendChain: (account, length, entry, change) => accounts.appendChain(account, length, entry, change),
    device: (id) => accounts.device(id),
    devicesOf: (account) => accounts.devicesOf(account),
    resume: (device, counter) => accounts.resume(device, counter),
    unknownDevices: (refs) => accounts.unknownDevices(refs),
    putKeyPackages: (device, packages, lastResort, max, replace) =>
      accounts.putKeyPackages(device, packages, lastResort, max, replace),
    countKeyPackages: (device) => accounts.countKeyPackages(device),
    claimKeyPackages: (account, isSpared) => accounts.claimKeyPackages(account, isSpared),
    inboxLast: (device) => inboxes.last(device),
    inbox: (device, from, limit, bytesMax) => inboxes.read(device, from, limit, bytesMax),
    dropInbox: (device, upTo) => inboxes.drop(device, upTo),
    notify: (devices, notice) => devices.flatMap((device) => inboxes.put(device, notice)),
    countRooms: (account) => rooms.countRooms(account),
    createRoom: (room) => rooms.createRoom(room),
    room: (id) => rooms.room(id),
    roomsOf: (device) => rooms.roomsOf(device),
    roomsWithout: (account, device) => rooms.roomsWithout(account, device),
    change: (change) => rooms.change(change),
    // A call runs whole or not at all: sqlite-worker.ts.
    changeAll: (changes) => changes.flatMap((change) => rooms.change(change)),
    entryMark: (room, device, id) => rooms.entryMark(room, device, id),
    entries: (room, from, to, limit, bytesMax) => rooms.entries(room, from, to, limit, bytesMax),
    groupInfo: (room) => rooms.groupInfo(room),
    setCursor: (room, device, seq) => rooms.setCursor(room, device, seq),
    audit: (record) => operator.audit(record),
    audits: (limit) => operator.audits(limit),
    connected: (connection) => operator.connected(connection),
    disconnected: (id) => operator.disconnected(id),
    connections: () => operator.connections(),
    ban: (name, time) => operator.ban(name, time),
    unban: (name) => operator.unban(name),
    bans: () => operator.bans(),
    users: () => operator.users(),
  };
}
