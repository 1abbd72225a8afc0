// Signing in on a second device with the recovery phrase: what holds, what is refused, and a crash at each step.
import { makeChainEntry } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/src/crypto.ts";
import { chainPort, readContact } from "../src/identity/contacts.ts";
import { type Person, World } from "./harness/world.ts";

const crypto = nodeCrypto();
let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** The own account's chain as the relay has it. */
const chain = (person: Person) => world.relay.accounts.get(person.me.account)?.entries ?? [];

/** Ann has one more device from now on, by another one of hers. */
function addElsewhere(ann: Person): void {
  const account = ann.me.account;
  const before = readContact(crypto, ann.me.relay, { account, entries: chain(ann), conflict: false })?.states.at(-1);
  const [own, other] = [ann.me.privateKey, crypto.random(32)];
  const draft = { kind: "add", deviceKey: crypto.publicKey(other), signer: crypto.publicKey(own) } as const;
  const sign = (key: Uint8Array) => (message: Uint8Array) => crypto.sign(key, message);
  world.relay.accounts.get(account)?.entries.push(makeChainEntry(before, draft, 1, sign(own), sign(other)));
}

test("the phrase makes a second device of the account, which is online and leaves key packages", async () => {
  const ann = await world.person("ann");
  const tab = await world.device("tab", ann);
  expect(tab.me).toMatchObject({ account: ann.me.account, name: "ann", confirmed: true });
  expect(tab.me.device).not.toBe(ann.me.device);
  expect(world.relay.isOnline("tab")).toBe(true);
  expect(world.relay.devices.get(tab.me.device)?.packages).toHaveLength(20);
  await tab.restart();
  expect(world.relay.isOnline("tab")).toBe(true);
});

test.each([
  { name: "words that are no phrase", phrase: "one two three", asked: 0 },
  { name: "the phrase of somebody else", phrase: undefined, asked: 1 },
])("$name: bad-credentials, and nothing is stored", async ({ phrase, asked }) => {
  const [ann, bob] = await world.persons("ann", "bob");
  const tab = world.newcomer("tab", ann);
  tab.open();
  expect(await tab.code("account.signIn", tab.entrance(phrase ?? bob.phrase))).toBe("bad-credentials");
  expect(world.sent("tab", "sign-in-finish")).toHaveLength(asked);
  expect(tab.disk.records.size).toBe(0);
  expect(chain(ann)).toHaveLength(1);
  // The way is open for the right one.
  await tab.must("account.signIn", tab.entrance(ann.phrase));
});

test("without the phrase a device is not let in: approval-needed, nothing stored", async () => {
  const ann = await world.person("ann");
  const tab = world.newcomer("tab", ann);
  tab.open();
  const { recoveryPhrase: _phrase, ...entrance } = tab.entrance("");
  expect(await tab.code("account.signIn", entrance)).toBe("approval-needed");
  expect(tab.disk.records.size).toBe(0);
});

test("a chain of another name or relay is not taken: relay-lies, nothing stored", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const tab = world.newcomer("tab", ann);
  tab.open();
  world.relay.taps.push(({ who, request, body }) =>
    who === "tab" && body.type === "signed-in"
      ? { instead: [{ request, body: { ...body, account: bob.me.account, chain: chain(bob) } }] }
      : undefined,
  );
  expect(await tab.code("account.signIn", tab.entrance(bob.phrase))).toBe("internal");
  expect(tab.warnings()).toEqual(["relay-lies"]);
  expect(tab.disk.records.size).toBe(0);
});

test("somebody of the account was faster on its chain: the device comes in behind", async () => {
  const ann = await world.person("ann");
  const tab = world.newcomer("tab", ann);
  tab.open();
  let faster = 0;
  world.relay.taps.push(({ who, way, body }) => {
    if (who === "tab" && way === "up" && body.type === "chain-append" && faster++ < 2) addElsewhere(ann);
    return undefined;
  });
  await tab.must("account.signIn", tab.entrance(ann.phrase));
  expect(chain(ann)).toHaveLength(4);
  const known = readContact(crypto, ann.me.relay, { account: ann.me.account, entries: chain(ann), conflict: false });
  expect(known?.states.at(-1)?.devices.map(({ id }) => id)).toContain(tab.me.device);
  await tab.restart();
  expect(world.relay.isOnline("tab")).toBe(true);
});

