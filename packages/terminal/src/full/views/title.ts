/** `#general  🔒 verified 3/4 · 42 members`: where one is, and how far it can be trusted. */
import { sanitiseName } from "@sotto/wire";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { OpenRoom, Person, RoomState, State } from "../state.ts";
import type { Role, Theme } from "../theme.ts";
import { columnsOf, fit } from "./fit.ts";
import type { Layout } from "./layout.ts";
import { over } from "./over.ts";

interface Part {
  readonly text: string;
  readonly role: Role;
}

/** With less of a name one would not know where one is. */
const TAG_COLUMNS_MIN = 8;

export function drawTitle(canvas: Canvas, state: State, theme: Theme, area: Area, layout: Layout): void {
  canvas.fill(area, theme.style("title"));
  const end = area.column + area.columns;
  const tag = tagOf(state);
  const start = area.column + (area.columns >= 16 ? 1 : 0);
  const parts = partsOf(state);
  // Anybody may give a room a name as long as the row, with what sotto says of trust in it: that stands behind it.
  const [first] = parts;
  const kept = first === undefined ? 0 : columnsOf(`  ${first.text}`);
  const room = end - start - kept;
  const shown = fit(tag, room >= TAG_COLUMNS_MIN ? room : end - start);
  let at = canvas.put(area.row, start, shown, theme.style("title"), end);
  let gap = "  ";
  for (const part of parts) {
    if (at + columnsOf(gap) + columnsOf(part.text) > end) break;
    at = canvas.put(area.row, at, gap, theme.style("title"), end);
    at = canvas.put(area.row, at, part.text, over(theme.style("title"), theme.style(part.role)), end);
    gap = " · ";
  }
  const key = layout.options.keys.keyOf("toggle-members");
  if (layout.members !== undefined || state.open === undefined || key === "") return;
  const text = `[${key}] `;
  if (at + 2 + columnsOf(text) <= end) canvas.put(area.row, end - columnsOf(text), text, theme.style("title"), end);
}

function tagOf(state: State): string {
  if (state.open === undefined) return `sotto · ${sanitiseName(state.me.username)}`;
  return roomOf(state, state.open)?.tag ?? say().bars.noRoom;
}

function roomOf(state: State, open: OpenRoom): RoomState | undefined {
  return state.rooms.find(({ roomId }) => roomId === open.roomId);
}

/** The most important first: what there is no room for goes from the end. */
function partsOf(state: State): readonly Part[] {
  const { open } = state;
  if (open === undefined) return [];
  const words = say().bars;
  const room = roomOf(state, open);
  const others = othersIn(state);
  const doubtful = others.filter(({ doubt }) => doubt !== undefined);
  const verified = others.filter((person) => person.verified && person.doubt === undefined).length;
  const parts: Part[] = doubtful.slice(0, 2).map((person) => ({ text: `⚠ ${doubtText(person)}`, role: "warning" }));
  if (room?.kind === "direct") {
    const isVerified = verified > 0 && verified === others.length;
    if (isVerified) parts.push({ text: `🔒 ${words.verified}`, role: "ok" });
    else if (doubtful.length === 0) parts.push({ text: `🔒 ${words.notVerified} (/verify)`, role: "title" });
    const online = others[0]?.online;
    if (online !== undefined)
      parts.push({ text: online ? `● ${words.isOnline}` : `○ ${words.isOffline}`, role: "title" });
    return withMuted(parts, room);
  }
  const trust = others.length === 0 ? words.onlyYou : words.verifiedOf(verified, others.length);
  parts.push({ text: `🔒 ${trust}`, role: others.length > 0 && verified === others.length ? "ok" : "title" });
  parts.push({ text: words.membersOf(Math.max(open.members.length, room?.members ?? 0)), role: "title" });
  return withMuted(parts, room);
}

function withMuted(parts: readonly Part[], room: RoomState | undefined): readonly Part[] {
  return room?.muted ? [...parts, { text: say().bars.muted, role: "title" }] : parts;
}

/** The people of the open conversation, oneself left out, in the order of its members. */
export function othersIn(state: State): readonly Person[] {
  const { open } = state;
  if (open === undefined) return [];
  const others = open.members.filter(({ accountId }) => accountId !== state.me.accountId);
  const room = roomOf(state, open);
  if (others.length === 0 && room?.kind === "direct" && room.peer !== undefined) {
    const peer = state.people.get(room.peer);
    return peer === undefined ? [] : [peer];
  }
  return others.map(
    ({ accountId, username }) =>
      state.people.get(accountId) ?? { accountId, username, online: undefined, verified: false, doubt: undefined },
  );
}

/** `carol: new identity` */
function doubtText({ username, doubt }: Person): string {
  const words = say().bars;
  return doubt === undefined ? "" : words.inDoubt(sanitiseName(username), words.doubt[doubt]);
}
