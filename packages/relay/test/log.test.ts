import { directRoom, EMPTY, encodeHeader, idOf, LIMITS, roomIdOf, transcriptStart, transcriptStep } from "@sotto/wire";
import { describe, expect, test } from "vitest";
import { sha256 } from "../src/crypto.ts";
import { RateLimit } from "../src/rate.ts";
import { idFault } from "../src/room/creation.ts";
import { HEADER_REFS_MAX } from "../src/room/membership.ts";
import { device, HOUR, LogWorld, text } from "./log-world.ts";

const [ann, bob, cat, eve] = [device("ann"), device("bob"), device("cat"), device("eve")];
const token = new Uint8Array(32).fill(7);
const link = { tokenHash: sha256(token), groupInfo: text("sealed") };

/** Ann's room with bob and cat in it, whose commits all have been built on. */
function roomOfThree(): LogWorld {
  const world = new LogWorld(ann);
  world.commit(ann, { adds: [bob, cat] });
  world.append(bob);
  return world;
}

describe("whose id it is", () => {
  const idOfBoth = idOf.room(directRoom(ann.account, bob.account, sha256));
  const taken = (room: typeof idOfBoth, adds: readonly (typeof ann)[] | undefined, sender = ann) => {
    const id = idOf.entry(new Uint8Array(16));
    const header = encodeHeader({ adds: adds ?? [], removes: [] });
    const empty = { bytes: text("commit"), welcomes: [], link: undefined, joinToken: undefined };
    const commit = adds && { room, id, head: 0, base: 0, header, ...empty };
    return idFault(sender, { type: "room-create", room, header: EMPTY, link: undefined, commit }, sha256) === undefined;
  };

  test.each([
    { name: "one device of the other", adds: [bob], holds: true },
    { name: "all devices of both", adds: [bob, device("bob", 2), device("ann", 2)], holds: true },
    { name: "nobody", adds: [], holds: false },
    { name: "own devices alone", adds: [device("ann", 2)], holds: false },
    { name: "a third account", adds: [cat], holds: false },
    { name: "a third account, last", adds: [bob, device("ann", 2), cat], holds: false },
    { name: "a third account, first", adds: [cat, bob], holds: false },
  ])("a direct room whose first commit brings in $name: $holds", ({ adds, holds }) => {
    expect(taken(idOfBoth, adds)).toBe(holds);
    expect(taken(idOfBoth, adds, eve)).toBe(false);
  });

  test("any other room is of who chose its id, and begins empty", () => {
    const room = idOf.room(roomIdOf(ann.account, text("sixteen bytes!!!"), sha256));
    expect(taken(room, undefined)).toBe(true);
    expect(taken(room, undefined, device("ann", 2))).toBe(true);
    expect(taken(room, undefined, bob)).toBe(false);
    expect(taken(room, [bob])).toBe(false);
    expect(taken(idOfBoth, undefined)).toBe(false);
  });
});

describe("order", () => {
  test("entries are numbered from 1 without gaps, whoever sends them", () => {
    const world = roomOfThree();
    const seqs = [world.append(ann), world.append(bob), world.append(cat)].map(
      (one) => one.kind === "accepted" && one.entry.seq,
    );
    expect(seqs).toEqual([3, 4, 5]);
  });

  test("an entry that does not name the newest commit is refused with it, message or commit", () => {
    const world = roomOfThree();
    for (const head of [0, 2, 99]) {
      expect(world.append(bob, { head, base: 0 })).toMatchObject({ refusal: { code: "stale-head", head: 1 } });
      expect(world.commit(bob, { head, base: 0 })).toMatchObject({ refusal: { code: "stale-head", head: 1 } });
    }
  });

  test.each([
    { name: "above the head", base: 5 },
    { name: "a message", base: 2 },
  ])("a base that is $name is a bad request", ({ base }) => {
    const world = roomOfThree();
    world.append(ann);
    world.commit(ann);
    expect(world.log.head).toBe(4);
    expect(world.append(bob, { base })).toMatchObject({ refusal: { code: "bad-request", field: "base" } });
    expect(world.commit(bob, { base })).toMatchObject({ refusal: { code: "bad-request", field: "base" } });
  });

  test("two commits at once: one wins, the other learns the head", () => {
    const world = roomOfThree();
    const head = world.log.head;
    expect(world.commit(ann, { head })).toMatchObject({ kind: "accepted" });
    expect(world.commit(bob, { head })).toMatchObject({ refusal: { code: "stale-head", head: 3 } });
  });

  test("after a commit further commits wait 250 ms, messages do not", () => {
    const world = roomOfThree();
    world.commit(ann);
    world.now += 100;
    expect(world.commitNow(bob)).toMatchObject({ refusal: { code: "busy", retryMs: 150 } });
    expect(world.append(bob)).toMatchObject({ kind: "accepted" });
    world.now += 150;
    expect(world.commitNow(bob)).toMatchObject({ kind: "accepted" });
  });

  test("each entry carries the transcript hash of the one before", () => {
    const world = roomOfThree();
    const entries = [world.append(ann), world.commit(bob), world.append(cat)].flatMap((one) =>
      one.kind === "accepted" ? [one.entry] : [],
    );
    let hash = transcriptStart(world.room, sha256);
    for (const kept of world.tables.entries(world.room, 1, 2, 10, 1e6)) hash = transcriptStep(hash, kept, sha256);
    for (const entry of entries) {
      expect(entry.previous).toEqual(hash);
      hash = transcriptStep(hash, entry, sha256);
      expect(entry.hash).toEqual(hash);
    }
  });
});

