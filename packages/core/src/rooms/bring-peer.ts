/** The other side of a conversation comes back into it: its only device there was revoked, and it has others. */
import { operate } from "../commits.ts";
import { fetchChains } from "../identity/fetch.ts";
import type { Operation, OperationPlan, Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { ADDS_MAX, isAlone, RETRY_MS, soundPackages } from "./direct.ts";

const RETRY_MAX_MS = 600_000;

/** Adds the devices that the other side has now; ever more slowly while it has none that could be added. */
export function bringPeer(turn: Turn, { room: id, peer, working, choresFrom }: Room): void {
  if (peer === undefined || working || choresFrom > turn.now) return;
  turn.patch(id, { working: true });
  const claim = async (later: Turn) => {
    later.ask({ type: "key-packages-claim", account: peer }, async (last, body) => {
      if (last.room(id) === undefined) return undefined;
      last.patch(id, { working: false });
      const packages = body?.type === "key-packages" ? body.packages : [];
      const adds = soundPackages(last, peer, packages).slice(0, ADDS_MAX);
      if (adds.length > 0) await operate(last, id, invitation(id, adds));
      else failed(last, id);
      return undefined;
    });
  };
  fetchChains(turn, [peer], claim, (later) => later.room(id) && later.patch(id, { working: false }));
}

function failed(turn: Turn, id: Room["room"]): void {
  const failures = (turn.room(id)?.failures ?? 0) + 1;
  if (turn.room(id) === undefined) return;
  turn.patch(id, { failures, choresFrom: turn.now + Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (failures - 1)) });
}

function invitation(id: Room["room"], adds: OperationPlan["adds"]): Operation {
  return {
    name: "bring-peer",
    plan: async (_turn, room) => (isAlone(room) ? { adds, removes: [], renew: false } : "done"),
    finished: async (turn, fault) => {
      if (fault !== undefined) failed(turn, id);
      else if (turn.room(id) !== undefined) turn.patch(id, { failures: 0, choresFrom: 0 });
    },
  };
}
