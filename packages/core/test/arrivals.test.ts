/** What is pushed close upon each other comes in together, in order, and nobody waits long for it. */
import { encodeFromServer, type FromServer, idOf } from "@sotto/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Arrivals, type Frame } from "../src/arrivals.ts";
import { FakeClock } from "./harness/clock.ts";
import { World } from "./harness/world.ts";

const ROOM = idOf.room(new Uint8Array(32).fill(1));
const PUSHED: FromServer = { request: 0, body: { type: "event", room: ROOM, entries: [] } };
const ANSWER: FromServer = { request: 7, body: { type: "done" } };
/** To something that was told and not asked. */
const UNHEARD: FromServer = { request: 8, body: { type: "done" } };
const PUSHED_BYTES = encodeFromServer(PUSHED);
const ANSWER_BYTES = encodeFromServer(ANSWER);

function watched(): { readonly clock: FakeClock; readonly arrivals: Arrivals; readonly letIn: (readonly Frame[])[] } {
  const clock = new FakeClock();
  const letIn: (readonly Frame[])[] = [];
  return {
    clock,
    arrivals: new Arrivals({ clock, letIn: (frames) => letIn.push(frames), isAwaited: (request) => request === 7 }),
    letIn,
  };
}

/** Some come in at once; the next ones wait for company. */
function busy(): ReturnType<typeof watched> {
  const one = watched();
  for (let count = 0; count < 5; count++) one.arrivals.take(PUSHED_BYTES);
  expect(one.letIn.splice(0)).toEqual([[PUSHED], [PUSHED], [PUSHED], [PUSHED], [PUSHED]]);
  return one;
}

test("a few after a pause come in at once, those behind them together a moment later", () => {
  const { clock, arrivals, letIn } = busy();
  for (let count = 0; count < 3; count++) arrivals.take(PUSHED_BYTES);
  expect(letIn).toEqual([]);
  expect(clock.ring(clock.now() + 200)).toBe(true);
  expect(letIn).toEqual([[PUSHED, PUSHED, PUSHED]]);
  expect(clock.ring(clock.now() + 60_000)).toBe(false);
});

test("of a flood five times a second something comes in, and all of it in order", () => {
  const { clock, arrivals, letIn } = busy();
  const start = clock.now();
  for (let seq = 0; seq < 1000; seq++) {
    while (clock.ring(start + seq * 10));
    arrivals.take(encodeFromServer({ request: 1000 + seq, body: { type: "done" } }));
    arrivals.take(PUSHED_BYTES);
  }
  clock.ring(clock.now() + 200);
  expect(letIn.length).toBeGreaterThan(47);
  expect(letIn.length).toBeLessThan(58);
  const requests = letIn.flat().flatMap((frame) => (frame === undefined || frame.request === 0 ? [] : [frame.request]));
  expect(requests).toEqual(Array.from({ length: 1000 }, (_, seq) => 1000 + seq));
});

test("an answer waits for nobody, and comes in behind what came before it", () => {
  const { arrivals, letIn } = busy();
  arrivals.take(PUSHED_BYTES);
  arrivals.take(ANSWER_BYTES);
  expect(letIn).toEqual([[PUSHED, ANSWER]]);
});

test("an answer that nobody waits for comes in with the next", () => {
  const { clock, arrivals, letIn } = busy();
  arrivals.take(encodeFromServer(UNHEARD));
  arrivals.take(PUSHED_BYTES);
  expect(letIn).toEqual([]);
  clock.ring(clock.now() + 200);
  expect(letIn).toEqual([[UNHEARD, PUSHED]]);
});

test("what is no frame comes in at once, as none", () => {
  const { arrivals, letIn } = busy();
  arrivals.take(Uint8Array.of(255));
  expect(letIn).toEqual([[undefined]]);
});

test("a clock that is set back holds nothing longer", () => {
  const { clock, arrivals, letIn } = busy();
  clock.set(clock.now() - 3_600_000);
  arrivals.take(PUSHED_BYTES);
  clock.ring(clock.now() + 200);
  expect(letIn).toEqual([[PUSHED]]);
});

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

test("thirty messages at once are a few commits and a few words to the relay, and come once and in order", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  await world.pass(1000);
  const before = { commits: bob.disk.commits, cursors: world.sent("bob", "cursor").length };
  const texts = Array.from({ length: 30 }, (_, index) => `${index}`);
  for (const text of texts) ann.ask("message.send", { roomId: room, text });
  await world.pass(1000);
  expect(await bob.heard(room)).toEqual(texts.map((text) => `ann: ${text}`));
  expect(world.sent("bob", "cursor").length - before.cursors).toBeLessThanOrEqual(7);
  expect(bob.disk.commits - before.commits).toBeLessThanOrEqual(9);
});

test("what waited when the connection ended comes in before its end", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  await world.pass(1000);
  const texts = ["one", "two", "three", "four", "five", "six", "seven"];
  for (const text of texts) ann.ask("message.send", { roomId: room, text });
  await world.settle();
  world.relay.cut("bob");
  await world.settle();
  expect(await bob.heard(room)).toEqual(texts.map((text) => `ann: ${text}`));
});