describe("repeats", () => {
  test("the same bytes under the same id get the first place again, also when the head moved on", () => {
    const world = roomOfThree();
    const id = world.id();
    const [head, bytes] = [world.log.head, text("once")];
    expect(world.append(bob, { id, bytes })).toMatchObject({ kind: "accepted", entry: { seq: 3 } });
    world.commit(ann);
    expect(world.append(bob, { id, bytes, head, base: head })).toMatchObject({ kind: "repeat", mark: { seq: 3 } });
  });

  test("other bytes, another base or another kind under a used id are refused", () => {
    const world = roomOfThree();
    const id = world.id();
    const bytes = text("once");
    world.append(bob, { id, bytes });
    expect(world.append(bob, { id, bytes: text("other") })).toMatchObject({ refusal: { code: "id-reused" } });
    expect(world.append(bob, { id, bytes, base: 0 })).toMatchObject({ refusal: { code: "id-reused" } });
    expect(world.commit(bob, { id, bytes })).toMatchObject({ refusal: { code: "id-reused" } });
  });

  test("ids belong to a device: another device may use the same", () => {
    const world = roomOfThree();
    const id = world.id();
    world.append(bob, { id });
    expect(world.append(cat, { id })).toMatchObject({ kind: "accepted" });
  });

  test("a repeat is answered even when its sender is too fast for a new one", () => {
    const limit = new RateLimit<string>({ perSecond: 1, burst: 1 });
    const world = new LogWorld(ann, { rate: ({ device }, now) => limit.take(device, now) });
    const id = world.id();
    world.append(ann, { id });
    expect(world.append(ann)).toMatchObject({ refusal: { code: "rate-limited", retryMs: 1000 } });
    expect(world.append(ann, { id })).toMatchObject({ kind: "repeat", mark: { seq: 1 } });
  });
});

