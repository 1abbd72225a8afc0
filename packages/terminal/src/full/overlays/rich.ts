/** Commands that have a dialog of their own here, where the plain mode prints lines. */

import type { CommandName } from "../../commands/command.ts";
import { isSure, missing, personOf } from "../../commands/command.ts";
import type { Desk } from "../../commands/desk.ts";
import { within } from "../../commands/past.ts";
import { isToEnd } from "../../commands/rooms.ts";
import { hint, info } from "../../output.ts";
import { say } from "../../text/index.ts";
import type { Overlays } from "../overlay.ts";
import { QrOverlay } from "./qr.ts";
import { Verify } from "./verify.ts";

/** What such a dialog needs of the screen. */
export interface RichParts {
  readonly overlays: Overlays;
  /** @returns false where the terminal takes nothing. */
  copy(text: string): boolean;
  /** Opens the list of keys and commands. */
  help(): void;
  /** Opens the search, with words in it. @param room - undefined: everywhere. */
  search(words: string, room: { readonly roomId: string; readonly tag: string } | undefined): void;
}

/** @returns when its dialog is closed; false: the command is to run as it does elsewhere. */
export type RichCommand = (desk: Desk, argument: string, parts: RichParts) => Promise<boolean>;

export const RICH_COMMANDS: Readonly<Partial<Record<CommandName, RichCommand>>> = {
  create,
  verify,
  link: (desk, argument, parts) => linkOfFocus(desk, argument, parts, {}),
  qr: (desk, argument, parts) => linkOfFocus(desk, argument, parts, {}),
  regen,
  renew: (desk, argument, parts) => linkOfFocus(desk, argument, parts, { renew: true }),
  search: async (desk, argument, parts) => {
    const asked = within(desk, argument);
    const { roomId } = asked?.room ?? {};
    if (asked !== undefined)
      parts.search(
        asked.query.replace(/\s+/g, " "),
        roomId === undefined ? undefined : { roomId, tag: desk.tag(roomId) },
      );
    return true;
  },
  // Findings have no numbers here: one goes to them where they stand.
  context: async (desk) => {
    desk.print(hint(say().commands.context.byEnter));
    return true;
  },
  help: async (_desk, argument, parts) => {
    if (argument.trim() !== "") return false;
    parts.help();
    return true;
  },
};

/** Its link is a page of its own, which is asked for: who has made a room types on, and a page would swallow that. */
async function create(desk: Desk, argument: string): Promise<boolean> {
  if (missing(desk, argument, "create", "NAME")) return true;
  const made = await desk.ask("room.create", { name: argument });
  if (made === undefined) return true;
  desk.expect(made.roomId);
  await desk.refresh();
  await desk.open(made.roomId);
  desk.print(info(say().commands.create.done(desk.tag(made.roomId))));
  return true;
}

async function verify(desk: Desk, argument: string, { overlays }: RichParts): Promise<boolean> {
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

/** The relay's own link, which newcomers get: as text that can be copied whole. */
async function regen(desk: Desk, argument: string, parts: RichParts): Promise<boolean> {
  if (argument.trim() !== "") return false;
  const text = say().commands.regen;
  if (!(await isSure(desk.screen, text.sure))) {
    desk.print(info(text.stays));
    return true;
  }
  const made = await desk.ask("admin.regen", {});
  if (made === undefined) return true;
  desk.print(info(text.ended));
  await shown(desk, say().overlays.qr.relay(made.accessPassword), made.link, parts);
  return true;
}

async function linkOfFocus(
  desk: Desk,
  argument: string,
  parts: RichParts,
  how: { readonly renew?: true },
): Promise<boolean> {
  if (argument.trim() !== "" || desk.focus?.kind !== "room") return false;
  const { roomId } = desk.focus;
  if (how.renew && !(await isToEnd(desk, roomId))) return true;
  const answer = await desk.ask("room.link", { roomId, ...how });
  if (answer === undefined) return true;
  if (how.renew) desk.print(info(say().commands.renew.done));
  await shownLink(desk, roomId, answer.link, parts);
  return true;
}

function shownLink(desk: Desk, roomId: string, link: string, parts: RichParts): Promise<void> {
  return shown(desk, say().overlays.qr.title(desk.tag(roomId)), link, parts);
}

function shown(desk: Desk, title: string, link: string, { overlays, copy }: RichParts): Promise<void> {
  return new Promise<void>((resolve) => {
    overlays.open(
      new QrOverlay({
        title,
        text: link,
        look: desk.screen.look,
        copy,
        closed: resolve,
      }),
    );
  });
}
