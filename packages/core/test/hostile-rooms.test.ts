// A relay, and somebody who helps it, against the rooms of others: what it can make a device do, and what it cannot.
import {
  type AccountId,
  EMPTY,
  encodeAuthenticated,
  encodeJoinInfo,
  PLAIN_AUTHENTICATED,
  readmitBytes,
} from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGroup, leaves, makeCommit, makeGroupInfo } from "../src/group/index.ts";
import { linkKeys, sealJoinInfo } from "../src/rooms/link-keys.ts";
import { crypto, suite } from "./harness/group-world.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const log = (room: string) => world.relay.log(room as never);
const accounts = (person: Person, room: string) => {
  const group = person.group(room);
  return new Set((group && leaves(group))?.map((leaf) => leaf.account));
};

/** Whatever somebody asks for by such frames has to wait. */
function blocked(who: string, ...types: string[]): () => void {
  const tap = (frame: { readonly who: string; readonly way: string; readonly body: { readonly type: string } }) =>
    frame.who === who && frame.way === "up" && types.includes(frame.body.type)
      ? ({ answer: { type: "refused", code: "rate-limited", head: 0, retryMs: 1000, field: "" } } as const)
      : undefined;
  world.relay.taps.push(tap);
  return () => {
    world.relay.taps = world.relay.taps.filter((other) => other !== tap);
  };
}

/** `cat` is out of step in a room with ann, who owns it, and bob. @returns how it may come back. */
async function astray(room: string, ann: Person, bob: Person, cat: Person, missed: () => Promise<unknown>) {
  const undo = blocked("cat", "group-info-get", "readmit");
  cat.deaf = true;
  await missed();
  await world.pass(500);
  cat.deaf = false;
  await bob.say(room, "one");
  await ann.say(room, "two");
  await world.pass(500);
  expect(cat.room(room)?.astray).toBeDefined();
  return undo;
}

/** A room of eve's own under the id of theirs, with whatever owners she likes and whomever she likes in it. */
async function ownRoom(
  room: string,
  eve: Person,
  owner: AccountId,
  linkKey: Uint8Array | undefined,
  ...victims: Person[]
) {
  const attic = await world.roomOf(eve);
  const group = eve.group(attic);
  const [leaf] = (group && leaves(group)) ?? [];
  if (leaf === undefined) throw new Error("eve has a room");
  const own = { ...leaf, privateKey: eve.me.privateKey, publicKey: leaf.signatureKey };
  const info = { kind: "room", name: "den", owners: [owner], linkKey } as const;
  const alone = createGroup(suite, own, room as never, info, Date.now());
  const packages = victims.map(({ me }) => world.relay.devices.get(me.device)?.packages.at(-1) ?? EMPTY);
  const point = { seq: log(room).last, hash: log(room).hash };
  const made = makeCommit(suite, own, alone, {
    adds: packages,
    removes: [],
    info: undefined,
    authenticated: encodeAuthenticated({ room: room as never, base: 0, ...point, ...PLAIN_AUTHENTICATED }),
    joinInfo: encodeJoinInfo({ groupInfo: EMPTY, ...point, linkSecret: undefined }),
    now: Date.now(),
  });
  if (made?.welcome === undefined) throw new Error("eve can make a room");
  return { welcome: made.welcome, groupInfo: makeGroupInfo(suite, own, made.next), point };
}

