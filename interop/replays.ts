/** What is right once, and is sent again or too late: here the states go on. */
import { joinByWelcome, makeCommit, open, seal, unspent } from "../packages/mls/src/index.ts";
import { profile } from "../packages/mls/test/our-side.ts";
import { unwrap, utf8 } from "../packages/mls/test/world.ts";
import { Dice } from "./dice.ts";
import { type Devices, type Judgement, judge, leaveStage, type Sent, type Stage, setStage } from "./stage.ts";

export interface Replay {
  readonly line: string;
  readonly name: string;
  readonly judgement: Judgement;
}

export async function replays(devices: Devices, seed: number): Promise<Replay[]> {
  const rows: Replay[] = [];
  const stage = await setStage(devices, new Dice(seed), seed + 500_000);
  const { forger, victim, group, now } = stage;
  const { device } = devices.victim;
  const key = forger.identity.signaturePrivateKey;
  let here: Stage = stage;
  const note = async (line: string, name: string, bytes: Uint8Array) => {
    const sent: Sent = { kind: "message", bytes };
    rows.push({ line, name, judgement: await judge(here, sent) });
  };
  /** Both take it, and go on. */
  const take = async (bytes: Uint8Array) => {
    const { group: next } = unwrap(open(profile, here.victim.group, bytes));
    here = { ...here, victim: { ...victim, group: next } };
    await device.receive(group.groupId, bytes);
  };
  const none = new Uint8Array(0);
  const say = (from: typeof forger.group, text: string) =>
    unwrap(seal(profile, unspent(profile, from), key, utf8(text), none, forger.random));
  const first = say(forger.group, "one");
  const second = say(first.group, "two");
  const third = say(second.group, "three");
  await note("replay", "a message (control)", first.bytes);
  await take(second.bytes);
  await note("replay", "a message again", second.bytes);
  await note("replay", "a message older than the newest", first.bytes);
  const made = unwrap(makeCommit(profile, forger.group, key, {}, now, forger.random));
  const rival = unwrap(makeCommit(profile, forger.group, key, {}, now, forger.random));
  await take(made.bytes);
  await note("replay", "a commit again", made.bytes);
  await note("replay", "a commit that lost the race", rival.bytes);
  await note("replay", "a message of the epoch before", third.bytes);
  await leaveStage({ ...here, group });
  await rejoining(devices, seed, rows);
  return rows;
}

/** Welcomes once more: to who is in the group, and to who has no such key package any more. */
async function rejoining(devices: Devices, seed: number, rows: Replay[]): Promise<void> {
  const stage = await setStage(devices, new Dice(seed), seed + 600_000);
  const { forger, group, newcomers, now } = stage;
  const adds = newcomers.map(({ bytes }) => bytes);
  const key = forger.identity.signaturePrivateKey;
  const { welcome } = unwrap(makeCommit(profile, forger.group, key, { adds }, now, forger.random));
  if (welcome === undefined) throw new Error("who is added gets a Welcome");
  const theirs = async () => {
    const verdict = await devices.outside.judgeWelcome(welcome);
    return verdict.verdict === "refused" ? `${verdict.reason}: ${verdict.detail}` : "taken";
  };
  const [own] = newcomers;
  const note = async (name: string, result: ReturnType<typeof joinByWelcome>) => {
    const ours = result.ok ? "taken" : `${result.error.code} (${result.error.section})`;
    const said = await theirs();
    const isTaken = said === "taken";
    const both = result.ok ? (isTaken ? "both take" : "OpenMLS refuses") : isTaken ? "ours refuses" : "both refuse";
    rows.push({ line: "replay", name, judgement: { both, ours, theirs: said, reason: said } });
  };
  await note("a Welcome (control)", joinByWelcome(profile, [own], welcome));
  await devices.outside.joinByWelcome(welcome);
  await note(
    "a Welcome for a group that one is in",
    joinByWelcome(profile, [own], welcome, () => true),
  );
  await devices.outside.forget(group.groupId);
  await note("a Welcome for a key package that was used", joinByWelcome(profile, [], welcome));
  await leaveStage(stage);
}
