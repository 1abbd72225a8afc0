/**
 * A little group with a forger in it, and what both sides say to the same bytes. Nobody's state ever changes: ours are
 * values, and OpenMLS undoes what it did.
 */

import { type ForgedKeyPackage, type Forger, forgeKeyPackage } from "../packages/mls/forge/index.ts";
import {
  difference,
  type Group,
  type Identity,
  joinByWelcome,
  joinFromOutside,
  type OwnKeyPackage,
  open,
  parseGroupInfo,
  parseKeyPackage,
} from "../packages/mls/src/index.ts";
import type { KeyPackage } from "../packages/mls/src/key-package.ts";
import { exporterSecret, profile } from "../packages/mls/test/our-side.ts";
import { person, seeded, suite, unwrap } from "../packages/mls/test/world.ts";
import type { Dice } from "./dice.ts";
import { MixedGroup, type Ours, type Party, type Theirs } from "./mixed-group.ts";
import type { OpenMlsDevice, Verdict } from "./open-mls.ts";
import { groupExtensions } from "./random-run.ts";

/** Devices of which every stage has one in each part. */
export interface Devices {
  /** In the group: judges messages and commits. */
  readonly victim: Theirs;
  /** In the group: makes commits and messages that are mutated. */
  readonly member: Theirs;
  /** In no group: judges Welcomes and GroupInfos. */
  readonly outside: OpenMlsDevice;
}

export interface Stage {
  readonly group: MixedGroup;
  readonly devices: Devices;
  readonly forger: Forger;
  /** Who judges on our side, in the group. */
  readonly victim: { readonly identity: Identity; readonly group: Group };
  /** A member of ours with nothing to do. */
  readonly third: { readonly identity: Identity; readonly group: Group };
  /** Of ours, in no group, its capabilities as in the group. */
  readonly outsider: Identity;
  /** Leaf indices of the two on OpenMLS. */
  readonly leaves: { readonly victim: number; readonly member: number };
  readonly blank: number;
  /** Who is added by Welcomes: one of ours, and the one outside on OpenMLS. */
  readonly newcomers: readonly [ours: ForgedKeyPackage, theirs: ForgedKeyPackage];
  readonly now: bigint;
  /** Whether the third member cannot come in again without OpenMLS's getting it wrong: {@link MixedGroup.hitsGhost}. */
  readonly isGhost: boolean;
}

const capabilities = { versions: [1], suites: [1], extensions: [], proposals: [], credentials: [1, 2] };
const NOTHING = new Uint8Array(0);

let people = 0;
/** Somebody whose identity core-crypto takes for a client id. */
export function stranger(random: (length: number) => Uint8Array): Identity {
  const number = String(people++).padStart(12, "0");
  return { ...person(`11111111-0000-4000-8000-${number}:1@ours.test`, random), capabilities };
}

/** @param dice - decide who sits where, what is blank, and how often keys were renewed. */
export async function setStage(devices: Devices, dice: Dice, seed: number): Promise<Stage> {
  const now = Math.floor(Date.now() / 1000);
  const group = new MixedGroup(new TextEncoder().encode(`stage ${seed}`), { seed, now });
  const [founder, forger, victim, third] = [group.person(), group.person(), group.person(), group.person()];
  await group.begin(founder, dice.chance(50) ? groupExtensions(dice) : []);
  const cast: Party[] = [forger, victim, third, devices.victim, devices.member];
  const extras = Array.from({ length: dice.between(1, 4) }, () => group.person());
  await group.commit(founder, { add: dice.some([...cast, ...extras], 20) });
  for (let step = dice.between(0, 6); step > 0; step--) await group.commit(dice.one(group.members), {});
  await group.commit(dice.one([...cast]), { remove: dice.some([founder, ...extras], dice.between(1, 2)) });
  for (let step = dice.between(0, 4); step > 0; step--) await group.commit(dice.one(group.members), {});
  if (dice.chance(50)) await group.commit(forger, { add: [group.person()] });
  if (dice.chance(50)) await group.commit(dice.one(group.members), {});
  const random = seeded(seed + 1_000_000);
  const of = ({ who }: Ours) => ({ identity: group.ours.person(who).identity, group: group.ours.group(who) });
  const lifetime = { notBefore: BigInt(now) - 3600n, notAfter: BigInt(now) + 2_592_000n };
  const bytes = await devices.outside.keyPackage();
  const theirs: KeyPackage = unwrap(parseKeyPackage(suite, bytes));
  const { tree } = of(forger).group;
  let blank = 0;
  while (tree.leaf(blank) !== undefined) blank++;
  return {
    group,
    devices,
    forger: { profile, ...of(forger), random },
    victim: of(victim),
    third: of(third),
    outsider: stranger(random),
    leaves: { victim: group.leafOf(victim, devices.victim), member: group.leafOf(victim, devices.member) },
    blank,
    newcomers: [
      forgeKeyPackage(suite, stranger(random), lifetime, random),
      { keyPackage: theirs, bytes, initPrivateKey: NOTHING, leafPrivateKey: NOTHING },
    ],
    now: BigInt(now),
    isGhost: group.hitsGhost(third),
  };
}

