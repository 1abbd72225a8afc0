/** What holds of every screen, whatever it shows and however small it is. */
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { Canvas } from "../src/full/canvas.ts";
import type { State, TimelineItem } from "../src/full/state.ts";
import { layoutOf } from "../src/full/views/layout.ts";
import { linksIn, nameIn, wordsIn } from "../src/full/views/marks.ts";
import { over, within } from "../src/full/views/over.ts";
import { paneLineAt } from "../src/full/views/panes.ts";
import { visible } from "../src/full/views/scroll.ts";
import { shortTag, unreadRooms } from "../src/full/views/unread.ts";
import { measure, wrap } from "../src/full/views/wrap.ts";
import { composerOf } from "../src/screen/composer.ts";
import { graphemeWidth, textWidth } from "../src/screen/width.ts";
import { setLanguage } from "../src/text/index.ts";
import {
  event,
  failed,
  frame,
  member,
  message,
  open,
  options,
  person,
  ROOMS,
  roles,
  room,
  stateOf,
  TALK,
  waiting,
} from "./views-world.ts";

afterEach(() => setLanguage("en"));

const hostile = fc.constantFrom(
  "👨‍👩‍👧‍👦",
  "🇫🇷",
  "🇯",
  "漢",
  "。",
  "e\u0301\u0302",
  "\u0301",
  "\u200d",
  "می‌خواهم",
  "क्‍ष",
  "\u202e",
  "\u001b[2J",
  "\u0007",
  "\n",
  "\r\n",
  "\t",
  "  ",
  "https://example.org/x",
  "x".repeat(90),
  "❤️",
  "\ud800",
);
const text = fc
  .array(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 12 }), fc.lorem({ maxCount: 3 })), { maxLength: 12 })
  .map((pieces) => pieces.join("").replace(/[\u2800-\u28ff]/g, "?"));

/** A sign of its own for each message: found on the screen, it says whose text a cell is. */
const canary = (index: number): string => String.fromCodePoint(0x2801 + index);

const item = (index: number) =>
  fc
    .tuple(text, text, fc.integer({ min: 0, max: 9 }), fc.boolean())
    .map(([before, after, kind, mention]): TimelineItem => {
      const body = `${before}${canary(index)} ${after}${canary(index)}`;
      if (kind === 0) return event(index + 1, index, body);
      if (kind === 1) return waiting(index, body, Number.NaN);
      if (kind === 2) return failed(index, body);
      if (kind === 3)
        return { type: "local", key: `l${index}`, at: 0, lines: [[body, { text: body, style: "error", lines: true }]] };
      return message(index + 1, kind === 4 ? "bob" : kind === 5 ? before : "eve", index * kind * 37, body, mention);
    });

const items = fc
  .integer({ min: 0, max: 12 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => item(at))));

const state: fc.Arbitrary<State> = fc
  .record({
    items,
    prompt: fc.constantFrom("> ", "#general> ", "", "漢字漢字"),
    typed: text,
    tag: text,
    selected: fc.nat(13),
    matches: fc.array(text, { maxLength: 3 }),
    isOpen: fc.boolean(),
    bare: fc.integer({ min: 0, max: 5 }),
    below: fc.integer({ min: -3, max: 500 }),
    toast: fc.option(text, { nil: undefined }),
    offers: fc.array(text, { maxLength: 4 }),
    offer: fc.option(fc.nat(4), { nil: undefined }),
    connection: fc.constantFrom("online" as const, "offline" as const, "dialing" as const),
  })
  .map((given) => {
    const key = given.items[given.selected]?.key;
    const scroll = key === undefined ? { type: "follow" as const } : { type: "at" as const, key, below: given.below };
    return stateOf({
      rooms: [...ROOMS, room(12, given.tag, { unread: 2 }), room(13, `@${given.tag}`, { unread: 1 })],
      people: new Map([person(given.tag, { doubt: "chain-forked" }), person("eve")].map((one) => [one.accountId, one])),
      said: given.items,
      open: given.isOpen
        ? open(12, given.items, {
            selected: key,
            matches: given.matches,
            scroll,
            newAfter: 3,
            newCount: 4,
            members: [member(given.tag), member("eve")],
          })
        : undefined,
      bare: given.bare === 0,
      composer: { composer: composerOf(given.typed), prompt: given.prompt, offers: given.offers, offer: given.offer },
      connection: { state: given.connection, retryAt: 0, halt: undefined },
      toast: given.toast === undefined ? undefined : { line: [given.toast], until: 0 },
    });
  });

