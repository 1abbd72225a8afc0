/** Accounts, their chains, devices and key packages in SQL. */
import type { DeviceRef } from "@sotto/wire";
import { type AccountId, type DeviceId, idBytes, type UserName } from "@sotto/wire/ids";
import type { SqlInboxes } from "./sql-inboxes.ts";
import * as read from "./sql-row.ts";
import type { Statements } from "./sql-statements.ts";
import type { AccountRecord, ChainChange, ClaimedPackage, Delivery, DeviceRecord, NewAccount } from "./store.ts";

export class SqlAccounts {
  readonly #sql: Statements;
  readonly #inboxes: SqlInboxes;

  constructor(sql: Statements, inboxes: SqlInboxes) {
    this.#sql = sql;
    this.#inboxes = inboxes;
  }

  hold(account: NewAccount, now: number): "held" | "name-taken" {
    this.dropLapsed(now);
    const id = idBytes(account.id);
    if (this.#sql.one("SELECT 1 AS taken FROM account WHERE name = ? OR id = ?", account.name, id)) return "name-taken";
    this.#sql.run(
      "INSERT INTO account (id, name, registration, totp_secret, held_until) VALUES (?, ?, ?, ?, ?)",
      id,
      account.name,
      account.registration,
      account.totpSecret,
      account.heldUntil,
    );
    this.#sql.run("INSERT INTO device_chain (account, seq, entry) VALUES (?, 1, ?)", id, account.chainEntry);
    this.#addDevice(id, account.device);
    return "held";
  }

  dropLapsed(now: number): void {
    for (const lapsed of this.#sql.all("SELECT id FROM account WHERE confirmed = 0 AND held_until <= ?", now)) {
      const id = read.bytes(lapsed, "id");
      for (const row of this.#sql.all("SELECT id FROM device WHERE account = ?", id))
        this.#dropDevice(read.bytes(row, "id"));
      this.#sql.run("DELETE FROM device_chain WHERE account = ?", id);
      this.#sql.run("DELETE FROM account WHERE id = ?", id);
    }
  }

  /** All that is its own: the same device may sign up again, and its inbox is then numbered from 1. */
  #dropDevice(id: Uint8Array): void {
    this.#sql.run("DELETE FROM inbox WHERE device = ?", id);
    this.#sql.run("DELETE FROM key_package WHERE device = ?", id);
    // By way of its rooms: there is no other index to its cursors.
    const cursors = "DELETE FROM cursor WHERE device = ? AND room IN (SELECT room FROM member WHERE device = ?)";
    this.#sql.run(cursors, id, id);
    this.#sql.run("DELETE FROM member WHERE device = ?", id);
    this.#sql.run("DELETE FROM device WHERE id = ?", id);
  }

  account(id: AccountId): AccountRecord | undefined {
    return accountOf(this.#sql.one("SELECT * FROM account WHERE id = ?", idBytes(id)));
  }

  accountNamed(name: UserName): AccountRecord | undefined {
    return accountOf(this.#sql.one("SELECT * FROM account WHERE name = ?", name));
  }

  accountToTry(name: UserName): AccountRecord | undefined {
    // One statement that reads one row either way.
    const key = "coalesce((SELECT key FROM account WHERE name = ?), (SELECT min(key) FROM account))";
    return accountOf(this.#sql.one(`SELECT * FROM account WHERE key = ${key}`, name));
  }

  confirm(
    id: AccountId,
    step: number,
    codes: readonly Uint8Array[],
    now: number,
  ): { readonly admin: boolean } | undefined {
    const admin = this.#sql.one("SELECT 1 AS one FROM account WHERE confirmed = 1 LIMIT 1") === undefined;
    const changed = this.#sql.run(
      "UPDATE account SET confirmed = 1, admin = ?, totp_step = ? WHERE id = ? AND confirmed = 0 AND held_until > ? AND totp_step < ?",
      admin ? 1 : 0,
      step,
      idBytes(id),
      now,
      step,
    );
    if (changed === 0) return undefined;
    for (const code of codes) this.#sql.run("INSERT INTO backup_code (account, hash) VALUES (?, ?)", idBytes(id), code);
    return { admin };
  }

  acceptStep(id: AccountId, step: number): boolean {
    return (
      this.#sql.run("UPDATE account SET totp_step = ? WHERE id = ? AND totp_step < ?", step, idBytes(id), step) === 1
    );
  }

  acceptBackupCode(id: AccountId, hash: Uint8Array): boolean {
    return this.#sql.run("DELETE FROM backup_code WHERE account = ? AND hash = ?", idBytes(id), hash) === 1;
  }

  setRegistration(id: AccountId, registration: Uint8Array): void {
    this.#sql.run("UPDATE account SET registration = ? WHERE id = ?", registration, idBytes(id));
  }

  directory(): readonly { readonly name: UserName; readonly id: AccountId }[] {
    const rows = this.#sql.all("SELECT name, id FROM account WHERE confirmed = 1 ORDER BY name");
    return rows.map((row) => ({ name: read.name(row, "name"), id: read.account(row, "id") }));
  }

  chain(account: AccountId): readonly Uint8Array[] {
    const rows = this.#sql.all("SELECT entry FROM device_chain WHERE account = ? ORDER BY seq", idBytes(account));
    return rows.map((row) => read.bytes(row, "entry"));
  }

  appendChain(account: AccountId, length: number, entry: Uint8Array, change: ChainChange): boolean {
    const id = idBytes(account);
    const now = this.#sql.one("SELECT count(*) AS length FROM device_chain WHERE account = ?", id);
    if (now === undefined || length === 0 || read.number(now, "length") !== length) return false;
    this.#sql.run("INSERT INTO device_chain (account, seq, entry) VALUES (?, ?, ?)", id, length + 1, entry);
    if (change.add !== undefined) this.#addDevice(id, change.add);
    if (change.revoke !== undefined) {
      this.#sql.run("UPDATE device SET revoked = 1 WHERE id = ?", idBytes(change.revoke));
      this.#sql.run("DELETE FROM key_package WHERE device = ?", idBytes(change.revoke));
    }
    return true;
  }

  #addDevice(account: Uint8Array, device: { readonly id: DeviceId; readonly key: Uint8Array }): void {
    this.#sql.run(
      "INSERT INTO device (id, account, device_key) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET account = excluded.account, revoked = 0",
      idBytes(device.id),
      account,
      device.key,
    );
  }

