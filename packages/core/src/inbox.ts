/** The inbox of this device: Welcomes, each taken once, in order. */
import {
  type AccountId,
  EMPTY,
  equalBytes,
  type InboxEntry,
  parseJoinInfo,
  type RoomId,
  type ServerBody,
} from "@sotto/wire";
import { fitting } from "./bounds.ts";
import { leafOfDevice, openWelcome, type Welcomed } from "./group/index.ts";
import type { Happening } from "./happenings.ts";
import { judgeLeaves } from "./identity/contacts.ts";
import { fetchChains, fetchOwn } from "./identity/fetch.ts";
import { replaceLastResort, spend } from "./key-packages.ts";
import { directId, directPeer } from "./rooms/direct.ts";
import { linkKeys } from "./rooms/link-keys.ts";
import { newRoom } from "./rooms/new-room.ts";
import { hearAsk } from "./rooms/readmit.ts";
import { cameBack } from "./rooms/return.ts";
import { hasKnownOwners, isOfHeldTree, mustAgree } from "./rooms/way-back.ts";
import type { Room } from "./state.ts";
import type { Turn } from "./turn.ts";

const AGAIN_MS = 5000;

type WelcomeEntry = Extract<InboxEntry, { kind: "welcome" }>;
/** An entry that the relay tells of by itself waits its turn; one for which there is no room is fetched later. */
export function pushed(turn: Turn, entry: InboxEntry): void {
  const { session, inbox } = turn.state;
  if (session.state !== "online") return;
  const held = fitting(inbox, [entry], (one) => (one.kind === "welcome" ? one.bytes.length : 0));
  const inboxLast = Math.max(session.relay.inboxLast, entry.number);
  if (held.length > 0) turn.set({ inbox: [...inbox, entry] });
  else turn.set({ session: { ...session, relay: { ...session.relay, inboxLast } } });
}

/** Asks for what the relay holds, and works through what came: numbers have no gaps, and one follows the other. */
export async function drainInbox(turn: Turn): Promise<void> {
  const { session } = turn.state;
  if (session.state !== "online" || !session.relay.confirmed || turn.state.inboxBusy) return;
  const [entry] = turn.state.inbox;
  if (entry === undefined) {
    if (session.relay.inboxLast > turn.me.inbox) fetchInbox(turn);
    return;
  }
  if (entry.number <= turn.me.inbox) {
    turn.set({ inbox: turn.state.inbox.slice(1) });
    return drainInbox(turn);
  }
  // One was pushed whose predecessors were not: read from where this device stands.
  if (entry.number > turn.me.inbox + 1) return fetchInbox(turn);
  if (await takeEntry(turn, entry, false)) await drainInbox(turn);
}

function fetchInbox(turn: Turn): void {
  turn.set({ inboxBusy: true });
  turn.ask({ type: "inbox-fetch", from: turn.me.inbox + 1 }, async (later, body) => {
    const { session, inbox } = later.state;
    if (body?.type === "refused") {
      later.sleep(
        AGAIN_MS,
        async (woken) => woken.set({ inboxBusy: false }),
        () => undefined,
      );
      return undefined;
    }
    if (body?.type !== "inbox-fetched" || session.state !== "online") return undefined;
    const isWhole = body.entries.every((entry, index) => entry.number === later.me.inbox + 1 + index);
    const last = body.entries.at(-1)?.number ?? later.me.inbox;
    const pushed = inbox.filter((entry) => entry.number > last);
    if (!isWhole || (body.entries.length === 0 && pushed.length > 0)) {
      // It leaves one out, or tells of one that it has not: nothing of it is taken until the next connect.
      later.update({ type: "warning", code: "relay-lies" });
      later.set({ inbox: [] });
      return undefined;
    }
    // The answer may be a part, and what was pushed while it was under way follows it; an empty one ends the claim.
    const inboxLast = body.entries.length === 0 ? last : Math.max(session.relay.inboxLast, last);
    const relay = { ...session.relay, inboxLast };
    later.set({ inboxBusy: false, inbox: [...body.entries, ...pushed], session: { ...session, relay } });
    return undefined;
  });
}

