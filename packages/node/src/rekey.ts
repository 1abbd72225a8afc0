/**
 * Another key for the database. A copy gets it and then stands in the place of the old one by a single rename, so that
 * whatever stops this leaves the database whole, under the one key or the other. Synchronous: it lives in the worker.
 */
import { closeSync, constants, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { openDatabase } from "./sqlite-store.ts";
import { StoreFault } from "./store-fault.ts";
import { companions } from "./vault-files.ts";

export interface Rekeying {
  /** Closed: nothing of it is in a log beside it. */
  readonly file: string;
  /** Where the copy is made; a leftover of a crash is written over. */
  readonly next: string;
  readonly key: Uint8Array;
  readonly newKey: Uint8Array;
}

export function rekeyDatabase({ file, next, key, newKey }: Rekeying): void {
  const left = companions(file).filter((path) => existsSync(path));
  // A log of the old key beside a database of the new one would be a database no more.
  if (left.length > 0) throw new StoreFault("internal", "the vault's database did not close: its key stays as it was");
  try {
    removeCopy(next);
    copyFileSync(file, next, constants.COPYFILE_EXCL);
    changeKey(next, key, newKey);
    sync(next);
    renameSync(next, file);
    sync(dirname(file));
  } finally {
    removeCopy(next);
  }
}

export function removeCopy(next: string): void {
  for (const path of [next, ...companions(next)]) rmSync(path, { force: true });
}

function changeKey(path: string, key: Uint8Array, newKey: Uint8Array): void {
  const db = openDatabase(path, key);
  const raw = Buffer.concat([Buffer.from("raw:"), newKey]);
  try {
    // The library changes keys only where there is no log.
    if (db.pragma("journal_mode = DELETE", { simple: true }) !== "delete")
      throw new StoreFault("internal", "the copy of the vault's database keeps its log");
    db.rekey(raw);
  } finally {
    raw.fill(0);
    db.close();
  }
  const again = openDatabase(path, newKey);
  try {
    if (again.pragma("quick_check(1)", { simple: true }) !== "ok")
      throw new StoreFault("vault-damaged", "the vault's database is damaged");
  } finally {
    again.close();
  }
}

function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
