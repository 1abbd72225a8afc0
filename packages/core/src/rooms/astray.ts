/**
 * Being out of step: a commit that others hold could not be read here, or one that this device holds counts for nobody
 * else. MLS shows neither; the bases of the entries that follow do. docs/protocol.md, section 14.
 *
 * Entries name their base outside of the encryption, so a member may lie about it, and the relay may. That is why the
 * voices of others are weighed, and coming in again is a thing that neither of them gains anything by.
 */
import { type DeviceId, EMPTY, type Entry } from "@sotto/wire";
import { planHealing } from "../commits.ts";
import { type Leaf, leafOfDevice, leaves } from "../group/index.ts";
import type { Room, Voice } from "../state.ts";
import type { Turn } from "../turn.ts";
import { nameOf } from "./names.ts";

const RETURN_MS = 60_000;
const RETURN_MAX_MS = 3_600_000;
/** After so long a quiet time the next return is at once again. */
const FORGIVEN_MS = 86_400_000;
/** Messages that are counted as unreadable; more are not told apart. */
const MISSED_MAX = 4096;

/** Who speaks: an account with one voice, or one of the own account's other devices, whom this one believes each. */
function voiceOf(turn: Turn, leaf: Leaf): string {
  return leaf.account === turn.me.account ? leaf.device : leaf.account;
}

function speakers(turn: Turn, room: Room): ReadonlyMap<string, Leaf> {
  const found = new Map<string, Leaf>();
  for (const leaf of (room.group && leaves(room.group)) ?? []) {
    const voice = voiceOf(turn, leaf);
    if (leaf.device !== turn.me.device && !found.has(voice)) found.set(voice, leaf);
  }
  return found;
}

/** An entry of another device counts here as it does for its sender, or its sender holds something else. */
export function heard(turn: Turn, id: Room["room"], device: DeviceId, where: Voice): void {
  const room = turn.room(id);
  const leaf = room?.group && leafOfDevice(room.group, device);
  if (room === undefined || leaf === undefined || device === turn.me.device) return;
  const voice = voiceOf(turn, leaf);
  const isNews = room.voices.get(voice) !== where;
  if (isNews) turn.patch(id, { voices: new Map(room.voices).set(voice, where) });
  if (where === "here") reunite(turn, turn.room(id) ?? room);
  if (isNews) weigh(turn, id);
}

/** Somebody shares what this device holds. What others said may count in the end, as long as one of them is elsewhere. */
function reunite(turn: Turn, room: Room): void {
  if (room.split === undefined && room.missed === undefined) return;
  const isAnybodyElsewhere = [...speakers(turn, room).keys()].some((one) => room.voices.get(one) === "elsewhere");
  const missed = room.missed?.length ?? 0;
  if (!isAnybodyElsewhere && missed > 0 && room.astray !== undefined)
    turn.notice("missed", { room: nameOf(turn, room), missed });
  turn.patch(room.room, { split: undefined, missed: isAnybodyElsewhere ? room.missed : undefined });
}

/** Finds out whether this device is out of step, or was taken for it wrongly. */
function weigh(turn: Turn, id: Room["room"]): void {
  const room = turn.room(id);
  if (room === undefined || room.status !== "member") return;
  const isOut = isOutvoted(turn, room);
  if (isOut && room.astray === undefined) stray(turn, id);
  // One that nobody holds any more stays out: its own leaf is not there for the others.
  if (!isOut && room.astray !== undefined && room.split === undefined) {
    turn.patch(id, { astray: undefined });
    // Others who were taken for out of step likewise hear by it that they are not.
    planHealing(turn, id);
  }
}

/** Stops encrypting in a room until this device has come in again: the first time at once, then ever more slowly. */
export function stray(turn: Turn, id: Room["room"], waitMs = 0): void {
  const { returned } = turn.room(id) ?? {};
  const isCalm = returned === undefined || turn.now - returned.at > FORGIVEN_MS;
  const retryAt = Math.max(turn.now + waitMs, isCalm ? 0 : returned.at + backOff(returned.times - 1));
  turn.patch(id, { astray: { tries: 0, retryAt } });
  turn.attend(id);
}

export const backOff = (times: number): number => Math.min(RETURN_MAX_MS, RETURN_MS * 2 ** Math.max(0, times));

/**
 * More others hold something else than share this device's view; or it came in by a commit that counts for nobody; or
 * only one other is there, and of two the one of longer standing decides.
 */
function isOutvoted(turn: Turn, room: Room): boolean {
  const others = speakers(turn, room);
  const own = room.group && leafOfDevice(room.group, turn.me.device);
  let here = 1;
  let elsewhere = 0;
  for (const voice of others.keys()) {
    if (room.voices.get(voice) === "here") here++;
    if (room.voices.get(voice) === "elsewhere") elsewhere++;
  }
  if (elsewhere === 0 || own === undefined) return false;
  if (elsewhere > here || (here === 1 && room.split?.joined === true)) return true;
  const [other] = others.values();
  return others.size === 1 && other !== undefined && other.index < own.index;
}

/** A commit that counts here or was skipped here, and of which nobody has shown yet that it is the same for them. */
export function mayPart(turn: Turn, room: Room, seq: number): void {
  if (room.split !== undefined || speakers(turn, room).size === 0) return;
  const leafKey = (room.group && leafOfDevice(room.group, turn.me.device)?.encryptionKey) ?? EMPTY;
  // What was heard before says nothing of what is held since.
  const voices = new Map([...room.voices].filter(([, where]) => where === "elsewhere"));
  turn.patch(room.room, { split: { seq, leafKey, joined: false }, voices });
}

/** An entry of another device that is built on something else than what this device holds. */
export function builtElsewhere(turn: Turn, room: Room, entry: Entry): void {
  if (entry.kind === "commit") mayPart(turn, room, entry.seq);
  // Before anything divides this device from others it is a lie, and nothing that it misses.
  if (entry.kind === "message" && room.split !== undefined) {
    turn.patch(room.room, { missed: [...(room.missed ?? []), entry.seq].slice(-MISSED_MAX) });
  }
  heard(turn, room.room, entry.device, "elsewhere");
}

/**
 * A message on the commit that brought this device in, which it cannot read. A Welcome can lead beside the epoch that its
 * commit begins, and no base tells: as long as nobody was understood here, one who was not is one who is elsewhere.
 */
export function unreadInNewPlace(turn: Turn, room: Room, entry: Entry): void {
  const own = room.group && leafOfDevice(room.group, turn.me.device);
  if (room.split?.joined !== true || own === undefined) return;
  // Who builds on that commit has the leaf that it brought in.
  turn.patch(room.room, { split: { ...room.split, leafKey: own.encryptionKey } });
  builtElsewhere(turn, turn.room(room.room) ?? room, entry);
}
