/** What a signed-in device starts from. */
import type { ServerBody } from "@sotto/wire";
import type { Services } from "../services.ts";
import type { Device } from "./state.ts";

/** Reads all that takes time. @returns a function that says how things stand in the moment in which it is called. */
export async function sessionOf(
  services: Services,
  { account, device }: Device,
  { confirmed, admin }: { readonly confirmed: boolean; readonly admin: boolean },
): Promise<() => ServerBody> {
  const { store, rooms, gate } = services;
  const [chain, keyPackages, inboxLast, without, roomsNow] = await Promise.all([
    store.chain(account),
    store.countKeyPackages(device),
    store.inboxLast(device),
    store.roomsWithout(account, device),
    rooms.of(device),
  ]);
  return () => {
    const logs = roomsNow();
    const inside = new Set(logs.filter((log) => log.access.has(device)).map((log) => log.id));
    return {
      type: "session",
      confirmed,
      admin,
      rooms: logs.flatMap((log) => {
        const last = log.readable(device)?.to;
        return last === undefined ? [] : [{ room: log.id, last, head: log.headAt(last) }];
      }),
      inboxLast,
      keyPackages,
      accessPassword: confirmed ? gate.shared : "",
      address: services.address(),
      chainLength: chain.length,
      // It may have been brought in since the store was asked.
      accountRooms: without.filter((room) => !inside.has(room)),
    };
  };
}