/**
 * A relay that went back, and has numbered as many entries since as before, hides the new ones: this device believes
 * that it has taken them. A room that it is told of and does not know shows that: the Welcome must lie there.
 */
export function lookForHidden(turn: Turn, { inboxLast, rooms }: Extract<ServerBody, { type: "session" }>): void {
  const { left, leaves } = turn.state;
  const isUnknown = (room: RoomId): boolean => (turn.room(room)?.status ?? "waiting") === "waiting";
  const isNew = ({ room }: { readonly room: RoomId }): boolean =>
    isUnknown(room) && !left.has(room) && !leaves.has(room);
  if (turn.me.inbox > 0 && inboxLast === turn.me.inbox && rooms.some(isNew)) countAnew(turn);
}

/** Takes the numbers of the inbox as the relay counts them now, and what lies there: also what was taken before. */
export function countAnew(turn: Turn): void {
  turn.set({ inbox: [], inboxBusy: true });
  turn.ask({ type: "inbox-fetch", from: 1 }, async (later, body) => {
    const { session, inbox } = later.state;
    if (body?.type !== "inbox-fetched" || session.state !== "online") {
      if (body !== undefined) {
        later.sleep(
          AGAIN_MS,
          async (woken) => countAnew(woken),
          () => undefined,
        );
      }
      return undefined;
    }
    const [first] = body.entries;
    const last = body.entries.at(-1)?.number ?? session.relay.inboxLast;
    later.putMe({ inbox: first === undefined ? last : first.number - 1 });
    // What was pushed while the answer was under way follows it.
    const pushed = inbox.filter((entry) => entry.number > last);
    later.set({ inboxBusy: false, inbox: [...body.entries, ...pushed] });
    return undefined;
  });
}

/** @returns false when chains have to be fetched first. */
async function takeEntry(turn: Turn, entry: InboxEntry, fetched: boolean): Promise<boolean> {
  if (entry.kind === "last-resort-used") {
    turn.update({ type: "warning", code: "last-resort-used" });
    await replaceLastResort(turn);
    taken(turn, entry.number);
    return true;
  }
  if (entry.kind === "chain-grew") fetchOwn(turn);
  if (entry.kind === "sign-in-locked") turn.notice("sign-in-locked", {});
  if (entry.kind === "readmit" && !hearAsk(turn, entry, fetched)) return fetchFirst(turn, entry, [entry.who.account]);
  if (entry.kind !== "welcome") {
    taken(turn, entry.number);
    return true;
  }
  const known = turn.room(entry.room);
  if (known?.status === "joining") return false;
  // A room that this device is in, as far as it has read: the log up to the Welcome must hold its removal.
  if (known?.status === "member" && known.seq < entry.seq && known.unreachable < entry.seq) {
    if (known.last < entry.seq) turn.patch(known.room, { last: entry.seq });
    turn.attend(known.room);
    return false;
  }
  const isOpen =
    known === undefined ||
    known.status === "waiting" ||
    (known.status === "creating" && known.kind === "direct") ||
    (known.status === "member" && known.astray !== undefined);
  const welcomed = isOpen ? openWelcome(turn.suite, turn.state.keyPackages, entry.bytes) : undefined;
  if (isOpen && welcomed === undefined) tellUnopened(turn, entry.room);
  if (welcomed !== undefined) await replaceUsed(turn, welcomed.used);
  const mayAskAgain = welcomed?.room === entry.room;
  if (welcomed === undefined || !mayAskAgain || !isSound(turn, entry.room, welcomed)) {
    if (welcomed !== undefined && mayAskAgain) await lose(turn, entry, welcomed);
    taken(turn, entry.number);
    return true;
  }
  const { verdict, missing } = judgeLeaves(turn.state.contacts, welcomed.leaves);
  if (verdict === "unknown" && !fetched) return fetchFirst(turn, entry, missing);
  // A place in the log that was applied before: the relay tells of it again, to start this device anew. One that is out
  // of step reads on, so it may have passed the place without being able to read it.
  const isApplied = known?.astray === undefined && (await turn.store.hashAt(entry.room, entry.seq)) !== undefined;
  const isOld = isApplied || isReplayed(turn, entry, welcomed);
  if (isOld) turn.update({ type: "warning", code: "relay-lies", roomId: entry.room });
  else if (verdict === "holds") await welcome(turn, entry, welcomed);
  else {
    turn.update({ type: "warning", code: "chain-withheld", roomId: entry.room });
    await lose(turn, entry, welcomed);
  }
  taken(turn, entry.number);
  return true;
}

