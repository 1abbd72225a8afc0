/**
 * One process holds a vault. The lock is a kernel lock on a file (SQLite's exclusive lock on an empty database): it ends
 * with the process however that ends, two starters cannot both get it, and nothing stale is left to be judged by pid.
 * Who holds it listens on the socket of the profile, where one-shot commands come in.
 *
 * The kernel drops the lock when this process closes *any* file handle of `vault.lock`: nothing else may open that file.
 */
import { closeSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Server } from "node:net";
import { VaultError } from "@sotto/core";
import Database from "better-sqlite3-multiple-ciphers";
import { listenLocal } from "./local.ts";
import { socketPath } from "./socket-path.ts";
import { vaultFiles } from "./vault-files.ts";

export interface Lock {
  release(): Promise<void>;
}

/** @throws VaultError "vault-busy" when another process, or another profile object of this one, holds it. */
export async function takeLock(dir: string): Promise<Lock> {
  const held = lockFile(vaultFiles(dir).lock);
  try {
    const path = await socketPath(dir);
    await rm(path, { force: true }); // who left it is gone: the lock is ours
    const server = await listenLocal(dir, path);
    return {
      async release() {
        await closeServer(server);
        held.close();
      },
    };
  } catch (cause) {
    held.close();
    throw cause instanceof VaultError
      ? cause
      : new VaultError("internal", "cannot listen in the profile folder", cause);
  }
}

function lockFile(path: string): Database {
  closeSync(openSync(path, "a", 0o600));
  const db = new Database(path, { timeout: 0 });
  try {
    db.pragma("journal_mode = MEMORY");
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (cause) {
    db.close();
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code.startsWith("SQLITE_BUSY")) throw new VaultError("vault-busy", "another sotto uses this profile", cause);
    throw new VaultError("internal", "cannot lock the profile folder", cause);
  }
}

/** Removes the socket too: Node unlinks the path that it bound. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
