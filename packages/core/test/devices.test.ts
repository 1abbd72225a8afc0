// Devices of the own account: their list, revoking one, and what becomes of it in rooms.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leaves } from "../src/group/index.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const notices = (person: Person) => person.updates.flatMap((one) => (one.type === "notice" ? [one.text] : []));

/** Devices that somebody sees in a room. */
function devices(person: Person, room: string): string[] {
  const group = person.group(room);
  return (group && leaves(group)?.map((leaf) => leaf.device)) ?? [];
}

/** Has somebody read Ann's chain, as it is before she is added to a room. */
async function hears(person: Person): Promise<void> {
  const { roomId } = await person.must("room.create", { name: "another" });
  await person.must("room.add", { roomId, username: "ann" });
}

/** Ann with two devices, and Bob, in one room. */
async function house() {
  const [ann, bob] = await world.persons("ann", "bob");
  const tab = await world.device("tab", ann);
  const room = await world.roomOf(ann, bob, tab);
  await world.pass(10_000);
  expect(devices(bob, room)).toHaveLength(3);
  return { ann, bob, tab, room };
}

test("the list has every device that is in the chain, under a number that it keeps", async () => {
  const ann = await world.person("ann");
  const tab = await world.device("tab", ann);
  const pad = await world.device("pad", ann);
  await world.settle();
  const names = async (person: Person) =>
    (await person.must("device.list", {})).map(({ name, deviceId, own }) => [name, deviceId, own]);
  expect(await names(ann)).toEqual([
    ["device 1", ann.me.device, true],
    ["device 2", tab.me.device, false],
    ["device 3", pad.me.device, false],
  ]);
  await pad.must("device.revoke", { deviceId: tab.me.device });
  await world.settle();
  expect(await names(ann)).toEqual([
    ["device 1", ann.me.device, true],
    ["device 3", pad.me.device, false],
  ]);
});

test("a device cannot revoke itself, nor one that its account never had", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const refused = await ann.result("device.revoke", { deviceId: ann.me.device });
  expect(refused).toMatchObject({ ok: false, error: { code: "not-allowed" } });
  expect(await ann.code("device.revoke", { deviceId: bob.me.device })).toBe("bad-request");
  expect(world.sent("ann", "chain-append")).toEqual([]);
});

test("who was revoked goes from the room with a renewed link, halts for good and keeps its history", async () => {
  const { ann, bob, tab, room } = await house();
  await bob.say(room, "before");
  const { link } = await ann.must("room.link", { roomId: room });
  await ann.must("device.revoke", { deviceId: tab.me.device });
  await ann.must("device.revoke", { deviceId: tab.me.device });
  await world.pass(1000);
  expect(devices(ann, room).sort()).toEqual([ann.me.device, bob.me.device].sort());
  expect(bob.view(room)).toEqual(ann.view(room));
  expect((await ann.must("room.link", { roomId: room })).link).not.toBe(link);
  expect(bob.warnings()).toEqual([]);
  for (let round = 0; round < 2; round++) {
    await world.pass(60_000);
    expect(await tab.code("message.send", { roomId: room, text: "x" })).toBe("device-revoked");
    expect(await tab.code("direct.open", { username: "bob" })).toBe("device-revoked");
    expect(await tab.heard(room)).toContain("bob: before");
    expect(await tab.must("device.list", {})).toHaveLength(2);
    await tab.restart();
  }
  expect(world.sent("tab", "resume")).toHaveLength(1);
  await ann.say(room, "after");
  await world.settle();
  expect(await bob.heard(room)).toEqual(["bob: before", "ann: after"]);
});

