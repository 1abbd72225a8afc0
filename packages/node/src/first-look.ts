/**
 * A database with a log beside it: its process died. Whoever opens it and closes it again has SQLite write the log into
 * it and remove the log, and a database that is refused as damaged is to stay as it is, with its log: put back from a
 * backup, it needs that log. So it is read first through a connection that cannot write.
 */
import { rmSync, statSync } from "node:fs";
import Database from "better-sqlite3-multiple-ciphers";
import { StoreFault } from "./store-fault.ts";

/** Up to this size every page is read and checked when the vault opens; above, each page when it is read. */
const CHECK_BYTES_MAX = 64 * 1024 * 1024;

/** @throws when a page is damaged; nothing is changed then. */
export function lookFirst(file: string, key: Uint8Array): void {
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  const db = new Database(file, { readonly: true, timeout: 0 });
  try {
    setKey(db, key);
    checkPages(db);
  } finally {
    db.close();
    // Who only reads needs one, and who writes here has none: it would be taken for a log that was not closed.
    rmSync(`${file}-shm`, { force: true });
  }
}

/** Comes before everything that reads a page. */
export function setKey(db: Database, key: Uint8Array): void {
  db.pragma("cipher = 'chacha20'");
  const raw = Buffer.concat([Buffer.from("raw:"), key]);
  db.key(raw);
  raw.fill(0);
}

/** Reads every page in use, of a database that is not too large for that. */
export function checkPages(db: Database): void {
  const [pages, bytes] = [db.pragma("page_count", { simple: true }), db.pragma("page_size", { simple: true })];
  if (Number(pages) * Number(bytes) <= CHECK_BYTES_MAX) checkAllPages(db);
}

export function checkAllPages(db: Database): void {
  const found = db.pragma("quick_check(1)", { simple: true });
  if (found !== "ok") throw new StoreFault("vault-damaged", "the vault's database is damaged");
}
