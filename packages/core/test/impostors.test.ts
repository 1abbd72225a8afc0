// Leaves that stand under another person's identity, with a key that is not in that person's chain.
import {
  EMPTY,
  encodeAuthenticated,
  encodeHeader,
  encodeJoinInfo,
  PLAIN_AUTHENTICATED,
  type RoomId,
} from "@sotto/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeCrypto } from "../../node/src/crypto.ts";
import { createGroup, makeCommit, makeKeyPackage, type Own } from "../src/group/index.ts";
import { readContact } from "../src/identity/contacts.ts";
import { suite } from "./harness/group-world.ts";
import { type Person, World } from "./harness/world.ts";

const crypto = nodeCrypto();
let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Somebody's device as others see it. */
function ownOf({ me }: Person): Own {
  const { account, device, privateKey, relay } = me;
  const entries = world.relay.accounts.get(account)?.entries ?? [];
  const state = readContact(crypto, relay, { account, entries, conflict: false })?.states.at(-1);
  if (state === undefined) throw new Error("the relay has the chain");
  const publicKey = crypto.publicKey(privateKey);
  return { account, device, chainLength: state.length, chainHash: state.hash, privateKey, publicKey };
}

/** A key package that says that it is somebody's, under a key of one's own. */
function impostor(of: Person): Uint8Array {
  const privateKey = new Uint8Array(32).fill(66);
  const own = { ...ownOf(of), privateKey, publicKey: crypto.publicKey(privateKey) };
  return makeKeyPackage(suite, own, world.clock.now(), false).bytes;
}

const claimed = (person: Person): Uint8Array => {
  const bytes = world.relay.devices.get(person.me.device)?.packages.shift();
  if (bytes === undefined) throw new Error("there are key packages");
  return bytes;
};

test.each<[string, boolean]>([
  ["a Welcome whose tree holds the true key of each is taken", true],
  ["a Welcome whose tree holds a leaf under another person's identity is not taken", false],
])("%s", async (_claim, isTrue) => {
  const [bob, cat, mal] = await world.persons("bob", "cat", "mal");
  const room = "ab".repeat(32) as RoomId;
  const own = ownOf(mal);
  const info = { kind: "room", name: "trap", owners: [own.account], linkKey: undefined } as const;
  const point = { seq: 0, hash: new Uint8Array(32) };
  const made = makeCommit(suite, own, createGroup(suite, own, room, info, world.clock.now()), {
    adds: [isTrue ? claimed(cat) : impostor(cat), claimed(bob)],
    removes: [],
    info: undefined,
    authenticated: encodeAuthenticated({ room, base: 0, ...point, ...PLAIN_AUTHENTICATED }),
    joinInfo: encodeJoinInfo({ groupInfo: EMPTY, ...point, linkSecret: undefined }),
    now: world.clock.now(),
  });
  if (made?.welcome === undefined) throw new Error("mal can commit");
  world.relay.deliver(bob.me.device, { kind: "welcome", room, seq: 1, previous: point.hash, bytes: made.welcome });
  await world.settle();
  expect(bob.room(room)?.status).toBe(isTrue ? "member" : undefined);
  expect(bob.warnings()).toEqual(isTrue ? [] : ["chain-withheld"]);
});

test.each<[string, boolean]>([
  ["a commit that adds somebody by their true key counts", true],
  ["a commit that adds a leaf under another person's identity is skipped", false],
])("%s", async (_claim, isTrue) => {
  const [ann, bob, cat, mal] = await world.persons("ann", "bob", "cat", "mal");
  const id = await world.roomOf(ann, bob, mal);
  const room = id as RoomId;
  const group = mal.group(room);
  const own = ownOf(mal);
  if (group === undefined) throw new Error("mal is in the room");
  mal.crash();
  const { head: base, last: seq, hash } = world.relay.log(room);
  const made = makeCommit(suite, own, group, {
    adds: [isTrue ? claimed(cat) : impostor(cat)],
    removes: [],
    info: undefined,
    authenticated: encodeAuthenticated({ room, base, seq, hash, ...PLAIN_AUTHENTICATED }),
    joinInfo: encodeJoinInfo({ groupInfo: EMPTY, seq, hash, linkSecret: undefined }),
    now: world.clock.now(),
  });
  if (made === undefined) throw new Error("mal can commit");
  const header = encodeHeader({ adds: [cat.me], removes: [] });
  const commit = { type: "commit", room, id: "ee".repeat(16) as never, head: base, base, bytes: made.bytes } as const;
  world.relay.put(mal.me, { ...commit, header, welcomes: [], link: undefined, joinToken: undefined }, false);
  await world.pass(20_000);
  for (const person of [ann, bob]) {
    expect(person.view(room)?.members).toEqual(isTrue ? ["ann", "bob", "cat", "mal"] : ["ann", "bob", "mal"]);
    expect(person.warnings()).toEqual(isTrue ? [] : ["commit-skipped"]);
  }
  expect(ann.view(room)).toEqual(bob.view(room));
});