test("a device that reads of its own revocation halts, whatever the relay still lets it do", async () => {
  const { ann, tab } = await house();
  world.relay.taps.push(({ who, way, body }) =>
    who === "ann" && way === "up" && body.type === "chain-append" ? "drop" : undefined,
  );
  ann.ask("device.revoke", { deviceId: tab.me.device });
  await world.settle();
  const asked = world.sent("ann", "chain-append").at(-1)?.body;
  if (asked?.type !== "chain-append") throw new Error("asked");
  world.relay.accounts.get(ann.me.account)?.entries.push(asked.entry);
  world.relay.deliver(tab.me.device, { kind: "chain-grew" } as never);
  await world.settle();
  expect(tab.me.halted).toBe("device-revoked");
  expect(world.relay.isOnline("tab")).toBe(false);
});

test("nothing is encrypted in the room before the revoked device is out of it", async () => {
  const { ann, bob, tab, room } = await house();
  const commits = world.sent("ann", "commit").length;
  world.relay.taps.push(({ who, way, body }) =>
    who === "ann" && way === "up" && body.type === "commit" ? "drop" : undefined,
  );
  await ann.must("device.revoke", { deviceId: tab.me.device });
  ann.ask("message.send", { roomId: room, text: "without tab" });
  await world.pass(2000);
  expect(world.sent("ann", "commit")).toHaveLength(commits + 1);
  expect(world.sent("ann", "append")).toEqual([]);
  expect(ann.intents()[0]?.attempt).toBeUndefined();
  world.relay.taps.length = 0;
  world.relay.cut("ann");
  await world.pass(5000);
  expect(await bob.heard(room)).toEqual(["ann: without tab"]);
  expect(devices(bob, room)).not.toContain(tab.me.device);
});

describe("killed after the chain has the revocation", () => {
  test("the revoker commits the removal after the next start", async () => {
    const { ann, bob, tab, room } = await house();
    await bob.close();
    world.relay.taps.push(({ who, way, body }) => {
      if (who !== "ann" || way !== "up" || body.type !== "chain-append") return undefined;
      queueMicrotask(() => ann.crash());
      return undefined;
    });
    ann.ask("device.revoke", { deviceId: tab.me.device });
    await world.settle();
    world.relay.taps.length = 0;
    expect(world.relay.accounts.get(ann.me.account)?.entries).toHaveLength(3);
    await ann.restart();
    await world.pass(2000);
    expect(devices(ann, room)).toEqual([ann.me.device, bob.me.device]);
  });

  test("a member that hears of it takes the device out, shows the chain for it, and all hold that commit", async () => {
    const { ann, bob, tab, room } = await house();
    const cat = await world.person("cat");
    await bob.must("room.add", { roomId: room, username: "cat" });
    await world.pass(1000);
    world.relay.taps.push(({ who, way, body }) =>
      who === "ann" && way === "up" && body.type === "commit" ? "drop" : undefined,
    );
    await ann.must("device.revoke", { deviceId: tab.me.device });
    ann.crash();
    await hears(bob);
    expect(devices(bob, room)).toContain(tab.me.device);
    // What he says before that waits, although no commit is under way.
    const said = bob.ask("message.send", { roomId: room, text: "is it gone?" });
    await world.pass(1000);
    expect(bob.pending(room)).toBeUndefined();
    expect(world.sent("bob", "append")).toEqual([]);
    await world.pass(30_000);
    expect(said.outcome?.ok).toBe(true);
    expect(devices(cat, room)).not.toContain(tab.me.device);
    expect(cat.view(room)).toEqual(bob.view(room));
    expect(cat.warnings()).toEqual([]);
  });
});

/** Comes back, and knows Ann's chain before it reads on in a room. */
async function isBackKnowingTheChain(person: Person, room: string): Promise<void> {
  world.relay.taps.push(({ who, way, body }) => {
    const isOfRoom = (body.type === "event" || body.type === "fetch") && body.room === room;
    return who === person.name && isOfRoom && (way === "up" || body.type === "event") ? "drop" : undefined;
  });
  await person.unlock();
  await hears(person);
  world.relay.taps.length = 0;
  world.relay.cut(person.name);
  await world.pass(30_000);
}

