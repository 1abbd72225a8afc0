// A relay that means ill: each misbehaviour in a few worlds of its own. What must hold whatever a relay does holds in
// these; each is seen to strike, and those that somebody is told of are told.
import { noticeOf } from "@sotto/core/notices";
import {
  type AccountId,
  type DeviceId,
  encodeFromClient,
  encodeHeader,
  parseFromClient,
  type WarningCode,
} from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Misbehaviour } from "../src/evil/evil-relay.ts";
import { MISBEHAVIOURS, misbehaviour } from "../src/evil/misbehaviours.ts";
import { type EvilOptions, playEvil } from "../src/evil/play-evil.ts";
import { makeStarts, type Starts, type World } from "../src/world.ts";
import { EXPECTED } from "./evil-expected.ts";

let starts: Starts;
beforeAll(async () => {
  starts = await makeStarts();
}, 60_000);

/** Worlds that are played until one of them shows what is looked for. */
const WORLDS_MAX = 30;

describe("a relay that", () => {
  const told = new Map<string, ReadonlySet<WarningCode>>();

  test.each(MISBEHAVIOURS.map((one) => [one.words, one] as const))("%s", { timeout: 60_000 }, async (_words, one) => {
    const warned = new Set<WarningCode>();
    const wanted: readonly WarningCode[] = EXPECTED[one.name] ?? [];
    let strikes = 0;
    for (let seed = 1; seed <= WORLDS_MAX && (strikes === 0 || !wanted.some((code) => warned.has(code))); seed++) {
      const report = await playEvil(starts, seed, one, { isEager: true });
      expect(report.faults, `npm run sim -- --evil ${one.name} --seed ${seed}, in an eager world`).toEqual([]);
      strikes += report.strikes;
      for (const code of report.warned) warned.add(code);
      if (wanted.length === 0 && strikes > 0) break;
    }
    told.set(one.name, warned);
    expect(strikes).toBeGreaterThan(0);
    if (wanted.length > 0) expect(wanted.filter((code) => warned.has(code))).not.toEqual([]);
  });

  afterAll(() => {
    // UPDATE_EXPECTED=1 shows what a new misbehaviour is told by.
    if (process.env.UPDATE_EXPECTED !== undefined)
      for (const [name, codes] of told)
        process.stdout.write(`  "${name}": [${[...codes].map((code) => `"${code}"`).join(", ")}],\n`);
  });
});

/** Seeds of whole worlds in which something was found that has been mended. */
const FOUND: readonly (readonly [name: string, seed: number, what: string])[] = [
  ["message-put-off", 26, "a message that was made anew overtook one that had its key already"],
  ["message-acknowledged-and-lost", 161, "the same, after a message that the relay lost"],
];

test.each(FOUND)("a relay of %s, seed %i: %s", { timeout: 60_000 }, async (name, seed) => {
  const known = misbehaviour(name);
  if (known === undefined) throw new Error(`there is no ${name}`);
  expect((await playEvil(starts, seed, known)).faults).toEqual([]);
});

test("names are given once, and every misbehaviour that is expected to be told of may be", () => {
  const names = MISBEHAVIOURS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(EXPECTED).filter((name) => !names.includes(name))).toEqual([]);
  for (const { name, tells } of MISBEHAVIOURS)
    expect(tells).toEqual(expect.arrayContaining([...(EXPECTED[name] ?? [])]));
});

/** Faults that are planted, and what finds them. */
const PLANTED: readonly {
  readonly what: string;
  readonly by: string;
  readonly name: string;
  readonly plant: EvilOptions;
}[] = [
  {
    what: "a text that its sender never said",
    by: "spoken",
    name: "pushes-repeated",
    plant: { disturb: (world) => change(world, (message) => ({ ...message, text: "I never said that" })) },
  },
  {
    what: "a message that stands twice",
    by: "once",
    name: "pushes-repeated",
    plant: {
      disturb: (world) => {
        const found = anyMessage(world);
        found.messages.set(found.message.seq + 1000, { ...found.message, seq: found.message.seq + 1000 });
      },
    },
  },
  {
    what: "two who read two things in one place",
    by: "alike",
    name: "pushes-repeated",
    plant: {
      disturb: (world) => change(world, (message) => ({ ...message, id: "ab".repeat(16) as typeof message.id })),
    },
  },
  {
    what: "two histories of which nobody was told",
    by: "undivided",
    name: "ack-withheld",
    plant: {
      disturb: (world) => {
        const entry = [...(world.get("bob").disk.entries.values().next().value?.values() ?? [])].at(-1);
        if (entry === undefined) throw new Error("bob has no entry");
        world
          .get("bob")
          .disk.entries.get(entry.room)
          ?.set(entry.seq, { ...entry, hash: new Uint8Array(32) });
      },
    },
  },
  {
    what: "a message that is acknowledged and missing",
    by: "named",
    name: "ack-withheld",
    plant: {
      disturb: (world) => {
        const { message } = anyMessage(world);
        for (const { disk, memory } of world.devices)
          if (world.nameOf(message.account) !== memory.username) disk.messages.get(message.room)?.delete(message.seq);
      },
    },
  },
  {
    what: "a warning for nothing",
    by: "told",
    name: "pushes-repeated",
    plant: { disturb: (world) => void world.get("bob").updates.push({ type: "warning", code: "chain-forked" }) },
  },
  {
    what: "an internal error",
    by: "told",
    name: "pushes-repeated",
    plant: { disturb: (world) => void world.get("bob").updates.push(noticeOf("failed", { detail: "planted" })) },
  },
  {
    what: "plaintext in a frame",
    by: "secret",
    name: "pushes-repeated",
    plant: { disturb: (world) => void world.leaks.push("here") },
  },
  {
    what: "a device that asks without end",
    by: "spin",
    name: "pushes-repeated",
    plant: {
      arrange: (world) => {
        const end = world.loop.now + 200_000;
        const ask = (): void => {
          world.get("bob").ask("users.list", {});
          if (world.loop.now < end) world.loop.after(50, "bob asks again", ask);
        };
        ask();
      },
    },
  },
  {
    what: "a ghost that is brought in",
    by: "honest",
    name: "link-token-swapped",
    plant: {
      arrange: (world) =>
        world.network.taps.unshift({
          up: (_line, bytes) => {
            const frame = parseFromClient(bytes);
            if (!frame.ok || frame.value.body.type !== "commit") return undefined;
            const adds = [{ account: "ab".repeat(32) as AccountId, device: "ab".repeat(16) as DeviceId }];
            const header = encodeHeader({ adds, removes: [] });
            return [encodeFromClient({ ...frame.value, body: { ...frame.value.body, header } })];
          },
        }),
    },
  },
];

describe("is found:", () => {
  test.each(PLANTED)("$what", { timeout: 60_000 }, async ({ by, name, plant }) => {
    const known = misbehaviour(name) as Misbehaviour;
    const report = await playEvil(starts, 1, known, { isEager: true, ...plant });
    expect(report.faults.filter((fault) => fault.startsWith(`${by}: `))).not.toEqual([]);
    expect(report.faults.filter((fault) => fault.startsWith("error: "))).toEqual([]);
  });
});

function anyMessage(world: World) {
  for (const { disk } of world.devices)
    for (const messages of disk.messages.values())
      for (const message of messages.values()) if (message.seq > 0) return { messages, message };
  throw new Error("nobody has a message");
}

function change(
  world: World,
  how: (message: ReturnType<typeof anyMessage>["message"]) => ReturnType<typeof anyMessage>["message"],
): void {
  const { messages, message } = anyMessage(world);
  messages.set(message.seq, how(message));
}
