/** A relay that may not grow any more: what is refused, what still works, and that nothing acknowledged is lost. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { startRelay } from "../src/index.ts";
import { expectType, Person, some, someEntry } from "./client.ts";
import { configOf } from "./running.ts";

vi.setConfig({ testTimeout: 60_000 });
const folder = mkdtempSync(join(tmpdir(), "sotto-disk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1024 * 1024;
const append = (room: Awaited<ReturnType<Person["createRoom"]>>) =>
  ({ type: "append", room, id: someEntry(), head: 0, base: 0, bytes: some(8000), continues: false }) as const;

test("at limits.disk_mb messages, rooms and accounts are refused, all that was acknowledged is read, and with more room all goes on", async () => {
  const data = join(folder, randomBytes(4).toString("hex"));
  const small = await startRelay({ config: configOf({ limits: { disk_mb: 1 } }), data });
  const ann = await Person.signUp(small, "ann");
  const bob = await Person.signUp(small, "bob");
  const room = await ann.createRoom();

  let acked = 0;
  for (;;) {
    const answer = await ann.wire.ask(append(room));
    if (answer.type === "ack") acked++;
    else {
      expect(answer).toMatchObject({ type: "refused", code: "relay-full" });
      break;
    }
  }
  expect(acked).toBeGreaterThan(50);
  expect(statSync(join(data, "relay.db")).size).toBeLessThanOrEqual(MIB);
  expect(await ann.wire.ask(append(room))).toMatchObject({ code: "relay-full" });
  await expect(bob.createRoom()).rejects.toThrow("relay-full");
  await expect(Person.hold(small, "cat")).rejects.toThrow("relay-full");
  await ann.wire.get({ type: "key-packages-put", packages: [], lastResort: undefined, replace: false }, "refused");

  // Everybody still gets in and reads.
  for (let times = 0; times < 60; times++) {
    expectType(await bob.resume(), "session");
    await bob.wire.close();
  }
  expectType(await ann.resume(), "session");
  const read = async (): Promise<number> => {
    let count = 0;
    for (;;) {
      const { entries } = await ann.wire.get({ type: "fetch", room, from: count + 1, limit: 500 }, "fetched");
      if (entries.length === 0) return count;
      count += entries.length;
    }
  };
  expect(await read()).toBe(acked);
  await ann.wire.get({ type: "cursor", room, seq: acked }, "done");
  await small.stop();

  const large = await startRelay({ config: configOf({ limits: { disk_mb: 2 } }), data });
  const back = new Person({ ...ann, place: large } as never);
  back.counter = 10_000;
  expectType(await back.resume(), "session");
  expectType(await back.wire.ask(append(room)), "ack");
  await large.stop();
});
