// Lies that differ from the truth in one thing alone, so that the one check that is about it has to find it out.
import {
  EMPTY,
  type Entry,
  type EntryId,
  encodeAuthenticated,
  encodeContent,
  encodeJoinInfo,
  idOf,
  makeChainEntry,
  PLAIN_AUTHENTICATED,
  parseHeader,
  type RoomId,
  type ServerBody,
} from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pad } from "../src/content.ts";
import { createGroup, leaves, makeCommit, type Own, seal } from "../src/group/index.ts";
import { type Contact, judgeLeaf, readContact } from "../src/identity/contacts.ts";
import { directId } from "../src/rooms/direct.ts";
import { linkKeys, openJoinInfo, sealJoinInfo } from "../src/rooms/link-keys.ts";
import { crypto, suite } from "./harness/group-world.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const log = (room: string) => world.relay.log(room as RoomId);
const chain = (person: Person) => [...(world.relay.accounts.get(person.me.account)?.entries ?? [])];

/** From now on somebody is told something else in answers and pushes of that type. */
function lie<T extends ServerBody["type"]>(
  who: string,
  type: T,
  change: (body: Extract<ServerBody, { type: T }>) => ServerBody,
): void {
  world.relay.taps.push(({ who: to, way, request, body }) =>
    to === who && way === "down" && body.type === type
      ? { instead: [{ request, body: change(body as Extract<ServerBody, { type: T }>) }] }
      : undefined,
  );
}

/** Somebody's device as others see it. */
function ownOf({ me }: Person): Own {
  const { account, device, privateKey, relay } = me;
  const entries = world.relay.accounts.get(account)?.entries ?? [];
  const state = readContact(crypto, relay, { account, entries, conflict: false })?.states.at(-1);
  if (state === undefined) throw new Error("the relay has the chain");
  const publicKey = crypto.publicKey(privateKey);
  return { account, device, chainLength: state.length, chainHash: state.hash, privateKey, publicKey };
}

/** Ann's chain with one more device, another one for each `fill`. */
function more(ann: Person, entries: readonly Uint8Array[], fill: number): Uint8Array[] {
  const state = readContact(crypto, ann.me.relay, { account: ann.me.account, entries, conflict: false })?.states.at(-1);
  const [own, other] = [ann.me.privateKey, new Uint8Array(32).fill(fill)];
  const sign = (key: Uint8Array) => (message: Uint8Array) => crypto.sign(key, message);
  const draft = { kind: "add", deviceKey: crypto.publicKey(other), signer: crypto.publicKey(own) } as const;
  return [...entries, makeChainEntry(state, draft, 1, sign(own), sign(other))];
}

describe("of a connection", () => {
  test.each<[string, Partial<Extract<ServerBody, { type: "challenge" }>>, string]>([
    ["the true greeting is answered", {}, "online"],
    ["another relay id is not answered, and halts", { relay: new Uint8Array(32).fill(7) }, "offline"],
    ["a version that was not offered is not answered", { version: 2 }, "handshake"],
  ])("%s", async (_, change, connection) => {
    const ann = await world.person("ann");
    const before = world.sent("ann", "resume").length;
    lie("ann", "challenge", (body) => ({ ...body, ...change }));
    await ann.restart();
    await world.settle();
    expect(world.sent("ann", "resume").length - before).toBe(connection === "online" ? 1 : 0);
    await world.pass(100);
    if (connection !== "handshake") expect(await ann.must("account.status", {})).toMatchObject({ connection });
  });

  test("an inbox that ends before what was read is a relay that went back", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann);
    await ann.must("room.add", { roomId: room, username: "bob" });
    await world.pass(1000);
    expect(bob.me.inbox).toBe(1);
    lie("bob", "session", (body) => ({ ...body, inboxLast: 0 }));
    world.relay.cut("bob");
    await world.pass(60_000);
    expect(bob.warnings()).toEqual(["relay-rolled-back"]);
    expect(await bob.code("message.send", { roomId: room, text: "no" })).toBe("relay-rolled-back");
  });

  test("every Resume has a counter of its own, though the process was killed before the answer", async () => {
    const ann = await world.person("ann");
    world.relay.taps.push(({ who, way, body }) => {
      if (who === "ann" && way === "up" && body.type === "resume") queueMicrotask(() => ann.crash());
      return undefined;
    });
    for (let time = 0; time < 3; time++) {
      if (ann.isRunning) ann.crash();
      ann.open();
      ann.ask("account.unlock", { password: ann.password });
      await world.settle();
    }
    world.relay.taps.length = 0;
    if (ann.isRunning) ann.crash();
    await ann.unlock();
    await world.pass(1000);
    const counters = world.sent("ann", "resume").map(({ body }) => (body.type === "resume" ? body.counter : 0));
    expect(counters).toEqual([1, 2, 3, 4]);
    expect(world.relay.isOnline("ann")).toBe(true);
  });

  test("an inbox entry that is left out of an answer is missed, and nothing behind it taken", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    await bob.close();
    for (let time = 0; time < 3; time++) {
      const { roomId } = await ann.must("room.create", { name: `room ${time}` });
      await ann.must("room.add", { roomId, username: "bob" });
      await world.pass(500);
    }
    lie("bob", "inbox-fetched", (body) => ({ ...body, entries: body.entries.filter(({ number }) => number !== 2) }));
    await bob.unlock();
    await world.pass(1000);
    expect(bob.warnings()).toEqual(["relay-lies"]);
    expect(bob.me.inbox).toBe(0);
    world.relay.taps.length = 0;
    world.relay.cut("bob");
    await world.pass(60_000);
    expect(await bob.must("room.list", {})).toHaveLength(3);
  });
});

