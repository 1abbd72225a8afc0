/**
 * Files that are cut, flipped, emptied or gone, at places that a seed chooses: a relay and a profile either say so and
 * change nothing, or open with nothing lost, or the other side notices what is missing. Put back, all is as it was.
 */
import { cp, mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { filesBelow } from "../harness/canary.ts";
import { Person } from "../harness/person.ts";
import { Relay } from "../harness/relay.ts";
import { eventually } from "../harness/watch.ts";
import { Dice } from "./dice.ts";
import { codeOf } from "./member.ts";
import type { RunEnd } from "./run.ts";
import { Tally } from "./tally.ts";
import { unwatched } from "./unwatched.ts";

const MESSAGES = 40;
/** Longer than a client takes to hear that its relay, or itself, went back in time. */
const NOTICED_MS = 20_000;

/** "refused": it says so and nothing changes. "whole": nothing is lost. "noticed": something is, and is named. */
type Outcome = "refused" | "whole" | "noticed";

interface Originals {
  readonly folder: string;
  readonly port: number;
  readonly roomId: string;
  readonly texts: readonly string[];
  readonly password: string;
}

export interface DamageOptions {
  readonly times: number;
  readonly seed: number;
  readonly folder: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

export async function damage({ times, seed, folder, log, signal }: DamageOptions): Promise<RunEnd> {
  const tally = new Tally();
  const failures: string[] = [];
  const dice = new Dice(seed);
  const sets = new Map<string, Originals>();
  for (let time = 0; time < times && signal?.aborted !== true; time++) {
    const state = dice.pick(["killed", "killed", "ended"] as const);
    const side = dice.pick(["relay", "p-alice"] as const);
    const set = sets.get(state) ?? (await originals(folder, state));
    sets.set(state, set);
    const place = join(folder, `d${time}`);
    const done = await once(set, place, side, dice).catch((cause: unknown) => {
      return { what: "", outcome: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
    });
    const what = `${side === "relay" ? "relay" : "profile"}, ${state}: ${done.what}`;
    if (done.outcome === "refused" || done.outcome === "whole" || done.outcome === "noticed") {
      tally.note(what.replaceAll(/ at .*/g, ""), done.outcome);
      await rm(place, { recursive: true, maxRetries: 5 });
    } else {
      failures.push(`--damage, seed ${seed}, time ${time}, ${what}, kept in ${place}: ${done.outcome}`);
      log(`FAILED ${failures.at(-1)}`);
    }
  }
  return { tally, failures };
}

/** A relay and two people who have talked, as they lie on the disk after a kill or after an end in order. */
async function originals(folder: string, how: "killed" | "ended"): Promise<Originals> {
  const place = join(folder, how);
  await mkdir(place, { recursive: true });
  await using relay = await Relay.start(place, { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0" });
  await using alice = new Person("alice", place);
  await using bob = new Person("bob", place);
  for (const person of [alice, bob]) await person.signUp(relay.link);
  const { roomId, link } = await alice.call("room.create", { name: "kept" });
  await bob.call("room.join", { link });
  const texts = Array.from({ length: MESSAGES }, (_, index) => `kept ${index}`);
  for (const [index, text] of texts.entries()) await (index % 3 === 0 ? alice : bob).send(roomId, text);
  for (const person of [alice, bob])
    await eventually(async () => (await person.history(roomId)).length === MESSAGES, "everything at everybody");
  for (const one of [alice, bob, relay]) await one.kill(how === "killed" ? "SIGKILL" : "SIGTERM");
  return { folder: place, port: relay.port, roomId, texts, password: alice.password };
}

const isOnlyMarks = (path: string): boolean => /\.(sock|lock|log)$/.test(path);

async function bytesOf(folder: string): Promise<string> {
  const files = (await filesBelow(folder)).filter(({ path }) => !isOnlyMarks(path));
  return files
    .map(({ path, mode, bytes }) => `${relative(folder, path)} ${mode} ${bytes.toString("base64")}`)
    .sort()
    .join("\n");
}

async function once(
  set: Originals,
  folder: string,
  side: "relay" | "p-alice",
  dice: Dice,
): Promise<{ readonly what: string; readonly outcome: string }> {
  await cp(set.folder, folder, { recursive: true, filter: (path) => !/\.(sock|lock)$/.test(path) });
  const target = join(folder, side);
  const files = (await filesBelow(target)).filter(({ path }) => !isOnlyMarks(path));
  const file = dice.pick(files);
  const how = await spoil(file.path, file.bytes, dice);
  const what = `${relative(target, file.path)} ${how}`;
  const before = await bytesOf(target);
  const scene = { ...set, folder };
  const outcome = await (side === "relay" ? relayOutcome(scene) : profileOutcome(scene)).catch((cause: unknown) => {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  if (outcome !== "refused") return { what, outcome };
  if ((await bytesOf(target)) !== before) return { what, outcome: "it was refused, and something was changed" };
  // Put back.
  await writeFile(file.path, file.bytes, { mode: file.mode & 0o777 });
  const again = await (side === "relay" ? relayOutcome(scene) : profileOutcome(scene));
  return { what, outcome: again === "whole" ? outcome : `put back it is ${again}` };
}

/** Does one thing to a file. @returns what, and where. */
async function spoil(path: string, bytes: Buffer, dice: Dice): Promise<string> {
  const at = dice.below(Math.max(1, bytes.length));
  switch (dice.below(5)) {
    case 0:
      await truncate(path, at);
      return `is cut at ${at}`;
    case 1:
      await rm(path);
      return "is gone";
    case 2: {
      const copy = Buffer.from(bytes);
      copy.fill(0, at, Math.min(bytes.length, at + dice.within(1, 600)));
      await writeFile(path, copy);
      return `has zeros at ${at}`;
    }
    default: {
      if (bytes.length === 0) return "is empty as it was";
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(at) ^ (1 << dice.below(8)), at);
      await writeFile(path, copy);
      return `has another bit at ${at}`;
    }
  }
}

/** The relay with its damage, and both people as they were. */
async function relayOutcome({ folder, port, roomId, texts }: Originals): Promise<Outcome> {
  const started = await startOf(folder, port);
  if (started === "refused") return "refused";
  await using _ = started;
  await using alice = new Person("alice", folder);
  await using bob = new Person("bob", folder);
  for (const person of [alice, bob]) {
    await person.start();
    await person.unlock();
  }
  return await together(alice, bob, roomId, texts);
}

/** @returns the relay, or that it said why it does not start. @throws when it says it in another way. */
async function startOf(folder: string, port: number): Promise<Relay | "refused"> {
  try {
    return await Relay.start(folder, { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0" }, "relay", port);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    if (/it ended with 1; it said: sottod: .*relay\.(db|key)[^\n]*\nhint: [^\n]+\n$/.test(said)) return "refused";
    throw cause;
  }
}

/** The profile with its damage, and the relay and the other person as they were. */
async function profileOutcome({ folder, port, roomId, texts }: Originals): Promise<Outcome> {
  // Both at once, which takes half as long.
  const starting = unwatched(Relay.start(folder, { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0" }, "relay", port));
  await using alice = new Person("alice", folder);
  const found = await alice.start();
  await using _ = await starting;
  if (found !== "locked") throw new Error(`the profile is taken for ${found}`);
  try {
    await alice.unlock();
  } catch (cause) {
    if (codeOf(cause) !== "vault-damaged") throw cause;
    await alice.kill();
    return "refused";
  }
  await using bob = new Person("bob", folder);
  await bob.start();
  await bob.unlock();
  return await together(alice, bob, roomId, texts);
}

/** Both talk on: then nothing was lost; or one of them is told what is wrong. */
async function together(alice: Person, bob: Person, roomId: string, texts: readonly string[]): Promise<Outcome> {
  const said = [alice, bob].map((person) => person.send(roomId, `here is ${person.name}`).then(() => "sent", codeOf));
  const isNamed = (person: Person): boolean =>
    person.run.notes.some((note) => note.type === "warning") ||
    person.run.notes.some((note) => note.type === "notice" && /copy of this profile|out of step/.test(note.text));
  const ends = await Promise.race([Promise.all(said), named([alice, bob], isNamed)]);
  if (ends === "named" || ends.some((end) => end !== "sent")) return "noticed";
  for (const person of [alice, bob]) {
    const wanted = [...texts, "here is alice", "here is bob"].sort();
    const has = async () =>
      (await person.history(roomId))
        .map(({ text }) => text)
        .sort()
        .join() === wanted.join();
    await eventually(has, `${person.name} to have everything`);
  }
  return "whole";
}

async function named(people: readonly Person[], isNamed: (person: Person) => boolean): Promise<"named"> {
  const until = performance.now() + NOTICED_MS;
  while (performance.now() < until) {
    if (people.some(isNamed)) return "named";
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nothing is sent, and nobody is told why");
}
