/** Making a room, and the links that lead into it. */
import {
  type Code,
  EMPTY,
  encodeHeader,
  formatLink,
  idOf,
  type Link,
  parseLink,
  type RelayCode,
  type RoomId,
  roomIdOf,
} from "@sotto/wire";
import { createGroup } from "../group/index.ts";
import { ownLeaf } from "../identity/own.ts";
import type { Pending } from "../state.ts";
import type { Turn } from "../turn.ts";
import { personal } from "../words.ts";
import { linkOf } from "./link-info.ts";
import { linkKeys } from "./link-keys.ts";
import { newRoom } from "./new-room.ts";

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
  turn.events(id, 0, [{ event: "made", by: turn.me.account }]);
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
