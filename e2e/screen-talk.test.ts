/** Two people at two full screens and a third one beside them: talking, going about, scrolling, searching, pasting. */
import { LIMITS } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { away, inRoom, KEYS, pasted, SMALL, unlockFull, WIDE } from "./harness/full.ts";
import type { Person } from "./harness/person.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import { Stage } from "./harness/stage.ts";
import type { Terminal } from "./harness/terminal.ts";

let stage: Stage;
let carol: Person;
let alice: Terminal;
let bob: Terminal;
const rooms: Record<"den" | "ops" | "past", string> = { den: "", ops: "", past: "" };

beforeAll(async () => {
  stage = await Stage.open();
  carol = await stage.signUp("carol");
  for (const name of ["den", "ops", "past"] as const) {
    rooms[name] = (await carol.call("room.create", { name })).roomId;
  }
  const [one, other] = [
    await away(stage, "alice", carol, [rooms.den, rooms.ops, rooms.past]),
    await away(stage, "bob", carol, [rooms.den]),
  ];
  alice = await unlockFull(stage, one);
  bob = await unlockFull(stage, other, { size: WIDE });
  await alice.shows("No conversation is open.");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** The row of a text, from the top. */
function rowOf(terminal: Terminal, text: string): number {
  return terminal.visible.findIndex((row) => row.includes(text));
}

/** What stands above what is typed: unread elsewhere, connection. */
function status(terminal: Terminal): string {
  return terminal.visible.at(-3) ?? "";
}

describe("two people", () => {
  test("open the same conversation, one by its number, one by the next unread one", async () => {
    alice.press(KEYS.alt("1"));
    await alice.shows(inRoom("#den"));
    await carol.send(rooms.den, "welcome to the den");
    await alice.shows(/carol +welcome to the den/);
    await bob.shows(/●?1 #den +1/);
    bob.press(KEYS.alt("a"));
    await bob.shows(inRoom("#den"));
    await bob.shows(/carol +welcome to the den/);
  });

  test("talk, and each sees what the other says, with the name before it", async () => {
    alice.type("good morning bob");
    await bob.shows(/alice +good morning bob/);
    bob.type("good morning alice");
    await alice.shows(/bob +good morning alice/);
    // Her own has its place once the relay has it.
    await alice.shows(/you +good morning bob +✓/);
    expect(rowOf(alice, "good morning alice")).toBe(rowOf(alice, "good morning bob") + 1);
  });

  test("see at their own messages that the relay has them", async () => {
    await alice.shows(/you +good morning bob +✓/);
    await bob.shows(/you +good morning alice +✓/);
    expect(alice.visible.find((row) => row.includes("good morning alice"))).not.toContain("✓");
  });

  test("are each other's presence in the pane of a wide window", async () => {
    await bob.shows("MEMBERS 3");
    await bob.shows(/● alice/);
  });

  test("write several lines as one message", async () => {
    alice.press(`first line${KEYS.altEnter}second line`);
    await alice.shows("second line");
    alice.press(KEYS.enter);
    await bob.shows("second line");
    expect(rowOf(bob, "second line")).toBe(rowOf(bob, "first line") + 1);
    await carol.sees(rooms.den, "first line\nsecond line");
    expect(carol.told(rooms.den).filter(({ text }) => text === "first line\nsecond line")).toHaveLength(1);
  });
});

describe("going about", () => {
  test("what is new elsewhere is counted, and a mention is marked", async () => {
    await carol.send(rooms.ops, "nothing for you");
    await alice.shows(/2:ops 1(?!!)/);
    await carol.send(rooms.ops, "alice, can you look?");
    await alice.shows(/2:ops 2!/);
    expect(status(alice)).toContain("Alt-A ▸ ops");
  });

  test("Alt-a goes there, and a marker stands before what is new", async () => {
    alice.press(KEYS.alt("a"));
    await alice.shows(inRoom("#ops"));
    await alice.shows("2 new");
    expect(rowOf(alice, "nothing for you")).toBe(rowOf(alice, " 2 new ") + 1);
    await alice.hides("2:ops");
  });

  test("the marker stays while one is there, and is gone when one comes back", async () => {
    await carol.send(rooms.ops, "as you read");
    await alice.shows("as you read");
    expect(rowOf(alice, " 2 new ")).toBeGreaterThan(0);
    alice.press(KEYS.alt("1"));
    await alice.shows(inRoom("#den"));
    alice.press(KEYS.alt("2"));
    await alice.shows("as you read");
    expect(alice.visible.some((row) => / \d new /.test(row))).toBe(false);
  });

  test("what is half typed waits in its room", async () => {
    alice.press("half a thought");
    await alice.shows(inRoom("#ops", "half a thought"));
    alice.press(KEYS.alt("1"));
    await alice.shows(inRoom("#den"));
    alice.press(KEYS.alt("2"));
    await alice.shows(inRoom("#ops", "half a thought"));
    alice.press(KEYS.ctrlC);
    await alice.shows(inRoom("#ops"));
  });

  test("the palette goes to a room by some of its letters", async () => {
    alice.press(KEYS.ctrlK);
    await alice.shows("go to");
    alice.press("de");
    await alice.shows(/▸ #den/);
    alice.press(KEYS.enter);
    await alice.shows(inRoom("#den"));
  });

  test("the palette runs a command, and puts one that needs more into the line", async () => {
    alice.press(`${KEYS.ctrlK}>whoami`);
    await alice.shows(/▸ \/whoami/);
    alice.press(KEYS.enter);
    await alice.shows(/name +alice/);
    alice.press(KEYS.escape);
    await alice.hides("/whoami");
    alice.press(`${KEYS.ctrlK}>invite`);
    await alice.shows(/▸ \/invite/);
    alice.press(KEYS.enter);
    await alice.shows(inRoom("#den", "/invite"));
    alice.press(KEYS.ctrlC);
    await alice.shows(inRoom("#den"));
  });

  test("Tab completes commands and names", async () => {
    alice.press(`/wai${KEYS.tab}`);
    await alice.shows(inRoom("#den", "/waiting"));
    alice.press(`${KEYS.ctrlC}@bo${KEYS.tab}`);
    await alice.shows(inRoom("#den", "@bob"));
    alice.press(KEYS.ctrlC);
    await alice.shows(inRoom("#den"));
  });

  test("an unknown command is not sent, and what was typed stays", async () => {
    alice.type("/tlak bob");
    await alice.shows("there is no command /tlak");
    await alice.shows(inRoom("#den", "/tlak bob"));
    alice.press(KEYS.ctrlC);
    await alice.shows(inRoom("#den"));
  });
});

describe("a long conversation", () => {
  const COUNT = 230;

  beforeAll(async () => {
    for (let line = 1; line <= COUNT; line++) {
      await carol.send(rooms.past, line === 60 ? "the needle in the haystack" : `line ${line}.`);
    }
    await alice.shows(`3:past ${COUNT}`);
  });

  test("opens at its end, and Alt-u goes to the first new one", async () => {
    alice.press(KEYS.alt("3"));
    await alice.shows(`line ${COUNT}.`);
    alice.press(KEYS.alt("u"));
    await alice.shows(`${COUNT} new`);
    await alice.shows("line 1.");
  });

  test("is scrolled page by page to its start and back to its end", async () => {
    alice.press(KEYS.end);
    await alice.shows(`line ${COUNT}.`);
    for (let page = 0, top = COUNT; page < 4; page++) {
      alice.press(KEYS.pageUp);
      await alice.hides(`line ${top}.`);
      const shown = alice.visible.map((row) => /line (\d+)\./.exec(row)?.[1]).filter((line) => line !== undefined);
      expect(shown.length).toBeGreaterThan(15);
      // No hole, and nothing twice.
      expect(shown.map(Number)).toEqual(shown.map((_, at) => Number(shown[0]) + at));
      top = Number(shown[0]) + 1;
      if (page < 3) top = Number(shown.at(-1));
    }
    alice.press(KEYS.altHome);
    await alice.shows("line 1.");
    alice.press(KEYS.end);
    await alice.shows(`line ${COUNT}.`);
  });

  test("says what comes below while one reads further up, and End goes there", async () => {
    alice.press(KEYS.pageUp);
    await alice.hides(`line ${COUNT}.`);
    await carol.send(rooms.past, "meanwhile below");
    await alice.shows(/↓ 1 new · End/);
    expect(rowOf(alice, "meanwhile below")).toBe(-1);
    alice.press(KEYS.end);
    await alice.shows("meanwhile below");
    await alice.hides("↓ 1 new");
  });

  test("is searched as one types, also by the beginning of a word", async () => {
    alice.press(KEYS.ctrlR);
    await alice.shows("search in #past");
    alice.press("hayst");
    await alice.shows(/▸.*the needle in the haystack/);
    alice.press("z");
    await alice.shows("nothing found for");
    alice.press("\u007f");
    await alice.shows(/▸.*the needle in the haystack/);
  });

  test("is shown around what was found, and End leads back to the newest", async () => {
    alice.press(KEYS.enter);
    await alice.hides("search in #past");
    await alice.shows("the needle in the haystack");
    await alice.shows("line 59.");
    await alice.shows("line 61.");
    alice.press(KEYS.end);
    await alice.shows("meanwhile below");
  });

  test("is searched with all others, and the result leads into its room", async () => {
    alice.press(KEYS.alt("1"));
    await alice.shows(inRoom("#den"));
    alice.press(`${KEYS.ctrlF}needle`);
    await alice.shows(/▸.*#past/);
    alice.press(KEYS.enter);
    await alice.shows("line 61.");
    await alice.shows(inRoom("#past"));
  });

  test("keeps its place when the window changes, down to three columns in a row and back", async () => {
    const last = alice.visible.findLast((row) => /line \d+\./.test(row)) ?? "";
    alice.resize({ columns: 40, rows: 10 });
    await alice.shows(/^ #past .{0,34}$/);
    await alice.shows(/line \d+\./.exec(last)?.[0] ?? "none");
    alice.resize({ columns: 3, rows: 1 });
    await alice.shows(/\S/);
    expect(alice.visible).toHaveLength(1);
    alice.resize(SMALL);
    await alice.shows("the needle in the haystack");
    alice.press(KEYS.end);
    await alice.shows("meanwhile below");
  });
});

describe("a paste", () => {
  const lines = Array.from({ length: 40 }, (_, at) => `pasted ${at + 1}`);

  beforeAll(async () => {
    alice.press(KEYS.alt("1"));
    await alice.shows(inRoom("#den"));
  });

  test("of many lines waits in the composer, where it can be seen", async () => {
    alice.press(pasted(`${lines.join("\r")}\r`));
    await alice.shows("pasted 40");
    expect(carol.told(rooms.den).some(({ text }) => text.includes("pasted"))).toBe(false);
  });

  test("is one message after Enter", async () => {
    alice.press(KEYS.enter);
    await carol.sees(rooms.den, lines.join("\n"));
    expect(carol.told(rooms.den).filter(({ text }) => text.includes("pasted"))).toHaveLength(1);
    await alice.shows(inRoom("#den"));
  });

  test("that is too long for a message is refused with its size, and kept", async () => {
    const long = "too long for it ".repeat(Math.ceil(LIMITS.textBytesMax / 16) + 10);
    alice.press(pasted(`${long}end`));
    await alice.shows(new RegExp(`${long.length + 3} bytes`));
    alice.press(KEYS.enter);
    await alice.shows("not sent");
    await alice.shows(/long for it end/);
    expect(carol.told(rooms.den).some(({ text }) => text.includes("too long"))).toBe(false);
    alice.press(KEYS.ctrlC);
    await alice.shows(inRoom("#den"));
  });

  test("with commands and escape sequences in it is text", async () => {
    alice.press(pasted("/quit\r\u001b[31mred\u0007"));
    await alice.shows("red");
    alice.press(KEYS.ctrlC);
    await alice.shows(inRoom("#den"));
  });
});

test("nothing but sequences of its own was written by either", () => {
  expect(foreignOnScreen(alice.raw)).toEqual([]);
  expect(foreignOnScreen(bob.raw)).toEqual([]);
});