test("a relay that refuses the entry for good leaves nothing in the vault", async () => {
  const ann = await world.person("ann");
  const tab = world.newcomer("tab", ann);
  tab.open();
  world.relay.taps.push(({ who, way, body }) =>
    who === "tab" && way === "up" && body.type === "chain-append"
      ? { answer: { type: "refused", code: "bad-request", head: 0, retryMs: 0, field: "entry" } }
      : undefined,
  );
  expect(await tab.code("account.signIn", tab.entrance(ann.phrase))).not.toBe("done");
  expect(tab.disk.records.size).toBe(0);
});

describe("the connection ends", () => {
  test("before the relay has the device: the sign-in is offline, the profile none, and it can be tried again", async () => {
    const ann = await world.person("ann");
    const tab = world.newcomer("tab", ann);
    tab.open();
    let cuts = 1;
    world.relay.taps.push(({ who, way, body }) =>
      who === "tab" && way === "up" && body.type === "chain-append" && cuts-- > 0 ? "cut" : undefined,
    );
    expect(await tab.code("account.signIn", tab.entrance(ann.phrase))).toBe("offline");
    expect(tab.disk.records.size).toBe(0);
    await tab.must("account.signIn", tab.entrance(ann.phrase));
    expect(chain(ann)).toHaveLength(2);
  });

  test("before the answer: the next connection tells, and the command is answered", async () => {
    const ann = await world.person("ann");
    const tab = world.newcomer("tab", ann);
    tab.open();
    world.relay.taps.push(({ who, way, body }) =>
      who === "tab" && way === "up" && body.type === "chain-append" ? "pass-and-cut" : undefined,
    );
    const { deviceId } = await tab.must("account.signIn", tab.entrance(ann.phrase));
    expect(deviceId).toBe(tab.me.device);
    expect(tab.me.confirmed).toBe(true);
    expect(chain(ann)).toHaveLength(2);
  });
});

describe("killed", () => {
  const steps = ["hello", "sign-in-start", "sign-in-finish", "chain-append"] as const;
  test.each(steps)("with %s on its way: the profile is a device, or none and free again", async (step) => {
    for (const arrives of [false, true]) {
      world = new World();
      const ann = await world.person("ann");
      const tab = world.newcomer("tab", ann);
      tab.open();
      world.relay.taps.push(({ who, way, body }) => {
        if (who !== "tab" || way !== "up" || body.type !== step) return undefined;
        world.relay.taps.length = 0;
        // The relay has it or not; the process is gone either way.
        queueMicrotask(() => tab.crash());
        return arrives ? undefined : "drop";
      });
      tab.ask("account.signIn", tab.entrance(ann.phrase));
      await world.settle();
      const isIn = step === "chain-append" && arrives;
      expect(chain(ann)).toHaveLength(isIn ? 2 : 1);
      if (tab.disk.records.size > 0) await tab.restart();
      else tab.open();
      await world.pass(1000);
      expect(tab.client.profile).toBe(isIn ? "open" : "none");
      if (!isIn) await tab.must("account.signIn", tab.entrance(ann.phrase));
      expect(world.relay.isOnline("tab")).toBe(true);
      expect(chain(ann)).toHaveLength(2);
      await world.close();
    }
  });
});

test("the chain that the new device has verifies from its first entry", async () => {
  const ann = await world.person("ann");
  const tab = await world.device("tab", ann);
  const state = readContact(crypto, ann.me.relay, { account: tab.me.account, entries: chain(ann), conflict: false });
  expect(state?.states.map(({ devices, byRecovery }) => [devices.length, byRecovery])).toEqual([
    [1, false],
    [2, true],
  ]);
  expect(chainPort(crypto).verify(new Uint8Array(1), new Uint8Array(1), new Uint8Array(1))).toBe(false);
});