describe("members", () => {
  test("who is not in the room hears of no room", () => {
    const world = roomOfThree();
    expect(world.append(eve)).toMatchObject({ refusal: { code: "unknown-room" } });
    expect(world.commit(eve)).toMatchObject({ refusal: { code: "unknown-room" } });
    expect(world.log.readable(eve.device)).toBeUndefined();
  });

  test("the added read from the commit that added them, the creator's devices from the start", () => {
    const world = new LogWorld(ann, { also: [device("ann", 2)] });
    world.append(ann);
    world.commit(ann, { adds: [bob] });
    expect(world.log.readable(bob.device)).toEqual({ from: 2, to: 2 });
    expect(world.log.readable(device("ann", 2).device)).toEqual({ from: 1, to: 2 });
  });

  test("a removal waits until another account builds on it; then the removed read no further than that commit", () => {
    const world = roomOfThree();
    world.commit(ann, { removes: [cat] });
    expect(world.who(cat)).toEqual([cat]);
    world.append(ann);
    expect(world.who(cat)).toEqual([cat]);
    world.append(bob);
    expect(world.who(cat)).toEqual([]);
    expect(world.log.readable(cat.device)).toEqual({ from: 1, to: 3 });
    expect(world.append(cat)).toMatchObject({ refusal: { code: "unknown-room" } });
  });

  test("until a removal takes effect the removed may still send", () => {
    const world = roomOfThree();
    world.commit(ann, { removes: [cat] });
    expect(world.append(cat, { base: 1 })).toMatchObject({ kind: "accepted" });
    expect(world.who(cat)).toEqual([cat]);
  });

  test("a removal takes effect after a day even if nobody builds on it", () => {
    const world = roomOfThree();
    world.commit(ann, { removes: [cat] });
    world.now += 24 * HOUR - 1;
    world.ripen();
    expect(world.who(cat)).toEqual([cat]);
    world.now += 1;
    world.ripen();
    expect(world.who(cat)).toEqual([]);
    world.restart();
    expect(world.who(ann, bob, cat)).toEqual([ann, bob]);
  });

  test("a garbage commit that removes everybody is healed by any of them, and nobody lost access", () => {
    const world = roomOfThree();
    world.commit(ann, { adds: [eve], base: 1 });
    world.append(bob);
    world.commit(eve, { removes: [ann, bob, cat] });
    expect(world.who(ann, bob, cat, eve)).toEqual([ann, bob, cat, eve]);
    expect(world.commit(bob, { base: 3 })).toMatchObject({ kind: "accepted" });
    world.append(cat);
    world.append(eve, { base: 5 });
    expect(world.who(ann, bob, cat, eve)).toEqual([ann, bob, cat, eve]);
  });

  test("a garbage commit gives its additions no access once another one was built beside it", () => {
    const world = roomOfThree();
    world.commit(cat, { adds: [eve] });
    expect(world.who(eve)).toEqual([eve]);
    world.commit(bob, { base: 1 });
    world.append(ann);
    expect(world.who(ann, bob, cat, eve)).toEqual([ann, bob, cat]);
    expect(world.log.readable(eve.device)).toEqual({ from: 3, to: 4 });
  });

  test("who was removed, has read that, and is added again reads from the new commit on", () => {
    const world = roomOfThree();
    world.commit(ann, { removes: [cat] });
    world.append(bob);
    world.log.access.forget(cat.device);
    world.commit(ann, { adds: [cat] });
    expect(world.log.readable(cat.device)).toEqual({ from: 5, to: 5 });
  });

  test("who is added again before it has read that it was out reads both, in order", () => {
    const world = roomOfThree();
    world.commit(ann, { removes: [cat] });
    world.append(bob);
    expect(world.log.readable(cat.device)).toEqual({ from: 1, to: 3 });
    world.commit(ann, { adds: [cat] });
    expect(world.log.readable(cat.device)).toEqual({ from: 1, to: 5 });
  });

  test("all of this survives a restart", () => {
    const world = roomOfThree();
    world.commit(ann, { removes: [cat] });
    world.append(bob);
    world.restart();
    expect(world.who(ann, bob, cat)).toEqual([ann, bob]);
    expect(world.log.readable(cat.device)).toEqual({ from: 1, to: 3 });
    expect(world.log.head).toBe(3);
    expect(world.append(ann)).toMatchObject({ entry: { seq: 5 } });
    expect(world.commit(bob, { adds: [cat], base: 3 })).toMatchObject({ entry: { seq: 6 } });
    expect(world.who(ann, bob, cat)).toEqual([ann, bob, cat]);
  });

  test("a room takes a thousand devices and no more", () => {
    const world = new LogWorld(ann);
    const many = Array.from({ length: LIMITS.roomDevicesMax }, (_, index) => device("bob", index));
    expect(world.commit(ann, { adds: many })).toMatchObject({ refusal: { code: "too-long" } });
    expect(world.commit(ann, { adds: many.slice(1) })).toMatchObject({ kind: "accepted" });
  });

  test.each([
    { name: "is not added", welcomes: [{ device: cat.device, bytes: text("hi") }] },
    { name: "gets two", welcomes: [1, 2].map(() => ({ device: bob.device, bytes: text("hi") })) },
  ])("a Welcome for a device that $name is a bad request", ({ welcomes }) => {
    const world = new LogWorld(ann);
    expect(world.commit(ann, { adds: [bob], welcomes })).toMatchObject({ refusal: { code: "bad-request" } });
    expect(world.log.head).toBe(0);
  });
});

