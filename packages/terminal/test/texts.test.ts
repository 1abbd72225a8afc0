/** Texts of both languages, and the check that holds them together: here each of its rules is seen to refuse. */
import { describe, expect, test } from "vitest";
import { alike, spoken } from "../../../scripts/texts.ts";
import { saidIn, unused } from "../../../scripts/unused-texts.ts";
import { LANGUAGES, languageOf, say, setLanguage } from "../src/text/index.ts";
import { count, duration, refusalWords } from "../src/words.ts";

describe("a sentence outside the catalogue is found", () => {
  test.each([
    { name: "in a call", source: `print(info("nothing was done"));` },
    { name: "one word in a call", source: `print(info("online"));` },
    { name: "one word in a line", source: `print(["online"]);` },
    { name: "a question", source: `await screen.ask("password: ");` },
    { name: "in a constant", source: `const hint = "try again";` },
    { name: "in a template", source: `const what = \`there is no room \${word}\`;` },
    { name: "in a value of a template", source: `const what = \`\${isOn ? "it is on" : ""}!\`;` },
    { name: "behind a value", source: `const what = \`\${who} was here\`;` },
    { name: "behind a regular expression", source: `text.replace(/"/g, "").concat("said by nobody");` },
  ])("$name", ({ source }) => {
    expect(spoken(source)).toHaveLength(1);
  });
});

describe("no sentence is", () => {
  test.each([
    { name: "a comment", source: `/** It is "not in use". */ const a = 1; // nor is "this one"` },
    { name: "a method", source: `await desk.ask("device.list", {});` },
    { name: "a fault of the program", source: `throw new Error("this cannot be");` },
    { name: "a chord", source: `const keys = ["ctrl+x ctrl+e"];` },
    { name: "what the catalogue says", source: `print(info(say().plain.chat.online), [link]);` },
  ])("$name", ({ source }) => {
    expect(spoken(source)).toEqual([]);
  });
});

test("what is not translated is found, in texts and in functions", () => {
  const en = { a: "not done yet", b: "message", c: { d: (n: number) => `${n} not sent`, e: (n: number) => `${n}` } };
  const fr = { a: "not done yet", b: "message", c: { d: (n: number) => `${n} not sent`, e: (n: number) => `${n}` } };
  expect([...alike(en, fr, "")]).toEqual([
    `packages/terminal/src/text/index.ts: a is not translated: "not done yet"`,
    `packages/terminal/src/text/index.ts: c.d is not translated: " not sent"`,
  ]);
});

describe("what nobody says is found", () => {
  const catalogue = { room: { made: "", left: { one: "", all: "" } }, hints: { go: "", quit: () => "" } };

  test.each([
    {
      name: "with nothing said",
      source: "",
      never: ["room.made", "room.left.one", "room.left.all", "hints.go", "hints.quit"],
    },
    {
      name: "with one said as it is",
      source: "say().room.made; say().hints.quit(n);",
      never: ["room.left.one", "room.left.all", "hints.go"],
    },
    {
      name: "through a constant",
      source: "const text = say()\n  .room; f(text.made, text.left.one)",
      never: ["room.left.all", "hints.go", "hints.quit"],
    },
    {
      name: "not through one of another block",
      source: "() => { const text = say().room; }; const text = other(); text.made();",
      never: ["room.made", "room.left.one", "room.left.all", "hints.go", "hints.quit"],
    },
    {
      name: "through names taken out",
      source: "const { made, left: how } = say().room; how.all;",
      never: ["room.left.one", "hints.go", "hints.quit"],
    },
    {
      name: "through a constant that asks anew",
      source: "const text = () => say().hints; text().go;",
      never: ["room.made", "room.left.one", "room.left.all", "hints.quit"],
    },
    { name: "by any key", source: "say().room.left[how];", never: ["room.made", "hints.go", "hints.quit"] },
    {
      name: "by any key in the middle",
      source: "LANGUAGES.fr.room[how].one;",
      never: ["room.made", "room.left.all", "hints.go", "hints.quit"],
    },
    { name: "as a whole", source: "f(say().room);", never: ["hints.go", "hints.quit"] },
    {
      name: "not in comments and texts",
      source: '// say().room\n/* say().hints */ const a = "say().room.made";',
      never: ["room.made", "room.left.one", "room.left.all", "hints.go", "hints.quit"],
    },
  ])("$name", ({ source, never }) => {
    expect(unused(catalogue, saidIn(source))).toEqual(never);
  });
});

describe("the language", () => {
  test.each([
    { env: {}, want: "en" },
    { env: { LANG: "fr_FR.UTF-8" }, want: "fr" },
    { env: { LANG: "fr" }, want: "fr" },
    { env: { LANG: "fr_CH.UTF-8", LC_ALL: "C" }, want: "en" },
    { env: { LANG: "en_GB.UTF-8", LC_MESSAGES: "fr_BE" }, want: "fr" },
    { env: { LANG: "fr_FR", SOTTO_LANG: "en" }, want: "en" },
    { env: { LANG: "fro" }, want: "en" },
  ])("of $env is $want", ({ env, want }) => {
    expect(languageOf(env)).toBe(want);
  });

  test("has plurals of its own: none is many in English, and one in French", () => {
    expect([0, 1, 2].map((n) => count(n, "member"))).toEqual(["0 members", "1 member", "2 members"]);
    inFrench(() => {
      expect([0, 1, 2].map((n) => count(n, "member"))).toEqual(["0 membre", "1 membre", "2 membres"]);
      expect(duration(61_000)).toBe("61 secondes");
      expect(refusalWords({ code: "locked", message: "", retryMs: 180_000 }).hint).toBe("réessayez dans 3 minutes");
      expect(say().words.date(0, 1, 7, 2027)).toBe("dimanche 1er août 2027");
    });
  });
});

describe("French", () => {
  test("puts no name behind a word that is cut short before some names, and not before others", () => {
    const cut = /(?<!\p{L})(?:de|que|le|ne|se|si) \$\{(?:who|names?|username|sender)\b/iu;
    expect(sourcesOf((name: string) => `le compte de ${name}`)).toEqual([expect.stringMatching(cut)]);
    expect(sourcesOf(LANGUAGES.fr).filter((source) => cut.test(source))).toEqual([]);
  });

  test("keeps a command within a line of 80 columns where English does", () => {
    const columns = 80 - "  /search [SALON] MOTS  ".length;
    const { en, fr } = { en: LANGUAGES.en.commands, fr: LANGUAGES.fr.commands };
    const names = (Object.keys(en) as (keyof typeof en)[]).filter((name) => en[name].line.length <= columns);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => fr[name].line.length > columns)).toEqual([]);
  });
});

/** Of each text that takes values, how it is written. */
function sourcesOf(texts: unknown): readonly string[] {
  if (typeof texts === "function") return [texts.toString()];
  return typeof texts === "object" && texts !== null ? Object.values(texts).flatMap(sourcesOf) : [];
}

function inFrench(run: () => void): void {
  setLanguage("fr");
  try {
    run();
  } finally {
    setLanguage("en");
  }
}
