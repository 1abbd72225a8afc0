/** The compiled part of the database comes for one system and one kind of Node; it is loaded when it is first needed. */
import Database from "better-sqlite3-multiple-ciphers";

/** @returns whether it can be loaded here. */
export function databaseLoads(): boolean {
  try {
    new Database(":memory:").close();
    return true;
  } catch {
    return false;
  }
}
