import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { databaseFile, keyFile, openKeys } from "../src/key-file.ts";
import { Trouble } from "../src/trouble.ts";

const root = mkdtempSync(join(tmpdir(), "sotto-keys-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (): string => join(mkdtempSync(join(root, "k")), "data");
const random = (length: number) => new Uint8Array(randomBytes(length));
const open = (data: string) => openKeys(data, random, Date.now());

test("keys are made once, for the owner alone, and stay", async () => {
  const data = folder();
  const first = await open(data);
  expect(first.relay).toEqual(first.pin);
  expect(await open(data)).toEqual(first);
  expect(readdirSync(data)).toEqual(["relay.key"]);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(statSync(keyFile(data)).mode & 0o777).toBe(0o600);
});

test("of two that start at once in an empty folder both get the same keys", async () => {
  const data = folder();
  const [one, other] = await Promise.all([open(data), open(data)]);
  expect(one).toEqual(other);
  expect(readdirSync(data)).toEqual(["relay.key"]);
});

test("beside a database a missing key file is an error, and none is made", async () => {
  const data = folder();
  mkdirSync(data, { recursive: true });
  writeFileSync(databaseFile(data), "something");
  await expect(open(data)).rejects.toThrow("relay.key is missing");
  expect(readdirSync(data)).toEqual(["relay.db"]);
});

test("a key file in which anything is damaged is an error, and left as it is", async () => {
  const data = folder();
  await open(data);
  const path = keyFile(data);
  const good = readFileSync(path, "utf8");
  const fields: Record<string, unknown> = JSON.parse(good);
  const keys = Object.keys(fields).filter((key) => key !== "what");
  const damaged = [good.slice(0, -20), "", "{}", "null", "[]"];
  for (const key of keys)
    damaged.push(JSON.stringify({ ...fields, [key]: "x" }), JSON.stringify({ ...fields, [key]: undefined }));
  expect(damaged.length).toBeGreaterThan(20);
  for (const text of damaged) {
    writeFileSync(path, text);
    await expect(open(data)).rejects.toBeInstanceOf(Trouble);
    expect(readFileSync(path, "utf8")).toBe(text);
  }
  writeFileSync(path, good);
  await open(data);
});

test("a folder that cannot be made is an error in words", async () => {
  const file = join(root, "a-file");
  writeFileSync(file, "");
  await expect(open(join(file, "data"))).rejects.toThrow(/cannot make the data folder .*: ENOTDIR/);
});
