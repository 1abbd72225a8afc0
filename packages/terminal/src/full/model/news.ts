/** What happens by itself, and what that does to the model. */
import type { Message, RoomLine } from "@sotto/core";
import { isEmpty, textOf } from "../../screen/composer.ts";
import { EMPTY_EDITING } from "../../screen/editing.ts";
import type { Member, Warning } from "../state.ts";
import { addedAt, shown, withDraft } from "./composing.ts";
import { mentionsOf } from "./mentions.ts";
import { type Model, recomposed, withOpen } from "./model.ts";
import { afterMembers } from "./people.ts";
import { roomOf, roomsAfter, withRoom } from "./rooms.ts";
import { lastSeq, type Window } from "./window.ts";

const WARNINGS_MAX = 50;

/** The person sees what comes into the open conversation: its end is in view, nothing lies over it, and the window has the keyboard. */
export function isReading({ open, window, focused, covered }: Model): boolean {
  if (!focused || covered || open === undefined || window?.roomId !== open.roomId) return false;
  return window.atEnd && open.scroll.type === "follow";
}

/**
 * A message of somebody else, or of another device of one's own.
 *
 * @param missed - it was written while there was no connection: new, though it is in view as soon as it comes.
 */
export function arrived(model: Model, roomId: string, message: Message, missed = false): Model {
  if (message.senderId === model.me.accountId) return model;
  const isOpen = model.open?.roomId === roomId;
  // It was read from the vault before it was told of.
  if (isOpen && message.seq <= model.counted) return model;
  if (isOpen && isReading(model)) return missed ? marked(model, message) : model;
  const mention = mentionsOf(model.me.username)(message.text) ? 1 : 0;
  const rooms = withRoom(model.rooms, roomId, (room) => {
    return { ...room, unread: room.unread + 1, mentions: room.mentions + mention };
  });
  const { open } = model;
  if (open === undefined || !isOpen) return { ...model, rooms };
  const isBelow = open.scroll.type === "at" || model.window?.atEnd === false;
  return marked(withOpen({ ...model, rooms }, { newBelow: open.newBelow + (isBelow ? 1 : 0) }), message);
}

/** The marker stands before it, or further up, and counts it. */
function marked(model: Model, { seq }: Message): Model {
  const { newAfter = 0, newCount = 0 } = model.open ?? {};
  return withOpen(model, { newAfter: newAfter === 0 ? seq - 1 : newAfter, newCount: newCount + 1 });
}

/** The engine told its rooms. */
export function roomsTold(model: Model, listed: readonly RoomLine[], muted: ReadonlySet<string>): Model {
  const ids = new Set(listed.map(({ roomId }) => roomId));
  // A conversation without a message is in no list of the engine's: it is kept.
  const silent = model.lines.filter(({ roomId, kind }) => kind === "direct" && !ids.has(roomId));
  const lines = [...listed, ...silent];
  const facts = { muted, drafts: draftsOf(model), people: model.people };
  const rooms = roomsAfter(model.rooms, lines, facts);
  const after = draftsBrought({ ...model, lines, rooms });
  const isGone = model.open !== undefined && roomOf(rooms, model.open.roomId) === undefined;
  return isGone ? closed(after) : after;
}

/** What was being typed in a room that is no more goes to where no conversation is open: there it can be seen. */
function draftsBrought(model: Model): Model {
  let after = model;
  for (const [roomId, editing] of model.editings) {
    const isThere = roomId === "" || roomOf(model.rooms, roomId) !== undefined;
    if (isThere || isEmpty(editing.composer)) continue;
    after = withDraft(addedAt(after, "", textOf(editing.composer)), roomId, EMPTY_EDITING);
  }
  return after;
}

export function draftsOf(model: Model): ReadonlySet<string> {
  const typed = [...model.editings].filter(([, { composer }]) => !isEmpty(composer));
  return new Set(typed.map(([roomId]) => roomId));
}

/** A conversation comes into view before anything of it is read from the vault. */
export function opening(model: Model, roomId: string): Model {
  const left = closed(model);
  const open = {
    roomId,
    members: [],
    items: [],
    atStart: false,
    atEnd: false,
    newAfter: 0,
    newCount: 0,
    newBelow: 0,
    scroll: { type: "follow" as const },
    selected: undefined,
    matches: [],
  };
  return shown({ ...left, open, counted: 0 });
}

/** Its newest page was read. @param read - the place up to which the person has read. */
export function opened(model: Model, window: Window, read: number): Model {
  const unread = unreadIn(window, read) ?? roomOf(model.rooms, window.roomId)?.unread ?? 0;
  const rooms = withRoom(model.rooms, window.roomId, (room) => ({ ...room, unread }));
  // The first place of a log is the making of its room: nobody's message.
  const marker = unread === 0 ? {} : { newAfter: Math.max(1, read), newCount: unread };
  return withOpen({ ...model, rooms, window, counted: lastSeq(window) }, marker);
}

/** More came than the engine's list of rooms knew. @returns undefined where not all of it is in the window. */
function unreadIn({ items, atStart }: Window, read: number): number | undefined {
  if (!atStart && (items[0]?.seq ?? 0) > read + 1) return undefined;
  return items.filter((item) => item.type === "message" && !item.own && item.seq > read).length;
}

/** No conversation is open. */
export function closed(model: Model): Model {
  return shown(recomposed({ ...model, open: undefined, window: undefined }));
}

export function membersTold(model: Model, roomId: string, members: readonly Member[]): Model {
  const people = afterMembers(model.people, members);
  const after = people === model.people ? model : { ...model, people };
  // Whom a line calls decides where it goes, which the prompt says.
  return model.open?.roomId === roomId ? shown(withOpen(after, { members })) : after;
}

/** Nothing is unread there; the marker stays where it is. */
export function allRead(model: Model, roomId: string): Model {
  const room = roomOf(model.rooms, roomId);
  if (room === undefined || (room.unread === 0 && room.mentions === 0)) return model;
  return { ...model, rooms: withRoom(model.rooms, roomId, (one) => ({ ...one, unread: 0, mentions: 0 })) };
}

export function warned(model: Model, warning: Warning): Model {
  const others = model.warnings.filter((one) => !isSame(one, warning));
  return { ...model, warnings: [...others, warning].slice(-WARNINGS_MAX) };
}

/** `undefined` in what was accepted means any. */
export function accepted(model: Model, code: string, roomId?: string, username?: string): Model {
  const stands = (one: Warning): boolean =>
    one.code !== code ||
    (roomId !== undefined && one.roomId !== roomId) ||
    (username !== undefined && one.username !== username);
  return { ...model, warnings: model.warnings.filter(stands) };
}

function isSame(left: Warning, right: Warning): boolean {
  return left.code === right.code && left.roomId === right.roomId && left.username === right.username;
}
