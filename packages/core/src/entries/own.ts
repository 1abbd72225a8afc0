/** Own entries: known by their id, equal to what was sent, in the order in which they were made. */
import { type Entry, equalBytes } from "@sotto/wire";
import { adoptOwnCommit, planHealing } from "../commits.ts";
import { type Group, isFromSelf, leafOfDevice, open } from "../group/index.ts";
import { buryEarlier, deadMessageApplied, giveUp, ownMessageApplied } from "../outbox.ts";
import { mayPart } from "../rooms/astray.ts";
import { joinedInOrder } from "../rooms/join.ts";
import type { Intent, Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { advance } from "./advance.ts";

/** @returns false when nothing more is applied: the profile was copied, or the room is no more. */
export async function applyOwn(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  return entry.kind === "commit" ? ownCommit(turn, room, entry, hash) : ownMessage(turn, room, entry, hash);
}

async function ownCommit(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  const { pending } = room;
  if (pending === undefined || pending.id !== entry.id) return unknown(turn, room, entry, hash);
  // Header and base are outside the signature, and all others judge by them: so does its sender. Its id is spent with
  // bytes that were altered too, so it is not waited for.
  const { bytes, header, base } = pending;
  const asSent = equalBytes(bytes, entry.bytes) && equalBytes(header, entry.header) && entry.base === base;
  if (!asSent) turn.update({ type: "warning", code: "relay-lies", roomId: room.room });
  if (asSent && pending.kind === "join") return joinedInOrder(turn, room, entry, hash, pending);
  const valid = asSent && pending.base === room.base;
  mayPart(turn, room, entry.seq);
  advance(turn, room, entry, hash, valid ? { base: entry.seq } : {});
  await adoptOwnCommit(turn, room.room, pending, valid ? entry.seq : undefined);
  return turn.room(room.room) !== undefined;
}

async function ownMessage(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  const intent = room.queue.find((one) => one.id === entry.id);
  const which = intent && whichCiphertext(turn, intent, entry.bytes);
  if (intent === undefined) return unknown(turn, room, entry, hash);
  if (which === undefined) {
    const isAltered = await unknown(turn, room, entry, hash);
    // Its id is spent with bytes that nobody can open: it cannot come into the log any more.
    if (isAltered) giveUp(turn, room.room, intent);
    return isAltered;
  }
  advance(turn, room, entry, hash, {});
  // Of another epoch than it was made in, or behind a later one: nobody can open it.
  if (which === "dead" || which.base !== entry.base || entry.base !== room.base) {
    deadMessageApplied(turn, room.room, intent);
    return true;
  }
  buryEarlier(turn, room.room, intent, entry.base);
  await ownMessageApplied(turn, room.room, intent, entry.seq);
  return turn.room(room.room) !== undefined;
}

/** The ciphertext that was made last, an earlier one whose answer was lost, or one that nobody can open any more. */
function whichCiphertext(
  turn: Turn,
  intent: Intent,
  bytes: Uint8Array,
): { readonly base: number } | "dead" | undefined {
  if (intent.attempt !== undefined && equalBytes(intent.attempt.bytes, bytes)) return intent.attempt;
  const hash = turn.ports.crypto.sha256(bytes);
  if (intent.dead.some((known) => equalBytes(known, hash))) return "dead";
  return intent.earlier.find((known) => equalBytes(known.hash, hash));
}

/**
 * An entry of this device that waits for none: made by another copy of the profile, if somebody in the group made it at
 * all; else the relay repeats one, or put its own bytes under our name.
 */
async function unknown(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  const isRepeat = (await turn.store.message(room.room, entry.id)) !== undefined;
  const isCopy = !isRepeat && room.group !== undefined && isOfCopy(turn, room.group, entry);
  if (isCopy) {
    turn.halt("profile-copied");
    return false;
  }
  turn.update({ type: "warning", code: "relay-lies", roomId: room.room });
  advance(turn, room, entry, hash, {});
  if (entry.kind === "commit") planHealing(turn, room.room);
  return true;
}

/**
 * A message or commit with this device's own leaf as its sender; or a join from outside, signed with the device key,
 * that takes the place of its leaf.
 */
function isOfCopy(turn: Turn, group: Group, entry: Entry): boolean {
  if (isFromSelf(turn.suite, group, entry.bytes)) return true;
  const opened = entry.kind === "commit" ? open(turn.suite, group, "commit", entry.bytes) : undefined;
  const own = leafOfDevice(group, turn.me.device);
  if (opened?.type !== "commit" || !opened.external || own === undefined) return false;
  return opened.sender.device === own.device && equalBytes(opened.sender.signatureKey, own.signatureKey);
}