/** The relay should have told that it gave out the last resort: then there is another one by now. */
async function replaceUsed(turn: Turn, { bytes }: Welcomed["used"]): Promise<void> {
  const newest = turn.state.keyPackages.findLast((one) => one.lastResort);
  if (newest === undefined || !equalBytes(newest.bytes, bytes)) return;
  turn.update({ type: "warning", code: "last-resort-used" });
  await replaceLastResort(turn);
}

/** Once: anybody who may claim a key package can send garbage. A room that was left is told of again after a roll-back. */
function tellUnopened(turn: Turn, room: RoomId): void {
  if (turn.state.unopened || turn.state.left.has(room)) return;
  turn.set({ unopened: true });
  turn.notice("unopened", {});
}

/** A Welcome that is passed over for good: to be let in after it, this device must know the leaf that it brought. */
async function lose(turn: Turn, { room, number }: WelcomeEntry, { group, used }: Welcomed): Promise<void> {
  turn.putLeaf(room, leafOfDevice(group, turn.me.device)?.encryptionKey);
  await spend(turn, used.bytes, number);
}

/** Chains are fetched, then the entry is looked at again. */
function fetchFirst(turn: Turn, entry: InboxEntry, accounts: readonly AccountId[]): false {
  turn.set({ inboxBusy: true });
  fetchChains(turn, accounts, async (later) => {
    later.set({ inboxBusy: false });
    await takeEntry(later, entry, true);
  });
  return false;
}

/**
 * Whether the adder had read less of the log than this device had when it went: then the Welcome is one of before, which
 * leads into an epoch that people know who were removed since. Who is out of step has read what the adder must have read
 * up to where they parted.
 */
function isReplayed(turn: Turn, { room, seq }: WelcomeEntry, { joinInfo: bytes }: Welcomed): boolean {
  const joinInfo = bytes && parseJoinInfo(bytes);
  const known = turn.room(room);
  const parted = known?.astray === undefined ? 0 : (known.split?.seq ?? known.base);
  const least = Math.max(turn.state.left.get(room) ?? 0, parted);
  return joinInfo === undefined || joinInfo.seq < least || seq <= parted;
}

/** A direct conversation has the one id that its two sides give, and nobody else in it; no room may take that id. */
function isSound(turn: Turn, room: RoomId, welcomed: Welcomed): boolean {
  const { info, leaves } = welcomed;
  const known = turn.room(room);
  if (known?.astray !== undefined && !isOfHeldTree(turn, known, welcomed)) {
    turn.notice("let-in-by-stranger", {});
    return false;
  }
  if (known?.astray !== undefined && !hasKnownOwners(turn, known, welcomed)) {
    turn.notice("other-owners", {});
    return false;
  }
  if (info.kind !== "direct")
    return directPeer(turn, room) === undefined && (known === undefined || known.astray !== undefined);
  const peer = info.sides.find((side) => side !== turn.me.account);
  const within = leaves.every((leaf) => info.sides.includes(leaf.account));
  return peer !== undefined && info.sides.includes(turn.me.account) && within && directId(turn, peer) === room;
}

