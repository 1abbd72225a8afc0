/** A room that one device of an account comes into is for all its devices: the others are added at once. */
import type { RoomId } from "@sotto/wire";
import { waitOf } from "../bounds.ts";
import { leafOfDevice } from "../group/index.ts";
import type { Operation } from "../state.ts";
import type { Turn } from "../turn.ts";
import { soundPackages } from "./direct.ts";

/** What is lost of this with the process, the other device asks for itself at its next connect (Session.account_rooms). */
export function gather(turn: Turn, id: RoomId): void {
  const { account } = turn.me;
  if (absent(turn, id).length === 0) return;
  turn.ask({ type: "key-packages-claim", account }, async (later, body) => {
    if (body?.type === "refused" && body.code === "rate-limited") {
      later.sleep(
        waitOf(body.retryMs),
        async (woken) => gather(woken, id),
        () => undefined,
      );
    }
    const packages = body?.type === "key-packages" ? body.packages : [];
    const adds = soundPackages(later, account, packages);
    const room = later.room(id);
    if (adds.length === 0 || room === undefined) return undefined;
    later.patch(id, { operations: [...room.operations, gathering(adds)] });
    later.attend(id);
    return undefined;
  });
}

/** Devices of this account that are in its chain and not in the room. */
function absent(turn: Turn, id: RoomId) {
  const group = turn.room(id)?.group;
  const devices = turn.state.contacts.get(turn.me.account)?.states.at(-1)?.devices ?? [];
  return group === undefined ? [] : devices.filter((device) => leafOfDevice(group, device.id) === undefined);
}

function gathering(adds: ReturnType<typeof soundPackages>): Operation {
  return {
    name: "gather",
    finished: async () => undefined,
    plan: async (turn, room) => {
      const missing = new Set(absent(turn, room.room).map(({ id }) => id));
      const wanted = adds.filter(({ device }) => missing.has(device));
      return wanted.length === 0 ? "done" : { adds: wanted, removes: [], renew: false };
    },
  };
}
