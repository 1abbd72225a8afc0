/** The part of the store that serves the operator, for both implementations. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userName } from "@sotto/wire";
import Database from "better-sqlite3-multiple-ciphers";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryStore } from "../src/store/memory.ts";
import { MemoryOperator } from "../src/store/memory-operator.ts";
import { SqlOperator } from "../src/store/sql-operator.ts";
import { migrate } from "../src/store/sql-schema.ts";
import { Statements } from "../src/store/sql-statements.ts";
import { sqliteStore } from "../src/store/sqlite.ts";
import type { AuditRecord, NewAccount, Store } from "../src/store/store.ts";
import { device, text } from "./log-world.ts";

const NOW = 1_000_000;
const MILLION = 1_000_000;
const HELD_MS = 15 * 60_000;
const folder = mkdtempSync(join(tmpdir(), "sotto-operator-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const name = (of: string) => userName(of)!;
const generation = new Uint8Array(16);
const file = { file: join(folder, "relay.db"), key: new Uint8Array(randomBytes(32)), generation };

function newAccount(of: string): NewAccount {
  const { account, device: id } = device(of);
  return {
    id: account,
    name: name(of),
    registration: text(`record of ${of}`),
    totpSecret: text("a secret of twenty b"),
    heldUntil: NOW + HELD_MS,
    chainEntry: text("chain"),
    device: { id, key: text(`key of ${of}`) },
  };
}

describe.each([
  { kind: "memory", open: async () => memoryStore({ generation }) },
  { kind: "sqlite", open: () => sqliteStore({ ...file, file: join(folder, `${randomBytes(4).toString("hex")}.db`) }) },
])("$kind", ({ open }) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => await store[Symbol.asyncDispose]());

  test("who is online is listed until the connection ends, named once it is known", async () => {
    await store.connected({ id: 1, address: "192.0.2.1:5", since: NOW, name: undefined });
    await store.connected({ id: 2, address: "192.0.2.2:6", since: NOW + 1, name: undefined });
    await store.connected({ id: 2, address: "192.0.2.2:6", since: NOW + 1, name: "ann" });
    expect(await store.connections()).toEqual([
      { id: 1, address: "192.0.2.1:5", since: NOW, name: undefined },
      { id: 2, address: "192.0.2.2:6", since: NOW + 1, name: "ann" },
    ]);
    await store.disconnected(1);
    expect((await store.connections()).map(({ id }) => id)).toEqual([2]);
  });

  test("users are listed by name, with their last address, who is admin, who is held and who is shut out", async () => {
    for (const of of ["cat", "ann", "bob"]) await store.hold(newAccount(of), NOW);
    await store.confirm(device("ann").account, 1, [], NOW);
    await store.confirm(device("bob").account, 1, [], NOW);
    await store.connected({ id: 1, address: "192.0.2.1:5", since: NOW, name: "bob" });
    await store.connected({ id: 1, address: "192.0.2.9:7", since: NOW, name: "bob" });
    await store.disconnected(1);
    await store.ban(name("bob"), NOW);
    const rest = { admin: false, banned: false, confirmed: true, lastAddress: undefined };
    expect(await store.users()).toEqual([
      { ...rest, name: "ann", registration: text("record of ann"), admin: true },
      { ...rest, name: "bob", registration: text("record of bob"), banned: true, lastAddress: "192.0.2.9:7" },
      { ...rest, name: "cat", registration: text("record of cat"), confirmed: false },
    ]);
  });

  test("a ban holds until it is lifted, once however often it was ordered, and also for a name that nobody has", async () => {
    expect(await store.bans()).toEqual([]);
    expect(await store.unban(name("eve"))).toBe(false);
    await store.ban(name("eve"), NOW);
    await store.ban(name("eve"), NOW + 1);
    await store.ban(name("bob"), NOW);
    expect(await store.bans()).toEqual(["bob", "eve"]);
    expect(await store.unban(name("eve"))).toBe(true);
    expect(await store.bans()).toEqual(["bob"]);
  });

  test("the newest lines of the journal come oldest first and as they were written", async () => {
    const lines: AuditRecord[] = [1, 2, 3].map((time) => ({
      time,
      event: "signed-up",
      address: "192.0.2.1:5",
      name: undefined,
      code: undefined,
    }));
    lines.push({ time: 4, event: "kicked", address: "sottoctl", name: "ann", code: "x", about: "bob" });
    for (const line of lines) await store.audit(line);
    expect(await store.audits(10)).toEqual(lines);
    expect(await store.audits(2)).toEqual(lines.slice(2));
  });
});

test("bans, last addresses and the journal are there after a restart, and nobody is online", async () => {
  const first = await sqliteStore(file);
  await first.hold(newAccount("ann"), NOW);
  await first.connected({ id: 1, address: "192.0.2.1:5", since: NOW, name: "ann" });
  await first.ban(name("ann"), NOW);
  await first.audit({
    time: NOW,
    event: "banned",
    address: "sottoctl",
    name: undefined,
    code: undefined,
    about: "ann",
  });
  await first[Symbol.asyncDispose]();
  await using again = await sqliteStore(file);
  expect(await again.connections()).toEqual([]);
  expect(await again.users()).toMatchObject([{ name: "ann", banned: true, lastAddress: "192.0.2.1:5" }]);
  expect(await again.audits(1)).toMatchObject([{ event: "banned", about: "ann" }]);
});

test("the journal keeps its newest million lines, and forgets one for each that comes then", () => {
  const line = (time: number): AuditRecord => ({
    time,
    event: "e",
    address: "192.0.2.1",
    name: undefined,
    code: undefined,
  });
  const db = new Database(":memory:");
  migrate(db, () => generation);
  const lines = "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < ?)";
  db.prepare(`${lines} INSERT INTO audit (time, event, address) SELECT x, 'e', '192.0.2.1' FROM n`).run(MILLION);
  const sql = new SqlOperator(new Statements(db));
  const memory = new MemoryOperator();
  for (let time = 1; time <= MILLION; time++) memory.audit(line(time));
  for (let time = MILLION + 1; time <= MILLION + 3; time++)
    for (const operator of [sql, memory]) operator.audit(line(time));
  const counted = db.prepare("SELECT count(*) AS lines, min(time) AS oldest, max(time) AS newest FROM audit").get();
  expect(counted).toEqual({ lines: MILLION, oldest: 4, newest: MILLION + 3 });
  const kept = memory.audits(2 * MILLION);
  expect(kept).toHaveLength(MILLION);
  expect([kept.at(0), kept.at(-1)]).toEqual([line(4), line(MILLION + 3)]);
  expect(sql.audits(3)).toEqual(kept.slice(-3));
  db.close();
});
