/** The full screen from its start to its end. */
import { basename } from "node:path";
import { type Message, openClient } from "@sotto/core";
import { nodePorts, openProfile } from "@sotto/node";
import type { ExitCode } from "@sotto/wire";
import type { LinkArgument } from "../arguments.ts";
import { runFull } from "../full/app.ts";
import { openDoor } from "../local.ts";
import { refuse } from "../refuse.ts";
import type { Secrets } from "../work.ts";
import { fatal, inTime, stopSignals } from "./ending.ts";
import { isHeld, linkOf, look } from "./start.ts";

export async function full(dir: string, argument: LinkArgument, secrets: Secrets): Promise<ExitCode> {
  await using profile = await openProfile(dir);
  if (await isHeld(dir, profile)) return refuse({ code: "vault-busy", message: "" });
  const client = openClient(nodePorts(profile));
  const stop = stopSignals();
  process.once("uncaughtException", (cause) => process.exit(fatal(cause)));
  let echo: (roomId: string, message: Message) => void = () => {};
  const shut = openDoor(dir, client, (roomId, message) => echo(roomId, message));
  try {
    return await runFull({
      client,
      input: process.stdin,
      output: process.stdout,
      env: process.env,
      profile: profile.vault.state === "none" ? "none" : "locked",
      name: basename(dir),
      link: argument.type === "stdin" ? { type: "asked" } : linkOf(argument),
      ...secrets,
      look,
      stop,
      signedIn: (given) => {
        echo = given;
      },
    });
  } finally {
    shut();
    await inTime(client.close());
  }
}
