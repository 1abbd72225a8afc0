/** Any command line and any configuration file: a command, or two lines that are nothing but text. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sanitiseLine } from "@sotto/wire";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { parseCommand } from "../src/command-line.ts";
import { readConfig } from "../src/config-file.ts";
import { parseCommand as parseOrder } from "../src/sottoctl/command-line.ts";
import { Trouble } from "../src/trouble.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-words-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOSTILE = [
  "\u001b[31mred",
  "\u001b]0;title\u0007",
  "\u009b2J",
  "a\nb",
  "a\r\nhint: b",
  "\u202egnp",
  "\u0000",
  "\ud800",
];
const WORDS = [
  "--data",
  "--listen",
  "--config",
  "--json",
  "--help",
  "--version",
  "-h",
  "--",
  "-",
  "",
  "=",
  "status",
  "kick",
];
const word = fc.oneof(
  fc.constantFrom(...WORDS, ...HOSTILE),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc
    .tuple(fc.constantFrom(...WORDS), fc.constantFrom("", "=", " "), fc.constantFrom(...HOSTILE))
    .map((parts) => parts.join("")),
);

/** Nothing that a terminal obeys, and no second line. */
function isText({ message, hint }: Trouble): boolean {
  return [message, hint].every((line) => line !== "" && sanitiseLine(line) === line && !line.includes("\n"));
}

test.each([
  { program: "sottod", parse: parseCommand },
  { program: "sottoctl", parse: parseOrder },
])("any command line of $program is a command, or two lines of text", ({ parse }) => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (args) => {
      const parsed = parse(args);
      return parsed.ok || isText(parsed.error);
    }),
    { numRuns: 3000 },
  );
});

test.each(HOSTILE.map((text) => ({ text, as: JSON.stringify(text) })))(
  "what is refused does not reach the terminal as it is: $as",
  ({ text }) => {
    for (const args of [[text], [`--${text}`], ["--listen", text], [`--json=${text}`]]) {
      const parsed = parseCommand(args);
      expect(parsed.ok ? undefined : isText(parsed.error), JSON.stringify(args)).toBe(true);
    }
  },
);

/** @returns whether there was a configuration. */
function reads(text: string | Uint8Array, env: Record<string, string> = {}): boolean {
  const path = join(folder, "sotto.toml");
  writeFileSync(path, text);
  try {
    readConfig({ path, required: true }, env, {});
    return true;
  } catch (cause) {
    if (!(cause instanceof Trouble)) throw cause;
    expect(isText(cause), cause.message).toBe(true);
    return false;
  }
}

test("any file is a configuration, or two lines of text", () => {
  const key = fc.constantFrom("port", "address", "password", "public", "level", "nobody", '"\\u001b[31m"', '"a\\nb"');
  const value = fc.constantFrom(
    '"\\u001b[31mcanary"',
    '"canary',
    "1",
    "-1",
    "true",
    "[]",
    "{}",
    "1979-05-27",
    "nan",
    "'''canary",
  );
  const line = fc.oneof(
    fc.constantFrom("[server]", "[access]", "[log]", "[[server]]", "[", "\u0000", "\ufeff"),
    fc.tuple(key, value).map(([one, other]) => `${one} = ${other}`),
  );
  fc.assert(fc.property(fc.array(line, { maxLength: 6 }), (lines) => typeof reads(lines.join("\n")) === "boolean"));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => typeof reads(bytes) === "boolean"));
});

test.each([
  { what: "an escape in a key", text: '[server]\n"\\u001b[31m" = 1\n' },
  { what: "an escape as it is", text: "[server]\n\u001b[31m = 1\n" },
  { what: "an escape in the name of a section", text: '["\\u001b]0;x\\u0007"]\na = 1\n' },
  { what: "a line end in a key", text: '"a\\nhint: b" = 1\n' },
])("a file with $what is refused in two lines of text", ({ text }) => {
  expect(reads(text)).toBe(false);
});
