// Own entries that the relay alters on their way into the log: they are spent, named, and hold nothing up.
import { type AppendBody, type CommitBody, type DeviceRef, encodeHeader } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Passing, Verdict } from "./harness/fake-relay.ts";
import type { Wanted } from "./harness/naive-log.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const flip = (bytes: Uint8Array) => bytes.map((byte, index) => (index === bytes.length - 20 ? byte ^ 1 : byte));

/** The next message or commit of somebody stands in the log otherwise than it was sent. */
function alterNext(person: Person, change: <T extends AppendBody | CommitBody>(body: T) => T): void {
  let done = false;
  world.relay.taps.push(({ who, way, body }: Passing): Verdict => {
    if (done || who !== person.name || way !== "up" || (body.type !== "append" && body.type !== "commit"))
      return undefined;
    done = true;
    const decision = world.relay.put(person.me, change(body) as Wanted);
    if (decision.kind === "refused") throw new Error(decision.code);
    return { answer: { type: "ack", seq: decision.entry.seq, previous: decision.entry.previous } };
  });
}

async function talks(room: string, ...people: Person[]): Promise<void> {
  for (const person of people) await person.say(room, `still here, ${person.name}`);
  await world.pass(1000);
  const lines = people.map(({ name }) => `${name}: still here, ${name}`);
  for (const person of people) expect((await person.heard(room)).slice(-people.length)).toEqual(lines);
}

describe("a commit whose way into the log went over a relay that alters", () => {
  type Change = <T extends AppendBody | CommitBody>(body: T, bob: DeviceRef) => T;
  test.each<{ readonly what: string; readonly change: Change }>([
    { what: "its bytes", change: (body) => ({ ...body, bytes: flip(body.bytes) }) },
    { what: "its header", change: (body, bob) => ({ ...body, header: encodeHeader({ adds: [], removes: [bob] }) }) },
    { what: "its base", change: (body) => ({ ...body, base: 0 }) },
  ])("$what is skipped by all, named, and holds nothing up", async ({ change }) => {
    const people = await world.persons("ann", "bob", "cat");
    const [ann, bob, cat] = people;
    const room = await world.roomOf(...people);
    await talks(room, ...people);
    const { account, device } = bob.me;
    alterNext(ann, (body) => change(body, { account, device }));
    expect(await ann.code("room.link", { roomId: room, renew: true })).toBe("internal");
    await world.pass(30_000);
    expect(new Set(ann.warnings())).toEqual(new Set(["relay-lies"]));
    for (const person of [bob, cat]) expect(new Set(person.warnings())).toEqual(new Set(["commit-skipped"]));
    await talks(room, ...people);
    await ann.must("room.link", { roomId: room, renew: true });
    await world.pass(1000);
    await talks(room, ...people);
    expect(bob.view(room)).toEqual(ann.view(room));
  });
});

describe("a message whose way into the log went over a relay that alters", () => {
  test.each([
    {
      what: "its bytes",
      change: <T extends AppendBody | CommitBody>(body: T) => ({ ...body, bytes: flip(body.bytes) }),
    },
    {
      what: "all of it",
      change: <T extends AppendBody | CommitBody>(body: T) => ({ ...body, bytes: new Uint8Array(90) }),
    },
  ])("$what is shown to nobody and given up with a word, and the next one is sent", async ({ change }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    alterNext(ann, change);
    expect(await ann.code("message.send", { roomId: room, text: "one" })).toBe("internal");
    await world.pass(30_000);
    expect(ann.warnings()).toContain("relay-lies");
    expect(bob.warnings()).toEqual(["relay-lies"]);
    expect((await ann.must("account.status", {})).outbox).toBe(0);
    await talks(room, ann, bob);
    expect(await bob.heard(room)).toEqual(await ann.heard(room));
  });
});

test("an own message that stands in the log once more under another id proves no copy of the profile", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  await ann.say(room, "one");
  await world.pass(1000);
  const log = world.relay.log(room as never);
  const entry = log.entries.at(-1);
  if (entry === undefined) throw new Error("it stands in the log");
  const again = { room: room as never, id: "ab".repeat(16) as never, head: log.head, base: entry.base };
  world.relay.put(ann.me, { type: "append", ...again, bytes: entry.bytes, continues: false });
  await world.pass(5000);
  expect(ann.warnings()).toEqual(["relay-lies"]);
  await talks(room, ann, bob);
});
