/**
 * The first start of a relay. Key file and database cannot appear at once, and a key file whose database is missing is a
 * relay that lost everything, which does not start. So the database is made aside, before the key file is there, and
 * put into its place after it: whatever ends this in the middle leaves a relay, or nothing.
 */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { aside, databaseFile, type RelayKeys, syncFolder } from "./key-file.ts";

export const databaseAside = (data: string, keys: RelayKeys): string => aside(databaseFile(data), keys);

/** Ends a first start that was cut off behind the key file; any other time there is nothing to do. */
export function putDatabaseInPlace(data: string, keys: RelayKeys): void {
  const [file, made] = [databaseFile(data), databaseAside(data, keys)];
  if (existsSync(file) || !existsSync(made)) return;
  renameSync(made, file);
  syncFolder(file);
}

/** What first starts have left that came to nothing. Called by who has the database, so nobody else is starting here. */
export function removeLeftovers(data: string): void {
  for (const name of readdirSync(data)) {
    if (/^relay\.(key|db)\.[0-9a-f]{16}\.new(-wal|-shm|-journal)?$/.test(name)) rmSync(join(data, name));
  }
}
