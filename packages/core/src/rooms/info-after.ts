/** What an own commit makes of a room's info: exactly what the rules of rooms/judge.ts ask for. */
import type { DeviceId, RoomInfo } from "@sotto/wire";
import type { Leaf } from "../group/index.ts";
import type { OperationPlan } from "../state.ts";
import type { Turn } from "../turn.ts";
import { type Before, ownersAfter } from "./judge.ts";
import { leavingAccounts } from "./leavers.ts";
import { isBack } from "./readmit-words.ts";
import { provenRevoked } from "./revoked.ts";

type Standing = Pick<Before, "room" | "info" | "leaves">;

/** The room's info if the commit changes it: another link key, or owners that go. */
export function infoAfter(
  turn: Turn,
  before: Standing,
  plan: OperationPlan,
  linkKey: Uint8Array | undefined,
): RoomInfo | undefined {
  const { info, leaves: members } = before;
  if (info.kind === "direct") return undefined;
  const { adds, removes, off } = plan;
  const isGone = (leaf: Leaf) => removes.some((gone) => gone.device === leaf.device) && !isBack(adds, leaf);
  const lost = lostDevices(turn, before, plan);
  const owners = ownersAfter(
    info.owners,
    members.filter((leaf) => !isGone(leaf)),
    members.filter((leaf) => isGone(leaf) && !lost.has(leaf.device)),
  );
  if (off === true) return { ...info, owners, linkKey: undefined };
  const isSame = linkKey === undefined && owners.join() === info.owners.join();
  return isSame ? undefined : { ...info, owners, linkKey: linkKey ?? info.linkKey };
}

/** Devices that the commit proves to be revoked, of accounts that do not leave. */
function lostDevices(turn: Turn, { room, leaves: members }: Standing, plan: OperationPlan): ReadonlySet<DeviceId> {
  const leaving = leavingAccounts(turn.ports.crypto, room, members, plan.leaves ?? []);
  const staying = members.filter((leaf) => !leaving.has(leaf.account));
  return provenRevoked(turn.state.contacts, staying, plan.revocations ?? []);
}