describe("of people", () => {
  test("another account's chain in the place of the one that was asked for is named, and not learned", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann);
    lie("ann", "chains", (body) => ({ ...body, chains: body.chains.map((one) => ({ ...one, entries: chain(cat) })) }));
    expect(await ann.code("room.add", { roomId: room, username: "bob" })).not.toBe("done");
    expect(ann.warnings()).toContain("relay-lies");
    world.relay.taps.length = 0;
    expect(await ann.code("room.add", { roomId: room, username: "bob" })).toBe("done");
    await world.pass(1000);
    expect(ann.view(room)?.members).toEqual(["ann", "bob"]);
    expect(bob.view(room)).toEqual(ann.view(room));
  });

  test("another chain than the one that is known is a fork, though both hold and nobody named either", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const before = chain(ann);
    const { roomId: first } = await bob.must("room.create", { name: "first" });
    const { roomId: second } = await bob.must("room.create", { name: "second" });
    lie("bob", "chains", (body) => ({
      ...body,
      chains: body.chains.map((one) =>
        one.account === ann.me.account ? { ...one, entries: more(ann, before, 1) } : one,
      ),
    }));
    await bob.must("room.add", { roomId: first, username: "ann" });
    expect(bob.warnings()).toEqual([]);
    world.relay.taps.length = 0;
    lie("bob", "chains", (body) => ({
      ...body,
      chains: body.chains.map((one) =>
        one.account === ann.me.account ? { ...one, entries: more(ann, before, 2) } : one,
      ),
    }));
    await bob.code("room.add", { roomId: second, username: "ann" });
    expect(bob.warnings()).toEqual(["chain-forked"]);
    expect(await bob.code("message.send", { roomId: first, text: "no" })).toBe("identity-changed");
  });

  test("a leaf is judged by its key, its place in the chain and the hash there, each by itself", async () => {
    const ann = await world.person("ann");
    const { account } = ann.me;
    const contact = readContact(crypto, ann.me.relay, { account, entries: more(ann, chain(ann), 1), conflict: false });
    const [first, second] = contact?.states ?? [];
    if (contact === undefined || first === undefined || second === undefined) throw new Error("the chain holds");
    const contacts = new Map<typeof account, Contact>([[account, contact]]);
    const own = ownOf(ann);
    const leaf = { ...own, index: 0, signatureKey: own.publicKey, encryptionKey: EMPTY };
    const other = second.devices.find(({ id }) => id !== own.device);
    if (other === undefined) throw new Error("there are two devices");
    expect(judgeLeaf(contacts, leaf)).toBe("holds");
    expect(judgeLeaf(contacts, { ...leaf, chainLength: 2, chainHash: second.hash })).toBe("holds");
    expect(judgeLeaf(contacts, { ...leaf, chainHash: second.hash })).toBe("false");
    expect(judgeLeaf(contacts, { ...leaf, chainLength: 2 })).toBe("false");
    expect(judgeLeaf(contacts, { ...leaf, signatureKey: other.key })).toBe("false");
    // Not in the chain yet, by the prefix that it names.
    expect(judgeLeaf(contacts, { ...leaf, device: other.id, signatureKey: other.key })).toBe("false");
    expect(judgeLeaf(contacts, { ...leaf, chainLength: 3 })).toBe("unknown");
    expect(judgeLeaf(new Map(), leaf)).toBe("unknown");
  });

  test("a key package of a device that was revoked brings it in nowhere, though its chain knew it once", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const tab = await world.device("tab", ann);
    const packages = world.relay.devices.get(tab.me.device)?.packages ?? [];
    const bytes = packages[0] ?? EMPTY;
    await ann.must("device.revoke", { deviceId: tab.me.device });
    await world.pass(1000);
    const room = await world.roomOf(bob);
    lie("bob", "key-packages", (body) => ({
      ...body,
      packages: [...body.packages, { device: tab.me.device, bytes, lastResort: false }],
    }));
    await bob.must("room.add", { roomId: room, username: "ann" });
    await world.pass(1000);
    const added = world.sent("bob", "commit").flatMap(({ body }) => {
      const header = body.type === "commit" ? parseHeader(body.header) : undefined;
      return header?.ok === true ? header.value.adds.map(({ device }) => device) : [];
    });
    expect(added).toEqual([ann.me.device]);
  });

  test("nothing is encrypted for a device that is known to be revoked, while others have the time to take it out", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const tab = await world.device("tab", ann);
    const room = await world.roomOf(ann, bob, tab);
    await world.pass(10_000);
    // Ann's own removal of it never comes.
    world.relay.taps.push(({ who, way, body }) =>
      who === "ann" && way === "up" && body.type === "commit" ? "drop" : undefined,
    );
    await ann.must("device.revoke", { deviceId: tab.me.device });
    const { roomId: other } = await bob.must("room.create", { name: "other" });
    bob.ask("room.add", { roomId: other, username: "ann" });
    await world.pass(500);
    expect(bob.notices().join()).toContain("revoked");
    bob.ask("message.send", { roomId: room, text: "not for tab" });
    await world.pass(500);
    expect(world.sent("bob", "append")).toEqual([]);
    await world.pass(30_000);
    expect(world.sent("bob", "append").length).toBeGreaterThan(0);
    const group = bob.group(room);
    expect((group && leaves(group))?.map(({ device }) => device)).not.toContain(tab.me.device);
  });
});

