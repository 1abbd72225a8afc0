/** Commands about the devices of the own account. */
import { makeChainEntry } from "@sotto/wire";
import type { DeviceLine, Params } from "../api.ts";
import { type Draft, extendChain } from "../identity/append.ts";
import { devicesEver } from "../identity/devices.ts";
import { whenOnline } from "../session.ts";
import type { Turn } from "../turn.ts";

/** The devices that are in the chain, under numbers that they keep when others go. */
export async function listDevices(turn: Turn, command: number): Promise<void> {
  const states = turn.state.contacts.get(turn.me.account)?.states ?? [];
  const current = new Set(states.at(-1)?.devices.map(({ id }) => id));
  const lines = devicesEver(states).flatMap(({ id, addedAt }, index): DeviceLine[] => {
    const line = { deviceId: id, name: `device ${index + 1}`, addedAt, own: id === turn.me.device };
    return current.has(id) ? [line] : [];
  });
  turn.answer(command, lines);
}

/** Takes a device out of the chain; its leaves go from all rooms after that, by whoever is first (commits.ts). */
export async function revokeDevice(turn: Turn, command: number, { deviceId }: Params<"device.revoke">): Promise<void> {
  const states = turn.state.contacts.get(turn.me.account)?.states ?? [];
  const device = devicesEver(states).find(({ id }) => id === deviceId);
  if (device === undefined)
    return turn.refuse(command, "bad-request", undefined, "no device of this account has that id");
  if (device.id === turn.me.device) {
    const why = "a device cannot revoke itself: revoke it from another one, or delete the profile";
    return turn.refuse(command, "not-allowed", undefined, why);
  }
  const { crypto } = turn.ports;
  const { privateKey } = turn.me;
  const signer = crypto.publicKey(privateKey);
  const draft: Draft = (before) =>
    before.devices.some(({ id }) => id === device.id)
      ? makeChainEntry(before, { kind: "revoke", deviceKey: device.key, signer }, turn.now, (message) =>
          crypto.sign(privateKey, message),
        )
      : "done";
  await whenOnline(turn, async (later, fault) =>
    fault === undefined
      ? extendChain(later, draft, async (last, why) => last.settle(command, why))
      : later.refuse(command, fault),
  );
}
