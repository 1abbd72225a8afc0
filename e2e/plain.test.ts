/** The plain mode at a pseudo-terminal: what a person sees and types, from the first line to the exit code. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf, secretOf } from "./harness/code.ts";
import { foreign } from "./harness/own-bytes.ts";
import type { Person } from "./harness/person.ts";
import { Program, sottoFile } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";
import { Terminal } from "./harness/terminal.ts";

const PASSWORD = "hidden staple 12345";
const SIZE = { columns: 110, rows: 60 };

let stage: Stage;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  bob = await stage.signUp("bob");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** `sotto --plain` as somebody types it, with a profile of that person. */
function open(name: string, args: readonly string[]): Terminal {
  const all = [sottoFile, "--plain", "--profile", `${stage.dir}/t-${name}`, ...args];
  return stage.use(new Terminal(process.execPath, all, stage.dir, SIZE));
}

/** Answers every question of the first run. @returns the URI of the second factor, as it stood on the screen. */
async function signUp(terminal: Terminal, name: string): Promise<string> {
  await answerUpToCode(terminal, name);
  const line = await terminal.sees("uri: otpauth://");
  const uri = line.slice(line.indexOf("otpauth://")).trim();
  await terminal.answer("code that the app shows", codeOf(uri));
  await terminal.sees("backup codes");
  return uri;
}

async function answerUpToCode(terminal: Terminal, name: string): Promise<void> {
  await terminal.answer("1, 2 or 3:", "1");
  await terminal.answer("user name:", name);
  await terminal.answer("new password:", PASSWORD);
  await terminal.answer("the same password again:", PASSWORD);
  await terminal.asks("code that the app shows");
}

async function skipPhrase(terminal: Terminal): Promise<void> {
  await terminal.answer("word ", "");
  await terminal.asks(">");
}

/** @returns the id of a new room with both in it. */
async function roomWithBob(terminal: Terminal): Promise<string> {
  terminal.type("/create general");
  const made = await terminal.sees("sotto://");
  await terminal.sees("in #general");
  const { roomId } = await bob.call("room.join", { link: made.trim() });
  await terminal.sees("bob joined #general");
  return roomId;
}

test("from the link to a conversation of two and back the next day, as a person sees it", async () => {
  const alice = open("alice", [stage.relay.link]);
  const uri = await signUp(alice, "alice");
  expect(alice.lines.join("\n")).toContain((secretOf(uri).base32.match(/.{4}/g) ?? []).join(" "));
  await alice.asks("word ");
  const phrase = phraseOf(alice.lines);
  expect(phrase).toHaveLength(12);
  for (let count = 0; count < 2; count++) {
    await alice.asks("word ");
    const number = Number(/word (\d+)/.exec(alice.lines.findLast((line) => line.startsWith("word ")) ?? "")?.[1]);
    alice.type(phrase[number - 1] ?? "");
    if (count === 0) await alice.sees(`word ${number} (Enter skips): ${phrase[number - 1]}`);
  }
  await alice.sees("[info] right");
  await alice.asks(">");

  const roomId = await roomWithBob(alice);
  alice.type("good morning bob");
  await bob.sees(roomId, "good morning bob");
  await alice.sees("#general you: good morning bob");
  await bob.send(roomId, "good morning alice");
  await alice.sees("#general bob: good morning alice");

  alice.type("/users");
  await alice.sees("2 people");
  await alice.sees("  alice (you)  online");
  await alice.sees("  bob  online");

  alice.type("/talk bob");
  await alice.sees("conversation with @bob");
  alice.type("only for you");
  const { roomId: direct } = await bob.call("direct.open", { username: "alice" });
  await bob.sees(direct, "only for you");
  await bob.send(direct, "thank you");
  await alice.sees("@bob bob: thank you");
  alice.type("/back");
  await alice.sees("left the conversation @bob");
  alice.type("this goes nowhere");
  await alice.sees("not sent: you are in no conversation");

  alice.type("/quit");
  expect(await alice.ended).toBe(0);
  expect(alice.raw.includes(PASSWORD)).toBe(false);
  expect(foreign(alice.raw)).toEqual([]);

  for (const text of ["are you there?", "call me"]) await bob.send(roomId, text);
  const again = open("alice", []);
  await again.answer("password:", PASSWORD);
  await again.sees("2 unread from bob");
  again.type("/talk #general");
  await again.sees("2 new");
  await again.sees("#general bob: call me");
  expectOrder(again.lines, [
    "#general you: good morning bob",
    "#general bob: good morning alice",
    "2 new",
    "are you there?",
  ]);
  again.type("/history 3");
  await again.sees("> /history 3");
  again.type("here now");
  await bob.sees(roomId, "here now");
  await again.sees("#general you: here now");
  const after = again.lines.slice(again.lines.findIndex((line) => line.endsWith("> /history 3")));
  expectOrder(after, ["bob: good morning alice", "bob: are you there?", "bob: call me", "you: here now"]);
  again.type("/quit");
  expect(await again.ended).toBe(0);
  expect(again.raw.includes(PASSWORD)).toBe(false);
  expect(foreign(again.raw)).toEqual([]);
});

