/**
 * How large the database may grow ([limits] disk_mb). What grows by what people send is refused first; a rest is kept
 * for what the relay needs so that everybody can still sign in, read, and forget what they have read.
 */
import type Database from "better-sqlite3-multiple-ciphers";
import { StoreError, type Tables } from "./store.ts";

/** Calls that are refused once only the rest is left. */
const GROWING: ReadonlySet<keyof Tables> = new Set([
  "change",
  "changeAll",
  "createRoom",
  "hold",
  "notify",
  "putKeyPackages",
  "audit",
]);
/** A sixteenth of the whole, and no less than so many pages. */
const REST_PART = 16;
const REST_PAGES_MIN = 32;

/** @returns what is called before each call and throws when it would need room that is not there any more. */
export function limitDisk(
  db: Database,
  bytesMax: number | undefined,
): (method: keyof Tables, args: readonly unknown[]) => void {
  if (bytesMax === undefined) return () => undefined;
  const pageBytes = Number(db.pragma("page_size", { simple: true }));
  const pagesMax = Math.max(1, Math.floor(bytesMax / pageBytes));
  db.pragma(`max_page_count = ${pagesMax}`);
  const grownMax = pagesMax - Math.max(REST_PAGES_MIN, Math.floor(pagesMax / REST_PART));
  const used = db.prepare("SELECT page_count - freelist_count AS pages FROM pragma_page_count, pragma_freelist_count");
  return (method, args) => {
    if (isGrowing(method, args) && pagesOf(used.get()) >= grownMax)
      throw new StoreError("full", "the database is as large as limits.disk_mb allows");
  };
}

/** A chain grows by new devices alone: one that was stolen must be revocable on a full disk. */
function isGrowing(method: keyof Tables, args: readonly unknown[]): boolean {
  if (method !== "appendChain") return GROWING.has(method);
  const change = args.at(-1);
  return typeof change === "object" && change !== null && "add" in change && change.add !== undefined;
}

function pagesOf(row: unknown): number {
  return typeof row === "object" && row !== null && "pages" in row ? Number(row.pages) : 0;
}
