/** The files of a vault, and writing them so that a crash leaves the old one or the new one. */
import { constants } from "node:fs";
import { access, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface VaultFiles {
  readonly db: string;
  /** A database that is not yet, or no longer, a vault's: see {@link import("./vault.ts")}. */
  readonly dbAside: string;
  /** A copy of the database while it gets another key. */
  readonly dbNext: string;
  readonly key: string;
  readonly lock: string;
}

export function vaultFiles(dir: string): VaultFiles {
  return {
    db: join(dir, "vault.db"),
    dbAside: join(dir, "vault.db.aside"),
    dbNext: join(dir, "vault.db.next"),
    key: join(dir, "vault.key"),
    lock: join(dir, "vault.lock"),
  };
}

/** What SQLite keeps beside a database. */
export const companions = (db: string): readonly string[] => [`${db}-wal`, `${db}-shm`, `${db}-journal`];

/** @returns whether the file is there; what else goes wrong is thrown, never taken for absence. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path, constants.F_OK);
    return true;
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return false;
    throw cause;
  }
}

/** Readable by the owner alone, complete or not there at all, on disk when this resolves. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true }); // left by a crash; opened anew so that its permissions are ours
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(path);
}

export async function moveFile(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(to);
}

export async function removeDatabase(path: string): Promise<void> {
  for (const file of [path, ...companions(path)]) await rm(file, { force: true });
}

/** A rename is on disk when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}

/** No room left, a quota, or a limit on the size of files: whoever meets it can do the same about it. */
export const isDiskFull = (cause: unknown): boolean =>
  ["ENOSPC", "EDQUOT", "EFBIG"].some((code) => isCode(cause, code));
