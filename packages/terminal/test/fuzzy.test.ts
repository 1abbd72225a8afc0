import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FuzzyIndex, fuzzyMarks } from "../src/full/fuzzy.ts";
import { graphemes } from "../src/screen/width.ts";

function find(query: string, ...entries: readonly string[]): readonly string[] {
  return new FuzzyIndex(entries, (text) => ({ text })).find(query);
}

/** The text with what is marked in brackets. */
function marked(query: string, text: string): string {
  const marks = fuzzyMarks(query, text);
  return graphemes(text)
    .map((grapheme, at) => (marks.has(at) ? `[${grapheme}]` : grapheme))
    .join("")
    .replaceAll("][", "");
}

describe("the order", () => {
  test("is: whole, beginning, beginning of a word, initials, inside, scattered", () => {
    const entries = ["goes past", "the logo sign", "google plans", "big gopher", "#go", "gopher", "gigantic otters"];
    expect(find("go", ...entries)).toEqual([
      "#go",
      "goes past",
      "google plans",
      "gopher",
      "big gopher",
      "gigantic otters",
      "the logo sign",
    ]);
    expect(find("gp", "gap", "general planning")).toEqual(["general planning", "gap"]);
  });

  test("of what fits as well is the one it came in", () => {
    expect(find("op", "ops", "open", "opal")).toEqual(["ops", "open", "opal"]);
    expect(find("op", "opal", "open", "ops")).toEqual(["opal", "open", "ops"]);
  });

  test("without a query is the one it came in, with everything", () => {
    expect(find("", "b", "a")).toEqual(["b", "a"]);
    expect(find(" - ", "b", "a")).toEqual(["b", "a"]);
  });

  test("what is found by its description comes last, and by the beginning of words only", () => {
    const entries = [
      { text: "password", also: "choose another password" },
      { text: "remove", also: "take a person out of a room" },
      { text: "persona", also: "" },
    ];
    const index = new FuzzyIndex(entries, (entry) => entry);
    expect(index.find("person").map(({ text }) => text)).toEqual(["persona", "remove"]);
    expect(index.find("erson").map(({ text }) => text)).toEqual(["persona"]);
  });
});

describe("found", () => {
  test.each([
    { query: "GEN", text: "#general" },
    { query: "ete", text: "#été-2026" },
    { query: "ÉTÉ", text: "#ete" },
    { query: "2026 ete", text: "#été-2026" },
    { query: "gnl", text: "#general" },
    { query: "日", text: "#日本" },
    { query: "rel fri", text: "release on Friday" },
  ])("$text by $query", ({ query, text }) => expect(find(query, text)).toEqual([text]));

  test.each([
    { query: "genx", text: "#general" },
    { query: "lareneg", text: "#general" },
    { query: "general x", text: "#general" },
  ])("not $text by $query", ({ query, text }) => expect(find(query, text)).toEqual([]));

  test("what has every letter of the query in its order, and nothing else", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4, unit: fc.constantFrom("a", "b", "c") }), fc.string(), (query, text) => {
        const letters = [...query].join(".*");
        const has = new RegExp(letters, "s").test(text.normalize("NFD").toLowerCase());
        expect(find(query, text).length === 1).toBe(query === "" || has);
      }),
    );
  });
});

test.each([
  { query: "gen", text: "#general", shown: "#[gen]eral" },
  { query: "go", text: "logo go", shown: "logo [go]" },
  { query: "ete", text: "#été", shown: "#[été]" },
  { query: "gp", text: "gap general planning", shown: "[g]ap general [p]lanning" },
  { query: "gnl", text: "#general", shown: "#[g]e[n]era[l]" },
  { query: "x", text: "#general", shown: "#general" },
  { query: "", text: "#general", shown: "#general" },
])("$query is marked in $text as $shown", ({ query, text, shown }) => expect(marked(query, text)).toBe(shown));

test("marks of any text lie within it", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: "grapheme" }), (query, text) => {
      for (const mark of fuzzyMarks(query, text)) expect(mark).toBeLessThan(graphemes(text).length);
    }),
  );
});
