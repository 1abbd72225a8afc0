/** People who read that somebody showed them another log or another chain, and say: go on. */
import type { Params } from "@sotto/core";
import type { Device } from "../device.ts";

type Agreed = Params<"warning.accept">;
type Update = Device["updates"][number];

const LIES: ReadonlySet<string> = new Set(["log-forked", "chain-withheld", "chain-forked"]);

/** @param wentBack - the relay did, too, and people agree to that as well. */
export function agreeToLies(devices: readonly Device[], wentBack: boolean): void {
  for (const device of devices) {
    const unread = device.updates.slice(device.agreed + 1);
    device.agreed = device.updates.length - 1;
    const asked = new Map(
      unread.flatMap((update) => agreementTo(update, wentBack)).map((one) => [JSON.stringify(one), one]),
    );
    for (const one of asked.values()) device.ask("warning.accept", one);
  }
}

function agreementTo(update: Update, wentBack: boolean): readonly Agreed[] {
  if (update.type !== "warning") return [];
  const { code, roomId, username } = update;
  if (!LIES.has(code) && !(wentBack && code === "relay-rolled-back")) return [];
  if (roomId !== undefined) return [{ code, roomId }];
  return [username === undefined ? { code } : { code, username }];
}
