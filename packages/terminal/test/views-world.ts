/** States of the full screen, and a theme whose styles say their roles: what the tests of the views share. */
import { ACTIONS, type ActionName } from "../src/full/actions.ts";
import { Canvas } from "../src/full/canvas.ts";
import { chordText } from "../src/full/chord.ts";
import type { Member, OpenRoom, Person, RoomState, State, TimelineItem } from "../src/full/state.ts";
import type { Role, Style, Theme } from "../src/full/theme.ts";
import type { ViewOptions } from "../src/full/views/layout.ts";
import { drawScreen } from "../src/full/views/screen.ts";
import { composerOf } from "../src/screen/composer.ts";

export const NOW = Date.UTC(2026, 10, 21, 9, 42);
const MINUTE = 60_000;

export const options: ViewOptions = {
  utc: true,
  keys: {
    keyOf: (wanted: ActionName) => chordText(ACTIONS.find(({ name }) => name === wanted)?.keys[0] ?? ""),
  },
};

/** One letter for each role, for the second layer of a golden frame; "text" and spaces show as nothing. */
const LETTERS: Readonly<Record<Role, string>> = {
  text: " ",
  dim: "d",
  time: "t",
  own: "o",
  event: "e",
  info: "i",
  warning: "W",
  error: "E",
  ok: "k",
  mention: "M",
  unread: "U",
  link: "L",
  match: "F",
  rule: "r",
  marker: "R",
  bar: "b",
  "bar-strong": "B",
  hint: "h",
  key: "K",
  selected: "S",
  title: "T",
  border: "|",
  input: "p",
  qr: "q",
};

const styles = new Map<Role, Style>();

/** The "colour" of a style is the letter of its role. */
export const letterTheme: Theme = {
  name: "letters",
  style(role) {
    const ground = role === "match" ? { bg: 1 } : {};
    const style = styles.get(role) ?? { fg: LETTERS[role], ...ground };
    styles.set(role, style);
    return style;
  },
  nick: () => NICK,
};
const NICK: Style = { fg: "N" };

/** Each row as its cells' texts, then each as the letters of its roles. */
export function frame(state: State, rows: number, columns: number, given = options): Canvas {
  const canvas = new Canvas(rows, columns, letterTheme.style("text"));
  drawScreen(canvas, state, letterTheme, given);
  return canvas;
}

export function roles(canvas: Canvas): readonly string[] {
  return Array.from({ length: canvas.rows }, (_, row) =>
    Array.from({ length: canvas.columns }, (_unused, column) => {
      const cell = canvas.cell(row, column);
      return cell?.style.link === undefined ? String(cell?.style.fg ?? "?") : "@";
    })
      .join("")
      .trimEnd(),
  );
}

const id = (byte: string): string => byte.repeat(32);
export const ME = { username: "bob", accountId: id("11"), deviceId: "dd".repeat(16) };

export function person(username: string, given: Partial<Person> = {}): Person {
  return { accountId: accountOf(username), username, online: true, verified: false, doubt: undefined, ...given };
}

export function accountOf(username: string): string {
  if (username === ME.username) return ME.accountId;
  return Buffer.from(username).toString("hex").padEnd(64, "0").slice(0, 64);
}

export function room(number: number, tag: string, given: Partial<RoomState> = {}): RoomState {
  return {
    roomId: id(number.toString(16).padStart(2, "0")),
    number,
    kind: tag.startsWith("@") ? "direct" : "room",
    tag,
    unread: 0,
    mentions: 0,
    members: 2,
    muted: false,
    hasDraft: false,
    peer: tag.startsWith("@") ? accountOf(tag.slice(1)) : undefined,
    ...given,
  };
}

export function message(seq: number, sender: string, minutesAgo: number, text: string, mention = false): TimelineItem {
  return {
    type: "message",
    key: `m${seq}`,
    own: sender === ME.username,
    mention,
    messageId: seq.toString(16).padStart(32, "0"),
    seq,
    sender,
    senderId: accountOf(sender),
    sentAt: NOW - minutesAgo * MINUTE,
    text,
  };
}

export function event(seq: number, minutesAgo: number, text: string): TimelineItem {
  return { type: "event", key: `e${seq}`, seq, at: NOW - minutesAgo * MINUTE, line: [text] };
}

export function waiting(number: number, text: string, at = NOW): TimelineItem {
  return { type: "waiting", key: `w${number}`, messageId: `w${number}`, at, text };
}

export function failed(number: number, text: string): TimelineItem {
  const why = { what: "the relay has no room left to store anything", hint: "tell its operator" };
  return { type: "failed", key: `f${number}`, messageId: `f${number}`, at: NOW, text, why };
}

export function member(username: string, role: Member["role"] = "member"): Member {
  return { accountId: accountOf(username), username, role };
}

export function open(roomNumber: number, items: readonly TimelineItem[], given: Partial<OpenRoom> = {}): OpenRoom {
  return {
    roomId: id(roomNumber.toString(16).padStart(2, "0")),
    members: [member("alice", "owner"), member("bob"), member("carol"), member("eve")],
    items,
    atStart: true,
    atEnd: true,
    newAfter: 0,
    newCount: 0,
    newBelow: 0,
    scroll: { type: "follow" },
    selected: undefined,
    matches: [],
    ...given,
  };
}

export function stateOf(given: Partial<State> = {}): State {
  const people = [
    person("alice", { verified: true }),
    person("bob"),
    person("carol", { online: false, doubt: "identity-changed" }),
    person("eve", { online: false }),
    person("frank"),
  ];
  return {
    me: ME,
    now: NOW,
    connection: { state: "online", retryAt: undefined, halt: undefined },
    waiting: 0,
    rooms: [],
    people: new Map(people.map((one) => [one.accountId, one])),
    open: undefined,
    said: [],
    composer: { composer: composerOf(""), prompt: "> ", offers: [], offer: undefined },
    doNotDisturb: false,
    panes: { rooms: true, members: true },
    bare: false,
    focused: true,
    warnings: [],
    toast: undefined,
    ...given,
  };
}

export const ROOMS: readonly RoomState[] = [
  room(1, "#general", { members: 4 }),
  room(2, "#ops", { unread: 17, mentions: 1, members: 12 }),
  room(3, "@alice", { hasDraft: true }),
  room(4, "#日本"),
  room(5, "#family", { unread: 3 }),
  room(6, "@carol"),
  room(7, "#noise", { unread: 240, muted: true }),
  room(11, "#a-name-that-is-far-too-long-for-a-pane"),
];

export const TALK: readonly TimelineItem[] = [
  event(1, 1500, "alice made the room"),
  event(2, 1499, "bob joined by the link"),
  message(3, "alice", 1490, "welcome, everybody"),
  message(4, "alice", 30, "morning! the new build is up\nhttps://example.org/b/118"),
  message(5, "bob", 29, "testing now 👍"),
  message(
    6,
    "bob",
    29,
    "the second run takes a while, so that this line is one of those that do not fit into one row of a small screen",
  ),
  event(7, 20, "carol's devices changed"),
  message(8, "carol", 2, "@bob can you check my key?", true),
  message(9, "bob", 1, "on it"),
  message(10, "eve", 0, "same here (see https://example.org/a_(b)), thanks."),
];
