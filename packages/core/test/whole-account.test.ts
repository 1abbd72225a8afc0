// What one device of an account does in rooms holds for all its devices; and who goes last leaves nobody behind.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leaves, roomInfo } from "../src/group/index.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const log = (room: string) => world.relay.log(room as never);
const members = (room: string, of: Person) => {
  const group = of.group(room);
  return (group && leaves(group))?.map((leaf) => leaf.device).sort();
};

describe("a room that comes to one device", () => {
  test("by making it comes to the other ones at once", async () => {
    const [ann] = await world.persons("ann");
    const phone = await world.device("phone", ann);
    const { roomId: room } = await ann.must("room.create", { name: "den" });
    await world.pass(2000);
    await phone.say(room, "I see it");
    await world.pass(500);
    expect(await ann.heard(room)).toEqual(["ann: I see it"]);
    expect(phone.view(room)).toEqual(ann.view(room));
  });

  test("by a link, or by the first message of a conversation, likewise", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const phone = await world.device("phone", bob);
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    await world.pass(500);
    await bob.must("room.join", { link });
    const { roomId: direct } = await bob.must("direct.open", { username: "ann" });
    await bob.say(direct, "psst");
    await world.pass(3000);
    for (const id of [room, direct]) {
      expect(members(id, ann)).toContain(phone.me.device);
      await phone.say(id, "from the phone");
      await world.pass(500);
      expect((await ann.heard(id)).at(-1)).toBe("bob: from the phone");
    }
  });

  test("is left by all of them when one leaves", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const phone = await world.device("phone", bob);
    const room = await world.roomOf(ann, bob);
    await world.pass(3000);
    expect(phone.room(room)?.status).toBe("member");
    await bob.must("room.leave", { roomId: room });
    await world.pass(10_000);
    expect(bob.room(room)).toBeUndefined();
    expect(phone.room(room)).toBeUndefined();
    expect(members(room, ann)).toEqual([ann.me.device]);
  });
});

describe("who goes last", () => {
  test("turns the link off first, so that nobody comes into a room with a ghost", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const phone = await world.device("phone", ann);
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    await world.pass(2000);
    expect(phone.room(room)?.status).toBe("member");
    await ann.must("room.leave", { roomId: room });
    await world.pass(1000);
    for (const device of [ann, phone]) expect(await device.must("room.list", {})).toEqual([]);
    expect(log(room).link).toBeUndefined();
    expect(await bob.code("room.join", { link })).toBe("not-allowed");
  });

  test("does so after a crash in between as well, when it leaves once more", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    await world.pass(500);
    ann.ask("room.leave", { roomId: room });
    await world.settle();
    await ann.restart();
    await world.pass(1000);
    if (ann.room(room) !== undefined) await ann.must("room.leave", { roomId: room });
    await world.pass(1000);
    expect(ann.room(room)).toBeUndefined();
    expect(await bob.code("room.join", { link })).toBe("not-allowed");
  });

  test("does not when somebody came in just before: that one follows", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    await world.pass(500);
    world.relay.hold("ann");
    const leaving = ann.ask("room.leave", { roomId: room });
    await world.settle();
    await bob.must("room.join", { link });
    world.relay.release("ann");
    await world.pass(20_000);
    expect(leaving.outcome?.ok).toBe(true);
    expect(ann.room(room)).toBeUndefined();
    expect(members(room, bob)).toEqual([bob.me.device]);
    const info = bob.group(room) && roomInfo(bob.group(room) as never);
    expect(info).toMatchObject({ owners: [bob.me.account] });
    expect((await bob.must("room.link", { roomId: room })).link).not.toBe(link);
  });
});
