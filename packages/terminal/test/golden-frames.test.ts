/** Whole screens as they look, and below each the role of every cell as a letter, in files a person can read. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { State } from "../src/full/state.ts";
import { layoutOf } from "../src/full/views/layout.ts";
import { scrolled } from "../src/full/views/scroll.ts";
import { composerOf } from "../src/screen/composer.ts";
import { setLanguage } from "../src/text/index.ts";
import {
  event,
  failed,
  frame,
  member,
  message,
  open,
  options,
  ROOMS,
  roles,
  room,
  stateOf,
  TALK,
  waiting,
} from "./views-world.ts";

const SIZES = [
  { rows: 10, columns: 40 },
  { rows: 24, columns: 80 },
  { rows: 48, columns: 160 },
] as const;

afterEach(() => setLanguage("en"));

const busy = stateOf({ rooms: ROOMS, open: open(1, TALK, { newAfter: 7, newCount: 3 }) });

const STATES: readonly { readonly name: string; readonly state: State | ((rows: number, columns: number) => State) }[] =
  [
    { name: "busy", state: busy },
    { name: "scrolled", state: scrolledUp },
    {
      name: "selected",
      state: stateOf({ rooms: ROOMS, open: open(1, TALK, { selected: "m10", matches: ["same", "key"] }) }),
    },
    {
      name: "offline",
      state: stateOf({
        rooms: ROOMS,
        connection: { state: "offline", retryAt: stateOf().now + 12_000, halt: undefined },
        waiting: 2,
        doNotDisturb: true,
        open: open(1, [...TALK, waiting(1, "is anybody there?"), failed(2, "this one was refused")], {
          selected: "f2",
        }),
      }),
    },
    {
      name: "halted",
      state: stateOf({
        rooms: ROOMS,
        connection: { state: "offline", retryAt: undefined, halt: { what: "this device was shut out", hint: "" } },
        open: open(5, []),
      }),
    },
    { name: "no-rooms", state: stateOf({ said: [local(["hello bob"], [{ text: "nothing unread", style: "dim" }])] }) },
    {
      name: "direct-unverified",
      state: stateOf({
        rooms: [...ROOMS.filter(({ number }) => number !== 6), room(6, "@eve")],
        open: open(6, [message(1, "eve", 3, "hello, bob here?"), message(2, "bob", 1, "it is me")], {
          members: [member("bob"), member("eve")],
        }),
        composer: {
          composer: composerOf("a first line\nand a second one"),
          prompt: "> ",
          offers: [],
          offer: undefined,
        },
      }),
    },
    {
      name: "offers",
      state: stateOf({
        rooms: ROOMS,
        open: open(1, [...TALK, local([{ text: "[warning] ", style: "warning" }, "the relay contradicts itself"])]),
        composer: {
          composer: composerOf("/re"),
          prompt: "> ",
          offers: ["/read", "/remove", "/renew", "/revoke", "/rooms", "/recovery", "/rename", "/reply", "/reset"],
          offer: 2,
        },
        warnings: [{ type: "warning", code: "relay-lies" }],
      }),
    },
    {
      name: "toast",
      state: stateOf({
        rooms: ROOMS,
        open: open(1, TALK),
        toast: { line: ["copied"], until: stateOf().now + 1000 },
      }),
    },
    { name: "bare", state: { ...busy, bare: true } },
    { name: "hostile", state: stateOf({ rooms: ROOMS, open: open(1, hostile(), { matches: ["e"] }) }) },
  ];

function scrolledUp(rows: number, columns: number): State {
  const items = [...TALK, ...Array.from({ length: 60 }, (_, at) => message(20 + at, "eve", 0, `number ${at}`))];
  const state = stateOf({ rooms: ROOMS, open: open(1, items, { newBelow: 5 }) });
  const scroll = scrolled(state, layoutOf(rows, columns, state, options), -62);
  return { ...state, open: open(1, items, { newBelow: 5, scroll }) };
}

function local(...lines: readonly (readonly (string | { text: string; style: "dim" | "warning" })[])[]) {
  return { type: "local" as const, key: "l1", at: stateOf().now, lines };
}

function hostile() {
  return [
    message(1, "eve", 9, "bidi: \u202egnp.exe\u202c and \u2066isolated\u2069 and ‮again"),
    message(2, "eve", 8, "escape: \u001b[31mred\u001b[0m \u001b]0;title\u0007 \u009b2J bell\u0007 back\b\b\b"),
    message(
      3,
      "eve",
      7,
      "family 👨‍👩‍👧‍👦 flags 🇫🇷🇩🇪🇯 keycap 1️⃣ skin 👍🏽 heart ❤️ tower e\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a end",
    ),
    message(4, "eve", 6, `wide ${"漢字".repeat(60)}。`),
    message(5, "eve", 5, `long ${"x".repeat(300)} tail`),
    message(6, "eve", 4, "09:42 you     I agree\n09:42 bob     and so do I\n\n──── 3 new ────\r\nlast\u2028line\ttab"),
    message(7, "eve", 3, "نص عربي مع می‌خواهم joiners क्‍ष and \u200bnothing\u200b \ufeff"),
    message(8, "eve", 2, ""),
    message(9, "eve", 1, "\n\n"),
    event(10, 1, "eve renamed the room to \u001b[2J\u202e"),
    message(11, "bob", 0, "still here"),
  ];
}

function golden(name: string, text: string): void {
  const path = join(import.meta.dirname, "golden", "frames", `${name}.txt`);
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, "utf8"));
}

function drawn(state: State, rows: number, columns: number): string {
  const canvas = frame(state, rows, columns);
  const cursor = canvas.cursor === undefined ? "no cursor" : `cursor ${canvas.cursor.row},${canvas.cursor.column}`;
  return `${[...canvas.lines(), `--- ${cursor}; roles:`, ...roles(canvas)].join("\n")}\n`;
}

test.each(STATES.flatMap(({ name, state }) => SIZES.map((size) => ({ name, state, ...size }))))(
  "$name at $columns x $rows looks as in its file",
  ({ name, state, rows, columns }) => {
    golden(
      `${name}-${columns}x${rows}`,
      drawn(typeof state === "function" ? state(rows, columns) : state, rows, columns),
    );
  },
);

test.each(SIZES)("a busy room in French at $columns x $rows looks as in its file", ({ rows, columns }) => {
  setLanguage("fr");
  golden(`french-${columns}x${rows}`, drawn({ ...busy, waiting: 2, doNotDisturb: true }, rows, columns));
});

test("on the smallest screens what is typed stays the longest, then what was said last, then the connection", () => {
  const state = { ...busy, composer: { ...busy.composer, composer: composerOf("typed") } };
  const sizes = [
    [6, 20],
    [5, 20],
    [3, 20],
    [2, 20],
    [4, 8],
    [2, 3],
    [1, 3],
  ] as const;
  const frames = sizes.map(([rows, columns]) => {
    const lines = frame(state, rows, columns).lines();
    return [`${columns}x${rows}`, ...lines.map((line) => `|${line.padEnd(columns)}|`)].join("\n");
  });
  golden("tiny", `${frames.join("\n\n")}\n`);
});