test("an unknown command is not sent, a slash twice is, and a paste of lines waits for Enter", async () => {
  const alice = open("alice2", [stage.relay.link]);
  await signUp(alice, "alice2");
  await skipPhrase(alice);
  const roomId = await roomWithBob(alice);
  alice.type("/tlak bob");
  await alice.sees("there is no command /tlak");
  await alice.sees("/talk");
  alice.type("!nonsense");
  await alice.sees("there is no command /nonsense");
  alice.type("//shrug");
  await bob.sees(roomId, "/shrug");
  alice.press("\u001b[200~first line\rsecond line\r/quit\u001b[201~");
  alice.press("\r");
  await bob.until(() => bob.told(roomId).some(({ text }) => text.includes("second line")), "the paste");
  alice.type("#general said from anywhere");
  await bob.sees(roomId, "said from anywhere");
  expect(bob.told(roomId).map(({ text }) => text)).toEqual([
    "/shrug",
    "first line\nsecond line\n/quit",
    "said from anywhere",
  ]);
  alice.type("exit");
  expect(await alice.ended).toBe(0);
});

const HOSTILE = [
  "\u001b]0;owned title\u0007 title",
  "\u001b[2J\u001b[1;1H cleared",
  "\u001b[31;44m coloured \u001b[5m",
  "\u009b31m c1",
  "\u001b]52;c;b3duZWQ=\u0007 clipboard",
  "\u001b]8;;https://evil.example\u001b\\ link \u001b]8;;\u001b\\",
  "\u001bP+q544e\u001b\\ query \u001b[6n\u001b[c",
  "\u001b[?1049h\u001b[?1000h modes",
  "over\r[error] written by nobody",
  "back\b\b\b\bspace \u007f delete",
  "\u202eright to left\u2066 isolate",
  "zero\u200bwidth\ufeff join\u2060er",
  "line\n[12:00] #general alice: never said this\n[info] nor this",
  "\u0000\u0001\u0002\u0003 controls \u000b\u000c",
];

test("the scan of the bytes sees each of the hostile texts", () => {
  // A carriage return and a line feed are among our own bytes; what they would do is looked for on the screen.
  const seen = HOSTILE.filter((text) => foreign(Buffer.from(text)).length > 0);
  expect(HOSTILE.filter((text) => !seen.includes(text)).every((text) => /[\r\n]/.test(text))).toBe(true);
});

