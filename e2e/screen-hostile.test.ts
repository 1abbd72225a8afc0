/**
 * What another member can do to a full screen: nothing but be read. Every byte that is written is held to a closed list,
 * and each message stands in rows of its own.
 */
import { LIMITS } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { away, inRoom, KEYS, SMALL, unlockFull, WIDE } from "./harness/full.ts";
import type { Person } from "./harness/person.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import { Stage } from "./harness/stage.ts";
import type { Size, Terminal } from "./harness/terminal.ts";

const HOSTILE: Readonly<Record<string, string>> = {
  title: "\u001b]0;owned title\u0007 first",
  clearing: "\u001b[2J\u001b[1;1Howned screen",
  clipboard: "\u001b]52;c;b3duZWQ=\u0007 clipboard",
  questions: "\u001bP+q544e\u001b\\ query \u001b[6n\u001b[c",
  modes: "\u001b[?1049l\u001b[?1000h modes \u001b[?25l",
  "C1 controls": "\u009b31mred\u009d0;title\u009c \u0090q\u009c",
  "C0 controls": "a\u0000b\u0007c\u0008d\u000be\u000cf\u000eg\u000fh\u007fi",
  "carriage return": "innocent text\rover it",
  bidi: "\u202eright to left\u202c \u2066isolate\u2069 \u200f\u200e\u061c",
  "bidi letters": "שלום alice مرحبا 12:00",
  "zero width": "zero\u200bwidth\ufeff join\u2060er \u00ad soft",
  "ZWJ families": "👩‍👩‍👧‍👦👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 ‍‍‍ x",
  flags: "🇫🇷🇩🇪🇫🇷🇫 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇽🇽🇾",
  "towers of marks": `z${"\u0301\u0323\u0489".repeat(300)} e${"\u20dd".repeat(50)}`,
  "marks alone": "\u0301\u0302\u0303 \u0e31\u0e34 \u3099",
  "wide characters": "日本語テキスト全角ＡＢＣ한국어",
  "ambiguous width": "→←↑↓①②③ ±×÷ αβγ жшщ",
  "variation selectors": "☺︎☺️ ✔︎✔️ 0️⃣#️⃣",
  "a faked message": "line\n09:12 alice     never said this\n09:13 bob       nor this",
  "a faked notice": "\n\n sotto   the relay asks for your password:\n",
  "line separators": "one\u2028two\u2029three\u0085four",
  "private use and nonchars": "\ue000\uf8ff\ufffe\uffff\u{10ffff}\u{fffff}",
  tags: "\u{e0001}\u{e0041}\u{e0042}\u{e007f}hidden",
  links: `https://example.org/\u001b]8;;https://evil.example\u001b\\${"x".repeat(3000)}`,
  "a link with a fake": "https://good.example@evil.example/%0a%1b[31m javascript:alert(1) file:///etc/passwd",
  "a long line": "word".repeat(4000),
  "a long line of wide ones": "字".repeat(4000),
  tabs: "\t\t\tx\ty\t\tz",
};
const LINES = Array.from({ length: 5000 }, (_, at) => `${at % 10}`).join("\n");

let stage: Stage;
let mallory: Person;
let erin: Person;
let roomId: string;
let terminal: Terminal;

