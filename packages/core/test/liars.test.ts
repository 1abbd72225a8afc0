// A member who lies about what they saw: the others stop once, and after a person agreed that one stops nobody again.
import { encodeAuthenticated, encodeContent, leaveBytes, PLAIN_AUTHENTICATED } from "@sotto/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeCrypto } from "../../node/src/crypto.ts";
import { pad } from "../src/content.ts";
import { type Group, leafOfDevice, seal } from "../src/group/index.ts";
import type { RoomRecord } from "../src/records.ts";
import { suite } from "./harness/group-world.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const log = (room: string) => world.relay.log(room as never);

/** A member who goes on by hand, and whose words name another log than there is. */
class Liar {
  readonly #room: string;
  readonly #person: Person;
  /** Tells of the log as it is. */
  readonly #seesTrue: boolean;
  readonly #seen: RoomRecord;
  #group: Group;
  #told = 0;

  constructor(room: string, person: Person, seesTrue = false) {
    this.#seesTrue = seesTrue;
    this.#room = room;
    this.#person = person;
    this.#group = person.group(room) as Group;
    this.#seen = person.room(room) as RoomRecord;
    person.crash();
  }

  /** @param chain - how long its own chain is, as it says: another one each time. */
  says(text: string, chain?: number): void {
    this.#puts({ type: "text", text }, chain);
  }

