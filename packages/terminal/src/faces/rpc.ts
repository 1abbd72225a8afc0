/** `sotto --rpc` from its start to its end. */
import { openClient } from "@sotto/core";
import { nodePorts, openProfile } from "@sotto/node";
import { EXIT, type ExitCode } from "@sotto/wire";
import { openDoor } from "../local.ts";
import { lineWriter, serveStdio } from "../rpc/stdio.ts";
import { inTime, SETTLE_MS, stopSignals } from "./ending.ts";

export async function rpc(dir: string, version: string): Promise<ExitCode> {
  await using profile = await openProfile(dir);
  const client = openClient(nodePorts(profile));
  const stop = stopSignals();
  const shut = openDoor(dir, client, () => {});
  await serveStdio({
    client,
    version,
    profile: profile.vault.state === "none" ? "none" : "locked",
    input: process.stdin,
    write: lineWriter(process.stdout, () => stop.abort()),
    settleMs: SETTLE_MS,
    stop: stop.signal,
  });
  shut();
  await inTime(client.close());
  return EXIT.done;
}
