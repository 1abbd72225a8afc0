// Two copies of a profile: found by the counter, by an entry, by a join; frozen for good, and back as a new device.
import {
  encodeAuthenticated,
  encodeHeader,
  linkBytes,
  PLAIN_AUTHENTICATED,
  parseJoinInfo,
  parseLink,
} from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { joinExternal, leaves, readGroupInfo } from "../src/group/index.ts";
import { linkKeys, openJoinInfo } from "../src/rooms/link-keys.ts";
import { crypto, suite } from "./harness/group-world.ts";
import { Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const log = (room: string) => world.relay.log(room as never);

/** The profile as it is on the disk now, in a second place. */
async function copyOf(person: Person, name: string): Promise<Person> {
  const copy = new Person(world, name, person.disk.copy());
  copy.username = person.username;
  world.people.set(name, copy);
  return copy;
}

/** What a copy would post to come in again by the link, over the leaf of the original. */
function joinAs(room: string, person: Person, link: string) {
  const key = person.me.privateKey;
  const secret = parseLink(link)?.room?.secret;
  const { link: held, head } = log(room);
  const keys = linkKeys(crypto, room as never, secret ?? new Uint8Array(32));
  const joinInfo = parseJoinInfo(openJoinInfo(crypto, keys, room as never, held?.groupInfo ?? key) ?? key);
  const outside = joinInfo && readGroupInfo(suite, joinInfo.groupInfo);
  const leaf = outside?.leaves.find(({ device }) => device === person.me.device);
  if (joinInfo === undefined || outside === undefined || leaf === undefined) throw new Error("it is in the room");
  const { account, device } = leaf;
  const base = held?.base ?? 0;
  const linkSignature = crypto.sign(
    keys.signKey,
    linkBytes({ room: room as never, base, account, device, leafKey: leaf.signatureKey }),
  );
  const point = { seq: joinInfo.seq, hash: joinInfo.hash };
  const authenticated = encodeAuthenticated({
    room: room as never,
    base,
    ...point,
    ...PLAIN_AUTHENTICATED,
    linkSignature,
  });
  const own = { ...leaf, privateKey: key, publicKey: leaf.signatureKey };
  const made = joinExternal(suite, own, outside, authenticated);
  if (made === undefined) throw new Error("a copy can join");
  const header = encodeHeader({ adds: [{ account, device }], removes: [{ account, device }] });
  const commit = { room: room as never, id: "cc".repeat(16) as never, head, base, bytes: made.bytes, header };
  return { type: "commit", ...commit, welcomes: [], link: undefined, joinToken: undefined } as const;
}

test("the copy that comes second is told by its counter and stays frozen; the first one goes on", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  await ann.say(room, "before");
  await ann.close();
  const copy = await copyOf(ann, "ann-copy");
  await copy.unlock();
  await world.settle();
  await ann.unlock();
  await world.pass(60_000);
  expect(await ann.code("message.send", { roomId: room, text: "no" })).toBe("profile-copied");
  expect(await ann.heard(room)).toEqual(["ann: before"]);
  await ann.restart();
  await world.pass(120_000);
  expect(world.relay.isOnline("ann")).toBe(false);
  await copy.say(room, "from the copy");
  await world.pass(500);
  expect(await bob.heard(room)).toEqual(["ann: before", "ann: from the copy"]);
});

describe("a join of a copy over the leaf of the original", () => {
  test("freezes the original", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const { link } = await ann.must("room.link", { roomId: room });
    const { account, device } = ann.me;
    world.relay.put({ account, device }, joinAs(room, ann, link), false);
    await world.pass(5000);
    expect(await ann.code("message.send", { roomId: room, text: "one" })).toBe("profile-copied");
    expect(ann.warnings()).toEqual([]);
  });

  test("that is not signed with its key does not", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const { link } = await ann.must("room.link", { roomId: room });
    const { account, device } = ann.me;
    const join = joinAs(room, ann, link);
    // Before the confirmation tag of 33 bytes stands the signature.
    const bytes = join.bytes.map((byte, index) => (index === join.bytes.length - 40 ? byte ^ 1 : byte));
    world.relay.put({ account, device }, { ...join, bytes }, false);
    await world.pass(5000);
    expect(ann.warnings()).toEqual(["relay-lies"]);
    await ann.say(room, "one");
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual(["ann: one"]);
  });
});

test("who is frozen comes back as a new device, is let into every room, and shuts the copied one out", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  const { roomId: direct } = await ann.must("direct.open", { username: "bob" });
  await ann.say(direct, "psst");
  await ann.close();
  const copy = await copyOf(ann, "ann-copy");
  await copy.unlock();
  await world.settle();
  await ann.unlock();
  await world.pass(5000);
  await copy.close();
  const fresh = await world.device("fresh", ann);
  await world.pass(20_000);
  const old = (await fresh.must("device.list", {})).find(({ own }) => !own);
  await fresh.must("device.revoke", { deviceId: old?.deviceId ?? "" });
  await world.pass(20_000);
  for (const id of [room, direct]) {
    await fresh.say(id, "here again");
    await bob.say(id, "good");
    await world.pass(500);
    expect((await fresh.heard(id)).slice(-2)).toEqual(["ann: here again", "bob: good"]);
    const group = bob.group(id);
    expect((group && leaves(group))?.map(({ device }) => device)).not.toContain(ann.me.device);
  }
  await copy.unlock();
  await world.pass(5000);
  expect(await copy.code("message.send", { roomId: room, text: "no" })).toBe("device-revoked");
});