  /** For its whole account. */
  leaves(): void {
    const { account, device, privateKey } = this.#person.me;
    const room = this.#room as never;
    const leafKey = leafOfDevice(this.#group, device)?.encryptionKey ?? new Uint8Array(0);
    const signature = nodeCrypto().sign(privateKey, leaveBytes({ room, account, device, leafKey }));
    this.#puts({ type: "leave", signature });
  }

  #puts(
    what: { readonly type: "text"; readonly text: string } | { readonly type: "leave"; readonly signature: Uint8Array },
    chain?: number,
  ): void {
    const { account, device } = this.#person.me;
    const { head } = log(this.#room);
    const room = this.#room as never;
    const id = `${device.slice(0, 30)}${String(10 + ++this.#told)}` as never;
    const authenticated = encodeAuthenticated({
      room,
      base: head,
      seq: this.#seesTrue ? this.#seen.seq : log(this.#room).last,
      hash: this.#seesTrue ? this.#seen.hash : new Uint8Array(32).fill(this.#told),
      ...PLAIN_AUTHENTICATED,
      ...(chain === undefined ? {} : { chain: { length: chain, hash: new Uint8Array(32).fill(this.#told) } }),
    });
    const content = pad(encodeContent({ id, sentAt: 1, ...what }));
    const sealed = seal(suite, this.#person.me, this.#group, content, authenticated);
    this.#group = sealed.next;
    const append = { type: "append", room, id, head, base: head, bytes: sealed.bytes, continues: false } as const;
    world.relay.put({ account, device }, append, false);
  }
}

test("after a person agreed to a fork that one member showed, only another one's word stops the room again", async () => {
  const [ann, bob, mal, eve] = await world.persons("ann", "bob", "mal", "eve");
  const room = await world.roomOf(ann, bob, mal, eve);
  await ann.say(room, "one");
  await world.pass(500);
  const [liar, other] = [new Liar(room, mal), new Liar(room, eve)];
  liar.says("a");
  await world.pass(1000);
  expect(ann.warnings()).toEqual(["log-forked"]);
  const waits = ann.ask("message.send", { roomId: room, text: "two" });
  await world.pass(1000);
  expect(waits.outcome).toBeUndefined();
  await ann.must("warning.accept", { code: "log-forked", roomId: room });
  await world.pass(1000);
  expect(waits.outcome?.ok).toBe(true);
  liar.says("b");
  await ann.say(room, "three");
  await ann.restart();
  liar.says("c");
  await ann.say(room, "four");
  expect(ann.warnings()).toEqual(["log-forked"]);
  other.says("d");
  await world.pass(1000);
  expect(ann.warnings()).toEqual(["log-forked", "log-forked"]);
  const stopped = ann.ask("message.send", { roomId: room, text: "five" });
  await world.pass(5000);
  expect(stopped.outcome).toBeUndefined();
});

/** Mal says that she saw another log, and bob has heard it. */
async function stopped(): Promise<{ readonly bob: Person; readonly room: string }> {
  const [ann, bob, mal] = await world.persons("ann", "bob", "mal");
  const room = await world.roomOf(ann, bob, mal);
  await ann.say(room, "one");
  await world.pass(500);
  new Liar(room, mal).says("a");
  await world.pass(1000);
  return { bob, room };
}

test("names who showed it, so that a person can ask", async () => {
  const { bob, room } = await stopped();
  const warning = bob.updates.find((update) => update.type === "warning");
  expect(warning).toEqual({ type: "warning", code: "log-forked", roomId: room, username: "mal" });
});

test("a room that is stopped says so at each start until a person agrees", async () => {
  const { bob, room } = await stopped();
  const told = { type: "warning", code: "log-forked", roomId: room, username: "mal" };
  const since = async () => {
    const seen = bob.updates.length;
    await bob.restart();
    await world.pass(1000);
    return bob.updates.slice(seen).filter(({ type }) => type === "warning");
  };
  expect(await since()).toEqual([told]);
  expect(await since()).toEqual([told]);
  await bob.must("warning.accept", { code: "log-forked", roomId: room });
  expect(await since()).toEqual([]);
});

test("after a person agreed to a chain that a member named, no other one that it invents stops its rooms", async () => {
  const [ann, bob, mal] = await world.persons("ann", "bob", "mal");
  const room = await world.roomOf(ann, bob, mal);
  await ann.say(room, "one");
  await world.pass(500);
  const liar = new Liar(room, mal, true);
  liar.says("a", 5);
  await world.pass(1000);
  expect(ann.warnings()).toEqual(["chain-withheld"]);
  expect(await ann.code("message.send", { roomId: room, text: "no" })).toBe("identity-changed");
  await ann.must("warning.accept", { code: "chain-withheld", username: "mal" });
  liar.says("b", 6);
  await world.pass(1000);
  await ann.say(room, "two");
  await ann.restart();
  liar.says("c", 7);
  liar.says("d", 1);
  await world.pass(1000);
  await ann.say(room, "three");
  expect(ann.warnings()).toEqual(["chain-withheld"]);
  expect(await ann.heard(room)).toEqual(["ann: one", "mal: a", "mal: b", "ann: two", "mal: c", "mal: d", "ann: three"]);
});

test("however many chains a member names at once, one question about it is under way", async () => {
  const [ann, bob, mal] = await world.persons("ann", "bob", "mal");
  const room = await world.roomOf(ann, bob, mal);
  await ann.say(room, "one");
  await world.pass(500);
  const liar = new Liar(room, mal, true);
  const before = world.sent("bob", "chain-get").length;
  world.relay.hold("bob");
  for (let length = 5; length < 15; length++) liar.says(`${length}`, length);
  await world.settle();
  world.relay.release("bob");
  await world.settle();
  expect(world.sent("bob", "chain-get").length - before).toBe(1);
});

test("a revoked device takes its account out of no room by saying that it leaves", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const phone = await world.device("phone", bob);
  const [room, other] = [await world.roomOf(ann, bob), await world.roomOf(ann, bob)];
  await world.pass(10_000);
  expect([room, other].map((id) => phone.room(id)?.status)).toEqual(["member", "member"]);
  const thief = new Liar(room, phone, true);
  world.relay.taps.push(({ who, way, body }) =>
    who === "bob" && way === "up" && body.type === "commit" && body.room === room
      ? { answer: { type: "refused", code: "busy", head: 0, retryMs: 1000, field: "" } }
      : undefined,
  );
  // Ann hears of it in the other room, and waits a little before she acts on it in this one.
  await bob.must("device.revoke", { deviceId: phone.me.device });
  await world.pass(1000);
  expect(ann.view(other)?.members).toEqual(["ann", "bob"]);
  expect(ann.view(room)?.members).toEqual(["ann", "bob", "bob"]);
  thief.leaves();
  await world.pass(10_000);
  world.relay.taps.length = 0;
  await world.pass(60_000);
  expect(ann.view(room)?.members).toEqual(["ann", "bob"]);
  expect(bob.room(room)?.status).toBe("member");
  await bob.say(room, "still here");
  expect(await ann.heard(room)).toEqual(["bob: still here"]);
});
