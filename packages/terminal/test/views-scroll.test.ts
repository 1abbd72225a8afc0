/** Scrolling against a naive model: all rows in one list, and the view is a part of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Scroll, State, TimelineItem } from "../src/full/state.ts";
import { frameOf } from "../src/full/views/frame.ts";
import { type Layout, layoutOf } from "../src/full/views/layout.ts";
import { rowsContext, rowsOf } from "../src/full/views/rows.ts";
import { itemAt, revealed, scrolled, visible } from "../src/full/views/scroll.ts";
import { event, frame, message, open, options, stateOf } from "./views-world.ts";

/** Names of all rows there are, the oldest first: key of the item and which of its rows. */
function allRows(state: State, layout: Layout): readonly string[] {
  const context = rowsContext(state, frameOf(state, layout), options);
  let day = -1;
  return (state.open?.items ?? []).flatMap((item) => {
    const at = item.type === "message" ? item.sentAt : item.at;
    const isNewDay = Math.floor(at / 86_400_000) !== day;
    day = Math.floor(at / 86_400_000);
    const count = rowsOf(item, context).length + (isNewDay ? 1 : 0);
    return Array.from({ length: count }, (_, row) => `${item.key}:${row}`);
  });
}

function seenRows(state: State, layout: Layout): readonly string[] {
  return visible(state, layout).shown.flatMap(({ item, above, rows }) =>
    Array.from({ length: rows }, (_, row) => `${item.key}:${above + row}`),
  );
}

function at(state: State, scroll: Scroll): State {
  return state.open === undefined ? state : { ...state, open: { ...state.open, scroll } };
}

const items = fc
  .array(fc.record({ lines: fc.integer({ min: 1, max: 40 }), minutes: fc.integer({ min: 0, max: 4000 }) }), {
    minLength: 1,
    maxLength: 25,
  })
  .map((all) =>
    all.map(({ lines, minutes }, index): TimelineItem => {
      if (lines % 7 === 0) return event(index + 1, minutes, `event ${index}`);
      return message(index + 1, lines % 2 === 0 ? "eve" : "bob", minutes, Array(lines).fill(`m${index}`).join("\n"));
    }),
  );

test("the view moves by exactly the rows that it is moved by, and stops exactly at both ends", () => {
  fc.assert(
    fc.property(
      items,
      fc.integer({ min: 2, max: 60 }),
      fc.array(fc.oneof(fc.integer({ min: -90, max: 90 }), fc.constantFrom(-Infinity, Infinity)), { maxLength: 30 }),
      (all, rows, moves) => {
        const first = stateOf({ open: open(1, all) });
        const layout = layoutOf(rows, 80, first, options);
        const rowsShown = layout.timeline.rows;
        const whole = allRows(first, layout);
        const reserved = rowsShown > 3 ? 1 : 0;
        // Rows below the view; the end is followed from where the row that is reserved away from the end is the last.
        let below = reserved;
        let state = first;
        for (const move of moves) {
          below = Math.min(below - move, whole.length - (rowsShown - reserved));
          if (below <= reserved) below = reserved;
          state = at(state, scrolled(state, layout, move));
          const follows = below === reserved;
          const end = follows ? whole.length : whole.length - below;
          const height = follows ? rowsShown : rowsShown - reserved;
          expect(state.open?.scroll.type).toBe(follows ? "follow" : "at");
          expect(seenRows(state, layout)).toEqual(whole.slice(Math.max(0, end - height), end));
        }
      },
    ),
  );
});

