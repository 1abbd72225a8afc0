/** What the key file and the database say of themselves to who has no password. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isNewer, parseSlots } from "@sotto/node";
import { say } from "../text/index.ts";
import { bad, type Finding } from "./finding.ts";

/** @returns "none" when nobody signed up here, "closed" when all is there that a password needs; else what is wrong. */
export async function lookAtVault(
  dir: string,
  files: ReadonlyMap<string, number>,
): Promise<Finding | "none" | "closed"> {
  const said = say().cli.doctor;
  // While a vault is being made or changed its database lies aside (packages/node/src/vault.ts).
  const hasDb = files.has("vault.db") || files.has("vault.db.aside");
  if (!files.has("vault.key")) {
    return files.has("vault.db") ? bad("vault", said.vaultKeyMissing, said.vaultRestoreTodo) : "none";
  }
  if (!hasDb) return bad("vault", said.vaultDbMissing, said.vaultRestoreTodo);
  const bytes = await readFile(join(dir, "vault.key")).catch(() => new Uint8Array());
  if (parseSlots(bytes) !== undefined) return "closed";
  if (isNewer(bytes)) return bad("vault", said.vaultNewer, said.vaultNewerTodo);
  return bad("vault", said.vaultKeyDamaged, said.vaultRestoreTodo);
}

/** Of the database with its log. */
export function vaultSize(files: ReadonlyMap<string, number>): string {
  const bytes = (files.get("vault.db") ?? 0) + (files.get("vault.db-wal") ?? 0);
  return say().cli.doctor.bytes(bytes);
}
