import { sanitiseLine } from "@sotto/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowsOf, spoken, textOfRow } from "../src/full/overlays/rows.ts";
import { error, hint, info, type Line, warning } from "../src/output.ts";
import { textWidth } from "../src/screen/width.ts";

const rows = (line: Line, columns: number): readonly string[] => rowsOf(line, columns).map(textOfRow);

describe("a line is broken", () => {
  test.each([
    { name: "at words", text: "one two three four", columns: 9, shown: ["one two", "three", "four"] },
    {
      name: "in a word that is too long for any row",
      text: "a sotto://abcdefgh",
      columns: 8,
      shown: ["a sotto:", "//abcdef", "gh"],
    },
    { name: "not before a sign set apart", text: "ça va bien ? oui", columns: 10, shown: ["ça va", "bien ? oui"] },
    { name: "with its indent", text: "  one two three", columns: 9, shown: ["  one two", "  three"] },
    { name: "behind its gap", text: "/talk NAME  talks to", columns: 24, shown: ["/talk NAME  talks to"] },
    {
      name: "behind its gap, further rows too",
      text: "1  make an account",
      columns: 10,
      shown: ["1  make an", "   account"],
    },
    {
      name: "before a word that fits only there",
      text: "  id     0123456789",
      columns: 16,
      shown: ["  id", "    0123456789"],
    },
    {
      name: "between columns",
      text: " 1 apple   2 bread   3 chair",
      columns: 22,
      shown: [" 1 apple   2 bread", " 3 chair"],
    },
    { name: "never inside a wide character", text: "日本日本", columns: 5, shown: ["日本", "日本"] },
    { name: "into one empty row when it is empty", text: "", columns: 5, shown: [""] },
  ])("$name", ({ text, columns, shown }) => expect(rows([text], columns)).toEqual(shown));

  test("at its own line feeds where it may have some, and nowhere else", () => {
    expect(rows([{ text: "a\nb", lines: true }], 9)).toEqual(["a", "b"]);
    expect(rows(["a\nb"], 9)).toHaveLength(1);
  });
});

test("any line in any width loses nothing but spaces, and no row is too wide", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 2, max: 30 }), (text, columns) => {
      const all = rows([text], columns);
      for (const row of all) expect(textWidth(row)).toBeLessThanOrEqual(columns);
      const solid = (part: string): string => part.replace(/[ \t]/g, "");
      expect(solid(all.join(""))).toBe(solid(sanitiseLine(text)));
    }),
  );
});

test.each([
  { line: info("text"), shown: "text" },
  { line: error("text"), shown: "✗ text" },
  { line: warning("text"), shown: "! text" },
  { line: hint("text"), shown: "→ text" },
  { line: ["text"], shown: "text" },
  { line: [{ text: "[09:40]", style: "dim" as const }, " #ops text"], shown: "[09:40] #ops text" },
])("$shown is said without the words of the plain mode", ({ line, shown }) => {
  expect(rows(spoken(line), 40)).toEqual([shown]);
});
