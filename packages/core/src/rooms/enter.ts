/** Making a room, and coming into one from outside with its link. */
import {
  type Code,
  EMPTY,
  type Entry,
  encodeAuthenticated,
  encodeHeader,
  equalBytes,
  formatLink,
  idOf,
  type Link,
  linkBytes,
  PLAIN_AUTHENTICATED,
  parseJoinInfo,
  parseLink,
  type RelayCode,
  type RoomId,
  roomIdOf,
  transcriptStep,
} from "@sotto/wire";
import { createGroup, joinExternal, type Outside, readGroupInfo, roomInfo } from "../group/index.ts";
import { judgeLeaves } from "../identity/contacts.ts";
import { fetchChains } from "../identity/fetch.ts";
import { ownLeaf } from "../identity/own.ts";
import { isSendable } from "../sendable.ts";
import type { Pending } from "../state.ts";
import type { Turn } from "../turn.ts";
import { personal } from "../words.ts";
import { directPeer } from "./direct.ts";
import { linkOf } from "./link-info.ts";
import { linkKeys, openJoinInfo } from "./link-keys.ts";
import { newRoom } from "./new-room.ts";

/** How often a join that somebody else's commit overtook is tried again. */
const JOIN_TRIES = 8;
const RETRY_MS = 15_000;
const RETRY_MAX_MS = 3_600_000;

/** Makes a room with this device alone in it; `done` is called when the relay has it. */
export async function createRoom(turn: Turn, name: string, command: number): Promise<void> {
  const { account, device } = turn.me;
  const room = idOf.room(roomIdOf(account, turn.random(16), (bytes) => turn.ports.crypto.sha256(bytes)));
  const secret = turn.random(32);
  const keys = linkKeys(turn.ports.crypto, room, secret);
  const info = { kind: "room", name, owners: [account], linkKey: keys.publicKey } as const;
  const group = createGroup(turn.suite, ownLeaf(turn), room, info, turn.now);
  const empty = newRoom(turn, room, { kind: "room", status: "creating", group, secret });
  const pending: Pending = {
    room,
    id: turn.newId(),
    kind: "create",
    head: 0,
    base: 0,
    bytes: EMPTY,
    header: EMPTY,
    welcomes: [],
    link: linkOf(turn, room, keys, group, { seq: 0, hash: empty.hash }),
    joinToken: undefined,
    creation: encodeHeader({ adds: [{ account, device }], removes: [] }),
    next: [],
    group,
    secret: undefined,
    flying: false,
    stale: 0,
  };
  const finished = async (later: Turn, fault: Code | undefined) =>
    later.settle(command, fault, { roomId: room, link: formatLink(roomLink(later, room, secret)) });
  const operations = [{ name: "create", plan: async () => "done" as const, finished }];
  turn.addRoom({ ...empty, operations });
  turn.putPending(room, pending);
  turn.attend(room);
}

/** The link that lets others into a room. */
export function roomLink(turn: Turn, room: RoomId, secret: Uint8Array): Link {
  return { ...relayLink(turn), room: { id: room, secret } };
}

/** The link that lets others onto the relay, with what this device knows of it. */
export function relayLink(turn: Turn): Link {
  const { session } = turn.state;
  const { host, port, pin } = turn.me;
  const relay = session.state === "online" ? session.relay : undefined;
  // The relay says where others find it, and nothing more: a word that is not just host and port is not taken.
  const said = relay && parseLink(`sotto://${relay.address}/`);
  const place = said !== undefined && relay?.address === `${said.host}:${said.port}` ? said : { host, port };
  const accessPassword = relay?.accessPassword || undefined;
  return { host: place.host, port: place.port, pin, accessPassword, room: undefined };
}

/** The relay has the room. */
export async function acknowledgedCreation(turn: Turn, id: RoomId): Promise<void> {
  turn.putPending(id, undefined);
  turn.patch(id, { status: "member" });
  turn.update({ type: "room", roomId: id, event: "joined" });
  turn.attend(id);
}

export async function refusedCreation(turn: Turn, id: RoomId, code: RelayCode): Promise<void> {
  const room = turn.room(id);
  if (room === undefined) return;
  if (room.kind === "direct") {
    // The other side was first, or the relay does not take it now: what waits stays, and the Welcome comes.
    const skips = room.skips + 1;
    const retryAt = turn.now + Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** skips);
    turn.patch(id, { status: "waiting", group: undefined, retryAt, working: false, skips });
    if (skips === 2 && room.peer !== undefined) {
      turn.update({ type: "warning", code: "not-delivered", roomId: id, username: turn.nameOf(room.peer) });
    }
    return;
  }
  turn.dropRoom(id);
  for (const operation of room.operations) await operation.finished(turn, personal(code));
}

/** Joins by a link; the relay, who has no part of the secret that counts, gives the sealed GroupInfo. */
export async function joinRoom(turn: Turn, link: Link, command: number, tries = 0): Promise<void> {
  if (link.room === undefined) return turn.refuse(command, "bad-link");
  const { id: room, secret } = link.room;
  const keys = linkKeys(turn.ports.crypto, room, secret);
  turn.ask({ type: "group-info-get", room, token: keys.joinToken }, async (later, body) => {
    if (body === undefined) later.refuse(command, "offline");
    else if (body.type === "group-info") await enter(later, { link, command, tries, ...body });
    else if (body.type !== "refused") later.refuse(command, "internal");
    else if ((body.code === "busy" || body.code === "rate-limited") && tries < JOIN_TRIES) {
      const again = (woken: Turn) => joinRoom(woken, link, command, tries + 1);
      later.sleep(body.retryMs, again, (woken) => woken.refuse(command, "offline"));
    } else later.refuse(command, personal(body.code), body.retryMs || undefined);
    return undefined;
  });
}

