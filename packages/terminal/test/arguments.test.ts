/** The command line: what is understood, what is refused and how, and that its help says all of it. */
import { afterEach, describe, expect, test } from "vitest";
import { parseInvocation } from "../src/arguments.ts";
import { COMMAND_NAMES, COMMANDS, MAIN, OPTIONS } from "../src/command-line.ts";
import { helpText, optionText } from "../src/help.ts";
import { setLanguage } from "../src/text/index.ts";

const link = "sotto://127.0.0.1:1/#a=canary-access";

afterEach(() => setLanguage("en"));

describe("the command line", () => {
  test.each([
    { args: ["--fly"], what: "unknown option" },
    { args: ["--rpc", "--plain"], what: "exclude" },
    { args: ["--rpc", link], what: "takes no link" },
    { args: ["--rpc", "--password-file", "x"], what: "account.unlock" },
    { args: [link, link], what: "more than one link" },
    { args: ["export"], what: "there is no command export" },
    { args: ["doctor", "x"], what: "options only" },
    { args: ["completion"], what: "bash, zsh or fish" },
    { args: ["completion", "tcsh"], what: "bash, zsh or fish" },
    { args: ["completion", "bash", "zsh"], what: "one shell" },
    { args: ["help", "me"], what: "there is no command me" },
    { args: ["--profile"], what: "'--profile' needs DIR" },
    { args: ["--profile", "--plain"], what: "'--profile' needs DIR" },
    { args: ["tail", "--history"], what: "'--history' needs N" },
    { args: ["--plain=yes"], what: "'--plain' takes no value" },
    { args: ["send", "ops", "-x"], what: "unknown option '-x'" },
    { args: ["rooms", "--names", "--json"], what: "exclude" },
    { args: [`--${link}`], what: "unknown option" },
    { args: ["http://x"], what: "starts with sotto://" },
    { args: ["send"], what: "needs the name or id of a room" },
    { args: ["send", "a", "b", "c"], what: "one text" },
    { args: ["send", "a", "b", "--lines"], what: "takes no text" },
    { args: ["tail", "a", "b"], what: "one room" },
    { args: ["tail", "--history", "501"], what: "0 to 500" },
    { args: ["rooms", "x"], what: "no name" },
    { args: ["rooms", "--plain"], what: "unknown option" },
  ])("$args is refused: $what", ({ args, what }) => {
    const parsed = parseInvocation(args);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.error.what).toContain(what);
  });

  test.each([
    { args: [], want: { type: "plain", asked: false, link: { type: "none" } } },
    { args: ["-"], want: { type: "plain", link: { type: "stdin" } } },
    { args: ["--plain", link, "--profile", "p"], want: { type: "plain", asked: true, profile: "p", link: { link } } },
    { args: ["--rpc"], want: { type: "rpc" } },
    { args: ["--profile", "send", "tail", "ops"], want: { type: "tail", profile: "send", room: "ops", history: 0 } },
    { args: ["send", "#ops", "--lines"], want: { type: "send", room: "#ops", text: undefined, lines: true } },
    { args: ["rooms", "--json", "--password-file", "f"], want: { type: "rooms", json: true, passwordFile: "f" } },
    {
      args: ["--code-file", "c", "send", "ops", "x"],
      want: { type: "send", room: "ops", text: "x", passwordFile: undefined, codeFile: "c" },
    },
    { args: ["tail", "--help"], want: { type: "help", command: "tail" } },
    { args: ["help", "tail"], want: { type: "help", command: "tail" } },
    { args: ["help"], want: { type: "help", command: undefined } },
    { args: ["-h"], want: { type: "help", command: undefined } },
    { args: ["--version"], want: { type: "version" } },
    { args: ["doctor", "--json", "--full"], want: { type: "doctor", json: true, full: true } },
    { args: ["completion", "fish"], want: { type: "completion", shell: "fish" } },
    { args: ["rooms", "--names"], want: { type: "rooms", names: true, json: false } },
    { args: ["--profile=-x"], want: { type: "plain", profile: "-x" } },
    { args: ["tail", "--history=7"], want: { type: "tail", history: 7 } },
    { args: ["send", "--", "ops", "--lines"], want: { type: "send", room: "ops", text: "--lines", lines: false } },
  ])("$args is understood", ({ args, want }) => {
    expect(parseInvocation(args)).toMatchObject({ ok: true, value: want });
  });
});

test("a refusal never quotes what may be a link", () => {
  for (const args of [[`--${link}`], ["--plain", `x${link}`], [link, link], ["--rpc", link], ["help", link]]) {
    const parsed = parseInvocation(args);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain("canary");
  }
});

describe.each(["en", "fr"] as const)("help in %s", (language) => {
  const everywhere = [undefined, ...COMMAND_NAMES];

  test("every option of every command is told of in words", () => {
    setLanguage(language);
    for (const command of everywhere) {
      const { options } = command === undefined ? MAIN : COMMANDS[command];
      for (const option of options) {
        expect(optionText(command, option), `${command} --${option}`).not.toBe("");
        expect(helpText(command)).toContain(`  --${option} `);
      }
    }
    const known = everywhere.flatMap((command) => [...(command === undefined ? MAIN : COMMANDS[command]).options]);
    expect(new Set(known)).toEqual(new Set(Object.keys(OPTIONS)));
  });

  test("every command stands in it, and no line is wider than 80 columns", () => {
    setLanguage(language);
    for (const command of COMMAND_NAMES) expect(helpText(undefined)).toContain(`  sotto ${command}`);
    for (const command of everywhere) {
      for (const line of helpText(command).split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });
});