  device(id: DeviceId): DeviceRecord | undefined {
    const row = this.#sql.one("SELECT account, device_key, revoked FROM device WHERE id = ?", idBytes(id));
    if (row === undefined) return undefined;
    const revoked = read.number(row, "revoked") === 1;
    return { account: read.account(row, "account"), device: id, key: read.bytes(row, "device_key"), revoked };
  }

  devicesOf(account: AccountId): readonly DeviceId[] {
    const sql = "SELECT id FROM device WHERE account = ? AND revoked = 0 ORDER BY key";
    return this.#sql.all(sql, idBytes(account)).map((row) => read.device(row, "id"));
  }

  unknownDevices(refs: readonly DeviceRef[]): readonly DeviceRef[] {
    const known = `SELECT 1 AS known FROM device JOIN account ON account.id = device.account
      WHERE device.id = ? AND device.account = ? AND account.confirmed = 1`;
    return refs.filter((ref) => this.#sql.one(known, idBytes(ref.device), idBytes(ref.account)) === undefined);
  }

  resume(device: DeviceId, counter: number): boolean {
    const sql = "UPDATE device SET counter = ? WHERE id = ? AND revoked = 0 AND counter < ?";
    return this.#sql.run(sql, counter, idBytes(device), counter) === 1;
  }

  putKeyPackages(
    device: DeviceId,
    packages: readonly Uint8Array[],
    lastResort: Uint8Array | undefined,
    max: number,
    replace: boolean,
  ): boolean {
    const id = idBytes(device);
    const before = replace ? 0 : this.countKeyPackages(device);
    if (before + packages.length > max) return false;
    if (replace) this.#sql.run("DELETE FROM key_package WHERE device = ?", id);
    const sql = "INSERT INTO key_package (device, last_resort, bytes) VALUES (?, ?, ?)";
    for (const bytes of packages) this.#sql.run(sql, id, 0, bytes);
    if (lastResort !== undefined) {
      this.#sql.run("DELETE FROM key_package WHERE device = ? AND last_resort = 1", id);
      this.#sql.run(sql, id, 1, lastResort);
    }
    return true;
  }

  countKeyPackages(device: DeviceId): number {
    const sql = "SELECT count(*) AS count FROM key_package WHERE device = ? AND last_resort = 0";
    const row = this.#sql.one(sql, idBytes(device));
    return row === undefined ? 0 : read.number(row, "count");
  }

  claimKeyPackages(account: AccountId, isSpared = false) {
    if (this.account(account)?.confirmed !== true) return undefined;
    const packages: ClaimedPackage[] = [];
    const notices: Delivery[] = [];
    for (const device of this.devicesOf(account)) {
      const sql =
        "SELECT key, last_resort, bytes FROM key_package WHERE device = ? AND last_resort >= ? ORDER BY last_resort, key LIMIT 1";
      const found = this.#sql.one(sql, idBytes(device), isSpared ? 1 : 0);
      if (found === undefined) continue;
      const lastResort = read.number(found, "last_resort") === 1;
      packages.push({ device, bytes: read.bytes(found, "bytes"), lastResort });
      if (!lastResort) this.#sql.run("DELETE FROM key_package WHERE key = ?", read.number(found, "key"));
      // The owner is told once until that is read.
      else if (!this.#inboxes.holds(device, "last-resort-used"))
        notices.push(...this.#inboxes.put(device, { kind: "last-resort-used" }));
    }
    return { packages, notices };
  }
}

function accountOf(row: read.Row | undefined): AccountRecord | undefined {
  if (row === undefined) return undefined;
  return {
    id: read.account(row, "id"),
    name: read.name(row, "name"),
    registration: read.bytes(row, "registration"),
    totpSecret: read.bytes(row, "totp_secret"),
    confirmed: read.number(row, "confirmed") === 1,
    admin: read.number(row, "admin") === 1,
    heldUntil: read.number(row, "held_until"),
  };
}
