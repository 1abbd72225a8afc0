import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Composer, composerOf, textOf } from "../src/screen/composer.ts";
import { type Change, type Editing, EMPTY_EDITING, edited, editingOf, replaced } from "../src/screen/editing.ts";
import { layOut } from "../src/screen/layout.ts";
import { graphemes, graphemeWidth } from "../src/screen/width.ts";

const typed = (text: string): Change => ({ type: "text", text });
const pasted = (text: string): Change => ({ type: "paste", text });

function after(start: Editing, ...changes: Change[]): Editing {
  return changes.reduce(edited, start);
}

function seen({ composer }: Editing): string {
  return `${composer.before}|${composer.after}`;
}

const on = (text: string, ...changes: Change[]): string => seen(after(editingOf(composerOf(text)), ...changes));

describe("moving", () => {
  test.each([
    { name: "up keeps the column", got: on("abc\nd日f\nghi", "line-up", "line-up"), want: "abc|\nd日f\nghi" },
    { name: "up into a shorter line", got: on("ab\ncdef", "line-up"), want: "ab|\ncdef" },
    { name: "down keeps the column", got: on("ab\ncd", "text-start", "right", "line-down"), want: "ab\nc|d" },
    { name: "not into a wide character", got: on("日日\nabc", "line-up"), want: "日|日\nabc" },
    { name: "to the ends of the text", got: on("ab\ncd", "text-start"), want: "|ab\ncd" },
    { name: "over a flag as one", got: on("🇫🇷🇩🇪", "left"), want: "🇫🇷|🇩🇪" },
    { name: "right over a family", got: on("👨‍👩‍👧x", "home", "right"), want: "👨‍👩‍👧|x" },
  ])("$name", ({ got, want }) => expect(got).toBe(want));

  test("at an edge gives the same value, so that the caller can do something else", () => {
    const editing = editingOf(composerOf("one line"));
    for (const change of [
      "line-up",
      "line-down",
      "right",
      "end",
      "delete",
      "undo",
      "redo",
      "yank",
      "yank-pop",
    ] as const)
      expect(edited(editing, change), change).toBe(editing);
  });
});

describe("undo", () => {
  test("takes typing away as one step, a paste as another, and redo brings them back", () => {
    const editing = after(EMPTY_EDITING, typed("a"), typed("b"), typed("c"), pasted("x\r\ny\n"), typed("d"));
    expect(seen(editing)).toBe("abcx\nyd|");
    expect(seen(after(editing, "undo"))).toBe("abcx\ny|");
    expect(seen(after(editing, "undo", "undo"))).toBe("abc|");
    expect(seen(after(editing, "undo", "undo", "undo"))).toBe("|");
    expect(seen(after(editing, "undo", "undo", "undo", "redo", "redo", "redo", "redo"))).toBe("abcx\nyd|");
  });

  test("brings back what was killed or put in whole, and typing after it drops what could be redone", () => {
    const cleared = replaced(after(EMPTY_EDITING, typed("a draft")), composerOf(""));
    expect(seen(after(cleared, "undo"))).toBe("a draft|");
    expect(seen(after(cleared, "undo", typed("!"), "redo"))).toBe("a draft!|");
  });

  test("moving between two words makes them two steps", () => {
    const editing = after(EMPTY_EDITING, typed("b"), "left", typed("a"));
    expect(seen(after(editing, "undo"))).toBe("|b");
  });

  test("has bounds: in steps, and in how much text", () => {
    let editing = EMPTY_EDITING;
    for (let step = 0; step < 1000; step++) editing = after(editing, typed("x"), "left");
    expect(editing.undo.length).toBeLessThanOrEqual(200);
    let large = editingOf(composerOf("y".repeat(3_000_000)));
    for (let step = 0; step < 10; step++) large = after(large, pasted("z"));
    expect(large.undo.length).toBeLessThanOrEqual(3);
    expect(textOf(after(large, "undo").composer)).toHaveLength(3_000_009);
    let kills = EMPTY_EDITING;
    for (let step = 0; step < 100; step++) kills = after(kills, typed(`${step}`), "kill-word");
    expect(kills.kills.length).toBeLessThanOrEqual(30);
    expect(kills.kills.at(-1)).toBe("99");
  });
});

