/** Commits that count, told in the timeline: others' as they are opened, own ones by what they lead to. */
import type { RoomId } from "@sotto/wire";
import { type Group, leaves, type OpenedCommit, roomInfo } from "../group/index.ts";
import { type CommitWords, happenings, type Standing } from "../happenings.ts";
import type { Pending } from "../state.ts";
import type { Turn } from "../turn.ts";

export function tellCommit(
  turn: Turn,
  room: RoomId,
  seq: number,
  before: Standing,
  commit: OpenedCommit,
  words: Pick<CommitWords, "leaving" | "revoked">,
): void {
  const { sender, external, removes, adds } = commit;
  const stay = before.leaves.filter((leaf) => !removes.some(({ device }) => device === leaf.device));
  // Taken out, this device cannot read what the room is from then on.
  const after = { info: commit.removed ? before.info : commit.info, leaves: [...stay, ...adds] };
  turn.events(room, seq, happenings(before, after, { ...words, by: sender.account, external }));
}

export function tellOwnCommit(turn: Turn, id: RoomId, pending: Pending, seq: number): void {
  const { account: by } = turn.me;
  if (pending.kind === "create") return turn.events(id, seq, [{ event: "made", by }]);
  const [before, after] = [standingOf(turn.room(id)?.group), standingOf(pending.group)];
  if (before === undefined || after === undefined) return;
  // By what the others see of it, so that all tell the same.
  const [leaving, revoked] = [new Set(pending.leaving), new Set(pending.revoked)];
  turn.events(id, seq, happenings(before, after, { by, external: false, leaving, revoked }));
}

function standingOf(group: Group | undefined): Standing | undefined {
  const [info, members] = [group && roomInfo(group), group && leaves(group)];
  return info && members && { info, leaves: members };
}
