// Going on with a profile: where the relay asks for a code at each connection, and where the old link leads nowhere.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Params } from "../src/api.ts";
import { PASSWORD, type Person, RELAY_LINK, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

async function unlock(person: Person, part: Partial<Params<"account.unlock">>): Promise<string> {
  if (!person.isRunning) person.open();
  const code = await person.code("account.unlock", { password: PASSWORD, ...part });
  await world.settle();
  return code;
}

/** Ann with a room, away; from now on the relay asks for password and code, and takes these codes. */
async function strict(...codes: string[]) {
  const ann = await world.person("ann");
  const room = await world.roomOf(ann);
  await ann.close();
  world.relay.otpAlways = true;
  world.relay.codes = new Set(codes);
  return { ann, room };
}

describe("a relay that asks for password and code at each connection", () => {
  test("is given the code that came with the unlock, once: the next connection halts with bad-code", async () => {
    const { ann, room } = await strict("111111", "222222");
    expect(await unlock(ann, { code: "111111" })).toBe("done");
    await ann.say(room, "one");
    world.relay.cut("ann");
    await world.pass(60_000);
    expect(world.relay.isOnline("ann")).toBe(false);
    expect(world.sent("ann", "sign-in-finish")).toHaveLength(1);
    expect(await ann.code("room.create", { name: "den" })).toBe("bad-code");
    expect(ann.notices().at(-1)).toMatch(/asks for password and one-time code/);
    expect(await unlock(ann, { code: "222222" })).toBe("done");
    await ann.say(room, "two");
    expect(await ann.heard(room)).toEqual(["ann: one", "ann: two"]);
  });

  test("without a code nothing is sent, and what is written waits for it, not for a restart", async () => {
    const { ann, room } = await strict("111111", "222222");
    expect(await unlock(ann, {})).toBe("done");
    await world.pass(60_000);
    expect(world.sent("ann", "sign-in-start")).toEqual([]);
    const said = ann.ask("message.send", { roomId: room, text: "waits" });
    await world.settle();
    expect(said.outcome).toBeUndefined();
    expect(ann.me.halted).toBeUndefined();
    expect(await unlock(ann, { code: "111111" })).toBe("done");
    await world.pass(1000);
    expect(said.outcome?.ok).toBe(true);
    await ann.close();
    expect(await unlock(ann, { code: "222222" })).toBe("done");
    expect(world.relay.isOnline("ann")).toBe(true);
  });

  test("a wrong code is named, and another one is taken", async () => {
    const { ann } = await strict("111111");
    await unlock(ann, { code: "000000" });
    expect(world.relay.isOnline("ann")).toBe(false);
    expect(ann.notices().at(-1)).toMatch(/code is wrong or was used/);
    await unlock(ann, { code: "111111" });
    expect(world.relay.isOnline("ann")).toBe(true);
    expect(await ann.code("account.unlock", { password: PASSWORD, code: "222222" })).toBe("not-allowed");
  });

  test("a wait is told with its seconds", async () => {
    const { ann } = await strict("111111");
    world.relay.taps.push(({ who, way, body }) =>
      who === "ann" && way === "up" && body.type === "sign-in-finish"
        ? { answer: { type: "refused", code: "locked", head: 0, retryMs: 89_500, field: "" } }
        : undefined,
    );
    await unlock(ann, { code: "111111" });
    expect(ann.notices().at(-1)).toMatch(/try again in 90 s/);
  });

  test("the connection ends before its answer: the code is not used again", async () => {
    const { ann } = await strict("111111");
    world.relay.taps.push(({ who, way, body }) =>
      who === "ann" && way === "up" && body.type === "sign-in-finish" ? "pass-and-cut" : undefined,
    );
    await unlock(ann, { code: "111111" });
    await world.pass(60_000);
    expect(world.sent("ann", "sign-in-finish")).toHaveLength(1);
    expect(await ann.code("room.create", { name: "den" })).toBe("bad-code");
  });
});

test("a lock of the account's sign-in is told to its devices, and taken from the inbox once", async () => {
  const ann = await world.person("ann");
  world.relay.deliver(ann.me.device, { kind: "sign-in-locked" } as never);
  await world.settle();
  await ann.restart();
  expect(ann.notices().filter((text) => /sign-in of your account is closed/.test(text))).toHaveLength(1);
  expect(ann.me.inbox).toBe(1);
});

describe("a new link for a profile", () => {
  const moved = (part: string) => RELAY_LINK.replace("relay.test:7878", "moved.test:7979") + part;

  test("ends a lock-out by a changed access password, in the running program and after a restart", async () => {
    const ann = await world.person("ann");
    world.relay.access = "new";
    world.relay.cut("ann");
    await world.pass(60_000);
    const hellos = world.sent("ann", "hello").length;
    await world.pass(600_000);
    expect(world.sent("ann", "hello")).toHaveLength(hellos);
    expect(await ann.code("room.create", { name: "den" })).toBe("bad-access-password");
    expect(await unlock(ann, { link: `${RELAY_LINK}&a=new` })).toBe("done");
    expect(world.relay.isOnline("ann")).toBe(true);
    await ann.restart();
    expect(world.relay.isOnline("ann")).toBe(true);
  });

  test("moves the profile to where the relay is now", async () => {
    const ann = await world.person("ann");
    await ann.close();
    expect(await unlock(ann, { link: moved("") })).toBe("done");
    expect(ann.me).toMatchObject({ host: "moved.test", port: 7979 });
    expect(world.relay.isOnline("ann")).toBe(true);
    await ann.restart();
    expect(ann.me).toMatchObject({ host: "moved.test", port: 7979 });
  });

  test("is taken while the old place does not answer", async () => {
    const ann = await world.person("ann");
    world.relay.taps.push(({ who, way, body }) =>
      who === "ann" && way === "up" && body.type === "hello" ? "cut" : undefined,
    );
    world.relay.cut("ann");
    await world.settle();
    world.relay.taps.length = 0;
    expect(await unlock(ann, { link: moved("") })).toBe("done");
    expect(world.relay.isOnline("ann")).toBe(true);
    expect(ann.me.host).toBe("moved.test");
  });

  test.each([
    { name: "of another relay", link: RELAY_LINK.replace(/#k=.*/, `#k=${"A".repeat(43)}`), code: "wrong-pin" },
    { name: "that is none", link: "https://relay.test/", code: "bad-link" },
  ])("one $name is refused before anything is changed", async ({ link, code }) => {
    const ann = await world.person("ann");
    await ann.close();
    const before = ann.disk.snapshot();
    const dialed = world.sent("ann", "hello").length;
    expect(await unlock(ann, { link })).toBe(code);
    expect(ann.client.profile).toBe("locked");
    expect(ann.disk.snapshot()).toEqual(before);
    expect(world.sent("ann", "hello")).toHaveLength(dialed);
    expect(await unlock(ann, {})).toBe("done");
    // Nor in the open vault of a profile that waits for a person.
    world.relay.access = "new";
    world.relay.cut("ann");
    await world.pass(60_000);
    const open = ann.disk.snapshot();
    expect(await unlock(ann, { link })).toBe(code);
    expect(ann.disk.snapshot()).toEqual(open);
  });
});
