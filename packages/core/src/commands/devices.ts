/** Commands about the devices of the own account. */
import type { Params } from "../api.ts";
import type { Turn } from "../turn.ts";

export async function listDevices(turn: Turn, command: number): Promise<void> {
  turn.refuse(command, "not-allowed");
}

export async function revokeDevice(turn: Turn, command: number, _params: Params<"device.revoke">): Promise<void> {
  turn.refuse(command, "not-allowed");
}
