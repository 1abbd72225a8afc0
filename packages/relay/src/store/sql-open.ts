/** Opens the relay's database, encrypted, held by this process alone, and synced to the disk with every commit. */
import { rmSync, statSync } from "node:fs";
import Database from "better-sqlite3-multiple-ciphers";
import { migrate } from "./sql-schema.ts";
import type { WorkerStart } from "./sqlite-worker.ts";
import { hasLostCommits } from "./wal-tail.ts";

/** Up to this size every page is read and checked at the start; above, each page when it is read. */
const CHECK_BYTES_MAX = 64 * 1024 * 1024;

export class Damaged extends Error {}

/** @throws {@link Damaged}, or what SQLite throws; then nothing of it is open. */
export function openDatabase({ file, key, generation }: WorkerStart): Database {
  if (hasLostCommits(file)) throw new Damaged("the newest changes, in the log beside the database, are damaged");
  lookFirst(file, key);
  const db = new Database(file, { timeout: 0 });
  try {
    prepare(db, key, generation);
    return db;
  } catch (error) {
    // Now and not with the end of the thread: whoever hears of it finds the folder as it was.
    db.close();
    throw error;
  }
}

/**
 * With a log beside it, whose relay died, closing a database again has SQLite write the log into it and remove the log.
 * One that is refused as damaged is to stay as it is: put back from a backup, it needs its log. So it is read first
 * through a connection that cannot write. The vault of a client has the same rule in code of its own.
 */
function lookFirst(file: string, key: Uint8Array): void {
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  const db = new Database(file, { readonly: true, timeout: 0 });
  try {
    setKey(db, key);
    check(db);
  } finally {
    db.close();
    // Who only reads needs one, and who writes here has none.
    rmSync(`${file}-shm`, { force: true });
  }
}

function setKey(db: Database, key: Uint8Array): void {
  db.pragma("cipher = 'chacha20'");
  db.pragma(`key = "x'${Buffer.from(key).toString("hex")}'"`);
}

function prepare(db: Database, key: Uint8Array, generation: Uint8Array): void {
  setKey(db, key);
  // Held until the process ends, however it ends: two relays on one data folder would each count their own seqs.
  db.pragma("locking_mode = EXCLUSIVE");
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("BEGIN EXCLUSIVE; COMMIT");
  check(db);
  migrate(db, () => generation);
}

function check(db: Database): void {
  const [pages, pageBytes] = ["page_count", "page_size"].map((name) => Number(db.pragma(name, { simple: true })));
  if ((pages ?? 0) * (pageBytes ?? 0) > CHECK_BYTES_MAX) return;
  const found = db.pragma("quick_check(1)", { simple: true });
  if (found !== "ok") throw new Damaged("a page of the database is damaged");
}
