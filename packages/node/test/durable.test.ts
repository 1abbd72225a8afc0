// What SQLite is told before the first commit: nothing that a test of the store itself would miss.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../src/sqlite-store.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sotto-durable-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test.each([
  { what: "a commit is on the disk when it returns: each one is synced", pragma: "synchronous", value: 2 },
  { what: "to a log that keeps what stood before", pragma: "journal_mode", value: "wal" },
  { what: "what is deleted, as a key that is spent, is overwritten", pragma: "secure_delete", value: 1 },
  { what: "nothing is sorted in a temporary file", pragma: "temp_store", value: 2 },
])("$what", ({ pragma, value }) => {
  const file = join(dir, "vault.db");
  writeFileSync(file, "");
  const db = openDatabase(file, new Uint8Array(32).fill(1));
  expect(db.pragma(pragma, { simple: true })).toBe(value);
  db.close();
});
