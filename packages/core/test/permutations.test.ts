// Six entries in every order, and with every gap: a reader has the same timeline as everybody else, or is warned.
import type { Entry } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Person, World } from "./harness/world.ts";

let start: World;
let room: string;
/** What the six entries say, and the text after them that lets readers compare. */
let six: readonly Entry[];
let seventh: Entry;
let truth: readonly string[];

beforeAll(async () => {
  start = new World();
  const [ann, bob, cat] = await start.persons("ann", "bob", "cat");
  room = await start.roomOf(ann, bob, cat);
  await bob.say(room, "before");
  await start.pass(1000);
  await cat.close();
  const { last } = start.relay.log(room as never);
  // Two senders and a commit in the middle: keys of one sender, of two, and of two epochs.
  await ann.say(room, "one");
  await bob.say(room, "two");
  await ann.say(room, "three");
  await ann.must("room.link", { roomId: room, renew: true });
  await start.pass(1000);
  await bob.say(room, "four");
  await ann.say(room, "five");
  await start.pass(1000);
  truth = await bob.heard(room);
  for (const person of [ann, bob]) await person.close();
  const all = start.relay.log(room as never).entries.slice(last);
  six = all.slice(0, 6);
  const after = all[6];
  if (after === undefined) throw new Error("something was said after the six");
  seventh = after;
});
afterAll(() => start.close());

/** The texts that a reader shows, and what it is warned of, when the relay gives it these entries in this order. */
async function read(
  given: readonly Entry[],
): Promise<{ readonly shown: readonly string[]; readonly warnings: readonly string[] }> {
  const world = start.copy();
  const cat: Person = world.get("cat");
  const from = (six[0]?.seq ?? 1) - 1;
  const entries = given.map((entry, index) => ({ ...entry, seq: from + 1 + index }));
  world.relay.taps.push(({ way, request, body }) => {
    if (way === "up" && body.type === "fetch") {
      const rest = entries.filter(({ seq }) => seq >= body.from);
      return { answer: { type: "fetched", room: body.room, entries: rest, last: from + entries.length } };
    }
    if (way !== "down" || body.type !== "session") return undefined;
    const rooms = body.rooms.map((one) => ({ ...one, last: from + entries.length }));
    return { instead: [{ request, body: { ...body, rooms } }] };
  });
  await cat.unlock();
  await world.pass(3000);
  const shown = await cat.heard(room);
  const warnings = cat.warnings();
  await world.close();
  return { shown, warnings };
}

function* orders<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries()) {
    for (const rest of orders(items.toSpliced(index, 1))) yield [item, ...rest];
  }
}

const gaps = (): readonly (readonly Entry[])[] =>
  Array.from({ length: 64 }, (_, mask) => six.filter((_entry, index) => (mask & (1 << index)) !== 0));

/** Nothing that was not said, nothing twice. */
function expectTrue(shown: readonly string[], what: string): void {
  expect(new Set(shown).size, what).toBe(shown.length);
  expect(
    shown.every((line) => truth.includes(line)),
    what,
  ).toBe(true);
}

const name = (entries: readonly Entry[]) => entries.map(({ seq }) => seq).join(" ") || "none";

describe("whatever the relay does with six entries, the reader has the true timeline or a warning that names it", () => {
  test("every order", { timeout: 300_000 }, async () => {
    for (const order of orders(six)) {
      const { shown, warnings } = await read([...order, seventh]);
      const what = name(order);
      expectTrue(shown, what);
      const isTrue = order.every((entry, index) => entry === six[index]);
      if (isTrue)
        expect({ shown: shown.slice(0, truth.length), warnings }, what).toEqual({ shown: truth, warnings: [] });
      else expect(warnings.length, `${what}: ${shown.join(", ")}`).toBeGreaterThan(0);
    }
  });

  test("every gap", { timeout: 120_000 }, async () => {
    for (const given of gaps()) {
      const { shown, warnings } = await read([...given, seventh]);
      const what = name(given);
      expectTrue(shown, what);
      if (given.length === six.length) expect(warnings, what).toEqual([]);
      else expect(warnings.length, `${what}: ${shown.join(", ")}`).toBeGreaterThan(0);
    }
  });

  test("every gap at the end is true as far as it goes", async () => {
    for (let count = 0; count <= six.length; count++) {
      const { shown, warnings } = await read(six.slice(0, count));
      expect({ shown, warnings }).toEqual({ shown: truth.slice(0, shown.length), warnings: [] });
    }
  });
});
