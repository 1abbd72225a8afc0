/** The full screen at a pseudo-terminal, with a real relay: what two people see, and what stays of them. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "./harness/code.ts";
import type { Person } from "./harness/person.ts";
import { sottoFile } from "./harness/program.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import { Stage } from "./harness/stage.ts";
import { Terminal } from "./harness/terminal.ts";

const SMALL = { columns: 80, rows: 24 };
const WIDE = { columns: 160, rows: 48 };
const KEYS = {
  altOne: "\u001b1",
  altTwo: "\u001b2",
  altA: "\u001ba",
  altU: "\u001bu",
  ctrlC: "\u0003",
  ctrlK: "\u000b",
  ctrlQ: "\u0011",
  ctrlR: "\u0012",
  altHome: "\u001b[1;3H",
  end: "\u001b[F",
  pageUp: "\u001b[5~",
  escape: "\u001b",
  up: "\u001b[A",
} as const;

let stage: Stage;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  bob = await stage.signUp("bob");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

function open({ profile }: Pick<Person, "profile">, args: readonly string[] = [], size = SMALL): Terminal {
  return stage.use(new Terminal(process.execPath, [sottoFile, "--profile", profile, ...args], stage.dir, size));
}

/** Somebody who has an account here, at the full screen. */
async function unlock(person: Person, size = SMALL): Promise<Terminal> {
  const terminal = open(person, [], size);
  await terminal.shows("password:");
  terminal.type(person.password);
  await terminal.shows(/^.{0,30}online/);
  return terminal;
}

/** An account of which no process runs. */
async function away(name: string): Promise<Person> {
  const person = await stage.signUp(name);
  await person.kill("SIGTERM");
  return person;
}

/** A room of bob's with somebody else in it. */
async function roomWith(name: string, person: Person): Promise<string> {
  const { roomId } = await bob.call("room.create", { name });
  await bob.call("room.add", { roomId, username: person.name });
  return roomId;
}

test("from a link to the first message, as somebody does it who has never seen it", async () => {
  const { roomId, link } = await bob.call("room.create", { name: "welcome" });
  const newcomer = { profile: `${stage.dir}/t-newcomer` };
  const terminal = open(newcomer, [link]);
  await terminal.shows("1, 2 or 3:");
  terminal.type("1");
  for (const [question, answer] of [
    ["user name:", "newcomer"],
    ["new password:", "hidden staple 12345"],
    ["the same password again:", "hidden staple 12345"],
  ] as const) {
    await terminal.shows(question);
    terminal.type(answer);
  }
  await terminal.shows("code that the app shows");
  const secret = (await terminal.shows("secret:")).replace(/^.*secret:/, "").replace(/[^A-Z2-7]/g, "");
  terminal.type(codeOf(`otpauth://totp/sotto?secret=${secret}`));
  await terminal.shows(/word [0-9]+ \(Enter skips\)/);
  terminal.type("");
  await terminal.shows("#welcome> ");
  await terminal.shows("you joined by the link");
  terminal.type("hello from the full screen");
  await bob.sees(roomId, "hello from the full screen");
  await terminal.shows(/hello from the full screen +✓/);
  terminal.type("/quit");
  expect(await terminal.ended).toBe(0);
});

test("two people talk in several rooms; what is half typed waits where it was typed", async () => {
  const alice = await away("alice");
  const first = await roomWith("first", alice);
  await roomWith("second", alice);
  const terminal = await unlock(alice);
  await terminal.shows("you were added to #first");
  await terminal.shows("you were added to #second");
  await bob.send(first, "good morning alice");
  await terminal.shows(/1:first 1!/);
  terminal.press(KEYS.altA);
  await terminal.shows(/bob +good morning alice/);
  terminal.type("good morning bob");
  await bob.sees(first, "good morning bob");

  terminal.press("half a thought");
  terminal.press(KEYS.altTwo);
  await terminal.shows("#second> Message");
  terminal.press(KEYS.altOne);
  await terminal.shows("#first> half a thought");

  terminal.press(KEYS.ctrlC);
  await terminal.shows("#first> Message");
  terminal.press("\u001b[200~one\ntwo\nthree\n\u001b[201~");
  await terminal.shows("three");
  terminal.press(KEYS.ctrlK);
  terminal.press("second\r");
  await terminal.shows("#second> Message");
  terminal.press(KEYS.altOne);
  await terminal.shows("three");
  expect(bob.told(first).map(({ text }) => text)).toEqual(["good morning bob"]);
  terminal.press("\r");
  await bob.sees(first, "one\ntwo\nthree");
  expect(foreignOnScreen(terminal.raw)).toEqual([]);
});