export async function leaveStage({ group }: Stage): Promise<void> {
  await group.end();
}

/** Something to be judged. A Welcome is for one: ours and theirs get one each, made alike. */
export type Sent =
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  | { readonly kind: "group-info"; readonly bytes: Uint8Array }
  | { readonly kind: "welcome"; readonly ours: Uint8Array; readonly theirs: Uint8Array };

export type Both = "both take" | "both refuse" | "ours refuses" | "OpenMLS refuses" | "they differ";

export interface Judgement {
  readonly both: Both;
  /** In words. */
  readonly ours: string;
  readonly theirs: string;
  /** OpenMLS's name for its refusal. */
  readonly reason: string;
}

/** What was taken, to be compared: the next epoch's secret, or a message. undefined: nothing that could be. */
type Taken = { readonly words: string; readonly secret: Uint8Array | undefined };

export async function judge(stage: Stage, sent: Sent): Promise<Judgement> {
  const ours = ourVerdict(stage, sent);
  const theirs = await theirVerdict(stage, sent);
  const isTaken = theirs.verdict !== "refused" && theirs.verdict !== "held";
  const words = inWords(theirs);
  const reason = theirs.verdict === "refused" ? theirs.reason : "";
  if (typeof ours === "string") return { both: isTaken ? "ours refuses" : "both refuse", ours, theirs: words, reason };
  const both = isTaken ? (isSame(ours, theirs) ? "both take" : "they differ") : "OpenMLS refuses";
  return { both, ours: ours.words, theirs: words, reason };
}

/** @returns the refusal in words, or what was taken. */
function ourVerdict({ victim, newcomers, outsider, forger }: Stage, sent: Sent): string | Taken {
  switch (sent.kind) {
    case "message": {
      const before = snapshot(victim.group);
      const opened = open(profile, victim.group, sent.bytes);
      if (snapshot(victim.group) !== before) throw new Error("a state that was given has changed");
      if (!opened.ok) return `${opened.error.code} (${opened.error.section})`;
      if (opened.value.type === "message") return { words: "taken", secret: opened.value.data };
      const { group } = opened.value;
      return group.isRemoved
        ? { words: "taken: out of the group", secret: undefined }
        : { words: "taken", secret: exporterSecret(group) };
    }
    case "welcome": {
      const before = keysOf(newcomers[0]);
      const joined = joinByWelcome(profile, newcomers.slice(0, 1), sent.ours);
      if (keysOf(newcomers[0]) !== before) throw new Error("a key package that was given has changed");
      if (!joined.ok) return `${joined.error.code} (${joined.error.section})`;
      return { words: "taken", secret: exporterSecret(joined.value.group) };
    }
    case "group-info": {
      const outside = parseGroupInfo(profile, sent.bytes);
      if (!outside.ok) return `${outside.error.code} (${outside.error.section})`;
      const joined = joinFromOutside(profile, outsider, outside.value, NOTHING, forger.random);
      if (!joined.ok) return `${joined.error.code} (${joined.error.section})`;
      return { words: "taken", secret: undefined };
    }
  }
}

async function theirVerdict({ group, devices }: Stage, sent: Sent): Promise<Verdict> {
  switch (sent.kind) {
    case "message":
      return await devices.victim.device.judge(group.groupId, sent.bytes);
    case "welcome":
      return await devices.outside.judgeWelcome(sent.theirs);
    case "group-info":
      return await devices.outside.judgeGroupInfo(sent.bytes);
  }
}

/** Who is removed knows nothing of the next epoch, so that there is nothing to compare. */
function isSame(ours: Taken, theirs: Verdict): boolean {
  const secret =
    theirs.verdict === "message"
      ? theirs.plaintext
      : theirs.verdict === "next-epoch"
        ? theirs.authenticator
        : undefined;
  return ours.secret === undefined || secret === undefined || Buffer.compare(ours.secret, secret) === 0;
}

function inWords(verdict: Verdict): string {
  switch (verdict.verdict) {
    case "refused": {
      const detail = verdict.detail === "no detail" ? "" : (verdict.detail.split("\n")[0] ?? "").trim();
      return verdict.reason === "Other" ? detail : [verdict.reason, detail].filter((text) => text !== "").join(": ");
    }
    case "held":
      return "held back for the next epoch";
    case "proposal":
      return "taken, and pending from then on";
    case "message":
      return "taken";
    case "next-epoch":
      return verdict.isOut ? "taken: out of the group" : "taken";
  }
}

const snapshot = (group: Group): string => {
  const parts = difference(undefined, group).map(({ name, value = NOTHING }) => [name, Buffer.from(value)] as const);
  return parts.map(([name, value]) => `${name} ${value.toString("base64")}`).join("\n");
};

const keysOf = ({ bytes, initPrivateKey, leafPrivateKey }: OwnKeyPackage): string =>
  [bytes, initPrivateKey, leafPrivateKey].map((key) => Buffer.from(key).toString("base64")).join(" ");
