/** A relay that may not grow any more: what is refused, what still works, and that nothing acknowledged is lost. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chainStates, makeChainEntry } from "@sotto/wire";
import { afterAll, expect, test, vi } from "vitest";
import { chainPort } from "../src/crypto.ts";
import { startRelay } from "../src/index.ts";
import { expectType, type Key, makeKey, Person, some, someEntry } from "./client.ts";
import { configOf } from "./running.ts";

vi.setConfig({ testTimeout: 60_000 });
const folder = mkdtempSync(join(tmpdir(), "sotto-disk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function grown({ key }: Person, chain: readonly Uint8Array[], kind: "add" | "revoke", device: Key): Uint8Array {
  const states = chainStates(chain, chainPort);
  const draft = { kind, deviceKey: device.publicKey, signer: key.publicKey };
  const countersign = kind === "add" ? device.sign : undefined;
  return makeChainEntry(states.ok ? states.value.at(-1) : undefined, draft, 1, key.sign, countersign);
}

const MIB = 1024 * 1024;
const append = (room: Awaited<ReturnType<Person["createRoom"]>>) =>
  ({ type: "append", room, id: someEntry(), head: 0, base: 0, bytes: some(8000), continues: false }) as const;

test("at limits.disk_mb messages, rooms and accounts are refused, all that was acknowledged is read, and with more room all goes on", async () => {
  const data = join(folder, randomBytes(4).toString("hex"));
  const small = await startRelay({ config: configOf({ limits: { disk_mb: 1 } }), data });
  const ann = await Person.signUp(small, "ann");
  const bob = await Person.signUp(small, "bob");
  const room = await ann.createRoom();
  const stolen = makeKey();
  await ann.wire.get({ type: "chain-append", entry: grown(ann, [ann.chainEntry], "add", stolen) }, "done");

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

  expect(await ann.wire.ask({ type: "readmit", room, signature: some(64) })).toMatchObject({ code: "relay-full" });
  const [chain] = (await ann.wire.get({ type: "chain-get", accounts: [ann.account] }, "chains")).chains;
  const more = grown(ann, chain?.entries ?? [], "add", makeKey());
  expect(await ann.wire.ask({ type: "chain-append", entry: more })).toMatchObject({ code: "relay-full" });
  const less = grown(ann, chain?.entries ?? [], "revoke", stolen);
  expect(await ann.wire.ask({ type: "chain-append", entry: less })).toEqual({ type: "done" });

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
