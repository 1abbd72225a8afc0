/** `sotto` at its full screen, as people open it: its keys by name, and what they do first. */

import { codeOf } from "./code.ts";
import type { Person } from "./person.ts";
import { type Env, sottoFile } from "./program.ts";
import type { Stage } from "./stage.ts";
import { type Size, Terminal } from "./terminal.ts";

export const SMALL: Size = { columns: 80, rows: 24 };
export const WIDE: Size = { columns: 160, rows: 48 };

export const KEYS = {
  alt: (key: string) => `\u001b${key}`,
  altEnter: "\u001b\r",
  altHome: "\u001b[1;3H",
  altEnd: "\u001b[1;3F",
  ctrlC: "\u0003",
  ctrlF: "\u0006",
  ctrlK: "\u000b",
  ctrlQ: "\u0011",
  ctrlR: "\u0012",
  ctrlZ: "\u001a",
  down: "\u001b[B",
  end: "\u001b[F",
  enter: "\r",
  escape: "\u001b",
  f1: "\u001bOP",
  f8: "\u001b[19~",
  f9: "\u001b[20~",
  /** The window lost the keyboard, and has it again. */
  focusLost: "\u001b[O",
  focused: "\u001b[I",
  pageDown: "\u001b[6~",
  pageUp: "\u001b[5~",
  tab: "\t",
  up: "\u001b[A",
} as const;

export function pasted(text: string): string {
  return `\u001b[200~${text}\u001b[201~`;
}

export const PASSWORD = "hidden staple 12345";

export interface Opening {
  readonly size?: Size;
  readonly args?: readonly string[];
  readonly env?: Env;
  /** Of the line of the status. */
  readonly until?: RegExp;
}

export function openFull(stage: Stage, profile: string, { size = SMALL, args = [], env }: Opening = {}): Terminal {
  const all = [sottoFile, "--profile", profile, ...args];
  return stage.use(new Terminal(process.execPath, all, stage.dir, size, env));
}

/** Somebody who has an account here and no process, at the full screen, online. */
export async function unlockFull(stage: Stage, person: Person, opening: Opening = {}): Promise<Terminal> {
  const terminal = openFull(stage, person.profile, opening);
  await terminal.shows("password:");
  terminal.type(person.password);
  await terminal.shows(opening.until ?? ONLINE);
  return terminal;
}

/** Of the line of the status, after what is unread. */
export const ONLINE = /(?:^|│) (?:.*│ )?online(?: ·|$| )/;

/** Brings somebody into rooms, and waits until they know. */
export async function inRooms(person: Person, by: Person, roomIds: readonly string[]): Promise<void> {
  for (const roomId of roomIds) {
    await by.call("room.add", { roomId, username: person.name });
    await person.until(
      (notes) => notes.some((note) => note.type === "room" && note.roomId === roomId && note.event === "joined"),
      "the room",
    );
  }
}

/** An account of which no process runs, with rooms. */
export async function away(stage: Stage, name: string, by?: Person, roomIds: readonly string[] = []): Promise<Person> {
  const person = await stage.signUp(name);
  if (by !== undefined) await inRooms(person, by, roomIds);
  await person.kill("SIGTERM");
  return person;
}

/** The questions of the first run, up to the one for the first code. */
export async function answerUpToCode(terminal: Terminal, name: string): Promise<void> {
  await terminal.shows("1, 2 or 3:");
  terminal.press("1");
  await terminal.shows("user name:");
  terminal.type(name);
  await terminal.shows("new password:");
  terminal.type(PASSWORD);
  await terminal.shows("the same password again:");
  terminal.type(PASSWORD);
  await terminal.shows("code that the app shows");
}

/** What the authenticator app would show, from the secret on the screen. */
export async function codeOnScreen(terminal: Terminal): Promise<string> {
  const row = await terminal.shows(/secret ?:/);
  return codeOf(`otpauth://totp/sotto?secret=${row.replace(/^.*secret ?:/, "").replace(/[^A-Z2-7]/g, "")}`);
}

/** The open conversation, by what stands before what is typed. */
export function inRoom(tag: string, typed = `Message ${tag}`): string {
  return `${tag}> ${typed}`;
}
