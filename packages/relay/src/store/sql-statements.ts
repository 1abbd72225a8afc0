/** Prepared statements, each made once at its first use. */
import type Database from "better-sqlite3-multiple-ciphers";
import type { Statement } from "better-sqlite3-multiple-ciphers";
import { type Row, row } from "./sql-row.ts";

type Value = Uint8Array | number | string | null;

export class Statements {
  readonly #db: Database;
  readonly #made = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
  }

  #statement(sql: string): Statement {
    const known = this.#made.get(sql);
    if (known !== undefined) return known;
    const made = this.#db.prepare(sql);
    this.#made.set(sql, made);
    return made;
  }

  /** @returns how many rows it changed. */
  run(sql: string, ...values: Value[]): number {
    return this.#statement(sql).run(...values).changes;
  }

  one(sql: string, ...values: Value[]): Row | undefined {
    const found = this.#statement(sql).get(...values);
    return found === undefined ? undefined : row(found);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#statement(sql)
      .all(...values)
      .map(row);
  }

  /** Rows as long as `wanted` says yes. */
  some(sql: string, wanted: (row: Row) => boolean, ...values: Value[]): Row[] {
    const rows: Row[] = [];
    for (const found of this.#statement(sql).iterate(...values)) {
      const next = row(found);
      if (!wanted(next)) break;
      rows.push(next);
    }
    return rows;
  }
}