test("no escape sequence, control or invisible character of another member reaches the terminal", async () => {
  const alice = open("alice3", [stage.relay.link]);
  await signUp(alice, "alice3");
  await skipPhrase(alice);
  const roomId = await roomWithBob(alice);
  for (const text of HOSTILE) await bob.send(roomId, text);
  await bob.send(roomId, "end of the hostile ones");
  await alice.sees("end of the hostile ones");
  // The same when they are printed as history, and found.
  alice.type("/history 100");
  alice.type("/search owned");
  await alice.sees("1 message");
  expect(foreign(alice.raw)).toEqual([]);
  expect(alice.lines.some((line) => line.includes("owned title"))).toBe(true);
  // No line of another person looks like one of sotto's own.
  expect(alice.lines.filter((line) => /^\[(12:00|error|info)\].*(never said|nor this|by nobody)/.test(line))).toEqual(
    [],
  );
  expect(alice.lines.filter((line) => line.includes("never said this")).every((line) => line.startsWith("    "))).toBe(
    true,
  );
  const { modes, buffer } = alice.screen;
  expect({ mouse: modes.mouseTrackingMode, buffer: buffer.active.type }).toEqual({ mouse: "none", buffer: "normal" });
  alice.type("/quit");
  expect(await alice.ended).toBe(0);
});

describe("however it ends", () => {
  let carol: Person;

  beforeAll(async () => {
    carol = await stage.signUp("carol");
    await carol.kill("SIGTERM");
  });

  test.each([
    { how: "/quit", end: (terminal: Terminal) => terminal.type("/quit") },
    { how: "Ctrl-C twice", end: (terminal: Terminal) => terminal.press("\u0003\u0003") },
    { how: "Ctrl-D", end: (terminal: Terminal) => terminal.press("\u0004") },
    { how: "SIGTERM", end: (terminal: Terminal) => process.kill(childOf(terminal.pid), "SIGTERM") },
    { how: "SIGHUP", end: (terminal: Terminal) => process.kill(childOf(terminal.pid), "SIGHUP") },
  ])("by $how, the terminal is as it was, and the exit code is 0", async ({ end }) => {
    // A shell stands around it, which looks at the terminal before and after.
    const script = 'echo "before $(stty -g)"; "$@"; echo "code $?"; echo "after $(stty -g)"';
    const args = ["-c", script, "sh", process.execPath, sottoFile, "--plain", "--profile", carol.profile];
    await using terminal = new Terminal("/bin/sh", args, stage.dir, SIZE);
    await terminal.answer("password:", carol.password);
    await terminal.sees("nothing unread");
    expect(terminal.screen.modes.bracketedPasteMode).toBe(true);
    end(terminal);
    expect(await terminal.ended).toBe(0);
    const said = (word: string) => terminal.lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
    expect(said("code")).toBe("0");
    expect(said("after")).toMatch(/^[0-9a-f:]+$/);
    expect(said("after")).toBe(said("before"));
    const { bracketedPasteMode, wraparoundMode } = terminal.screen.modes;
    expect({ bracketedPasteMode, wraparoundMode }).toEqual({ bracketedPasteMode: false, wraparoundMode: true });
    expect(foreign(terminal.raw)).toEqual([]);
  });
});

test("a taken name leads back to the menu, a wrong code to the code", async () => {
  const alice = open("alice6", [stage.relay.link]);
  await alice.answer("1, 2 or 3:", "1");
  await alice.answer("user name:", "bob");
  await alice.answer("new password:", PASSWORD);
  await alice.answer("the same password again:", PASSWORD);
  await alice.sees("that name is taken");
  await alice.answer("1, 2 or 3:", "1");
  await alice.answer("user name:", "alice6");
  await alice.asks("code that the app shows");
  alice.type("12345");
  await alice.sees("a code is 6 digits");
  const line = await alice.sees("uri: otpauth://");
  await alice.answer("code that the app shows", codeOf(line.slice(line.indexOf("otpauth://")).trim()));
  await alice.sees("backup codes");
});