describe("of entries", () => {
  /** Of a room of three, in which the next message is shown to Bob otherwise. */
  async function shown(change: (entry: Entry, cat: Person) => Entry) {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    lie("bob", "event", (body) => ({ ...body, entries: body.entries.map((entry) => change(entry, cat)) }));
    await ann.say(room, "said by ann");
    await world.pass(1000);
    return { ann, bob, room };
  }

  test("a message under another device's name is shown to nobody, and named", async () => {
    const { bob, room } = await shown((entry, cat) => ({ ...entry, device: cat.me.device }));
    expect(await bob.heard(room)).toEqual([]);
    expect(bob.warnings()).toEqual(["relay-lies"]);
  });

  test("a message under another id is shown to nobody, and named by what follows", async () => {
    const { ann, bob, room } = await shown((entry) => ({ ...entry, id: idOf.entry(new Uint8Array(16).fill(9)) }));
    expect(await bob.heard(room)).toEqual([]);
    world.relay.taps.length = 0;
    await ann.say(room, "more");
    await world.pass(1000);
    expect(bob.warnings()).toContain("log-forked");
  });

  test.each<[string, { readonly room?: RoomId; readonly base?: number }, boolean]>([
    ["a member's message that is bound to its place is shown", {}, true],
    ["one that its sender bound to another base is not", { base: 0 }, false],
    ["one that its sender bound to another room is not", { room: idOf.room(new Uint8Array(32).fill(5)) }, false],
  ])("%s", async (_, bound, isShown) => {
    const [ann, mal] = await world.persons("ann", "mal");
    const room = (await world.roomOf(ann, mal)) as RoomId;
    const group = mal.group(room);
    if (group === undefined) throw new Error("mal is in the room");
    mal.crash();
    const { head: base, last: seq, hash } = log(room);
    const id = idOf.entry(new Uint8Array(16).fill(3)) satisfies EntryId;
    const content = pad(encodeContent({ type: "text", id, sentAt: world.clock.now(), text: "well bound" }));
    const authenticated = encodeAuthenticated({ room, base, seq, hash, ...PLAIN_AUTHENTICATED, ...bound });
    const { bytes } = seal(suite, ownOf(mal), group, content, authenticated);
    world.relay.put(mal.me, { type: "append", room, id, head: base, base, bytes, continues: false });
    await world.pass(1000);
    expect(await ann.heard(room)).toEqual(isShown ? ["mal: well bound"] : []);
    expect(ann.warnings()).toEqual(isShown ? [] : ["relay-lies"]);
  });
});