describe("what a commit's header may hold", () => {
  test("nobody takes out who is not in: a member, a joiner, or from a base that lacks the device", () => {
    const world = new LogWorld(ann, { link });
    const bad = { refusal: { code: "bad-request", field: "header.removes" } };
    expect(world.commit(ann, { removes: [bob] })).toMatchObject(bad);
    const old = device("eve", 2);
    expect(world.commit(eve, { adds: [eve], removes: [old], joinToken: token })).toMatchObject(bad);
    world.commit(ann, { adds: [bob] });
    expect(world.commit(ann, { base: 0, removes: [bob] })).toMatchObject(bad);
    expect(world.commit(ann, { removes: [bob] })).toMatchObject({ kind: "accepted" });
  });

  test("a device twice among the added or the removed is refused", () => {
    const world = roomOfThree();
    expect(world.commit(ann, { adds: [eve, eve] })).toMatchObject({ refusal: { field: "header.adds[1].device" } });
    expect(world.commit(ann, { removes: [bob, cat, bob] })).toMatchObject({
      refusal: { field: "header.removes[2].device" },
    });
  });

  test("all headers of a room name so many devices and no more, after a restart too; who names none goes on", () => {
    const world = new LogWorld(ann);
    const many = Array.from({ length: 999 }, (_, one) => device("many", one));
    // Each on the creation: garbage beside garbage.
    for (let left = HEADER_REFS_MAX; left >= 999; left -= 999)
      expect(world.commit(ann, { base: 0, adds: many })).toMatchObject({ kind: "accepted" });
    const full = { refusal: { code: "too-long", field: "header.adds" } };
    expect(world.commit(ann, { base: 0, adds: many })).toMatchObject(full);
    world.restart();
    expect(world.commit(ann, { base: 0, adds: many })).toMatchObject(full);
    expect(world.commit(ann)).toMatchObject({ kind: "accepted" });
  });
});

describe("joining by link", () => {
  const joined = { adds: [eve], joinToken: token };

  test("who holds the token adds its own device", () => {
    const world = new LogWorld(ann, { link });
    expect(world.commit(eve, joined)).toMatchObject({ kind: "accepted", entry: { seq: 1 } });
    expect(world.append(eve)).toMatchObject({ kind: "accepted" });
  });

  test.each([
    { name: "no token", options: { adds: [eve] }, code: "unknown-room" },
    { name: "a wrong token", options: { adds: [eve], joinToken: new Uint8Array(32) }, code: "link-expired" },
    { name: "another device", options: { adds: [bob], joinToken: token }, code: "not-allowed" },
    { name: "one device more", options: { adds: [eve, bob], joinToken: token }, code: "not-allowed" },
    { name: "nobody added", options: { joinToken: token }, code: "not-allowed" },
    { name: "somebody removed", options: { adds: [eve], removes: [ann], joinToken: token }, code: "not-allowed" },
    {
      name: "somebody removed under the joiner's own name",
      options: { adds: [eve], removes: [{ account: eve.account, device: ann.device }], joinToken: token },
      code: "not-allowed",
    },
  ])("from outside, $name: $code", ({ options, code }) => {
    const world = new LogWorld(ann, { link });
    expect(world.commit(eve, options)).toMatchObject({ refusal: { code } });
    expect(world.who(ann, bob, eve)).toEqual([ann]);
  });

  test("a joiner may take out another device of its own account", () => {
    const world = new LogWorld(ann, { link });
    const second = device("ann", 2);
    expect(world.commit(second, { adds: [second], removes: [ann], joinToken: token })).toMatchObject({
      kind: "accepted",
    });
  });

  test("who joins again takes out its own old leaf and stays in", () => {
    const world = new LogWorld(ann, { link });
    world.commit(eve, joined);
    world.append(ann);
    expect(world.commit(eve, { adds: [eve], removes: [eve], joinToken: token })).toMatchObject({ kind: "accepted" });
    world.append(ann);
    expect(world.who(ann, eve)).toEqual([ann, eve]);
  });

  test("a commit may turn the link off or renew it, and one that says nothing leaves it as it was", () => {
    const world = new LogWorld(ann, { link });
    world.commit(ann);
    expect(world.log.link).toEqual({ tokenHash: link.tokenHash, base: 0 });
    const renewed = new Uint8Array(32).fill(8);
    world.commit(ann, { link: { tokenHash: sha256(renewed), groupInfo: text("new") } });
    expect(world.commit(eve, joined)).toMatchObject({ refusal: { code: "link-expired" } });
    expect(world.log.link?.base).toBe(2);
    world.commit(ann, { link: null });
    expect(world.commit(eve, { ...joined, joinToken: renewed })).toMatchObject({ refusal: { code: "not-allowed" } });
  });
});