interface Arrival {
  readonly link: Link;
  readonly command: number;
  readonly tries: number;
  readonly base: number;
  readonly head: number;
  readonly sealed: Uint8Array;
}

async function enter(turn: Turn, arrival: Arrival, fetched = false): Promise<void> {
  const { link, command, base, head, sealed } = arrival;
  if (link.room === undefined) return;
  const { id: room, secret } = link.room;
  const keys = linkKeys(turn.ports.crypto, room, secret);
  const opened = openJoinInfo(turn.ports.crypto, keys, room, sealed);
  const joinInfo = opened && parseJoinInfo(opened);
  const outside = joinInfo && readGroupInfo(turn.suite, joinInfo.groupInfo);
  const isTaken = directPeer(turn, room) !== undefined;
  if (joinInfo === undefined || outside?.room !== room || outside.info.kind !== "room" || isTaken)
    return turn.refuse(command, "bad-link");
  // Another link key: the relay gave the GroupInfo of an epoch in which this link does not count.
  if (outside.info.linkKey === undefined || !equalBytes(outside.info.linkKey, keys.publicKey)) {
    return turn.refuse(command, "link-expired");
  }
  const { verdict, missing } = judgeLeaves(turn.state.contacts, outside.leaves);
  if (verdict === "unknown" && !fetched) {
    const again = (later: Turn) => enter(later, arrival, true);
    return fetchChains(turn, missing, again, (later) => later.refuse(command, "offline"));
  }
  if (verdict !== "holds") {
    turn.update({ type: "warning", code: "chain-withheld", roomId: room });
    return turn.refuse(command, "internal", undefined, "the relay gave members of that room who cannot be verified");
  }
  await commitJoin(turn, arrival, room, joinInfo, outside, { base, head });
}

async function commitJoin(
  turn: Turn,
  arrival: Arrival,
  room: RoomId,
  joinInfo: NonNullable<ReturnType<typeof parseJoinInfo>>,
  outside: Outside,
  at: { readonly base: number; readonly head: number },
): Promise<void> {
  const { command, link } = arrival;
  const secret = link.room?.secret;
  if (secret === undefined) return;
  const finished = async (later: Turn, fault: Code | undefined) => {
    const group = later.room(room)?.group;
    const info = group && roomInfo(group);
    if (fault === "rate-limited" && arrival.tries < JOIN_TRIES)
      return joinRoom(later, link, command, arrival.tries + 1);
    later.settle(command, fault, { roomId: room, name: info?.kind === "room" ? info.name : "" });
  };
  // Another request, or a Welcome, was faster: this one is answered with it, and nothing of it is overwritten.
  const known = turn.room(room);
  if (known?.status === "member") return finished(turn, undefined);
  if (known !== undefined) {
    const operation = { name: "join", plan: async () => "done" as const, finished };
    turn.patch(room, { operations: [...known.operations, operation] });
    return;
  }
  const keys = linkKeys(turn.ports.crypto, room, secret);
  const own = ownLeaf(turn);
  const { account, device } = own;
  const signed = linkBytes({ room, base: at.base, account, device, leafKey: own.publicKey });
  const point = { seq: joinInfo.seq, hash: joinInfo.hash };
  turn.hashes.remember(room, point.seq, point.hash);
  const authenticated = encodeAuthenticated({
    room,
    base: at.base,
    ...point,
    ...PLAIN_AUTHENTICATED,
    linkSignature: turn.ports.crypto.sign(keys.signKey, signed),
  });
  const again = outside.leaves.some((leaf) => leaf.device === device);
  const made = joinExternal(turn.suite, own, outside, authenticated);
  if (made === undefined) return turn.refuse(command, "bad-link");
  const ref = { account, device };
  const pending: Pending = {
    room,
    id: turn.newId(),
    kind: "join",
    ...at,
    bytes: made.bytes,
    header: encodeHeader({ adds: [ref], removes: again ? [ref] : [] }),
    welcomes: [],
    link: linkOf(turn, room, keys, made.group, point),
    joinToken: keys.joinToken,
    creation: undefined,
    next: [],
    group: made.group,
    secret: undefined,
    flying: false,
    stale: 0,
  };
  if (!isSendable(pending)) return turn.refuse(command, "too-long");
  const operations = [{ name: "join", plan: async () => "done" as const, finished }];
  const joining = newRoom(turn, room, { kind: "room", status: "joining", secret, ...at, operations });
  turn.addRoom(joining);
  turn.putPending(room, pending);
  turn.attend(room);
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
  const group = pending.group;
  const from = { seq, hash, base: seq, head: seq, joinedAt: seq, read: seq, last: Math.max(room.last, seq) };
  turn.patch(id, { status: "member", group, ...from, renewedAt: turn.now });
  turn.update({ type: "room", roomId: id, event: "joined" });
  checkPlace(turn, id, { ...entry, hash });
  turn.attend(id);
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
      later.patch(id, { forked: true });
    }
    later.patch(id, { last: Math.max(room.last, body.last) });
    later.attend(id);
    return undefined;
  });
}

export async function refusedJoin(turn: Turn, id: RoomId, code: RelayCode): Promise<void> {
  const room = turn.room(id);
  turn.dropRoom(id);
  // Overtaken by another commit: the whole join begins again with the GroupInfo of the new epoch.
  const fault = code === "stale-head" || code === "busy" ? "rate-limited" : personal(code);
  for (const operation of room?.operations ?? []) await operation.finished(turn, fault);
}
