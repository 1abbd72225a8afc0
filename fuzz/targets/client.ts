/**
 * A client as a whole: whatever a relay sends, it goes on, tells nobody of a fault of its own, shows no words that nobody
 * said, and keeps its disk as it was when it cannot read a frame.
 */
import { isDeepStrictEqual } from "node:util";
import { LIMITS, parseFromServer } from "@sotto/wire";
import { groupDifference } from "../../packages/core/src/group/index.ts";
import { WORDS } from "../../packages/core/src/words.ts";
import type { Passing, Verdict } from "../../packages/core/test/harness/fake-relay.ts";
import { type Person, World } from "../../packages/core/test/harness/world.ts";
import { Dice } from "../dice.ts";
import { mustHold, type Sample, type Target, type Trial } from "../target.ts";

const NOW = 1_800_000_000_000;
/** What is said in the scene, and nothing else ever is. */
const TEXTS = ["hello", "one", "two", "three", "a secret of two"] as const;

/** Cat is in a room with Ann and Bob. `early`: everybody has read everything. `late`: without Cat, it went on. */
interface Scene {
  readonly early: World;
  readonly late: World;
  readonly room: string;
  /** Frames to Cat, one of each kind and each entry. */
  readonly frames: readonly Sample[];
  /** Entries as they were made. */
  readonly entries: ReadonlySet<string>;
}

const randomOf = (seed: string): ((length: number) => Uint8Array) => {
  const dice = new Dice(seed);
  return (length) => dice.bytes(length);
};

async function makeScene(): Promise<Scene> {
  const world = new World(randomOf("client"));
  world.clock.set(NOW);
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const room = await world.roomOf(ann, bob, cat);
  await ann.say(room, TEXTS[0]);
  await world.pass(1000);
  const early = world.copy();
  await goOn(world, room);
  const frames = framesOf(world.relay.seen.filter(({ who, way }) => who === "cat" && way === "down"));
  await world.close();
  // The same once more while Cat is away: all of it waits for her.
  const away = early.copy(randomOf("away"));
  for (const name of ["ann", "bob"]) await away.get(name).unlock();
  await goOn(away, room);
  const late = away.copy();
  await away.close();
  const logs = [world, away].flatMap(({ relay }) => [...relay.rooms.values()]);
  const entries = new Set(logs.flatMap((log) => log.entries.map(({ bytes }) => hexOf(bytes))));
  return { early, late, room, frames, entries };
}