test("the whole history can be scrolled and searched, at any size of the window", async () => {
  const carol = await away("carol");
  const roomId = await roomWith("history", carol);
  for (let count = 1; count <= 260; count++) await bob.send(roomId, count === 40 ? "the needle" : `line ${count}`);
  const terminal = await unlock(carol, WIDE);
  await terminal.shows(/1 #history +260/);
  terminal.press(KEYS.altOne);
  await terminal.shows("line 260");
  await terminal.shows("MEMBERS 2");
  terminal.press(KEYS.altU);
  await terminal.shows("260 new");
  terminal.press(KEYS.end);
  await terminal.shows("line 260");
  terminal.press(KEYS.pageUp);
  await terminal.hides("line 260");
  await bob.send(roomId, "meanwhile");
  await terminal.shows(/1 new.*End/);
  terminal.press(KEYS.altHome);
  await terminal.shows(/line 1$|line 1 /);
  terminal.press(KEYS.end);
  await terminal.shows("meanwhile");

  terminal.press(KEYS.ctrlR);
  terminal.press("need");
  await terminal.shows(/▸.*the needle/);
  terminal.press("\r");
  await terminal.shows(/▌.*the needle/);
  await terminal.shows("line 41");

  for (const size of [{ columns: 40, rows: 10 }, { columns: 3, rows: 1 }, SMALL]) {
    terminal.resize(size);
    if (size.columns > 3) await terminal.shows("#history");
  }
  await terminal.shows(/▌.*the needle/);
  expect(foreignOnScreen(terminal.raw)).toEqual([]);
});

test("after a kill the draft is there, and what had no answer is sent", async () => {
  const dave = await away("dave");
  const roomId = await roomWith("kept", dave);
  const terminal = await unlock(dave);
  await terminal.shows("you were added to #kept");
  terminal.press(KEYS.altOne);
  await terminal.shows("#kept> ");
  terminal.type("sent right before");
  terminal.press("half a thought");
  await terminal.shows("#kept> half a thought");
  await bob.sees(roomId, "sent right before");
  // It is in the vault within a second of the last key, and nothing that can be seen says when.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await terminal.kill("SIGKILL");
  const again = await unlock(dave);
  await again.shows("#kept> half a thought");
  await again.shows(/sent right before +✓/);
});

const HOSTILE: readonly string[] = [
  "\u001b]0;owned title\u0007 first",
  "\u001b[2J\u001b[1;1Howned screen",
  "\u001b]52;c;b3duZWQ=\u0007 clipboard",
  "\u001bP+q544e\u001b\\ query \u001b[6n\u001b[c",
  "\u001b[?1049l\u001b[?1000h modes",
  "over\rwritten \u202eright to left\u2066 isolate",
  "zero\u200bwidth\ufeff join\u2060er 👩‍👩‍👧‍👦 🇫🇷🇫 日本語 e\u0301\u0302\u0303",
  "line\n09:12 alice     never said this",
  `https://example.org/\u001b]8;;https://evil.example\u001b\\${"x".repeat(3000)}`,
  "word".repeat(400),
];

test("nothing that another member sends gives the terminal an order", async () => {
  const erin = await away("erin");
  const roomId = await roomWith("hostile", erin);
  for (const text of HOSTILE) await bob.send(roomId, text);
  const terminal = await unlock(erin);
  terminal.press(KEYS.altOne);
  await terminal.shows("wordword");
  for (const text of HOSTILE) await bob.send(roomId, text);
  await bob.send(roomId, "that was all");
  await terminal.shows("that was all");
  terminal.press(KEYS.altHome);
  await terminal.shows("owned title");
  terminal.press(`${KEYS.up}i`);
  await terminal.shows("the relay has it");
  terminal.press(KEYS.escape);
  await terminal.hides("the relay has it");
  terminal.press(KEYS.ctrlR);
  terminal.press("owned");
  await terminal.shows(/▸.*owned/);
  expect(foreignOnScreen(terminal.raw)).toEqual([]);
  expect(terminal.screen.buffer.active.type).toBe("alternate");
});

test("the scan of the bytes sees what is not on the list", () => {
  // What erases, moves and links is also what the screen itself is drawn with: there the picture tells.
  const others = HOSTILE.filter((text) => /[\u001b\r\u200b]/.test(text) && !/\u001b(?:\[2J|\]8)/.test(text));
  expect(others.filter((text) => foreignOnScreen(Buffer.from(text)).length === 0)).toEqual([]);
  expect(others).toHaveLength(6);
});

describe("however it ends", () => {
  let frank: Person;

  beforeAll(async () => {
    frank = await away("frank");
  });

  test.each([
    { how: "/quit", end: (terminal: Terminal) => terminal.type("/quit") },
    { how: "Ctrl-C twice", end: (terminal: Terminal) => terminal.press(KEYS.ctrlC + KEYS.ctrlC) },
    { how: "Ctrl-Q twice", end: (terminal: Terminal) => terminal.press(KEYS.ctrlQ + KEYS.ctrlQ) },
    { how: "SIGTERM", end: (terminal: Terminal) => process.kill(childOf(terminal.pid), "SIGTERM") },
    { how: "SIGHUP", end: (terminal: Terminal) => process.kill(childOf(terminal.pid), "SIGHUP") },
  ])("by $how, the terminal is as it was, and the exit code is 0", async ({ end }) => {
    // A shell stands around it, which looks at the terminal before and after.
    const script = 'echo "before $(stty -g)"; "$@"; echo "code $?"; echo "after $(stty -g)"';
    const args = ["-c", script, "sh", process.execPath, sottoFile, "--profile", frank.profile];
    await using terminal = new Terminal("/bin/sh", args, stage.dir, WIDE);
    await terminal.shows("password:");
    terminal.type(frank.password);
    await terminal.shows(/^.{0,40}online/);
    const { active } = terminal.screen.buffer;
    expect([terminal.screen.modes.bracketedPasteMode, active.type]).toEqual([true, "alternate"]);
    end(terminal);
    expect(await terminal.ended).toBe(0);
    const said = (word: string) => terminal.lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
    expect(said("code")).toBe("0");
    expect(said("after")).toMatch(/^[0-9a-f:]+$/);
    expect(said("after")).toBe(said("before"));
    const { bracketedPasteMode, wraparoundMode, mouseTrackingMode, sendFocusMode } = terminal.screen.modes;
    expect({ bracketedPasteMode, wraparoundMode, mouseTrackingMode, sendFocusMode }).toEqual({
      bracketedPasteMode: false,
      wraparoundMode: true,
      mouseTrackingMode: "none",
      sendFocusMode: false,
    });
    expect(terminal.screen.buffer.active.type).toBe("normal");
  });
});

function childOf(pid: number): number {
  return Number(
    execFileSync("pgrep", ["-P", String(pid)])
      .toString()
      .trim()
      .split("\n")
      .at(-1),
  );
}
