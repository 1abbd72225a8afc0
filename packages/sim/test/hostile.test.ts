// Members who mean ill: each thing that they try, in small worlds of its own. What must hold in every world holds in these
// among the honest, who are told of no more than stands in the list.
import { parseFromClient } from "@sotto/wire";
import { beforeAll, describe, expect, test } from "vitest";
import { Dice } from "../src/dice.ts";
import { KINDS, type Kind } from "../src/hostile/kinds.ts";
import type { Stage } from "../src/moves.ts";
import type { Move, Plan } from "../src/plan.ts";
import { play, type Report } from "../src/play.ts";
import { makeStarts, type Starts, type World } from "../src/world.ts";
import { SEEN, type Seen } from "./hostile-seen.ts";

let starts: Starts;
beforeAll(async () => {
  starts = await makeStarts();
});

/** Worlds that are played for a kind: more for what can part people, and as many as it takes until it can be done. */
const WORLDS = 1;
const WORLDS_OF_PARTING = 4;
const WORLDS_MAX = 12;
const PARTS: readonly Kind[] = [
  "a commit that one cannot read",
  "a header that throws another out",
  "a commit under an older base",
  "comes in again by the link",
  "adds with a Welcome of the epoch before",
  "adds with a Welcome that saw another log",
  "garbage for those who come by the link",
];
const DAY: readonly Move["do"][] = ["say", "hostile", "say", "say", "hostile", "wait", "say"];
/** What gives another epoch, for what is left of the one before. */
const RENEWAL: Kind = "a commit that asks for nothing";

function planOf(seed: number): Plan {
  const dice = new Dice(seed, 5);
  return {
    people: ["bob", "cat", "dan", "ann"].slice(0, dice.between(3, 4)),
    outsider: "eve",
    roomStands: true,
    mishaps: { relayBack: false, deviceBack: false, copied: false, hostileMember: true },
    moves: DAY.map((one) => ({ do: one, after: dice.below(900), dice: dice.word() })),
  };
}

interface Played extends Seen {
  readonly reports: readonly Report[];
}

async function playKind(kind: Kind): Promise<Played> {
  const kinds = kind.includes("epoch before") ? [kind, RENEWAL] : [kind];
  const reports: Report[] = [];
  const told = new Set<string>();
  const sum = { taken: 0, refused: 0 };
  const note = (world: World) => {
    for (const { updates } of world.devices)
      for (const update of updates) {
        if (update.type === "warning" && update.code !== "last-resort-used") told.add(update.code);
      }
  };
  const worlds = PARTS.includes(kind) ? WORLDS_OF_PARTING : WORLDS;
  for (let seed = 1; seed <= WORLDS_MAX && (seed <= worlds || sum.taken + sum.refused === 0); seed++) {
    const report = await play(starts, seed, { plan: planOf(seed), kinds, disturb: note });
    reports.push(report);
    const { taken = 0, refused = 0 } = report.struck.get(kind) ?? {};
    sum.taken += taken;
    sum.refused += refused;
  }
  expect(sum.taken + sum.refused, "it was done").toBeGreaterThan(0);
  const relay = sum.refused === 0 ? "takes" : sum.taken === 0 ? "refuses" : "takes some";
  return { reports, relay, told: [...told].sort() };
}

describe("the honest stay together, lose nothing and are told of no more than this where somebody tries", () => {
  test.each(KINDS.map((kind) => ({ kind, ...SEEN[kind] })))(
    "$kind",
    { timeout: 60_000 },
    async ({ kind, relay, told }) => {
      const played = await playKind(kind);
      expect(played.reports.flatMap(({ faults }) => faults)).toEqual([]);
      expect({ relay: played.relay, told: played.told }).toEqual({ relay, told });
    },
  );
});

test("who was apart from others is told how much it could not read", { timeout: 60_000 }, async () => {
  const notices: string[] = [];
  const note = ({ devices }: World) =>
    notices.push(
      ...devices.flatMap(({ updates }) => updates.flatMap((one) => (one.type === "notice" ? [one.text] : []))),
    );
  await play(starts, 4, { plan: planOf(4), kinds: ["a commit that one cannot read"], disturb: note });
  expect(notices).toEqual([
    "this device was out of step in canary den and has come in again; 1 entry could not be read here; 4 of your messages reached nobody and are sent again",
    "this device was out of step in canary den and has come in again; 8 entries could not be read here; 1 of your messages reached nobody and is sent again",
  ]);
});

test("who leaves garbage for key packages is asked for them ever more rarely", { timeout: 60_000 }, async () => {
  let claims = 0;
  const script = async ({ world, hostile }: Stage) => {
    const [room] = world.rooms;
    hostile.recruit(world.get("cat"), new Dice(1, 30));
    if (room !== undefined) hostile.strikeIn(room, "key packages of garbage", new Dice(1, 31));
    await world.loop.pass(2000);
    const { roomId } = await world.get("dan").must("direct.open", { username: "cat" });
    world.network.taps.push({
      up: (line, bytes) => {
        const frame = parseFromClient(bytes);
        if (line.who === "dan" && frame.ok && frame.value.body.type === "key-packages-claim") claims++;
        return undefined;
      },
    });
    world.get("dan").say(roomId, "canary in vain");
    await world.loop.pass(3_600_000);
    return () => [];
  };
  const { faults } = await play(starts, 1, { plan: { ...planOf(1), moves: [] }, script });
  expect(faults).toEqual([]);
  expect(claims).toBeGreaterThan(3);
  expect(claims).toBeLessThan(12);
});
