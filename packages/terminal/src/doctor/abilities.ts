/** What the terminal answers when it is asked what it can do, as the full screen asks it. */
import { EXIT } from "@sotto/wire";
import { type Capabilities, capabilitiesOf } from "../full/capabilities.ts";
import { openTty } from "../full/tty.ts";
import { say } from "../text/index.ts";
import { type Finding, fine, look } from "./finding.ts";

/** An answer that comes later would stand in the shell as if it had been typed. */
const LATE_MS = 1_000;

/** @returns undefined where the full screen does not open by itself. The terminal is as before when this resolves. */
export async function askedCapabilities(): Promise<Capabilities | undefined> {
  const { stdin, stdout, env } = process;
  const term = env.TERM ?? "";
  if (!stdin.isTTY || !stdout.isTTY || term === "" || term === "dumb" || (env.SOTTO_PLAIN ?? "") !== "")
    return undefined;
  const events = { key: () => {}, redraw: () => {}, end: () => process.exit(EXIT.failed) };
  const tty = await openTty({ input: stdin, output: stdout, env, mouse: false, events });
  const isSilent = JSON.stringify(tty.capabilities) === JSON.stringify(capabilitiesOf(env));
  if (isSilent) await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  await tty.close();
  return tty.capabilities;
}

export function abilitiesFinding(found: Capabilities): Finding {
  const said = say().cli.doctor;
  const { abilities } = said;
  const can = [
    ...(found.synchronised ? [abilities.synchronised] : []),
    ...(found.keyboard ? [abilities.keyboard] : []),
    ...(found.links ? [abilities.links] : []),
    ...(found.clipboard ? [abilities.clipboard] : []),
    abilities.notifying[found.notifying],
    ...(found.background === undefined ? [] : [abilities.background[found.background]]),
  ];
  const { joined, flags, variation } = found.emoji;
  const isMeasuredAlike = joined && flags && variation;
  return isMeasuredAlike
    ? fine("abilities", can.join(", "))
    : look("abilities", [...can, abilities.emoji].join(", "), said.emojiTodo);
}
