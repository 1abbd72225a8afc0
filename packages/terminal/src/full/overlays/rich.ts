/** Commands that have a dialog of their own here, where the plain mode prints lines. */

import type { CommandName } from "../../commands/command.ts";
import { personOf } from "../../commands/command.ts";
import type { Desk } from "../../commands/desk.ts";
import { say } from "../../text/index.ts";
import type { Overlays } from "../overlay.ts";
import { QrOverlay } from "./qr.ts";
import { Verify } from "./verify.ts";

/** @returns when its dialog is closed; false: the command is to run as it does elsewhere. */
export type RichCommand = (desk: Desk, argument: string, overlays: Overlays) => Promise<boolean>;

export const RICH_COMMANDS: Readonly<Partial<Record<CommandName, RichCommand>>> = {
  verify,
  link: showLink,
  qr: showLink,
};

async function verify(desk: Desk, argument: string, overlays: Overlays): Promise<boolean> {
  const name = argument.trim();
  if (name === "" || /\s/.test(name)) return false;
  const username = personOf(name);
  await new Promise<void>((resolve) => {
    const overlay = new Verify({
      client: desk.client,
      // Through the desk, which learns by it that the person is verified now.
      mark: async () => (await desk.ask("contact.verify", { username })) !== undefined,
      overlays,
      username,
      me: desk.me.username,
      done: (_verified, lines) => {
        desk.print(...lines);
        resolve();
      },
    });
    overlays.open(overlay);
  });
  return true;
}

async function showLink(desk: Desk, argument: string, overlays: Overlays): Promise<boolean> {
  if (argument.trim() !== "" || desk.focus?.kind !== "room") return false;
  const { roomId } = desk.focus;
  const answer = await desk.ask("room.link", { roomId });
  if (answer === undefined) return true;
  await new Promise<void>((resolve) => {
    overlays.open(
      new QrOverlay({
        title: say().overlays.qr.title(desk.tag(roomId)),
        text: answer.link,
        look: desk.screen.look,
        closed: resolve,
      }),
    );
  });
  return true;
}