describe("out of step, a device", () => {
  test("takes no Welcome from somebody who was not in the tree that it held", async () => {
    const [ann, bob, cat, eve] = await world.persons("ann", "bob", "cat", "eve");
    const room = await world.roomOf(ann, bob, cat);
    const undo = await astray(room, ann, bob, cat, () => world.device("phone", ann));
    const { welcome } = await ownRoom(room, eve, ann.me.account, undefined, cat, ann);
    const { last: seq, hash: previous } = log(room);
    world.relay.deliver(cat.me.device, { kind: "welcome", room: room as never, seq, previous, bytes: welcome });
    await world.pass(500);
    expect(accounts(cat, room)).not.toContain(eve.me.account);
    expect(cat.room(room)?.astray).toBeDefined();
    undo();
    await world.pass(120_000);
    await cat.say(room, "back");
    expect(await bob.heard(room)).toContain("cat: back");
  });

  test("comes in by no GroupInfo of somebody who was not in the tree that it held", async () => {
    const [ann, bob, cat, eve] = await world.persons("ann", "bob", "cat", "eve");
    const room = await world.roomOf(ann, bob, cat);
    const undo = await astray(room, ann, bob, cat, () => world.device("phone", ann));
    const secret = cat.room(room)?.secret;
    if (secret === undefined) throw new Error("cat knows the link");
    const keys = linkKeys(crypto, room as never, secret);
    const { groupInfo, point } = await ownRoom(room, eve, ann.me.account, keys.publicKey, ann);
    const joinInfo = encodeJoinInfo({ groupInfo, ...point, linkSecret: undefined });
    const sealed = sealJoinInfo(crypto, keys, room as never, joinInfo);
    world.relay.taps.push((frame) => {
      if (frame.who !== "cat" || frame.way !== "down" || frame.body.type !== "group-info") return undefined;
      return { instead: [{ request: frame.request, body: { ...frame.body, sealed } }] };
    });
    undo();
    await world.pass(120_000);
    expect(accounts(cat, room)).not.toContain(eve.me.account);
    await cat.say(room, "back");
    expect(await bob.heard(room)).toContain("cat: back");
  });

  test.each(["link", "members"])(
    "that came in again by the %s says nothing to newcomers before a person agrees",
    async (way) => {
      const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
      const room = await world.roomOf(ann, bob, cat);
      const undo = await astray(room, ann, bob, cat, async () => {
        if (way === "members") await ann.must("room.link", { roomId: room, renew: true });
        await ann.must("room.add", { roomId: room, username: "dan" });
      });
      const waits = cat.ask("message.send", { roomId: room, text: "for friends" });
      undo();
      await world.pass(120_000);
      expect(cat.room(room)?.astray).toBeUndefined();
      expect(cat.room(room)?.forked).toBe(true);
      expect(waits.outcome).toBeUndefined();
      expect(await bob.heard(room)).not.toContain("cat: for friends");
      expect(cat.warnings()).toContain("log-forked");
      expect(cat.notices()).toContain(
        "den: dan came in while this device was out of step; nothing is sent there until you agree",
      );
      await cat.must("warning.accept", { code: "log-forked", roomId: room });
      await world.pass(1000);
      expect(waits.outcome?.ok).toBe(true);
      expect(await bob.heard(room)).toContain("cat: for friends");
    },
  );
});

describe("a commit", () => {
  test("that needs two chains, of who made it and of who is revoked, counts for who knows neither", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const tab = await world.device("tab", ann);
    const room = await world.roomOf(ann, bob, cat);
    await world.pass(10_000);
    blocked("pad", "readmit");
    await world.device("pad", bob);
    blocked("ann", "commit");
    await ann.must("device.revoke", { deviceId: tab.me.device });
    // Bob reads ann's chain; cat knows neither that one nor bob's.
    const { roomId } = await bob.must("room.create", { name: "another" });
    await bob.must("room.add", { roomId, username: "ann" });
    await world.pass(8000);
    expect(log(room).entries.findLast(({ kind }) => kind === "commit")?.device).toBe(bob.me.device);
    expect(cat.view(room)).toEqual(bob.view(room));
    expect(cat.warnings()).toEqual([]);
  });

  test("that took a device out and in again leaves it a way back when its Welcome is lost", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    const { account, device, privateKey } = cat.me;
    const group = cat.group(room);
    const leafKey = ((group && leaves(group)) ?? []).find((leaf) => leaf.device === device)?.encryptionKey ?? EMPTY;
    const word = crypto.sign(privateKey, readmitBytes({ room: room as never, account, device, leafKey }));
    let lost = 0;
    world.relay.taps.push(({ who, way, request, body }) => {
      if (who !== "cat") return undefined;
      // The link does not help.
      if (way === "up" && body.type === "group-info-get")
        return { answer: { type: "refused", code: "link-expired", head: 0, retryMs: 0, field: "" } };
      if (way !== "down" || body.type !== "inbox-event" || body.entry.kind !== "welcome" || lost > 0) return undefined;
      lost++;
      return { instead: [{ request, body: { ...body, entry: { ...body.entry, bytes: new Uint8Array(60) } } }] };
    });
    const who = { account, device };
    world.relay.deliver(ann.me.device, { kind: "readmit", room: room as never, who, signature: word });
    await world.pass(300_000);
    expect(lost).toBe(1);
    expect(cat.room(room)?.astray).toBeUndefined();
    expect(cat.view(room)).toEqual(ann.view(room));
    await cat.say(room, "back");
    expect(await bob.heard(room)).toEqual(["cat: back"]);
  });
});