/** Words, somebody who comes, somebody who goes, and a conversation with Cat. */
async function goOn(world: World, room: string): Promise<void> {
  const [ann, bob] = [world.get("ann"), world.get("bob")];
  await bob.say(room, TEXTS[1]);
  const dan = await world.person("dan");
  await ann.must("room.add", { roomId: room, username: "dan" });
  await world.pass(1000);
  await dan.say(room, TEXTS[2]);
  await ann.must("room.remove", { roomId: room, username: "dan" });
  await bob.say(room, TEXTS[3]);
  const { roomId: direct } = await ann.must("direct.open", { username: "cat" });
  await ann.say(direct, TEXTS[4]);
  await world.pass(2000);
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function framesOf(seen: readonly Passing[]): readonly Sample[] {
  const frames: Sample[] = [];
  const counts = new Map<string, number>();
  for (const { body, request, bytes } of seen) {
    const count = (counts.get(body.type) ?? 0) + 1;
    counts.set(body.type, count);
    if (count <= (body.type === "event" || body.type === "inbox-event" ? 20 : 2) && parseFromServer(bytes).ok)
      frames.push({ name: `${body.type} ${count} (${request})`, bytes });
  }
  return frames;
}

let scene: Promise<Scene> | undefined;
function staged(): Promise<Scene> {
  scene ??= makeScene();
  return scene;
}

const groupText = (cat: Person, room: string): string => {
  const group = cat.group(room);
  return groupDifference(undefined, group)
    .map(({ name, value }) => `${name} ${hexOf(value ?? new Uint8Array(0))}`)
    .join("\n");
};

/** Cat, running in a world that is thrown away afterwards. */
async function running(world: World): Promise<Person> {
  const cat = world.get("cat");
  await cat.unlock();
  await world.settle();
  return cat;
}

function checkSane(world: World, cat: Person): void {
  const faults = cat.notices().filter((text) => text.startsWith(WORDS.internal));
  mustHold(faults.length === 0, `a turn failed: ${faults[0] ?? ""}`);
  for (const line of cat.disk.lines) {
    if (line.type !== "message") continue;
    mustHold(
      TEXTS.some((text) => text === line.message.text),
      "words that nobody said are shown",
    );
  }
  mustHold(world.get("cat").isRunning, "the client has ended");
}

/** Any bytes at all, pushed to a client that is online and has read everything. */
async function takePushed({ early, room, entries }: Scene, input: Uint8Array): Promise<string> {
  const world = early.copy(randomOf("push"));
  const cat = await running(world);
  const before = { disk: cat.disk.snapshot(), group: groupText(cat, room) };
  const frame = parseFromServer(input);
  for (const line of world.relay.lines) if (line.who === "cat") line.on({ type: "frame", bytes: input });
  await world.settle();
  checkSane(world, cat);
  if (!frame.ok) {
    mustHold(isDeepStrictEqual(cat.disk.snapshot(), before.disk), "what is no frame has changed the disk");
    mustHold(!world.relay.isOnline("cat"), "what is no frame does not end the connection");
  }
  const told = frame.ok && "entries" in frame.value.body ? frame.value.body.entries : [];
  const isReal = told.some((entry) => "bytes" in entry && entries.has(hexOf(entry.bytes)));
  if (!isReal) mustHold(groupText(cat, room) === before.group, "the group is another one");
  const outcome = [frame.ok ? frame.value.body.type : frame.error.code, ...said(cat), world.relay.isOnline("cat")];
  cat.crash();
  return outcome.join(" ");
}

/** In a word each: what the person was told. */
const said = (cat: Person): readonly string[] =>
  [...new Set(cat.updates.map((update) => (update.type === "warning" ? update.code : update.type)))].sort();

/** A client that comes back after a while, and one answer of the relay is another one. */
async function takeAnswered({ late, room }: Scene, input: Uint8Array): Promise<string> {
  const frame = parseFromServer(input);
  if (!frame.ok) return "no frame";
  const world = late.copy(randomOf("answer"));
  const { body } = frame.value;
  let left = 1;
  world.relay.taps.push(({ who, way, request, body: real }): Verdict => {
    if (who !== "cat" || way !== "down" || real.type !== body.type || left === 0) return undefined;
    left--;
    return { instead: [{ request, body }] };
  });
  const cat = world.get("cat");
  cat.open();
  cat.ask("account.unlock", { password: cat.password });
  await world.pass(3000);
  checkSane(world, cat);
  const outcome = [body.type, left, ...said(cat), cat.room(room)?.seq, world.relay.isOnline("cat")];
  cat.crash();
  return outcome.join(" ");
}

const open = (take: (scene: Scene, input: Uint8Array) => Promise<string>) => async (): Promise<Trial> => {
  const made = await staged();
  return { take: (input) => take(made, input) };
};

const samples = async (): Promise<readonly Sample[]> => (await staged()).frames;

export const CLIENT_TARGETS: readonly Target[] = [
  {
    name: "client-pushed",
    about: "a client that is online, and any bytes from the relay: core/src/client.ts, next.ts, log.ts, inbox.ts",
    format: "protobuf",
    bytesMax: LIMITS.frameBytesMax + 1,
    kept: "fresh",
    samples,
    open: open(takePushed),
    testInputs: 80,
  },
  {
    name: "client-answered",
    about: "a client that comes back, and one answer of the relay is another: core/src/session.ts, entries/, rooms/",
    format: "protobuf",
    bytesMax: LIMITS.frameBytesMax,
    kept: "fresh",
    samples,
    open: open(takeAnswered),
    testInputs: 60,
  },
];