describe("the kill ring", () => {
  test("takes consecutive kills as one, in reading order, whichever way they go", () => {
    expect(on("one two three", "kill-word", "kill-word", "yank")).toBe("one two three|");
    expect(on("one two three", "home", "kill-word-right", "kill-word-right", "yank")).toBe("one two| three");
    expect(on("ab cd", "word-left", "kill-to-end", "kill-to-start", "yank")).toBe("ab cd|");
  });

  test("gives older ones instead of the last, round and round", () => {
    const editing = after(editingOf(composerOf("a b")), "kill-word", "left", "home", "kill-to-end", typed("-"), "yank");
    expect(editing.kills).toEqual(["b", "a "]);
    expect(seen(editing)).toBe("-a |");
    expect(seen(after(editing, "yank-pop"))).toBe("-b|");
    expect(seen(after(editing, "yank-pop", "yank-pop"))).toBe("-a |");
    expect(seen(after(editing, "left", "yank-pop"))).toBe("-a| ");
  });
});

test("whatever is done, undo leads back to every text that was there before, and redo forth again", () => {
  const change = fc.oneof(
    fc.constantFrom<Change>(
      "left",
      "right",
      "home",
      "end",
      "word-left",
      "line-up",
      "line-down",
      "backspace",
      "delete",
      "kill-word",
      "kill-to-end",
      "yank",
      "yank-pop",
      "newline",
      "undo",
      "redo",
    ),
    fc.constantFrom("a", " ", "日", "👨‍👩‍👧", "🇫🇷", "e\u0301", "\u001b[2J").map(typed),
    fc.constantFrom("x\ny\r\n", "\u0007").map(pasted),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const editing = after(EMPTY_EDITING, ...changes);
      expect(textOf(editing.composer)).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
      let back = editing;
      while (back.undo.length > 0) back = edited(back, "undo");
      expect(textOf(back.composer)).toBe("");
      let forth = back;
      while (forth.redo.length > 0) forth = edited(forth, "redo");
      let last = editing;
      while (last.redo.length > 0) last = edited(last, "redo");
      expect(forth.composer).toEqual(last.composer);
    }),
  );
});

/** The plain way: every character of the text is looked at. */
function naive(prompt: string, { before, after: rest }: Composer, columns: number, rowsMax: number) {
  const width = Math.max(2, columns);
  const rows = [""];
  let column = 0;
  const put = (text: string): void => {
    for (const grapheme of graphemes(text)) {
      if (grapheme === "\n") {
        rows.push("");
        column = 0;
        continue;
      }
      if (column + graphemeWidth(grapheme) > width) {
        rows.push("");
        column = 0;
      }
      rows[rows.length - 1] += grapheme;
      column += graphemeWidth(grapheme);
    }
  };
  put(prompt);
  put(before);
  let at = { row: rows.length - 1, column };
  put(rest);
  if (at.column >= width) at = { row: at.row + 1, column: 0 };
  if (at.row === rows.length) rows.push("");
  const from = Math.max(0, Math.min(at.row - rowsMax + 1, rows.length - rowsMax));
  return { rows: rows.slice(from, from + rowsMax), cursorRow: at.row - from, cursorColumn: at.column };
}

test("the rows around the cursor are those of the whole text", () => {
  const unit = fc.constantFrom("a", "bc ", "日", "👨‍👩‍👧", "\n", "\n", "e\u0301");
  fc.assert(
    fc.property(
      fc.array(unit, { maxLength: 60 }),
      fc.array(unit, { maxLength: 60 }),
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: 1, max: 8 }),
      (before, rest, columns, rowsMax) => {
        const composer = { before: before.join(""), after: rest.join("") };
        expect(layOut("> ", composer, columns, rowsMax)).toEqual(naive("> ", composer, columns, rowsMax));
      },
    ),
    { numRuns: 500 },
  );
});

test("a line of any length has rows without an end, and none is lost", () => {
  for (const unit of ["abcdefg ", "日本語テキスト", "👨‍👩‍👧x", "e\u0301"]) {
    const text = unit.repeat(3000);
    for (const cursor of [0, 1, 5000, text.length - 3, text.length].map((at) => at - (at % unit.length))) {
      const composer = { before: text.slice(0, cursor), after: text.slice(cursor) };
      const whole = layOut("", composer, 80, 10_000);
      expect(whole.rows.join("")).toBe(text);
      const { rows, cursorRow, cursorColumn } = layOut("", composer, 80, 6);
      expect(rows).toHaveLength(6);
      expect(rows[cursorRow]).toBe(whole.rows[whole.cursorRow]);
      expect(cursorColumn).toBe(whole.cursorColumn);
    }
  }
});