describe("a room that one device left while nobody was there to take the account out", () => {
  test("is left by the others also where that one is revoked then", async () => {
    const { ann, bob, tab, room } = await house();
    await bob.close();
    await tab.must("room.leave", { roomId: room });
    await world.pass(5000);
    await ann.must("device.revoke", { deviceId: tab.me.device });
    await world.pass(5000);
    expect(ann.room(room)).toBeUndefined();
    await isBackKnowingTheChain(bob, room);
    expect(devices(bob, room)).toEqual([bob.me.device]);
  });

  test("is left by whichever of the others hears of it", async () => {
    const { ann, bob, tab, room } = await house();
    const pad = await world.device("pad", ann);
    await world.pass(10_000);
    expect(devices(bob, room)).toContain(pad.me.device);
    await bob.close();
    await tab.must("room.leave", { roomId: room });
    await world.pass(5000);
    world.relay.taps.push(({ who, way, body }) =>
      who === "ann" && way === "up" && body.type === "append" ? "drop" : undefined,
    );
    await ann.must("device.revoke", { deviceId: tab.me.device });
    await world.pass(5000);
    expect(pad.room(room)).toBeUndefined();
    await isBackKnowingTheChain(bob, room);
    expect(devices(bob, room)).toEqual([bob.me.device]);
  });

  test("is theirs again when that one comes back before", async () => {
    const { ann, bob, tab, room } = await house();
    const { link } = await tab.must("room.link", { roomId: room });
    await bob.close();
    await tab.must("room.leave", { roomId: room });
    await world.pass(5000);
    await tab.must("room.join", { link });
    await world.pass(5000);
    await bob.unlock();
    await world.pass(30_000);
    expect(ann.view(room)).toEqual(bob.view(room));
    expect(devices(bob, room)).toHaveLength(3);
  });
});

test("in a direct conversation the other side takes the revoked device out", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const tab = await world.device("tab", ann);
  const { roomId: room } = await bob.must("direct.open", { username: "ann" });
  await bob.say(room, "hello");
  await world.pass(1000);
  expect(devices(bob, room)).toHaveLength(3);
  // Ann is away from the room with all she has; her chain says it all the same.
  world.relay.taps.push(({ who, way, body }) =>
    who === "ann" && way === "up" && body.type === "commit" ? "cut" : undefined,
  );
  await ann.must("device.revoke", { deviceId: tab.me.device });
  await ann.close();
  await hears(bob);
  await world.pass(30_000);
  expect(devices(bob, room).sort()).toEqual([ann.me.device, bob.me.device].sort());
  world.relay.taps.length = 0;
  await ann.unlock();
  await world.pass(2000);
  expect(ann.view(room)).toEqual(bob.view(room));
  expect(ann.warnings()).toEqual([]);
  await bob.say(room, "again");
  await world.settle();
  expect(await ann.heard(room)).toContain("bob: again");
});

test("who lost every device comes back by the phrase and revokes the old one, and keeps every conversation", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const den = await world.roomOf(ann, bob);
  const { roomId: direct } = await bob.must("direct.open", { username: "ann" });
  await bob.say(direct, "hello");
  await world.settle();
  await bob.close();
  await ann.close();
  const tab = await world.device("tab", ann);
  await tab.must("device.revoke", { deviceId: ann.me.device });
  await world.pass(60_000);
  await bob.unlock();
  await world.pass(60_000);
  for (const room of [den, direct]) {
    expect(devices(bob, room).sort()).toEqual([bob.me.device, tab.me.device].sort());
    await bob.say(room, "welcome back");
    await tab.say(room, "here I am");
    await world.settle();
    expect(await tab.heard(room)).toEqual(["bob: welcome back", "ann: here I am"]);
    expect(tab.view(room)).toEqual(bob.view(room));
  }
  expect(bob.warnings()).toEqual([]);
});

