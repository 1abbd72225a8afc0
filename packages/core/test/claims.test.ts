// Chains that members name in their messages: what a relay withholds or forks is found out by them.
import { makeChainEntry } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/src/crypto.ts";
import { readContact } from "../src/identity/contacts.ts";
import { type Person, World } from "./harness/world.ts";

const crypto = nodeCrypto();
let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Ann and Bob in a room, and Ann's chain then has a second device of which her leaf says nothing. */
async function grown() {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  const before = chain(ann);
  return { ann, bob, room, before };
}

const chain = (person: Person) => [...(world.relay.accounts.get(person.me.account)?.entries ?? [])];

/** From now on the relay answers somebody with this as Ann's chain. */
function serve(who: string, ann: Person, entries: readonly Uint8Array[]): void {
  world.relay.taps.push((frame) => {
    const { body, request } = frame;
    if (frame.who !== who || body.type !== "chains") return undefined;
    const chains = body.chains.map((one) => (one.account === ann.me.account ? { ...one, entries } : one));
    return { instead: [{ request, body: { type: "chains", chains } }] };
  });
}

/** The chain with one more device that Ann herself adds, another one for each `fill`. */
function more(ann: Person, entries: readonly Uint8Array[], fill: number): Uint8Array[] {
  const state = readContact(crypto, ann.me.relay, { account: ann.me.account, entries, conflict: false })?.states.at(-1);
  const [own, other] = [ann.me.privateKey, new Uint8Array(32).fill(fill)];
  const sign = (key: Uint8Array) => (message: Uint8Array) => crypto.sign(key, message);
  const draft = { kind: "add", deviceKey: crypto.publicKey(other), signer: crypto.publicKey(own) } as const;
  return [...entries, makeChainEntry(state, draft, 1, sign(own), sign(other))];
}

/** Ann's chain grows by a device that is nowhere else, and she hears of it. */
async function grow(ann: Person): Promise<void> {
  world.relay.accounts.get(ann.me.account)?.entries.push(...more(ann, chain(ann), 7).slice(-1));
  world.relay.deliver(ann.me.device, { kind: "chain-grew" } as never);
  await world.settle();
}

test("a message names the chain that grew since the leaf was made, and its reader fetches it", async () => {
  const { ann, bob, room } = await grown();
  await grow(ann);
  expect(world.sent("bob", "chain-get")).toHaveLength(1);
  await ann.say(room, "hello");
  await world.settle();
  expect(world.sent("bob", "chain-get")).toHaveLength(2);
  expect(bob.notices()).toHaveLength(1);
  await ann.say(room, "again");
  await world.settle();
  expect(world.sent("bob", "chain-get")).toHaveLength(2);
  expect(bob.warnings()).toEqual([]);
});

test("a chain shorter than its owner names is chain-withheld: nothing is sent there until a person agrees, once", async () => {
  const { ann, bob, room, before } = await grown();
  const { roomId: other } = await bob.must("room.create", { name: "without ann" });
  serve("bob", ann, before);
  await grow(ann);
  await ann.say(room, "hello");
  await world.settle();
  expect(bob.warnings()).toEqual(["chain-withheld"]);
  expect(await bob.code("message.send", { roomId: room, text: "no" })).toBe("identity-changed");
  await bob.restart();
  expect(bob.warnings()).toEqual(["chain-withheld", "chain-withheld"]);
  expect(await bob.code("message.send", { roomId: room, text: "no" })).toBe("identity-changed");
  expect(await bob.code("message.send", { roomId: other, text: "yes" })).toBe("done");
  await bob.must("warning.accept", { code: "chain-withheld", username: "ann" });
  await ann.say(room, "the same again");
  await world.settle();
  expect(bob.warnings()).toEqual(["chain-withheld", "chain-withheld"]);
  expect(await bob.code("message.send", { roomId: room, text: "yes" })).toBe("done");
  expect(await bob.heard(room)).toEqual(["ann: hello", "ann: the same again", "bob: yes"]);
});

describe("another chain than its owner names is chain-forked", () => {
  test("where the known one differs", async () => {
    const { ann, bob, room, before } = await grown();
    serve("bob", ann, more(ann, before, 1));
    const { roomId: den } = await bob.must("room.create", { name: "den" });
    await bob.must("room.add", { roomId: den, username: "ann" });
    await world.pass(1000);
    await grow(ann);
    await ann.say(room, "hello");
    await world.settle();
    expect(bob.warnings()).toEqual(["chain-forked"]);
    expect(await bob.code("message.send", { roomId: room, text: "no" })).toBe("identity-changed");
  });

  test("where the fetched one differs", async () => {
    const { ann, bob, room, before } = await grown();
    serve("bob", ann, more(ann, more(ann, before, 1), 2));
    await grow(ann);
    await ann.say(room, "hello");
    await world.settle();
    expect(bob.warnings()).toEqual(["chain-forked"]);
    expect(await bob.code("message.send", { roomId: room, text: "no" })).toBe("identity-changed");
  });
});

test("a claim whose chain did not come before the connection ended is fetched after the next one, also by another process", async () => {
  const { ann, bob, room, before } = await grown();
  await grow(ann);
  world.relay.taps.push(({ who, way, body }) =>
    who === "bob" && way === "up" && body.type === "chain-get" ? "drop" : undefined,
  );
  await ann.say(room, "hello");
  await world.settle();
  bob.crash();
  world.relay.taps.length = 0;
  serve("bob", ann, before);
  await bob.restart();
  expect(bob.warnings()).toContain("chain-withheld");
});

test("a commit that grew the chain before it was read is judged after the chain came", async () => {
  const { ann, bob, room } = await grown();
  await grow(ann);
  await ann.must("room.link", { roomId: room, renew: true });
  await world.pass(1000);
  expect(bob.notices()).toHaveLength(1);
  expect(bob.view(room)).toEqual(ann.view(room));
});

test("a chain of the own account that another device claims and the relay withholds is doubted as well", async () => {
  const { ann, bob, room } = await grown();
  const tab = await world.device("tab", ann);
  await world.pass(10_000);
  const before = chain(ann);
  world.relay.taps.push(({ who, body }) =>
    who === "tab" && body.type === "inbox-event" && body.entry.kind === "chain-grew" ? "drop" : undefined,
  );
  serve("tab", ann, before);
  await grow(ann);
  await ann.say(room, "hello");
  await world.settle();
  expect(tab.warnings()).toContain("chain-withheld");
  expect(bob.warnings()).toEqual([]);
});
