import { expect, test } from "vitest";
import { Canvas } from "../src/full/canvas.ts";
import { ALL_EMOJI, graphemes, graphemeWidth, SIMPLE_EMOJI, setEmojiWidths, textWidth } from "../src/screen/width.ts";

function lineOf(
  columns: number,
  ...puts: readonly (readonly [column: number, text: string, until?: number])[]
): string {
  const canvas = new Canvas(3, columns, {});
  for (const [column, text, until] of puts) canvas.put(1, column, text, {}, until);
  const [above, line = "", below] = canvas.lines();
  expect([above, below]).toEqual(["", ""]);
  return line;
}

test.each([
  { name: "is clipped at the edge", got: lineOf(5, [0, "abcdefgh"]), want: "abcde" },
  { name: "is clipped at a column", got: lineOf(9, [1, "abcdefgh", 4]), want: " abc" },
  { name: "does not begin before the first column", got: lineOf(9, [-2, "abc日"]), want: "c日" },
  { name: "has no half of a wide character at the edge", got: lineOf(4, [0, "abc日"]), want: "abc" },
  { name: "over the first half of a wide one takes all of it", got: lineOf(6, [0, "日本"], [0, "x"]), want: "x 本" },
  { name: "over the second half too", got: lineOf(6, [0, "日本"], [1, "x"]), want: " x本" },
  { name: "that is wide over the halves of two", got: lineOf(6, [0, "日本"], [1, "語"]), want: " 語" },
  { name: "keeps a mark on its letter", got: lineOf(6, [0, "e\u0301x"]), want: "e\u0301x" },
  { name: "has no mark without a letter", got: lineOf(6, [0, "ab"], [1, "\u0301"]), want: "ab" },
  { name: "shows that a control was there", got: lineOf(9, [0, "a\u001b[2Jb"]), want: "a\ufffd[2Jb" },
  { name: "is not turned around", got: lineOf(9, [0, "a\u202eb"]), want: "a\ufffdb" },
  { name: "stays in its row", got: lineOf(9, [0, "a\r\nb"]), want: "a\u23ceb" },
])("a text $name", ({ got, want }) => {
  expect(got).toBe(want);
});

test("a row that is not there takes nothing, and the column behind the text is told all the same", () => {
  const canvas = new Canvas(1, 10, {});
  expect(canvas.put(5, 0, "abc", {})).toBe(3);
  expect(canvas.put(-1, 0, "日本", {})).toBe(4);
  expect(canvas.put(0, 0, "日本", {}, 3)).toBe(2);
  expect(canvas.lines()).toEqual(["日"]);
});

test("a part that is filled ends at its edges", () => {
  const canvas = new Canvas(3, 6, {});
  canvas.fill({ row: 1, column: 2, rows: 9, columns: 9 }, { bold: true }, "─");
  canvas.fill({ row: -1, column: -1, rows: 2, columns: 3 }, {}, "x");
  expect(canvas.lines()).toEqual(["xx", "  ────", "  ────"]);
  expect(canvas.cell(1, 1)?.style).toEqual({});
  expect(canvas.cell(2, 5)?.style).toEqual({ bold: true });
  expect(canvas.cell(0, 6)).toBeUndefined();
});

test("no grapheme is wider than two columns, whatever is joined, and none is lost", () => {
  for (const text of ["क्".repeat(50), "\u1100".repeat(50), "👨‍".repeat(50), "की", "क्षि", "a\u0903\u0903\u0903"]) {
    expect(graphemes(text).join("")).toBe(text);
    for (const grapheme of graphemes(text)) expect(graphemeWidth(grapheme), grapheme).toBeLessThanOrEqual(2);
  }
  expect(textWidth("क्".repeat(50))).toBe(50);
});

test("where the terminal measures some emoji otherwise, something simpler stands for them", () => {
  try {
    setEmojiWidths(SIMPLE_EMOJI);
    expect(lineOf(20, [0, "👨‍👩‍👧🇫🇷☺️1️⃣👍🏽."])).toBe("👨FR☺1👍.");
    expect(textWidth("👨‍👩‍👧🇫🇷☺️1️⃣👍🏽.")).toBe(9);
  } finally {
    setEmojiWidths(ALL_EMOJI);
  }
  expect(lineOf(20, [0, "👨‍👩‍👧🇫🇷☺️."])).toBe("👨‍👩‍👧🇫🇷☺️.");
});

test("a screen that is drawn upon again is as a new one", () => {
  const canvas = new Canvas(3, 6, { bold: true });
  canvas.put(0, 0, "日本x", { fg: 1 });
  canvas.cursor = { row: 1, column: 2 };
  canvas.clear({ dim: true });
  const fresh = new Canvas(3, 6, { dim: true });
  for (let row = 0; row < 3; row++)
    for (let column = 0; column < 6; column++) expect(canvas.cell(row, column)).toEqual(fresh.cell(row, column));
  expect(canvas.cursor).toBeUndefined();
});
