/**
 * The first model: honest members, one who means ill and commits, and all orders in which five steps can follow each
 * other. A message and a commit of honest members are made before the first step; they reach the relay when their step
 * comes.
 */
import { parseFromClient } from "@sotto/wire";
import { Dice } from "./dice.ts";
import type { Kind } from "./hostile/kinds.ts";
import type { Stage } from "./moves.ts";
import type { Line } from "./network.ts";
import { PEOPLE } from "./plan.ts";
import { play } from "./play.ts";
import { CANARY, type Starts, type World } from "./world.ts";

/** The rest: what somebody who means ill does. */
export type Step = "message" | "commit" | "time" | Kind;

export interface Model {
  /** Honest members; somebody who means ill is there beside them. */
  readonly honest: 2 | 3;
  readonly evil: readonly [Kind, Kind];
  /** Milliseconds from step to step: either all have heard of one before the next, or hardly anybody has. */
  readonly paceMs: number;
}

/** Longer than the relay makes commits wait after another one. */
export const SLOWLY_MS = 300;
/** So long that an entry stands in the log, and so short that others work on it still. */
export const HASTILY_MS = 18;
const TIME_MS = 8000;

/** Everything that such a member may commit, for the whole model. */
const EVIL: readonly Kind[] = [
  "garbage under a header that throws everybody out",
  "a header that throws another out",
  "a removal by who may not",
  "a commit under an older base",
  "a commit that one cannot read",
  "a commit that saw another log",
  "a commit with a false confirmation tag",
  "comes in again by the link",
  "two commits of one epoch",
];

/** Every pair of things that a member commits, with both numbers of honest ones, slowly and hastily. */
export function wholeModel(): readonly Model[] {
  const pairs = EVIL.flatMap((one, index) => EVIL.slice(index).map((other) => [one, other] as const));
  return pairs.flatMap((evil) =>
    ([2, 3] as const).flatMap((honest) => [SLOWLY_MS, HASTILY_MS].map((paceMs) => ({ honest, evil, paceMs }))),
  );
}

/** Every order of the steps once, also where two of them are alike. */
export function ordersOf({ evil }: Model): readonly (readonly Step[])[] {
  const found = new Map<string, readonly Step[]>();
  for (const order of orders<Step>(["message", "commit", "time", ...evil])) found.set(order.join(", "), order);
  return [...found.values()];
}

function* orders<T>(steps: readonly T[]): Generator<readonly T[]> {
  if (steps.length === 0) yield [];
  for (const [index, step] of steps.entries())
    for (const rest of orders(steps.toSpliced(index, 1))) yield [step, ...rest];
}

/** @returns what is wrong at the end. */
export async function playOrder(starts: Starts, model: Model, order: readonly Step[]): Promise<readonly string[]> {
  const people = PEOPLE.slice(0, model.honest + 1);
  const mishaps = { relayBack: false, deviceBack: false, copied: false, hostileMember: true };
  const plan = { people, outsider: NEWCOMER, roomStands: true, mishaps, moves: [] };
  const { faults } = await play(starts, 1, { plan, script: (stage) => carryOut(stage, model, order) });
  return faults;
}

const NEWCOMER = "eve";
/** Who says something, who means ill, and who brings somebody in: in the order of their leaves. */
const [SPEAKER, CULPRIT, COMMITTER] = PEOPLE;

async function carryOut(stage: Stage, { paceMs }: Model, order: readonly Step[]): Promise<() => readonly string[]> {
  const { world, hostile } = stage;
  const [room] = world.rooms;
  if (room === undefined) throw new Error("a room stands");
  const [speaker, committer] = [world.get(SPEAKER), world.get(COMMITTER)];
  const [message, commit] = [new Held(world, SPEAKER, "append"), new Held(world, COMMITTER, "commit")];
  hostile.recruit(world.get(CULPRIT), new Dice(1, 30));
  speaker.say(room, `${CANARY} in any case`);
  const added = committer.ask("room.add", { roomId: room, username: NEWCOMER });
  await world.loop.pass(3000, () => message.isThere && commit.isThere);
  for (const [place, step] of order.entries()) {
    if (step === "message") message.release();
    else if (step === "commit") commit.release();
    else if (step === "time") await world.loop.pass(TIME_MS);
    else if (!hostile.strikeIn(room, step, new Dice(place, 31))) throw new Error(`${step} cannot be done`);
    await world.loop.pass(paceMs);
  }
  return () => [
    ...(speaker.said[0]?.asked.outcome?.ok ? [] : ["the message was not taken"]),
    // It may be refused: a commit on an older base can take a newcomer's access until somebody heals the room.
    ...(added.outcome === undefined ? ["the commit waits still"] : []),
  ];
}

/** The first frame of its kind that somebody sends, which arrives when it is released. */
class Held {
  #frame: { readonly line: Line; readonly bytes: Uint8Array } | undefined;
  #isReleased = false;

  constructor({ network }: World, who: string, type: "append" | "commit") {
    network.taps.push({
      up: (line, bytes) => {
        if (line.who !== who || this.#isReleased || this.#frame !== undefined) return undefined;
        const frame = parseFromClient(bytes);
        if (!frame.ok || frame.value.body.type !== type) return undefined;
        this.#frame = { line, bytes };
        return [];
      },
    });
  }

  get isThere(): boolean {
    return this.#frame !== undefined;
  }

  release(): void {
    this.#isReleased = true;
    const { line, bytes } = this.#frame ?? {};
    if (line !== undefined && bytes !== undefined) line.inject(bytes);
  }
}