test("a relay that went back in time is given the chain again, by all devices that know it, and nobody is in doubt", async () => {
  const { ann, bob, tab, room } = await house();
  const pad = await world.device("pad", ann);
  await world.settle();
  await ann.must("device.revoke", { deviceId: pad.me.device });
  await world.pass(10_000);
  const account = world.relay.accounts.get(ann.me.account);
  if (account === undefined) throw new Error("ann has an account");
  const whole = [...account.entries];
  for (const person of [ann, tab, bob]) world.relay.cut(person.name);
  account.entries.length = 2;
  // As after a restored backup, from when the two devices were there.
  await world.pass(60_000);
  expect(account.entries).toEqual(whole);
  expect([ann, tab].flatMap((one) => one.notices()).filter((text) => text.includes("was given it again"))).not.toEqual(
    [],
  );
  await hears(bob);
  await ann.say(room, "all is well");
  await world.settle();
  expect(await bob.heard(room)).toEqual(["ann: all is well"]);
  for (const person of [ann, tab, bob]) expect(person.warnings()).toEqual([]);
});

test("who gives the chain again goes on behind another device that is faster at it", async () => {
  const ann = await world.person("ann");
  await world.device("tab", ann);
  const pad = await world.device("pad", ann);
  await ann.must("device.revoke", { deviceId: pad.me.device });
  await world.settle();
  const account = world.relay.accounts.get(ann.me.account);
  const whole = [...(account?.entries ?? [])];
  for (const name of ["tab", "pad"]) await world.get(name).close();
  world.relay.cut("ann");
  account?.entries.splice(2);
  let faster = 1;
  world.relay.taps.push(({ who, way, body }) => {
    if (who === "ann" && way === "up" && body.type === "chain-append" && faster-- > 0)
      account?.entries.push(body.entry);
    return undefined;
  });
  await world.pass(60_000);
  expect(account?.entries).toEqual(whole);
  expect(ann.warnings()).toEqual([]);
});

describe("an answer that is lost", () => {
  test.each(["cut", "pass-and-cut"] as const)(
    "is decided by the next session (%s), and the command is answered",
    async (verdict) => {
      const { ann, tab, room } = await house();
      let cuts = 1;
      world.relay.taps.push(({ who, way, body }) =>
        who === "ann" && way === "up" && body.type === "chain-append" && cuts-- > 0 ? verdict : undefined,
      );
      await ann.must("device.revoke", { deviceId: tab.me.device });
      await world.pass(5000);
      expect(world.relay.accounts.get(ann.me.account)?.entries).toHaveLength(3);
      expect(devices(ann, room)).not.toContain(tab.me.device);
    },
  );
});

test("of two devices that revoke two others at once both do it, one behind the other", async () => {
  const ann = await world.person("ann");
  const [tab, pad, old] = [
    await world.device("tab", ann),
    await world.device("pad", ann),
    await world.device("old", ann),
  ];
  await world.settle();
  const asked = [
    ann.ask("device.revoke", { deviceId: pad.me.device }),
    tab.ask("device.revoke", { deviceId: old.me.device }),
  ];
  await world.pass(2000);
  expect(asked.map(({ outcome }) => outcome?.ok)).toEqual([true, true]);
  expect((await ann.must("device.list", {})).map(({ name }) => name)).toEqual(["device 1", "device 2"]);
});

test("people hear of each device that comes or goes, louder where the recovery phrase did it, and not at first sight", async () => {
  const { ann, bob, tab, room } = await house();
  expect(notices(bob)).toEqual([]);
  const pad = await world.device("pad", ann);
  await world.settle();
  await ann.must("device.revoke", { deviceId: tab.me.device });
  await ann.say(room, "I have a new one");
  await world.pass(5000);
  expect(notices(bob)).toEqual([
    "ann's account was recovered with the recovery phrase: a device was added; compare safety words before you trust it",
    "ann revoked a device",
  ]);
  const own =
    "a device was added to your account with the recovery phrase; if that was not you, revoke it and change your password";
  expect(notices(ann)).toEqual([own, own]);
  expect(notices(pad)).toEqual(["a device of your account was revoked"]);
});