test("what is looked for comes into view, and the view stays where it is if it is there already", () => {
  fc.assert(
    fc.property(
      items,
      fc.integer({ min: 6, max: 60 }),
      fc.integer({ min: -200, max: 0 }),
      fc.nat(),
      fc.constantFrom("nearest" as const, "middle" as const),
      (all, rows, move, which, where) => {
        const first = stateOf({ open: open(1, all) });
        const layout = layoutOf(rows, 80, first, options);
        const state = at(first, scrolled(first, layout, move));
        const { key } = all[which % all.length] ?? { key: "" };
        const before = visible(state, layout).shown.find(({ item }) => item.key === key);
        const after = at(state, revealed(state, layout, key, where));
        const shown = visible(after, layout).shown.find(({ item }) => item.key === key);
        expect(shown).toBeDefined();
        const height = (shown?.separators.length ?? 0) + (shown?.text.length ?? 0);
        const fits = layout.timeline.rows - 1;
        if (where === "nearest" && height <= fits) expect(shown?.rows).toBe(height - (shown?.above ?? 0));
        if (where === "nearest" && height > fits && before === undefined) expect(shown?.above).toBe(0);
        if (where === "nearest" && before?.rows === height) expect(after.open?.scroll).toEqual(state.open?.scroll);
      },
    ),
  );
});

test("a message that is higher than the screen is gone through row by row, from its first to its last one", () => {
  const lines = Array.from({ length: 200 }, (_, line) => `line ${line}`);
  let state = stateOf({ open: open(1, [message(1, "eve", 5, "before"), message(2, "eve", 1, lines.join("\n"))]) });
  const layout = layoutOf(24, 80, state, options);
  state = at(state, scrolled(state, layout, -Infinity));
  expect(visible(state, layout).isAtTop).toBe(true);
  const seen = new Set(seenRows(state, layout));
  let steps = 0;
  for (; state.open?.scroll.type === "at"; steps++) {
    state = at(state, scrolled(state, layout, 1));
    for (const row of seenRows(state, layout)) seen.add(row);
  }
  expect(seen.size).toBe(202);
  expect(steps).toBe(202 - layout.timeline.rows);
});

test("what was scrolled to stays in its place while newer messages come in", () => {
  const some = Array.from({ length: 50 }, (_, index) => message(index + 1, "eve", 5, `text ${index}`));
  const first = stateOf({ open: open(1, some) });
  const layout = layoutOf(24, 80, first, options);
  const state = at(first, scrolled(first, layout, -10));
  const later = { ...state, open: { ...open(1, [...some, message(99, "eve", 0, "new")]), scroll: state.open!.scroll } };
  expect(seenRows(later, layout)).toEqual(seenRows(state, layout));
});

test("of a text of more than 200 rows the first 40 are shown, how many more there are, and what opens them", () => {
  const folded = (rows: number): readonly string[] => {
    const text = Array.from({ length: rows }, (_, row) => `row ${row + 1}`).join("\n");
    const state = stateOf({ open: open(1, [message(1, "eve", 0, text)]) });
    const context = rowsContext(state, frameOf(state, layoutOf(24, 80, state, options)), options);
    return rowsOf(message(1, "eve", 0, text), context).map((row) => row.map((piece) => piece.text).join(""));
  };
  expect(folded(200)).toHaveLength(200);
  expect(folded(16_000).slice(0, 40).at(-1)).toBe("row 40");
  expect(folded(16_000).slice(40).join(" ")).toBe("… 15960 more lines: Up selects the message, Enter opens all of it");
});

test("rows of what is nothing but lines do not pile up, and what is looked at is made once", () => {
  const tall = Array.from({ length: 10 }, (_, index): TimelineItem => {
    return { type: "local", key: `l${index}`, at: 0, lines: [[{ text: "\n".repeat(16_000), lines: true }]] };
  });
  const state = stateOf({ open: open(1, tall) });
  const context = rowsContext(state, frameOf(state, layoutOf(24, 80, state, options)), options);
  const rows = (): ReadonlyMap<TimelineItem, unknown> => new Map(tall.map((item) => [item, rowsOf(item, context)]));
  const made = rows();
  const looked = tall.slice(-3).filter((item) => rowsOf(item, context) === made.get(item));
  expect(looked).toHaveLength(3);
  const kept = [...rows()].filter(([item, now]) => now === made.get(item));
  expect(kept.length).toBeLessThanOrEqual(4);
});