test("what a person has set outlives the program, and a conversation says who came", async () => {
  const alice = await stage.signUp("alice8");
  const { roomId, link } = await alice.call("room.create", { name: "quiet" });
  await bob.call("room.join", { link });
  await bob.send(roomId, "good morning");
  await alice.sees(roomId, "good morning");
  await alice.kill("SIGTERM");
  const run = async (...lines: readonly string[]): Promise<string> => {
    const piped = stage.use(new Program(sottoFile, ["--plain", "--profile", alice.profile], stage.dir));
    piped.write(`${[alice.password, ...lines].join("\n")}\n`);
    piped.endInput();
    expect(await piped.ended).toEqual({ code: 0, signal: null });
    return piped.stdout.toString();
  };
  await run("/mute #quiet", "/dnd on");
  const said = await run("/dnd", "/rooms", "/talk #quiet", "/search morning", "/context 1", "/info bob", "/waiting");
  expect(said).toContain("[info] do not disturb is on");
  expect(said).toMatch(/^ {2}#quiet {2}2 members, .*muted$/m);
  expect(said).toMatch(/^\[\d\d:\d\d\] \* bob joined #quiet by the link\n\[\d\d:\d\d\] #quiet bob: good morning$/m);
  expect(said).toMatch(/^ 1 {2}.* #quiet bob: good morning$/m);
  expect(said).toMatch(/^ {2}together in +#quiet$/m);
  expect(said).toContain("[info] nothing waits to be sent");
  expect(await run("/unmute #quiet", "/dnd off", "/rooms")).toMatch(/^ {2}#quiet {2}2 members$/m);
});

test("where the locale is French it speaks French, from the menu to what went wrong", async () => {
  const args = ["--plain", "--profile", `${stage.dir}/t-french`, stage.relay.link];
  const piped = stage.use(new Program(sottoFile, args, stage.dir, { LC_ALL: "fr_FR.UTF-8" }));
  piped.write("4\n1\nx\n");
  piped.endInput();
  expect(await piped.ended).toEqual({ code: 3, signal: null });
  const said = piped.stdout.toString();
  expect(said).toContain("1  créer un compte");
  expect(said).toContain("[erreur] veuillez répondre 1, 2 ou 3");
  expect(said).toContain("[erreur] x ne peut pas être un nom");
  expect(said).not.toMatch(/\[error\]|hint:|account/);
});

test("on pipes it is driven by lines, and writes no escape byte", async () => {
  const alice = await stage.signUp("alice7");
  const { roomId, link } = await alice.call("room.create", { name: "general" });
  await bob.call("room.join", { link });
  await bob.send(roomId, "\u001b[31mred\u001b[0m for the pipe");
  await alice.sees(roomId, "\u001b[31mred\u001b[0m for the pipe");
  await alice.kill("SIGTERM");
  const piped = stage.use(new Program(sottoFile, ["--plain", "--profile", alice.profile], stage.dir));
  piped.write(`${alice.password}\n/talk #general\nthrough a pipe\n`);
  piped.endInput();
  expect(await piped.ended).toEqual({ code: 0, signal: null });
  await bob.sees(roomId, "through a pipe");
  const said = piped.stdout.toString();
  expect(said).toContain("bob: ");
  expect(said).toContain("for the pipe");
  expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(said).not.toContain(alice.password);
});

/** The twelve words, printed as numbered columns. */
function phraseOf(lines: readonly string[]): string[] {
  const words: string[] = [];
  const start = lines.findIndex((line) => line.includes("recovery phrase"));
  for (const line of lines.slice(start)) {
    if (!/^ +\d+ [a-z]+/.test(line)) continue;
    for (const [, number, word] of line.matchAll(/(\d+) ([a-z]+)/g)) words[Number(number) - 1] = word ?? "";
  }
  return words;
}

function expectOrder(lines: readonly string[], texts: readonly string[]): void {
  const places = texts.map((text) => lines.findIndex((line) => line.includes(text)));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
}

function childOf(pid: number): number {
  return Number(
    execFileSync("pgrep", ["-P", String(pid)])
      .toString()
      .trim()
      .split("\n")
      .at(-1),
  );
}
