/** Rooms as devices make them: an empty one, then a commit that brings the others in. */
import { randomBytes } from "node:crypto";
import { nodeCrypto } from "@sotto/node";
import { encodeHeader, idOf, type RoomId, roomIdOf } from "@sotto/wire";
import type { Client } from "./client.ts";
import { randomId } from "./load.ts";
import type { Device } from "./seed.ts";

const { sha256 } = nodeCrypto();
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
/** About what the library makes: the relay cannot look inside, but it stores and pushes them. */
const COMMIT_BYTES = 1000;
const WELCOME_BYTES = 2000;

export interface Person {
  readonly client: Client;
  readonly device: Device;
}

/** @returns the room, whose head is now 1 and in which everybody may post. */
export async function makeRoom(creator: Person, others: readonly Person[]): Promise<RoomId> {
  const room = idOf.room(roomIdOf(creator.device.account, random(16), sha256));
  const refs = (people: readonly Person[]) =>
    people.map(({ device }) => ({ account: device.account, device: device.device }));
  const header = encodeHeader({ adds: refs([creator]), removes: [] });
  await creator.client.ask({ type: "room-create", room, header, link: undefined, commit: undefined }, "ack");
  const commit = {
    type: "commit",
    room,
    id: randomId(),
    head: 0,
    base: 0,
    bytes: random(COMMIT_BYTES),
    header: encodeHeader({ adds: refs(others), removes: [] }),
    welcomes: others.map(({ device }) => ({ device: device.device, bytes: random(WELCOME_BYTES) })),
    link: undefined,
    joinToken: undefined,
  } as const;
  await creator.client.ask(commit, "ack");
  // Somebody else builds on the commit, so that the relay knows it counted: rooms that are in use are like that.
  const append = { type: "append", room, head: 1, base: 1, bytes: random(100), continues: false } as const;
  await others[0]?.client.ask({ ...append, id: randomId() }, "ack");
  // A Pong comes behind what was pushed before, so nothing of this is counted as delivered later.
  await Promise.all([creator, ...others].map(({ client }) => client.ask({ type: "ping" }, "pong")));
  return room;
}
