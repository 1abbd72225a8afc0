/** The man pages as they are made: whole, and roff that man programs can read. That those checked in are these: npm run check. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { manPages } from "../../../scripts/man/pages.ts";
import { type Block, roffFaults, roffOf } from "../../../scripts/man/roff.ts";
import { COMMAND_NAMES, OPTIONS } from "../src/command-line.ts";
import { COMMANDS } from "../src/commands/table.ts";
import { LANGUAGES, language } from "../src/text/index.ts";

const pages = await manPages(join(import.meta.dirname, "..", "..", ".."));
const paths = [...pages.keys()];
const hasGroff = spawnSync("groff", ["--version"]).status === 0;

/** As it is read: escapes undone. */
const read = (path: string): string =>
  (pages.get(path) ?? "")
    .replace(/\\\[u([0-9A-F]+)\]/g, (_, digits) => String.fromCodePoint(Number.parseInt(digits, 16)))
    .replace(
      /\\\((aq|dq|ga|ha|ti)/g,
      (_, name: string) => ({ aq: "'", dq: '"', ga: "`", ha: "^", ti: "~" })[name] ?? "",
    )
    .replace(/\\e/g, "\\")
    .replace(/\\~/g, " ")
    .replace(/\\&/g, "")
    .replace(/\\-/g, "-");

describe.each(paths)("%s", (path) => {
  test("is roff without a fault", () => {
    expect(roffFaults(pages.get(path) ?? "")).toEqual([]);
  });

  test.runIf(hasGroff)("groff has nothing to warn of", () => {
    const input = pages.get(path) ?? "";
    const { status, stderr } = spawnSync("groff", ["-man", "-ww", "-z", "-Tutf8"], { input, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

test.each([
  { path: "packages/terminal/man/sotto.1", of: "en" },
  { path: "packages/terminal/man/fr/sotto.1", of: "fr" },
] as const)("every command, option, command of the chat and key is in $path", ({ path, of }) => {
  const page = read(path);
  for (const name of COMMAND_NAMES) expect(page).toContain(`.SS "sotto ${name}`);
  for (const name of Object.keys(OPTIONS)) expect(page).toContain(`.B "--${name}`);
  const said = LANGUAGES[of];
  for (const { name } of COMMANDS) {
    expect(page).toMatch(new RegExp(`^\\.B "/${name}[ ",]`, "m"));
    expect(page).toContain(said.commands[name].more);
  }
  for (const does of Object.values(said.actions)) expect(page).toContain(does);
});

test("the relay's pages have what its --help has", () => {
  expect(read("packages/relay/man/sottod.8")).toContain('.B "--listen HOST:PORT"');
  expect(read("packages/relay/man/sottod.8")).toMatch(
    /\.B "server\.port"\na whole number from 0 to 65535; 7878 by default\n/,
  );
  expect(read("packages/relay/man/sottoctl.8")).toContain('.B "announce TEXT"');
});

test("making pages leaves the language as it was", () => {
  expect(language()).toBe("en");
});

test("text that looks like a request or an escape is text", () => {
  const blocks: readonly Block[] = [
    { type: "paragraph", text: ".TH evil" },
    { type: "paragraph", text: "'br \\fB \\" },
    { type: "terms", rows: [['"--x" é', "…"]] },
    { type: "paragraph", text: "quoi ? oui" },
    { type: "lines", lines: ["done ; end", "", ".so /etc/passwd"] },
  ];
  const roff = roffOf({ name: "x", section: 1, source: "", manual: "", blocks });
  expect(roff.split("\n").slice(4)).toEqual([
    ".PP",
    "\\&.TH evil",
    ".PP",
    "\\(aqbr \\efB \\e",
    ".TP",
    '.B "\\(dq\\-\\-x\\(dq \\[u00E9]"',
    "\\[u2026]",
    ".PP",
    "quoi\\~? oui",
    ".PP",
    ".RS 4",
    ".nf",
    "done ; end",
    "\\&",
    "\\&.so /etc/passwd",
    ".fi",
    ".RE",
    "",
  ]);
  expect(roffFaults(roff)).toEqual([]);
});

test.each([
  { roff: "naïve", fault: "is not plain ASCII" },
  { roff: ".so file", fault: ".so is no macro of ours" },
  { roff: "'br", fault: "begins with a quote" },
  { roff: "text ", fault: "ends with a space" },
  { roff: "a\\fBb", fault: "a backslash that is no escape" },
])("a fault is found: $roff", ({ roff, fault }) => {
  expect(roffFaults(`.PP\n${roff}\n`)).toEqual([`line 2: ${fault}`]);
});