/** The room begins at the commit that brought this device in; what waited to be said there is said now. */
async function welcome(turn: Turn, entry: WelcomeEntry, welcomed: Welcomed): Promise<void> {
  const { info, group, used } = welcomed;
  const known = turn.room(entry.room);
  const joinInfo = welcomed.joinInfo && parseJoinInfo(welcomed.joinInfo);
  const start = entry.seq - 1;
  const peer = info.kind === "direct" ? info.sides.find((side) => side !== turn.me.account) : undefined;
  const secret = info.kind === "room" ? soundSecret(turn, entry.room, info.linkKey, joinInfo?.linkSecret) : undefined;
  if (joinInfo !== undefined) turn.hashes.remember(entry.room, joinInfo.seq, joinInfo.hash);
  const own = known?.status === "member" ? await turn.store.hashAt(entry.room, start) : undefined;
  const isOther = (hash: Uint8Array | undefined) => hash !== undefined && !equalBytes(hash, entry.previous);
  const isOtherLog = isOther(own) || (joinInfo?.seq === start && isOther(joinInfo.hash));
  if (isOtherLog) {
    turn.update({ type: "warning", code: "log-forked", roomId: entry.room });
  }
  const forked = (known?.status === "member" && mustAgree(turn, known, welcomed.leaves)) || isOtherLog;
  const room = newRoom(turn, entry.room, {
    kind: info.kind,
    status: "member",
    group,
    peer,
    secret,
    seq: start,
    hash: entry.previous,
    base: start,
    head: start,
    joinedAt: entry.seq,
    read: start,
    last: entry.seq,
    forked: forked || known?.forked === true,
    split: { seq: entry.seq, leafKey: EMPTY, joined: true },
    queue: known?.queue.map((intent) => ({ ...intent, attempt: undefined })) ?? [],
    ...(known?.status === "member" ? keptOf(known, entry.seq) : {}),
  });
  if (known?.pending !== undefined) {
    turn.addRoom(room);
    turn.putPending(entry.room, undefined);
  } else turn.addRoom(room);
  await spend(turn, used.bytes, entry.number);
  turn.putLeaf(entry.room, undefined);
  if (known?.status === "member") await cameBack(turn, known, entry.seq);
  else {
    turn.events(entry.room, entry.seq, [broughtIn(turn, entry, welcomed)]);
    turn.update({ type: "room", roomId: entry.room, event: "joined" });
  }
  turn.attend(entry.room);
}

/** A conversation begins with its first commit; to somebody who is in a room, further devices come by their own hand. */
function broughtIn(turn: Turn, { seq }: WelcomeEntry, { info, signer }: Welcomed): Happening {
  const { account: who } = turn.me;
  const by = signer.account;
  if (info.kind === "direct" && seq === 1) return { event: "made", by };
  if (by === who) return { event: "devices", by };
  return { event: info.kind === "direct" ? "devices" : "added", by, who };
}

/** What of a room stays although this device comes in anew. What it passed over since is read again, and can be. */
function keptOf({ read, unread, queue, operations, last }: Room, seq: number): Partial<Room> {
  return { read, unread, queue, operations, last: Math.max(last, seq) };
}

function soundSecret(turn: Turn, room: RoomId, linkKey: Uint8Array | undefined, secret: Uint8Array | undefined) {
  if (linkKey === undefined || secret === undefined) return undefined;
  return equalBytes(linkKeys(turn.ports.crypto, room, secret).publicKey, linkKey) ? secret : undefined;
}

function taken(turn: Turn, number: number): void {
  turn.set({ inbox: turn.state.inbox.filter((entry) => entry.number > number) });
  turn.putMe({ inbox: number });
  turn.tell({ type: "inbox-cursor", number });
}