describe("of ways in", () => {
  test.each([
    { where: "where it stood", ahead: 0 },
    { where: "at a place that is new", ahead: 9 },
  ])("a Welcome of before, $where, brings nobody back, though the last resort opens it still", async ({ ahead }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann);
    const box = world.relay.devices.get(bob.me.device);
    if (box === undefined) throw new Error("bob has a device");
    box.packages.length = 0;
    world.relay.taps.push(({ who, way, body }) =>
      who === "bob" && way === "up" && body.type === "key-packages-put" ? "drop" : undefined,
    );
    await ann.must("room.add", { roomId: room, username: "bob" });
    await world.pass(1000);
    const welcome =
      box.inbox.find(({ kind }) => kind === "welcome") ??
      world.relay.seen.flatMap(({ who, body }) =>
        who === "bob" && body.type === "inbox-event" && body.entry.kind === "welcome" ? [body.entry] : [],
      )[0];
    if (welcome?.kind !== "welcome") throw new Error("bob was welcomed");
    await ann.say(room, "for bob");
    await ann.must("room.remove", { roomId: room, username: "bob" });
    await ann.say(room, "not for bob");
    await world.pass(1000);
    expect(bob.room(room)).toBeUndefined();
    const { number: _, ...again } = welcome;
    world.relay.deliver(bob.me.device, { ...again, seq: again.seq + ahead });
    await world.pass(5000);
    expect(bob.room(room)).toBeUndefined();
    expect(bob.warnings()).toContain("relay-lies");
  });

  test.each<[string, boolean]>([
    ["a conversation of two is entered", false],
    ["one with a third in it is not", true],
  ])("%s", async (_, isThird) => {
    const [bob, cat, mal] = await world.persons("bob", "cat", "mal");
    const own = ownOf(mal);
    const sides =
      own.account < bob.me.account
        ? ([own.account, bob.me.account] as const)
        : ([bob.me.account, own.account] as const);
    const room = directId({ me: mal.me, ports: { crypto } } as never, bob.me.account);
    const claimed = ({ me }: Person) => world.relay.devices.get(me.device)?.packages.shift() ?? EMPTY;
    const point = { seq: 0, hash: new Uint8Array(32) };
    const alone = createGroup(suite, own, room, { kind: "direct", sides }, world.clock.now());
    const made = makeCommit(suite, own, alone, {
      adds: [claimed(bob), ...(isThird ? [claimed(cat)] : [])],
      removes: [],
      info: undefined,
      authenticated: encodeAuthenticated({ room, base: 0, ...point, ...PLAIN_AUTHENTICATED }),
      joinInfo: encodeJoinInfo({ groupInfo: EMPTY, ...point, linkSecret: undefined }),
      now: world.clock.now(),
    });
    if (made?.welcome === undefined) throw new Error("mal can commit");
    world.relay.deliver(bob.me.device, { kind: "welcome", room, seq: 1, previous: point.hash, bytes: made.welcome });
    await world.settle();
    expect(bob.room(room)?.status).toBe(isThird ? undefined : "member");
  });

  test("a GroupInfo of an epoch in which the link does not count leads nowhere", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId, link } = await ann.must("room.create", { name: "den" });
    const room = roomId as RoomId;
    await world.pass(500);
    const before = ann.room(room)?.secret;
    await ann.must("room.link", { roomId: room, renew: true });
    await world.pass(500);
    const after = ann.room(room)?.secret;
    const held = log(room).link;
    if (before === undefined || after === undefined || held === undefined) throw new Error("there are two links");
    const [old, now] = [before, after].map((secret) => linkKeys(crypto, room, secret));
    if (old === undefined || now === undefined) throw new Error("there are keys of both");
    // The room as it is now, sealed for who has the old link alone.
    const joinInfo = openJoinInfo(crypto, now, room, held.groupInfo) ?? EMPTY;
    const sealed = sealJoinInfo(crypto, old, room, joinInfo);
    const body = { type: "group-info", base: held.base, head: log(room).head, sealed } as const;
    world.relay.taps.push(({ who, way, body: asked }) =>
      who === "bob" && way === "up" && asked.type === "group-info-get" ? { answer: body } : undefined,
    );
    expect(await bob.code("room.join", { link })).toBe("link-expired");
    expect(world.sent("bob", "commit")).toEqual([]);
  });

  test("a link's secret that a member makes up is not taken, and the true one is", async () => {
    const [ann, mal] = await world.persons("ann", "mal");
    const room = (await world.roomOf(ann, mal)) as RoomId;
    const secret = ann.room(room)?.secret;
    const group = mal.group(room);
    if (group === undefined) throw new Error("mal is in the room");
    mal.crash();
    const { head: base, last: seq, hash } = log(room);
    const id = idOf.entry(new Uint8Array(16).fill(3));
    const made = { type: "link-secret", id, sentAt: world.clock.now(), secret: new Uint8Array(32).fill(6) } as const;
    const authenticated = encodeAuthenticated({ room, base, seq, hash, ...PLAIN_AUTHENTICATED });
    const { bytes } = seal(suite, ownOf(mal), group, pad(encodeContent(made)), authenticated);
    world.relay.put(mal.me, { type: "append", room, id, head: base, base, bytes, continues: false });
    await world.pass(1000);
    expect(ann.room(room)?.seq).toBe(seq + 1);
    expect(ann.room(room)?.secret).toEqual(secret);
  });
});