beforeAll(async () => {
  stage = await Stage.open();
  mallory = await stage.signUp("mallory");
  ({ roomId } = await mallory.call("room.create", { name: "hostile" }));
  erin = await away(stage, "erin", mallory, [roomId]);
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** Nothing but this was written, whatever was to be shown; and the terminal is as sotto took it. */
async function expectOwn(): Promise<void> {
  expect(foreignOnScreen(terminal.raw)).toEqual([]);
  expect(terminal.raw.includes("\u001b]52")).toBe(false);
  expect(await terminal.modes()).toMatchObject({ buffer: "alternate", 7: "2", 1000: "2", 1003: "2" });
}

/** The window has this size, and is drawn for it. */
async function drawnAt({ rows }: Size): Promise<void> {
  if (rows > 5) await terminal.shows(/#hostile>/, rows - 2);
}

test("the scan of the bytes sees what is not on the list", () => {
  for (const name of ["title", "clipboard", "questions", "C1 controls", "C0 controls", "bidi", "zero width"]) {
    expect([name, foreignOnScreen(Buffer.from(HOSTILE[name] ?? "")).length]).not.toEqual([name, 0]);
  }
});

describe("nothing that another member sends gives the terminal an order", () => {
  test.each(Object.keys(HOSTILE))("%s: it stands between its neighbours, and they are whole", async (name) => {
    const text = HOSTILE[name] ?? "";
    if (terminal === undefined) {
      terminal = await unlockFull(stage, erin);
      terminal.press(KEYS.alt("1"));
      await terminal.shows(inRoom("#hostile"));
    }
    const before = `before the ${name}`;
    const after = `after the ${name}`;
    await mallory.send(roomId, before);
    await mallory.send(roomId, text);
    await mallory.send(roomId, after);
    await terminal.shows(after);
    // The rows of sotto's own are where they were.
    const rows = terminal.visible;
    expect(rows[0]).toMatch(/^ #hostile /);
    expect(rows.at(-3)).toMatch(/^ online/);
    expect(rows.at(-2)).toMatch(/^#hostile> Message #hostile *$/);
    // Whose text it is stands at its first row, and nothing of it looks like a row of somebody else's.
    const end = rows.findLastIndex((row) => row.includes(after));
    const start = rows.findIndex((row) => row.includes(before));
    expect(rows[end]).toMatch(/^(?: \d\d:\d\d mallory| {8}) +after the /);
    for (const row of rows.slice(Math.max(1, start + 1), end)) {
      expect(row.slice(0, 15)).toMatch(/^(?: {15}| {7}│ {7}|[ !]\d\d:\d\d mallory *)/);
    }
    await expectOwn();
  });

  test("five thousand lines in one message can be scrolled through, and Escape and End lead out of it", async () => {
    expect(LINES.length).toBeLessThan(LIMITS.textBytesMax);
    await mallory.send(roomId, LINES);
    await mallory.send(roomId, "below the tower");
    await terminal.shows("below the tower");
    terminal.press(KEYS.pageUp);
    await terminal.hides("below the tower");
    await terminal.shows(/│ +\d *$/);
    // It is folded: a few pages further up stands what was said before it.
    for (let page = 0; page < 4; page++) terminal.press(KEYS.pageUp);
    await terminal.shows("字字字");
    terminal.press(KEYS.end);
    await terminal.shows("below the tower");
    await expectOwn();
  });

  test("all of it again from the vault, from the first message on, at each size", async () => {
    for (const size of [WIDE, { columns: 40, rows: 10 }, { columns: 12, rows: 5 }, { columns: 3, rows: 1 }, SMALL]) {
      terminal.resize(size);
      // Else the first message is looked for in the window of before.
      await drawnAt(size);
      terminal.press(KEYS.altHome);
      if (size.rows > 5) await terminal.shows("before the title");
      for (let page = 0; page < 12; page++) terminal.press(KEYS.pageDown);
      terminal.press(KEYS.end);
      if (size.rows > 5) await terminal.shows("below the tower");
    }
    await expectOwn();
  });

  test("found, selected and looked at", async () => {
    terminal.press(KEYS.ctrlR);
    await terminal.shows("search in #hostile");
    terminal.press("owned");
    await terminal.shows(/▸.*owned/);
    await expectOwn();
    terminal.press(KEYS.enter);
    await terminal.hides("search in #hostile");
    terminal.press(`${KEYS.up}i`);
    await terminal.shows("the relay has it");
    terminal.press(KEYS.escape);
    await terminal.hides("the relay has it");
    await expectOwn();
  });

  test("names of rooms are one word of plain text wherever they stand", async () => {
    const name = "den\u202e\u200b 👩‍👩‍👧‍👦 verified ✔";
    const made = await mallory.call("room.create", { name });
    await mallory.call("room.add", { roomId: made.roomId, username: "erin" });
    terminal.press(KEYS.end);
    await terminal.shows("below the tower");
    await terminal.shows(/you were added to #den/);
    terminal.press(KEYS.ctrlK);
    await terminal.shows("go to");
    terminal.press("#den");
    await terminal.shows(/▸ #den/);
    terminal.press(KEYS.enter);
    await terminal.shows(/^ #den/);
    await expectOwn();
  });
});
