/** A first start that was cut off anywhere: the next one comes up, with one key file and one database and nothing else. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { databaseAside } from "../src/first-start.ts";
import { startRelay, systemRandom } from "../src/index.ts";
import { databaseFile, keyFile, openKeys } from "../src/key-file.ts";
import { sqliteStore } from "../src/store/sqlite.ts";
import { configOf } from "./running.ts";

// Each starts relays with their worker, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "sotto-first-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (data: string) => startRelay({ config: configOf(), data });
const keysIn = (data: string) => openKeys(data, systemRandom, Date.now());

async function generation(data: string): Promise<Uint8Array> {
  const { databaseKey } = await keysIn(data);
  await using store = await sqliteStore({ file: databaseFile(data), key: databaseKey, generation: systemRandom(16) });
  return await store.generation();
}

/** A data folder in which a relay ran and was stopped. */
async function ranIn(): Promise<string> {
  const data = mkdtempSync(join(folder, "r"));
  const relay = await start(data);
  await relay.stop();
  return data;
}

test("the key file appears when the database of these keys is there already", async () => {
  const data = mkdtempSync(join(folder, "r"));
  let seen: readonly string[] = [];
  await openKeys(data, systemRandom, Date.now(), async () => {
    seen = readdirSync(data);
  });
  expect(seen).not.toContain("relay.key");
  expect(readdirSync(data)).toEqual(["relay.key"]);
});

test("cut off between the key file and the database's place: the database that was made is the relay's", async () => {
  const data = await ranIn();
  const before = await generation(data);
  const key = readFileSync(keyFile(data));
  renameSync(databaseFile(data), databaseAside(data, await keysIn(data)));
  const relay = await start(data);
  await relay.stop();
  expect(readdirSync(data).sort()).toEqual(["relay.db", "relay.key"]);
  expect(await generation(data)).toEqual(before);
  expect(readFileSync(keyFile(data)).equals(key)).toBe(true);
});

test("cut off before the key file: what is left of it is removed, and the next start is the first one", async () => {
  const [data, other] = [mkdtempSync(join(folder, "r")), await ranIn()];
  const aside = databaseAside(data, await keysIn(other));
  copyFileSync(databaseFile(other), aside);
  writeFileSync(`${aside}-wal`, "");
  copyFileSync(keyFile(other), join(data, "relay.key.0123456789abcdef.new"));
  const relay = await start(data);
  await relay.stop();
  expect(readdirSync(data).sort()).toEqual(["relay.db", "relay.key"]);
  expect(readFileSync(keyFile(data)).equals(readFileSync(keyFile(other)))).toBe(false);
});

test("the database of other keys is not taken for the missing one", async () => {
  const [data, other] = [await ranIn(), await ranIn()];
  rmSync(databaseFile(data));
  const stray = databaseAside(data, await keysIn(other));
  copyFileSync(databaseFile(other), stray);
  await expect(start(data)).rejects.toThrow(/relay\.db is missing/);
  expect(readdirSync(data)).toContain(stray.slice(data.length + 1));
});
