/** Coming into a room from outside with its link: for the first time, or again when this device is out of step. */
import {
  type Code,
  EMPTY,
  type Entry,
  encodeAuthenticated,
  encodeHeader,
  equalBytes,
  linkBytes,
  PLAIN_AUTHENTICATED,
  parseJoinInfo,
  type RelayCode,
  type RoomId,
  transcriptStep,
} from "@sotto/wire";
import { waitOf } from "../bounds.ts";
import { advance } from "../entries/advance.ts";
import { joinExternal, leaves, type Outside, readGroupInfo } from "../group/index.ts";
import { judgeLeaves } from "../identity/contacts.ts";
import { fetchChains } from "../identity/fetch.ts";
import { ownLeaf } from "../identity/own.ts";
import { isSendable } from "../sendable.ts";
import type { Operation, Pending, Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { personal } from "../words.ts";
import { directPeer } from "./direct.ts";
import { linkOf } from "./link-info.ts";
import { linkKeys, openJoinInfo } from "./link-keys.ts";
import { newRoom } from "./new-room.ts";
import { cameBack } from "./return.ts";
import { hasKnownOwners, isOfHeldTree, mustAgree } from "./way-back.ts";

/** How often a join that somebody else's commit overtook is tried again. */
const JOIN_TRIES = 8;

/** Why a join came to nothing. */
export interface JoinFault {
  readonly code: Code;
  readonly retryMs?: number | undefined;
  readonly message?: string;
}

export interface Joining {
  readonly room: RoomId;
  /** Secret of the link. */
  readonly secret: Uint8Array;
  /** No person asked for it: it must lead to the owners that this device knows. */
  readonly byItself: boolean;
  readonly done: (turn: Turn, fault: JoinFault | undefined) => Promise<void>;
}

/** Joins by a link; the relay, who has no part of the secret that counts, gives the sealed GroupInfo. */
export async function joinRoom(turn: Turn, joining: Joining, tries = 0): Promise<void> {
  const { room, secret, done } = joining;
  const keys = linkKeys(turn.ports.crypto, room, secret);
  turn.ask({ type: "group-info-get", room, token: keys.joinToken }, async (later, body) => {
    if (body === undefined) await done(later, { code: "offline" });
    else if (body.type === "group-info") await enter(later, { ...joining, tries, ...body });
    else if (body.type !== "refused") await done(later, { code: "internal" });
    else if ((body.code === "busy" || body.code === "rate-limited") && tries < JOIN_TRIES) {
      const again = (woken: Turn) => joinRoom(woken, joining, tries + 1);
      later.sleep(waitOf(body.retryMs), again, (woken) => void done(woken, { code: "offline" }));
    } else await done(later, { code: personal(body.code), retryMs: body.retryMs || undefined });
    return undefined;
  });
}

interface Arrival extends Joining {
  readonly tries: number;
  readonly base: number;
  readonly head: number;
  readonly sealed: Uint8Array;
}

async function enter(turn: Turn, arrival: Arrival, fetched = false): Promise<void> {
  const { room, secret, sealed, done } = arrival;
  const keys = linkKeys(turn.ports.crypto, room, secret);
  const opened = openJoinInfo(turn.ports.crypto, keys, room, sealed);
  const joinInfo = opened && parseJoinInfo(opened);
  const outside = joinInfo && readGroupInfo(turn.suite, joinInfo.groupInfo);
  const isTaken = directPeer(turn, room) !== undefined;
  if (joinInfo === undefined || outside?.room !== room || outside.info.kind !== "room" || isTaken)
    return done(turn, { code: "bad-link" });
  // Another link key: the relay gave the GroupInfo of an epoch in which this link does not count.
  if (outside.info.linkKey === undefined || !equalBytes(outside.info.linkKey, keys.publicKey))
    return done(turn, { code: "link-expired" });
  const known = turn.room(room);
  if (arrival.byItself && !hasKnownOwners(turn, known, outside))
    return done(turn, { code: "not-allowed", message: OTHER_OWNERS });
  // Members may still let it in, and one of them whom it knows would.
  if (arrival.byItself && !isOfHeldTree(turn, known, outside)) return done(turn, { code: "not-allowed" });
  const { verdict, missing } = judgeLeaves(turn.state.contacts, outside.leaves);
  if (verdict === "unknown" && !fetched) {
    const again = (later: Turn) => enter(later, arrival, true);
    return fetchChains(turn, missing, again, (later) => void done(later, { code: "offline" }));
  }
  if (verdict !== "holds") {
    turn.update({ type: "warning", code: "chain-withheld", roomId: room });
    return done(turn, {
      code: "internal",
      message: "the relay gave members of that room who cannot be verified",
    });
  }
  await commitJoin(turn, arrival, joinInfo, outside);
}

const OTHER_OWNERS = "the room has other owners than this device knows";

async function commitJoin(
  turn: Turn,
  arrival: Arrival,
  joinInfo: NonNullable<ReturnType<typeof parseJoinInfo>>,
  outside: Outside,
): Promise<void> {
  const { room, secret, done } = arrival;
  const operation = joinOperation(arrival);
  // Another request, or a Welcome, was faster: this one is answered with it, and nothing of it is overwritten.
  const known = turn.room(room);
  const isAgain = known?.status === "member" && known.astray !== undefined && known.pending === undefined;
  if (known?.status === "member" && known.astray === undefined) return done(turn, undefined);
  if (known !== undefined && !isAgain) {
    turn.patch(room, { operations: [...known.operations, operation] });
    return;
  }
  const keys = linkKeys(turn.ports.crypto, room, secret);
  const own = ownLeaf(turn);
  const { account, device } = own;
  const { base, head } = arrival;
  const signed = linkBytes({ room, base, account, device, leafKey: own.publicKey });
  const point = { seq: joinInfo.seq, hash: joinInfo.hash };
  turn.hashes.remember(room, point.seq, point.hash);
  const authenticated = encodeAuthenticated({
    room,
    base,
    ...point,
    ...PLAIN_AUTHENTICATED,
    linkSignature: turn.ports.crypto.sign(keys.signKey, signed),
  });
  const former = outside.leaves.find((leaf) => leaf.device === device);
  const made = joinExternal(turn.suite, own, outside, authenticated);
  if (made === undefined) return done(turn, { code: "bad-link" });
  const ref = { account, device };
  const pending: Pending = {
    room,
    id: turn.newId(),
    kind: "join",
    base,
    head,
    bytes: made.bytes,
    header: encodeHeader({ adds: [ref], removes: former === undefined ? [] : [ref] }),
    welcomes: [],
    link: linkOf(turn, room, keys, made.group, point),
    joinToken: keys.joinToken,
    creation: undefined,
    next: [],
    group: made.group,
    secret,
    flying: false,
    stale: 0,
  };
  if (!isSendable(pending)) return done(turn, { code: "too-long" });
  const split = { seq: 0, leafKey: former?.encryptionKey ?? EMPTY, joined: true };
  if (known === undefined) {
    const operations = [operation];
    turn.addRoom(newRoom(turn, room, { kind: "room", status: "joining", secret, base, head, split, operations }));
  } else turn.patch(room, { operations: [operation, ...known.operations] });
  turn.putPending(room, pending);
  turn.attend(room);
}

const JOIN = "join";

/** What waits for a join: answered once the room stands, begun again when another commit was faster. */
function joinOperation(arrival: Arrival): Operation {
  return {
    name: JOIN,
    plan: async () => "done",
    finished: async (turn, fault) => {
      if (fault === "rate-limited" && arrival.tries < JOIN_TRIES) return joinRoom(turn, arrival, arrival.tries + 1);
      await arrival.done(turn, fault && { code: fault });
    },
  };
}

/** The own external commit stands in the log: the room begins there, with the transcript that the relay gave. */
export async function acknowledgedJoin(
  turn: Turn,
  id: RoomId,
  pending: Pending,
  seq: number,
  previous: Uint8Array,
): Promise<void> {
  const room = turn.room(id);
  if (room === undefined) return;
  const { bytes, header, base, id: commit } = pending;
  const entry = { seq, kind: "commit", device: turn.me.device, id: commit, base, header, bytes } as const;
  const hash = transcriptStep(previous, entry, (all) => turn.ports.crypto.sha256(all));
  turn.changes.push({ type: "entry", entry: { room: id, ...entry, hash } });
  turn.hashes.remember(id, seq, hash);
  turn.putPending(id, undefined);
  turn.putLeaf(id, undefined);
  const { group } = pending;
  const from = { seq, hash, base: seq, head: seq, joinedAt: seq, last: Math.max(room.last, seq) };
  const leafKey = room.split?.leafKey ?? EMPTY;
  const split = { seq, leafKey, joined: true };
  const secret = pending.secret ?? room.secret;
  turn.patch(id, { status: "member", group, ...from, secret, split, renewedAt: turn.now });
  if (room.status === "member") {
    // Read up to there, it knows better than the relay what stands before.
    const isOther = room.seq === seq - 1 && !equalBytes(room.hash, previous);
    if (isOther) turn.update({ type: "warning", code: "log-forked", roomId: id });
    const backlog = (turn.room(id)?.backlog ?? []).filter((one) => one.seq > seq);
    const isHeld = mustAgree(turn, room, leaves(group) ?? []);
    turn.patch(id, { backlog, ...(isOther || isHeld ? { forked: true } : {}) });
    await cameBack(turn, room, seq);
  } else {
    turn.patch(id, { read: seq });
    const { account: by, device } = turn.me;
    // It had left, and comes in the place of its own leaf, which nobody had taken out: the others tell it so.
    const isBack = leafKey.length > 0 && turn.state.left.has(id);
    const isThere = leaves(group)?.some((leaf) => leaf.account === by && leaf.device !== device) === true;
    turn.events(id, seq, [{ event: isThere && !isBack ? "devices" : "joined", by }]);
    turn.update({ type: "room", roomId: id, event: "joined" });
  }
  checkPlace(turn, id, { ...entry, hash });
  turn.attend(id);
}

/** The same, read from the log before the relay's answer came. @returns true: the next entry may follow. */
export async function joinedInOrder(
  turn: Turn,
  room: Room,
  entry: Entry,
  hash: Uint8Array,
  pending: Pending,
): Promise<boolean> {
  advance(turn, room, entry, hash, {});
  await acknowledgedJoin(turn, room.room, pending, entry.seq, room.hash);
  return true;
}

/**
 * Reads the own commit back from the log, and how far the log goes: what was pushed before the answer was not for a room
 * that stood. A place that is not there was a lie, and this device would be in a room of its own.
 */
function checkPlace(turn: Turn, id: RoomId, own: Entry & { readonly hash: Uint8Array }): void {
  turn.ask({ type: "fetch", room: id, from: own.seq, limit: 1 }, async (later, body) => {
    const room = later.room(id);
    if (body?.type !== "fetched" || room === undefined) return undefined;
    const [found] = body.entries;
    const isThere =
      found?.seq === own.seq &&
      found.id === own.id &&
      found.base === own.base &&
      equalBytes(found.bytes, own.bytes) &&
      equalBytes(found.header, own.header);
    if (!isThere) {
      later.update({ type: "warning", code: "relay-lies", roomId: id });
      // By this name a person agrees to go on.
      later.update({ type: "warning", code: "log-forked", roomId: id });
      later.patch(id, { forked: true });
    }
    later.patch(id, { last: Math.max(room.last, body.last) });
    later.attend(id);
    return undefined;
  });
}

export async function refusedJoin(turn: Turn, id: RoomId, code: RelayCode): Promise<void> {
  const room = turn.room(id);
  // Overtaken by another commit: the whole join begins again with the GroupInfo of the new epoch.
  const fault = code === "stale-head" || code === "busy" ? "rate-limited" : personal(code);
  const isAgain = room?.status === "member";
  if (isAgain) turn.patch(id, { operations: room.operations.filter(({ name }) => name !== JOIN), working: false });
  else turn.dropRoom(id);
  const waiting = (room?.operations ?? []).filter(({ name }) => !isAgain || name === JOIN);
  for (const operation of waiting) await operation.finished(turn, fault);
}
