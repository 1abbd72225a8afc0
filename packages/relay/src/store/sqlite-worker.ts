/**
 * The worker thread that owns the database. A message is a batch of calls: they run in order in one transaction, and the
 * answers go back in one message after its commit, which is one fsync for all of them.
 */

import { parentPort, workerData } from "node:worker_threads";
import type Database from "better-sqlite3-multiple-ciphers";
import { limitDisk } from "./disk-limit.ts";
import { Damaged, openDatabase } from "./sql-open.ts";
import { sqlTables } from "./sql-tables.ts";
import { StoreError, type Tables } from "./store.ts";

/** What the client starts the worker with. */
export interface WorkerStart {
  readonly file: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 16 random bytes, used when the database is new. */
  readonly generation: Uint8Array;
  /** How large the database may grow; absent: without end. */
  readonly bytesMax?: number | undefined;
}

export interface Call {
  readonly method: keyof Tables;
  readonly args: readonly unknown[];
}

export type Answer = { readonly value: unknown } | { readonly code: StoreError["code"]; readonly message: string };

/** The first message says whether the database opened, each further one answers a batch. */
export type FromWorker =
  | { readonly opened: true }
  | { readonly failed: string; readonly cause: OpenFault }
  | { readonly answers: readonly Answer[] };

/** "wrong-key": page 1 does not open, for which damage is a reason too. "damaged": anything else that does not verify. */
export type OpenFault = "in-use" | "wrong-key" | "damaged" | "failed";

const port = parentPort;
if (port === null) throw new Error("bug: this file is a worker");
const start: WorkerStart = workerData;

try {
  const db = openDatabase(start);
  const tables = sqlTables(db);
  const expectRoom = limitDisk(db, start.bytesMax);
  const run: Run = ({ method, args }) => {
    expectRoom(method, args);
    return Reflect.apply(tables[method], tables, args);
  };
  port.on("message", (calls: readonly Call[] | "close") => {
    if (calls === "close") {
      db.close();
      port.close();
      return;
    }
    port.postMessage({ answers: runBatch(db, run, calls) } satisfies FromWorker);
  });
  port.postMessage({ opened: true } satisfies FromWorker);
} catch (error) {
  const failed = error instanceof Error ? error.message : String(error);
  port.postMessage({ failed, cause: faultOf(error) } satisfies FromWorker);
  port.close();
}

function faultOf(error: unknown): OpenFault {
  const code = codeOf(error);
  if (code === "SQLITE_NOTADB") return "wrong-key";
  if (code.startsWith("SQLITE_BUSY")) return "in-use";
  const isDamage = error instanceof Damaged || /^SQLITE_(CORRUPT|IOERR_(SHORT_READ|DATA|CORRUPTFS))/.test(code);
  return isDamage ? "damaged" : "failed";
}

type Run = (call: Call) => unknown;

function runBatch(db: Database, run: Run, calls: readonly Call[]): readonly Answer[] {
  try {
    return transaction(db, () => calls.map((call) => ({ value: run(call) })));
  } catch (error) {
    // One of them failed and nothing was stored. By itself each either holds or gets its own reason.
    if (calls.length > 1) return calls.flatMap((call) => runBatch(db, run, [call]));
    const message = error instanceof Error ? error.message : String(error);
    return [{ code: error instanceof StoreError ? error.code : isFull(error) ? "full" : "failed", message }];
  }
}

/**
 * A file cannot grow. A quota or a limit on the size of files is a failed write and no full disk to SQLite: who meets it
 * can do the same about it.
 */
function isFull(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR_(WRITE|FSYNC|TRUNCATE|SHMSIZE))/.test(codeOf(error));
}

function transaction<T>(db: Database, work: () => T): T {
  db.exec("BEGIN");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