test("on a screen of one row, which the composer has, nothing moves", () => {
  const some = [message(1, "eve", 5, "one"), message(2, "eve", 4, "two")];
  const scroll = { type: "at" as const, key: "m1", below: 0 };
  const state = stateOf({ open: open(1, some, { scroll }) });
  const layout = layoutOf(1, 80, state, options);
  expect([-1, 1, -Infinity, Infinity].map((rows) => scrolled(state, layout, rows))).toEqual(Array(4).fill(scroll));
  expect(revealed(state, layout, "m2", "nearest")).toEqual(scroll);
});

test("a place that is not in the window any more leaves the view at the end", () => {
  const some = [message(1, "eve", 5, "one"), message(2, "eve", 4, "two")];
  const state = stateOf({ open: open(1, some, { scroll: { type: "at", key: "gone", below: 3 } }) });
  const layout = layoutOf(24, 80, state, options);
  expect(visible(state, layout).isAtBottom).toBe(true);
});

test("while newer messages are not in the window yet, its end is not followed", () => {
  const some = Array.from({ length: 50 }, (_, index) => message(index + 1, "eve", 5, `text ${index}`));
  const state = stateOf({ open: open(1, some, { atEnd: false, scroll: { type: "at", key: "m20", below: 0 } }) });
  const layout = layoutOf(24, 80, state, options);
  expect(scrolled(state, layout, Infinity)).toEqual({ type: "at", key: "m50", below: 0 });
});

const news = [
  message(5, "bob", 4, "own and old"),
  event(6, 3, "carol came"),
  message(7, "bob", 3, "own"),
  message(8, "eve", 3, "first"),
  message(9, "eve", 3, "second"),
];

test.each([
  { name: "above the first message of somebody else that is new", items: news, atStart: false, marked: "m8" },
  {
    name: "nowhere in a window that begins among what is new",
    items: news.slice(4),
    atStart: false,
    marked: undefined,
  },
  { name: "above the first one where nothing is older", items: news.slice(4), atStart: true, marked: "m9" },
])("the line above what is new stands $name", ({ items: some, atStart, marked }) => {
  const state = stateOf({ open: open(1, some, { newAfter: 5, newCount: 2, atStart }) });
  const { shown } = visible(state, layoutOf(24, 80, state, options));
  expect(shown.filter(({ separators }) => separators.includes("new")).map(({ item }) => item.key)).toEqual(
    marked === undefined ? [] : [marked],
  );
});

test("of what came while one was scrolled up, what has been scrolled to is not counted any more", () => {
  const some = Array.from({ length: 50 }, (_, index) =>
    message(index + 1, index === 48 ? "bob" : "eve", 5, `text ${index}`),
  );
  const first = stateOf({ open: open(1, some, { newBelow: 5 }) });
  const layout = layoutOf(24, 80, first, options);
  const counted = [-20, -4, -2].map((rows) => {
    const state = at(first, scrolled(first, layout, rows));
    return /↓ (\d+) new/.exec(frame(state, 24, 80).lines().join("\n"))?.[1];
  });
  // With the row that says so, one more is out of view than was scrolled.
  expect(counted).toEqual(["5", "4", "2"]);
});

test("the mouse points at the message whose row it is on", () => {
  const some = [message(1, "eve", 5, "one\ntwo"), message(2, "bob", 4, "three")];
  const state = stateOf({ open: open(1, some) });
  const layout = layoutOf(24, 80, state, options);
  const { row, rows } = layout.timeline;
  const keys = [5, 4, 3, 2, 1].map((up) => itemAt(state, layout, row + rows - up)?.key);
  expect(keys).toEqual([undefined, "m1", "m1", "m1", "m2"]);
});
