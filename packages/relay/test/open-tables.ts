/** The tables of the SQLite store in memory and on this thread: what is in them can be looked at, and taken back. */
import Database from "better-sqlite3-multiple-ciphers";
import { storeOf } from "../src/store/memory.ts";
import { migrate } from "../src/store/sql-schema.ts";
import { sqlTables } from "../src/store/sql-tables.ts";
import type { Store, Tables } from "../src/store/store.ts";

/** Who is here and what was done: written down whatever becomes of a frame. */
const JOURNAL = new Set(["connection", "audit"]);

export interface OpenTables {
  /** Answers on a later tick, as every store does. */
  readonly store: Store;
  readonly tables: Tables;
  /** Every row of every table but the journal's, as text. */
  readonly contents: () => string;
  /** Does something, and takes back what it did to the tables. */
  readonly undone: <T>(work: () => Promise<T>) => Promise<T>;
}

export function openTables(generation: Uint8Array): OpenTables {
  const db = new Database(":memory:");
  migrate(db, () => generation);
  const tables = sqlTables(db);
  const call = (method: keyof Tables, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      setImmediate(() => {
        // Whole or not at all, as in the worker.
        db.exec("SAVEPOINT one");
        try {
          resolve(Reflect.apply(tables[method], tables, args));
        } catch (error) {
          db.exec("ROLLBACK TO one");
          reject(error);
        }
        db.exec("RELEASE one");
      });
    });
  const names = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map((row) => String((row as { name: unknown }).name))
    .filter((name) => !JOURNAL.has(name));
  const reads = names.map((name) => db.prepare(`SELECT * FROM ${name} ORDER BY rowid`));
  return {
    store: storeOf(call, async () => void db.close()),
    tables,
    contents: () => reads.map((read) => JSON.stringify(read.all(), shown)).join("\n"),
    undone: async (work) => {
      db.exec("SAVEPOINT undone");
      try {
        return await work();
      } finally {
        db.exec("ROLLBACK TO undone; RELEASE undone");
      }
    },
  };
}

/** Where somebody was last is the journal's too; bytes come as buffers that say what they hold. */
function shown(name: string, value: unknown): unknown {
  return name === "last_address" ? undefined : value;
}