const size = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 50 })),
  columns: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 170 })),
});

/** Rows that are not as wide as the screen, or have half of a wide character. */
function brokenRows(canvas: Canvas): readonly number[] {
  return Array.from({ length: canvas.rows }, (_, row) => row).filter((row) => {
    let column = 0;
    while (column < canvas.columns) {
      const cell = canvas.cell(row, column)?.text ?? "";
      const width = graphemeWidth(cell);
      if (cell === "" || (width !== 1 && width !== 2)) return true;
      if (width === 2 && canvas.cell(row, column + 1)?.text !== "") return true;
      column += width;
    }
    return column !== canvas.columns;
  });
}

test("every state is drawn at every size, each row as wide as the screen", () => {
  fc.assert(
    fc.property(state, size, fc.constantFrom("en" as const, "fr" as const), (given, { rows, columns }, language) => {
      setLanguage(language);
      const canvas = frame(given, rows, columns);
      expect(brokenRows(canvas)).toEqual([]);
      const { cursor } = canvas;
      if (cursor === undefined) return;
      expect(cursor.row).toBeLessThan(rows);
      expect(cursor.column).toBeLessThan(columns);
    }),
    { numRuns: 300 },
  );
});

test("the text of a message stands in no other row than its own, and in no other part of the screen", () => {
  fc.assert(
    fc.property(state, size, (given, { rows, columns }) => {
      const canvas = frame(given, rows, columns);
      const layout = layoutOf(rows, columns, given, options);
      const { shown } = visible(given, layout);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const cell = canvas.cell(row, column)?.text ?? "";
          const index = (cell.codePointAt(0) ?? 0) - 0x2801;
          if (index < 0 || index > 12) continue;
          const owner = shown.find((one) => row >= one.row && row < one.row + one.rows);
          expect(owner?.index).toBe(index);
          expect(column).toBeGreaterThanOrEqual(layout.timeline.column);
          expect(column).toBeLessThan(layout.timeline.column + layout.timeline.columns);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("the areas of a layout share no cell and lie on the screen", () => {
  fc.assert(
    fc.property(state, size, (given, { rows, columns }) => {
      const { rooms, title, timeline, members, status, composer, hints } = layoutOf(rows, columns, given, options);
      const owners = new Array<number>(rows * columns).fill(0);
      for (const area of [rooms, title, timeline, members, status, composer, hints]) {
        if (area === undefined || area.rows === 0) continue;
        expect(area.row >= 0 && area.row + area.rows <= rows).toBe(true);
        expect(area.column >= 0 && area.column + area.columns <= columns).toBe(true);
        for (let row = area.row; row < area.row + area.rows; row++) {
          for (let column = area.column; column < area.column + area.columns; column++) {
            owners[row * columns + column] = (owners[row * columns + column] ?? 0) + 1;
          }
        }
      }
      expect(Math.max(...owners)).toBe(1);
      if (!given.bare) expect(composer.rows).toBeGreaterThan(0);
      if (!given.bare && rows > 1) expect(timeline.rows).toBeGreaterThan(0);
    }),
  );
});

test("a wrapped line loses nothing but the spaces at its breaks, and no row is too wide", () => {
  const line = text.map((some) => some.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ""));
  fc.assert(
    fc.property(line, fc.integer({ min: 2, max: 60 }), (given, width) => {
      const parts = wrap(measure(given), width);
      expect(parts.length).toBeGreaterThan(0);
      let before = 0;
      for (const { start, end } of parts) {
        expect(given.slice(before, start)).toMatch(/^ *$/);
        expect(textWidth(given.slice(start, end))).toBeLessThanOrEqual(width);
        before = end;
      }
      expect(given.slice(before)).toMatch(/^ *$/);
    }),
  );
});

test.each([
  { line: "the quick brown fox", width: 10, rows: ["the quick", "brown fox"] },
  { line: "the quick  brown", width: 9, rows: ["the quick", "brown"] },
  { line: "    indented code that is long", width: 14, rows: ["    indented", "code that is", "long"] },
  { line: "abcdefghij", width: 4, rows: ["abcd", "efgh", "ij"] },
  { line: "see abcdefghij", width: 6, rows: ["see", "abcdef", "ghij"] },
  { line: "", width: 4, rows: [""] },
  { line: "漢字漢字。", width: 8, rows: ["漢字漢", "字。"] },
  { line: "ab  \u0301 cd", width: 3, rows: ["ab", " \u0301", "cd"] },
  { line: "word漢字", width: 7, rows: ["word漢", "字"] },
  { line: "ça va bien ?! Oui", width: 10, rows: ["ça va", "bien ?!", "Oui"] },
  { line: "voir : oui", width: 5, rows: ["voir ", ": oui"] },
  { line: "well :-) so", width: 6, rows: ["well", ":-) so"] },
])("'$line' breaks in $width columns where a reader expects it", ({ line, width, rows }) => {
  expect(wrap(measure(line), width).map(({ start, end }) => line.slice(start, end))).toEqual(rows);
});

test.each([
  { line: "see https://a.example/x.", links: ["https://a.example/x"] },
  { line: "(https://a.example/a_(b)).", links: ["https://a.example/a_(b)"] },
  {
    line: "http://a, MAILTO:b@c.example! and HTTPS://D.example",
    links: ["http://a", "MAILTO:b@c.example", "HTTPS://D.example"],
  },
  { line: "javascript:alert(1) file:///etc/passwd ftp://x xhttps://y https://", links: [] },
])("links are found in '$line'", ({ line, links }) => {
  expect(linksIn(line).map(({ link }) => link)).toEqual(links);
});

test("a search marks all its words in any case, and a name is marked as a word only", () => {
  const cut = (line: string, marks: readonly { start: number; end: number }[]) =>
    marks.map(({ start, end }) => line.slice(start, end));
  expect(cut("Foo (bar) foobar", wordsIn("Foo (bar) foobar", ["foo", "(bar)"]))).toEqual(["Foo", "(bar)", "foo"]);
  expect(cut("Bob, @bob; bobby b.bob", nameIn("Bob, @bob; bobby b.bob", "bob"))).toEqual(["Bob", "@bob"]);
});

test("a mark within a grapheme covers all of it", () => {
  const canvas = frame(
    stateOf({ open: open(1, [message(1, "eve", 0, "caf\u0065\u0301 x")], { matches: ["cafe"] }) }),
    24,
    80,
  );
  const row = canvas.lines().findIndex((line) => line.includes("caf"));
  const marked = Array.from({ length: 80 }, (_, column) => canvas.cell(row, column))
    .filter((cell) => cell?.style.fg === "F")
    .map((cell) => cell?.text);
  expect(marked).toEqual(["c", "a", "f", "e\u0301"]);
});

test("a room that is called as a person is told from that person where the sign of rooms is left out", () => {
  expect(["#ops", "#", "#@alice", "@alice"].map((tag) => shortTag(room(1, tag)))).toEqual([
    "ops",
    "#",
    "#@alice",
    "@alice",
  ]);
});

test("of what is unread, mentions come first, then people, then the rest; muted and open ones do not count", () => {
  const rooms = [
    room(1, "#a", { unread: 3 }),
    room(2, "@b", { unread: 1 }),
    room(3, "#c", { unread: 1, mentions: 1 }),
    room(4, "#d", { unread: 9, mentions: 9, muted: true }),
    room(5, "#e", { unread: 1, mentions: 1 }),
  ];
  expect(unreadRooms(stateOf({ rooms, open: open(5, []) })).map(({ tag }) => tag)).toEqual(["#c", "@b", "#a"]);
});

test.each([
  { what: "in the window, above the view", items: 60, atStart: true, first: 1, says: true },
  { what: "before the window", items: 60, atStart: false, first: 101, says: true },
  { what: "in view", items: 5, atStart: true, first: 1, says: false },
])("where new messages begin $what, the key that leads there is offered: $says", ({ items, atStart, first, says }) => {
  const many = Array.from({ length: items }, (_, index) => message(first + index, "alice", 1, `text ${index}`));
  const state = stateOf({ rooms: ROOMS, open: open(1, many, { atStart, newAfter: 2, newCount: 58 }) });
  expect(frame(state, 24, 80).lines().at(-1)?.includes("Alt-U 58 new above")).toBe(says);
});

test("what was jumped to is marked beside its first row, and not drawn as selected", () => {
  const state = stateOf({ rooms: ROOMS, open: open(1, TALK, { found: "m5" }) });
  const rows = frame(state, 24, 80).lines();
  expect(rows.filter((row) => row.startsWith("▸")).join()).toContain("testing now");
  expect(roles(frame(state, 24, 80)).join("\n")).not.toMatch(/^S/m);
});

test("the mouse finds what the panes show in a row", () => {
  const state = stateOf({ rooms: ROOMS, open: open(1, TALK) });
  const layout = layoutOf(48, 160, state, options);
  const canvas = frame(state, 48, 160);
  for (let row = 0; row < 40; row++) {
    const line = paneLineAt(state, layout, row, 5);
    if (line?.type === "room") expect(canvas.lines()[row]).toContain(line.room.tag.replace("@", "").slice(0, 12));
    const other = paneLineAt(state, layout, row, 150);
    if (other?.type === "member") expect(canvas.lines()[row]).toContain(other.member.username);
  }
  expect(paneLineAt(state, layout, 1, 5)).toMatchObject({ type: "room", room: { tag: "#ops" } });
  expect(paneLineAt(state, layout, 1, 150)).toMatchObject({ type: "member", member: { username: "alice" } });
  expect(paneLineAt(state, layout, 1, 60)).toBeUndefined();
});

test("of many rooms the open one is in the pane, and what is left out is counted", () => {
  const rooms = Array.from({ length: 200 }, (_, index) => room(index + 1, `#room-${index + 1}`));
  for (const number of [1, 2, 30, 100, 199, 200]) {
    const lines = frame(stateOf({ rooms, open: open(number, []) }), 48, 160).lines();
    const shown = lines.filter((line) => /^.{3,4} #room-\d+ /.test(line)).length;
    const left = lines.reduce((sum, line) => sum + Number(/^ … (\d+) more/.exec(line)?.[1] ?? 0), 0);
    expect(lines.some((line) => line.startsWith("▌") && line.includes(` #room-${number} `))).toBe(true);
    // The heading is a line too.
    expect(shown + left).toBe(lines.some((line) => line.startsWith(" ROOMS")) ? 200 : 201);
  }
});

test("time and name are said once for each minute and sender, and again below a line", () => {
  const rows = (given: Partial<Parameters<typeof open>[2]>) =>
    frame(
      stateOf({
        open: open(
          1,
          [
            message(1, "eve", 2, "one"),
            message(2, "eve", 2, "two"),
            message(3, "eve", 1, "three"),
            message(4, "carol", 1, "four"),
          ],
          given,
        ),
      }),
      24,
      80,
    )
      .lines()
      .filter((line) => / (one|two|three|four)$/.test(line));
  expect(rows({})).toEqual([" 09:40 eve     one", "               two", " 09:41 eve     three", " 09:41 carol ⚠ four"]);
  expect(rows({ newAfter: 1, newCount: 3 })[1]).toBe(" 09:40 eve     two");
});

test("what has a look of its own keeps the ground of the bar or of the row that it stands in", () => {
  const bar = { bg: 4, fg: 7 };
  expect(over(bar, { bold: true })).toEqual({ bg: 4, fg: 7, bold: true });
  expect(over(bar, { fg: 1 })).toEqual({ bg: 4, fg: 1 });
  expect(over({ reverse: true }, { fg: 1 })).toEqual({ reverse: true, fg: 1 });
  expect(over(bar, { bg: 2 })).toEqual({ bg: 2 });
  expect(within(bar, { fg: 1, bold: true, dim: true })).toEqual({ bg: 4, fg: 7, bold: true });
  expect(within(bar, { fg: 1, bg: 2 })).toEqual({ fg: 1, bg: 2 });
  const style = { fg: 3 };
  expect(over(bar, style)).toBe(over(bar, style));
});

test("a joiner at the end of a marked word is not shown as refused", () => {
  const state = stateOf({ open: open(1, [message(1, "eve", 0, "می‌خواهم")], { matches: ["می‌"] }) });
  expect(frame(state, 24, 80).lines().join("")).not.toContain("\ufffd");
});

test.each([
  {
    columns: 100,
    line: " 2:ops 17! 5:family 3 │ offline · next try in 12 s · 3 waiting │ do not disturb         Alt-A ▸ ops",
  },
  { columns: 72, line: " 2:ops 17! +1 │ offline · next try in 12 s · 3 waiting │ do not disturb" },
  { columns: 50, line: " offline · next try in 12 s · 3 waiting" },
  { columns: 20, line: " offline · next tr…" },
  { columns: 50, rooms: [], line: " offline · next try in 12 s · 3 waiting" },
])("in $columns columns the line of the status says the most urgent whole", ({ columns, rooms = ROOMS, line }) => {
  const canvas = frame(
    stateOf({
      rooms,
      connection: { state: "offline", retryAt: stateOf().now + 12_000, halt: undefined },
      waiting: 3,
      doNotDisturb: true,
      panes: { rooms: false, members: false },
    }),
    5,
    columns,
  );
  expect(canvas.lines()[3]).toBe(line);
});

test("what can be done with a message that waits is among the keys below it, and of one that was sent is not", () => {
  const keysOf = (selected: string): string => {
    const items = [message(1, "bob", 1, "sent"), waiting(2, "waits")];
    const state = stateOf({ rooms: ROOMS, open: open(1, items, { selected }) });
    return frame(state, 24, 80).lines().at(-1) ?? "";
  };
  expect(keysOf("w2")).toMatch(/e edit {2}x drop/);
  expect(keysOf("m1")).not.toMatch(/edit|drop/);
});

test("however long a room is called, what there is to be known of trust stands behind its name", () => {
  const rooms = [room(1, `#ops-verified-3/3-${"long-".repeat(20)}`)];
  const shown = (members: readonly string[], columns: number): string => {
    const given = stateOf({ rooms, open: open(1, TALK, { members: members.map((name) => member(name)) }) });
    return frame(given, 24, columns).lines()[0] ?? "";
  };
  for (const columns of [40, 80, 99])
    expect(shown(["bob", "eve"], columns)).toMatch(/^ #ops-verif.*… {2}🔒 verified 0\/1/u);
  expect(shown(["bob", "carol", "eve"], 80)).toContain("…  ⚠ carol: ");
  // Where it would leave nothing of the name, the name it is.
  expect(shown(["bob", "carol", "eve"], 20)).toMatch(/^ #ops-verified/);
});
