/** Direct conversations: one per pair of accounts, made with the first message from the other's key packages. */
import {
  type AccountId,
  directRoom,
  EMPTY,
  encodeAuthenticated,
  encodeHeader,
  encodeJoinInfo,
  idOf,
  PLAIN_AUTHENTICATED,
  type RoomId,
} from "@sotto/wire";
import { waitOf } from "../bounds.ts";
import { createGroup, keyPackageLeaf, leaves, makeCommit } from "../group/index.ts";
import { judgeLeaf } from "../identity/contacts.ts";
import { fetchChains } from "../identity/fetch.ts";
import { ownLeaf } from "../identity/own.ts";
import type { Pending, Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { newRoom } from "./new-room.ts";

export const RETRY_MS = 30_000;
const RETRY_MAX_MS = 3_600_000;
/** Devices that come in with the first message: each gets a Welcome in the same frame. */
export const ADDS_MAX = 16;

export function directId(turn: Turn, peer: AccountId): RoomId {
  return idOf.room(directRoom(turn.me.account, peer, (bytes) => turn.ports.crypto.sha256(bytes)));
}

/** The direct conversation with that id, if it is one with a contact; it comes into being with what is sent in it. */
export function directOf(turn: Turn, id: RoomId): Room | undefined {
  const known = turn.room(id);
  if (known !== undefined) return known;
  const peer = directPeer(turn, id);
  return peer && newRoom(turn, id, { kind: "direct", status: "waiting", peer });
}

/** With whom of the contacts a conversation of that id would be. */
export function directPeer(turn: Turn, id: RoomId): AccountId | undefined {
  for (const peer of turn.state.contacts.keys()) {
    if (peer !== turn.me.account && directId(turn, peer) === id) return peer;
  }
  return undefined;
}

/** A conversation in which the other side has no device: nobody would hear what is said. */
export function isAlone({ kind, status, peer, group }: Room): boolean {
  if (kind !== "direct" || status !== "member" || group === undefined) return false;
  return leaves(group)?.some((leaf) => leaf.account === peer) !== true;
}

/** Something waits to be said to somebody with whom there is no group yet: make it. */
export async function openDirect(turn: Turn, room: Room): Promise<void> {
  const { peer } = room;
  if (peer === undefined || room.working || room.queue.length === 0) return;
  turn.patch(room.room, { working: true });
  // The newest chain first: a key package of a device that was revoked since must not count.
  fetchChains(turn, [peer], async (later) => {
    later.ask({ type: "key-packages-claim", account: peer }, async (last, body) => {
      const now = last.room(room.room);
      if (now === undefined || now.status !== "waiting") return undefined;
      if (now.queue.length === 0) {
        // What was to be said was given up meanwhile.
        last.patch(room.room, { working: false });
        return undefined;
      }
      if (body?.type === "refused" && body.retryMs > 0) {
        // Too much at once: that says nothing about the other side.
        last.patch(room.room, { working: false, retryAt: last.now + waitOf(body.retryMs) });
        return undefined;
      }
      const packages = body?.type === "key-packages" ? body.packages : [];
      if (await create(last, now, peer, packages)) return undefined;
      // Each try takes packages of the other side: who leaves nothing that holds is asked ever more rarely.
      const retryAt = last.now + Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** now.failures);
      last.patch(room.room, { working: false, retryAt, failures: now.failures + 1 });
      return undefined;
    });
  });
}

/** Key packages of devices that are in the account's chain as it is now. */
export function soundPackages(
  turn: Turn,
  account: AccountId,
  packages: readonly { readonly device: string; readonly bytes: Uint8Array }[],
) {
  const current = turn.state.contacts.get(account)?.states.at(-1)?.devices ?? [];
  return packages.flatMap(({ bytes }) => {
    const leaf = keyPackageLeaf(turn.suite, bytes, turn.now);
    const isSound =
      leaf?.account === account &&
      judgeLeaf(turn.state.contacts, leaf) === "holds" &&
      current.some((device) => device.id === leaf.device);
    return isSound && leaf !== undefined ? [{ account, device: leaf.device, bytes }] : [];
  });
}

async function create(
  turn: Turn,
  room: Room,
  peer: AccountId,
  packages: readonly { readonly device: string; readonly bytes: Uint8Array }[],
): Promise<boolean> {
  const adds = soundPackages(turn, peer, packages).slice(0, ADDS_MAX);
  if (adds.length === 0) {
    turn.notice(packages.length === 0 ? "no-key-packages" : "not-verifiable", { name: turn.nameOf(peer) });
    return false;
  }
  const { account, device } = turn.me;
  const sides = account < peer ? ([account, peer] as const) : ([peer, account] as const);
  const own = ownLeaf(turn);
  const alone = createGroup(turn.suite, own, room.room, { kind: "direct", sides }, turn.now);
  const point = { seq: 0, hash: room.hash };
  const made = makeCommit(turn.suite, own, alone, {
    adds: adds.map((add) => add.bytes),
    removes: [],
    info: undefined,
    authenticated: encodeAuthenticated({ room: room.room, base: 0, ...point, ...PLAIN_AUTHENTICATED }),
    joinInfo: encodeJoinInfo({ groupInfo: EMPTY, ...point, linkSecret: undefined }),
    now: turn.now,
  });
  const welcome = made?.welcome;
  if (made === undefined || welcome === undefined) return false;
  const pending: Pending = {
    room: room.room,
    id: turn.newId(),
    kind: "create",
    head: 0,
    base: 0,
    bytes: made.bytes,
    header: encodeHeader({ adds, removes: [] }),
    welcomes: adds.map((add) => ({ device: add.device, bytes: welcome })),
    link: "same",
    joinToken: undefined,
    creation: encodeHeader({ adds: [{ account, device }], removes: [] }),
    next: [],
    group: made.next,
    secret: undefined,
    flying: false,
    stale: 0,
  };
  turn.patch(room.room, { status: "creating", group: made.back, working: false });
  turn.putPending(room.room, pending);
  turn.attend(room.room);
  return true;
}
