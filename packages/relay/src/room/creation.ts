/** The making of a room: who may be in it at the start, and what a second attempt is told. */
import {
  type DeviceRef,
  directRoom,
  equalBytes,
  type FromClient,
  type Hash,
  idOf,
  isRoomIdOf,
  LIMITS,
  parseHeader,
  transcriptStart,
} from "@sotto/wire";
import { type Refusal, refused } from "../refusal.ts";
import type { KeptEntry, LogChange, NewRoom, RoomRecord } from "../store/store.ts";
import { Access } from "./access.ts";
import { type LogPort, RoomLog } from "./log.ts";

export type RoomCreate = Extract<FromClient["body"], { readonly type: "room-create" }>;

export interface Created {
  readonly log: RoomLog;
  readonly room: NewRoom;
  readonly creation: Creation;
  /** The first commit, if there is one. */
  readonly entry: KeptEntry | undefined;
}

/**
 * Whether the id is the sender's to take: one that its own account chose, or that of its direct conversation with the
 * one account that the first commit brings in. Otherwise anybody could make the direct room of two others before them.
 *
 * Asked before the room is looked for, so that the answer does not tell a third account whether two others talk.
 */
export function idFault(sender: DeviceRef, { room, commit }: RoomCreate, hash: Hash): Refusal | undefined {
  const foreign = refused("bad-request", { field: "room" });
  if (commit === undefined) return isRoomIdOf(room, sender.account, hash) ? undefined : foreign;
  const header = parseHeader(commit.header);
  if (!header.ok) return refused("bad-request", { field: `commit.header.${header.error.field}` });
  const [other, ...more] = new Set(header.value.adds.map((ref) => ref.account).filter((one) => one !== sender.account));
  if (other === undefined || more.length > 0) return foreign;
  return idOf.room(directRoom(sender.account, other, hash)) === room ? undefined : foreign;
}

/** Makes the log of a room that does not exist yet, whose id is the sender's to take. */
export function createLog(sender: DeviceRef, wanted: RoomCreate, port: LogPort, now: number): Created | Refusal {
  const header = parseHeader(wanted.header);
  if (!header.ok) return refused("bad-request", { field: `header.${header.error.field}` });
  const { adds, removes } = header.value;
  if (removes.length > 0) return refused("bad-request", { field: "header.removes" });
  if (!adds.some((ref) => ref.device === sender.device)) return refused("bad-request", { field: "header.adds" });
  if (adds.some((ref) => ref.account !== sender.account)) return refused("not-allowed", { field: "header.adds" });
  if (adds.length > LIMITS.roomDevicesMax) return refused("too-long", { field: "header.adds" });

  const { link } = wanted;
  const access = new Access([]);
  const members = access.set([new Map(adds.map((ref) => [ref.device, ref.account]))], 1, () => 0);
  const hash = transcriptStart(wanted.room, port.hash);
  const log = new RoomLog(
    wanted.room,
    {
      creation: header.value,
      access,
      last: 0,
      hash,
      settled: 0,
      commits: [],
      // Copied: the bytes are a part of the frame, which must not stay in memory for it.
      link: link && { tokenHash: Uint8Array.from(link.tokenHash), base: 0 },
    },
    port,
  );
  const empty: LogChange = {
    room: wanted.room,
    entry: undefined,
    settled: 0,
    members,
    link: link && { ...link, base: 0 },
    welcomes: [],
  };
  const first = wanted.commit === undefined ? undefined : firstCommit(log, sender, wanted, now);
  if (first !== undefined && "type" in first) return first;
  const change = first === undefined ? empty : joined(empty, first);
  const room = { id: wanted.room, creator: sender.device, header: wanted.header, hash, change };
  const creation = { creator: sender.device, header: Uint8Array.from(wanted.header) };
  return { log, room, creation, entry: first?.entry };
}

function firstCommit(log: RoomLog, sender: DeviceRef, wanted: RoomCreate, now: number): LogChange | Refusal {
  const { commit } = wanted;
  if (commit === undefined || commit.room !== wanted.room) return refused("bad-request", { field: "commit.room" });
  const decision = log.put(sender, { type: "commit", ...commit }, undefined, now);
  if (decision.kind === "accepted") return decision.change;
  return decision.kind === "refused"
    ? { ...decision.refusal, field: `commit.${decision.refusal.field}` }
    : refused("internal");
}

/** The creation and its first commit as one change. */
function joined(creation: LogChange, first: LogChange): LogChange {
  const members = new Map([...creation.members, ...first.members].map((member) => [member.device, member]));
  return { ...first, members: [...members.values()], link: first.link === undefined ? creation.link : first.link };
}

/** What is remembered of a creation: the same again gets the same answer. */
export interface Creation {
  readonly creator: RoomRecord["creator"];
  readonly header: Uint8Array;
}

export function isSameCreation(creation: Creation, sender: DeviceRef, wanted: RoomCreate): boolean {
  return creation.creator === sender.device && equalBytes(creation.header, wanted.header);
}

/** Brings a log back from what the store kept of it. */
export function restoreLog(record: RoomRecord, port: LogPort): RoomLog {
  const header = (bytes: Uint8Array) => {
    const parsed = parseHeader(bytes);
    return parsed.ok ? parsed.value : { adds: [], removes: [] };
  };
  const commits = record.commits.map((commit) => ({ ...commit, header: header(commit.header) }));
  const { last, hash, settled, link } = record;
  return new RoomLog(
    record.id,
    { creation: header(record.header), access: new Access(record.members), last, hash, settled, link, commits },
    port,
  );
}
