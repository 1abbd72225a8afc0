/** What the operator asks for and orders, in SQL: the journal of actions, who is online, who is shut out. */
import type { UserName } from "@sotto/wire";
import * as read from "./sql-row.ts";
import type { Statements } from "./sql-statements.ts";
import { AUDIT_LINES_MAX, type AuditRecord, type ConnectionRecord, type UserRecord } from "./store.ts";

export class SqlOperator {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
    // Who was online when the relay last ended is not online now.
    sql.run("DELETE FROM connection");
  }

  audit({ time, event, address, name, code, about }: AuditRecord): void {
    const insert = "INSERT INTO audit (time, event, address, name, code, about) VALUES (?, ?, ?, ?, ?, ?)";
    this.#sql.run(insert, time, event, address, name ?? null, code ?? null, about ?? null);
    this.#sql.run("DELETE FROM audit WHERE key <= (SELECT max(key) FROM audit) - ?", AUDIT_LINES_MAX);
  }

  audits(limit: number): readonly AuditRecord[] {
    const rows = this.#sql.all("SELECT * FROM audit ORDER BY key DESC LIMIT ?", limit);
    return rows.reverse().map((row) => {
      const about = read.optionalText(row, "about");
      return {
        time: read.number(row, "time"),
        event: read.text(row, "event"),
        address: read.text(row, "address"),
        name: read.optionalText(row, "name"),
        code: read.optionalText(row, "code"),
        ...(about === undefined ? {} : { about }),
      };
    });
  }

  connected({ id, address, since, name }: ConnectionRecord): void {
    const insert = `INSERT INTO connection (id, address, since, name) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET name = excluded.name`;
    this.#sql.run(insert, id, address, since, name ?? null);
    if (name !== undefined) this.#sql.run("UPDATE account SET last_address = ? WHERE name = ?", address, name);
  }

  disconnected(id: number): void {
    this.#sql.run("DELETE FROM connection WHERE id = ?", id);
  }

  connections(): readonly ConnectionRecord[] {
    return this.#sql.all("SELECT * FROM connection ORDER BY id").map((row) => ({
      id: read.number(row, "id"),
      address: read.text(row, "address"),
      since: read.number(row, "since"),
      name: read.optionalText(row, "name"),
    }));
  }

  ban(name: UserName, time: number): void {
    this.#sql.run("INSERT INTO ban (name, time) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, time);
  }

  unban(name: UserName): boolean {
    return this.#sql.run("DELETE FROM ban WHERE name = ?", name) === 1;
  }

  bans(): readonly UserName[] {
    return this.#sql.all("SELECT name FROM ban ORDER BY name").map((row) => read.name(row, "name"));
  }

  users(): readonly UserRecord[] {
    const banned = "EXISTS (SELECT 1 FROM ban WHERE ban.name = account.name)";
    const columns = `name, registration, confirmed, admin, last_address, ${banned} AS banned`;
    return this.#sql.all(`SELECT ${columns} FROM account ORDER BY name`).map((row) => ({
      name: read.name(row, "name"),
      registration: read.bytes(row, "registration"),
      confirmed: read.number(row, "confirmed") === 1,
      admin: read.number(row, "admin") === 1,
      banned: read.number(row, "banned") === 1,
      lastAddress: read.optionalText(row, "last_address"),
    }));
  }
}
