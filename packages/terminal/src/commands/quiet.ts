/** Commands about what is shown and told without being asked for. */
import { error, hint, info } from "../output.ts";
import { say } from "../text/index.ts";
import { type Command, roomOf, usage } from "./command.ts";
import type { Desk } from "./desk.ts";

export const QUIET_COMMANDS: readonly Command[] = [
  {
    name: "mute",
    section: "rooms",
    argument: "[ROOM]",
    completes: "conversation",
    run: (desk, word) => mute(desk, word, true),
  },
  {
    name: "unmute",
    section: "rooms",
    argument: "[ROOM]",
    completes: "conversation",
    run: (desk, word) => mute(desk, word, false),
  },
  { name: "dnd", section: "sotto", argument: "[on|off]", completes: ["on", "off"], run: disturb },
];

async function mute(desk: Desk, word: string, muted: boolean): Promise<void> {
  const room = roomOf(desk, word);
  if (room === undefined) return;
  const refusal = await desk.settings.mute(room.roomId, muted);
  if (refusal !== undefined) return desk.refused(refusal);
  const { mute, unmute } = say().commands;
  desk.print(info((muted ? mute : unmute).done(desk.tag(room.roomId))));
}

async function disturb(desk: Desk, word: string): Promise<void> {
  const text = say().commands.dnd;
  const wanted = word.toLowerCase();
  if (!["", "on", "off"].includes(wanted)) {
    return desk.print(error(text.wrong), hint(usage({ name: "dnd", argument: "[on|off]" })));
  }
  const refusal = wanted === "" ? undefined : await desk.settings.setDoNotDisturb(wanted === "on");
  if (refusal !== undefined) return desk.refused(refusal);
  desk.print(info(desk.settings.doNotDisturb ? text.isOn : text.isOff));
}