test("messages go on where keys are due to be renewed and a removal has just failed", async () => {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const room = await world.roomOf(ann, bob, cat);
  for (const person of [ann, bob, cat]) await person.close();
  world.clock.set(world.clock.now() + 8 * 86_400_000);
  for (const person of [ann, bob, cat]) await person.unlock();
  await world.settle();
  world.relay.taps.push(({ who, way, body }) =>
    who !== "cat" && way === "up" && body.type === "commit"
      ? { answer: { type: "refused", code: "not-allowed", head: 0, retryMs: 0, field: "" } }
      : undefined,
  );
  await cat.must("room.leave", { roomId: room });
  await world.pass(1000);
  expect(world.sent("ann", "commit").length).toBeGreaterThan(0);
  const said = ann.ask("message.send", { roomId: room, text: "still here" });
  await world.pass(1000);
  expect(said.outcome?.ok).toBe(true);
});

test("a conversation goes on whose other side lost the only device that it had there", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const { roomId: room } = await ann.must("direct.open", { username: "bob" });
  await ann.say(room, "one");
  await world.pass(1000);
  blocked("pad", "readmit");
  const pad = await world.device("pad", bob);
  await pad.must("device.revoke", { deviceId: bob.me.device });
  await ann.must("room.add", { roomId: await world.roomOf(ann), username: "bob" });
  await world.pass(20_000);
  await ann.say(room, "two");
  await world.pass(1000);
  await pad.say(room, "three");
  await world.pass(1000);
  expect(await pad.heard(room)).toEqual(["ann: two", "bob: three"]);
  expect(await ann.heard(room)).toEqual(["ann: one", "ann: two", "bob: three"]);
  expect(pad.view(room)).toEqual(ann.view(room));
});

test("nothing is said in a conversation before the other side has a device there", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const { roomId: room } = await ann.must("direct.open", { username: "bob" });
  await ann.say(room, "one");
  await world.pass(1000);
  blocked("pad", "readmit");
  const pad = await world.device("pad", bob);
  await pad.must("device.revoke", { deviceId: bob.me.device });
  await ann.must("room.add", { roomId: await world.roomOf(ann), username: "bob" });
  const undo = blocked("ann", "key-packages-claim");
  await world.pass(20_000);
  const said = ann.ask("message.send", { roomId: room, text: "two" });
  await world.pass(20_000);
  expect(accounts(ann, room)).not.toContain(bob.me.account);
  expect(said.outcome).toBeUndefined();
  undo();
  await world.pass(700_000);
  expect(said.outcome?.ok).toBe(true);
  expect(await pad.heard(room)).toEqual(["ann: two"]);
});

test.each(["by the link", "by a member's hand"])(
  "an only owner whose only device is revoked is the owner still, and comes in again %s",
  async (way) => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    blocked("pad", "readmit");
    const pad = await world.device("pad", ann);
    await pad.must("device.revoke", { deviceId: ann.me.device });
    await bob.must("room.add", { roomId: await world.roomOf(bob), username: "ann" });
    await world.pass(30_000);
    expect(accounts(bob, room)).not.toContain(ann.me.account);
    expect(bob.view(room)?.info).toMatchObject({ owners: [ann.me.account] });
    // Nor does another member's commit take that away.
    await bob.must("room.add", { roomId: room, username: "dan" });
    await world.pass(500);
    expect(bob.view(room)?.members).toContain("dan");
    expect(cat.view(room)?.info).toMatchObject({ owners: [ann.me.account] });
    if (way === "by the link") await pad.must("room.join", await bob.must("room.link", { roomId: room }));
    else {
      const { account, device, privateKey } = pad.me;
      const word = readmitBytes({ room: room as never, account, device, leafKey: EMPTY });
      const signature = crypto.sign(privateKey, word);
      world.relay.deliver(bob.me.device, { kind: "readmit", room: room as never, who: { account, device }, signature });
      await world.pass(5000);
    }
    await world.pass(1000);
    expect(pad.view(room)).toEqual(bob.view(room));
    expect(cat.view(room)).toEqual(bob.view(room));
    await pad.must("room.remove", { roomId: room, username: "cat" });
    await world.pass(1000);
    expect(accounts(bob, room)).not.toContain(cat.me.account);
    expect([...bob.warnings(), ...cat.warnings()]).toEqual([]);
  },
);
