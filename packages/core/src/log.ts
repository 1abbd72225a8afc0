/** Entries of rooms' logs: received in any order, applied in the one order, each exactly once. */
import { type Entry, LIMITS, type RoomId, transcriptStep } from "@sotto/wire";
import { fitting } from "./bounds.ts";
import { advance } from "./entries/advance.ts";
import { applyCommit } from "./entries/commit.ts";
import { applyMessage } from "./entries/message.ts";
import { applyOwn } from "./entries/own.ts";
import { builtElsewhere } from "./rooms/astray.ts";
import { bringsIn, isOwnLog } from "./rooms/own-log.ts";
import type { Room } from "./state.ts";
import type { Turn } from "./turn.ts";

const LIES_WAIT_MS = 60_000;
const REFUSED_WAIT_MS = 5000;

/** A batch of entries from the relay, pushed or fetched: what is old is dropped, a gap is fetched. */
export async function receive(turn: Turn, id: RoomId, entries: readonly Entry[]): Promise<void> {
  const room = turn.room(id);
  if (room === undefined || room.status === "joining" || room.status === "waiting") return;
  // Before the own creation is answered, entries of another are those of somebody who was first.
  if (room.status === "creating" && entries[0]?.device !== turn.me.device) return;
  const newest = entries.at(-1)?.seq ?? 0;
  let next = (room.backlog.at(-1)?.seq ?? room.seq) + 1;
  const fresh: Entry[] = [];
  for (const entry of entries) {
    if (entry.seq === next) {
      fresh.push(entry);
      next++;
    }
  }
  const held = fitting(room.backlog, fresh, ({ header, bytes }) => header.length + bytes.length);
  turn.patch(id, { backlog: [...room.backlog, ...held], last: Math.max(room.last, newest) });
  turn.attend(id);
}

/** Applies what can be applied, tells the relay how far, and fetches what is missing. */
export async function applyBacklog(turn: Turn, id: RoomId): Promise<void> {
  // What a relay that went back in time has is not known yet.
  if (turn.state.settlement?.open.has(id)) return;
  const waiting = turn.room(id);
  if (waiting === undefined) return;
  const hasNews = waiting.backlog.length > 0 || waiting.seq < waiting.last;
  if (hasNews && !isOwnLog(turn, id)) return;
  const before = waiting.seq;
  for (;;) {
    const room = turn.room(id);
    const [entry] = room?.backlog ?? [];
    if (room === undefined || entry === undefined || room.blocked || turn.state.halted !== undefined) break;
    if (!(await applyEntry(turn, room, entry))) break;
  }
  const after = turn.room(id);
  if (after === undefined) return;
  if (after.seq !== before) turn.tell({ type: "cursor", room: id, seq: after.seq });
  if (!after.blocked && after.backlog.length === 0) fetchMissing(turn, id);
}

/** Asks for what the relay has and this device has not. */
function fetchMissing(turn: Turn, id: RoomId): void {
  const room = turn.room(id);
  if (room === undefined || room.fetching || room.seq >= room.last || turn.state.session.state !== "online") return;
  if (room.status !== "member" && room.status !== "creating") return;
  const from = room.seq + 1;
  turn.patch(id, { fetching: true });
  turn.ask({ type: "fetch", room: id, from, limit: LIMITS.fetchMax }, async (later, body) => {
    const now = later.room(id);
    if (now === undefined) return undefined;
    later.patch(id, { fetching: false });
    if (body?.type === "refused") {
      later.patch(id, { retryAt: Math.max(now.retryAt, later.now + REFUSED_WAIT_MS) });
    } else if (body?.type === "fetched") {
      const isAnswer = body.entries[0]?.seq === from;
      if (!isAnswer && now.seq + 1 === from && now.seq < now.last) {
        // It told of entries that it does not give: asking again at once would never end.
        later.update({ type: "warning", code: "relay-lies", roomId: id });
        const retryAt = later.now + LIES_WAIT_MS;
        later.patch(id, { last: now.seq, acked: 0, unreachable: now.last, retryAt });
        return undefined;
      }
      later.patch(id, { last: Math.max(now.last, body.last) });
      await receive(later, id, body.entries);
    }
    return undefined;
  });
}

/** @returns false when it has to wait for a chain, or the room is no more. */
async function applyEntry(turn: Turn, room: Room, entry: Entry): Promise<boolean> {
  const hash = transcriptStep(room.hash, entry, (bytes) => turn.ports.crypto.sha256(bytes));
  if (entry.device === turn.me.device) return applyOwn(turn, room, entry, hash);
  if (entry.seq === room.joinedAt) {
    // The commit that the Welcome came from: this device could not read it and starts after it.
    if (!bringsIn(turn, entry)) turn.update({ type: "warning", code: "relay-lies", roomId: room.room });
    advance(turn, room, entry, hash, { base: entry.seq });
    return true;
  }
  if (entry.base !== room.base) {
    builtElsewhere(turn, room, entry);
    const isKnownAstray = turn.room(room.room)?.astray !== undefined;
    // Of what goes on without this device it only keeps the place, until it has come in again.
    if (isKnownAstray) {
      advance(turn, room, entry, hash, {});
      return true;
    }
  }
  return entry.kind === "commit" ? applyCommit(turn, room, entry, hash) : applyMessage(turn, room, entry, hash);
}
