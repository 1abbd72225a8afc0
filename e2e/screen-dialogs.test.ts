/** What lies over the conversation: safety words, the link with its QR code, the operator's questions, help. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inRoom, KEYS, unlockFull, WIDE } from "./harness/full.ts";
import type { Person } from "./harness/person.ts";
import { expectQr, QR_ROW } from "./harness/qr-on-screen.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import { Stage } from "./harness/stage.ts";
import type { Terminal } from "./harness/terminal.ts";

let stage: Stage;
let carol: Person;
let alice: Terminal;
let bob: Terminal;

beforeAll(async () => {
  stage = await Stage.open();
  // The first account is the operator's.
  const operator = await stage.signUp("alice");
  const { roomId } = await operator.call("room.create", { name: "den" });
  carol = await stage.signUp("carol");
  await carol.call("room.join", { link: (await operator.call("room.link", { roomId })).link });
  const other = await stage.signUp("bob");
  await other.call("room.join", { link: (await operator.call("room.link", { roomId })).link });
  await operator.kill("SIGTERM");
  await other.kill("SIGTERM");
  alice = await unlockFull(stage, operator, { size: WIDE });
  bob = await unlockFull(stage, other);
  for (const terminal of [alice, bob]) {
    terminal.press(KEYS.alt("1"));
    await terminal.shows(inRoom("#den"));
  }
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

async function close(terminal: Terminal, title: string): Promise<void> {
  terminal.press(KEYS.escape);
  await terminal.hides(title);
}

/** The twelve words of the dialog, as they are read. */
function wordsOf(terminal: Terminal): readonly string[] {
  return terminal.visible.flatMap((row) => /│ {3}([a-z]+(?: +[a-z]+){3}) +│/.exec(row)?.[1]?.split(/ +/) ?? []);
}

describe("safety words", () => {
  test("are the same twelve at both", async () => {
    alice.type("/verify bob");
    bob.type("/verify alice");
    await alice.shows("they match");
    await bob.shows("they match");
    expect(wordsOf(alice)).toHaveLength(12);
    expect(wordsOf(alice)).toEqual(wordsOf(bob));
  });

  test("have no answer that Enter gives, and Escape puts it off", async () => {
    bob.press(KEYS.enter);
    bob.press(" ");
    await bob.shows("they match");
    await close(bob, "safety words with");
    await bob.shows("verified 0/2");
  });

  test("that match make the person verified", async () => {
    alice.press("y");
    await alice.hides("safety words with");
    await alice.shows("verified 1/2");
    await alice.shows(/ bob .*✔/);
  });

  test("that do not match say what to do, and nobody is verified", async () => {
    bob.type("/verify carol");
    await bob.shows("they do not match");
    bob.press("n");
    await bob.shows(/⚠|→/);
    await close(bob, "safety words with");
    await bob.shows("verified 0/2");
  });
});

describe("the link of a room", () => {
  test("stands with its QR code, whole, where there is room", async () => {
    alice.type("/link");
    await alice.shows("y copies it");
    expectQr(alice, alice.visible);
    await alice.shows("sotto://");
  });

  test("is text alone after t, without anything before or behind its rows", async () => {
    alice.press("t");
    await alice.shows("t shows the QR code");
    expect(alice.visible.some((row) => QR_ROW.test(row))).toBe(false);
    const at = alice.visible.findIndex((row) => row.startsWith("sotto://"));
    const rows = alice.visible.slice(at);
    const text = rows
      .slice(
        0,
        rows.findIndex((row) => row.trim() === ""),
      )
      .join("")
      .trimEnd();
    const { roomId } = (await carol.call("room.list", {}))[0] ?? { roomId: "" };
    expect(text).toBe((await carol.call("room.link", { roomId })).link);
  });

  test("is copied by y, and that is said", async () => {
    const { roomId } = (await carol.call("room.list", {}))[0] ?? { roomId: "" };
    const { link } = await carol.call("room.link", { roomId });
    alice.press("y");
    await alice.shows("copied");
    expect(alice.raw.includes(`\u001b]52;c;${Buffer.from(link).toString("base64")}\u001b\\`)).toBe(true);
    await close(alice, "link of #den");
  });

  test("says where there is no room for the code, and shows the text", async () => {
    bob.type("/link");
    await bob.shows("The QR code needs");
    await bob.shows("sotto://");
    expect(bob.visible.some((row) => QR_ROW.test(row))).toBe(false);
    await close(bob, "link of #den");
  });

  test("of a new room stands nowhere in it, and who types on as it is made loses nothing", async () => {
    alice.type("/create attic");
    await alice.shows(inRoom("#attic"));
    alice.type("nobody here yet");
    await alice.shows(/nobody here yet.*✓/);
    await alice.shows("you made this room");
    await alice.shows("/link shows the link");
    expect(alice.visible.join("")).not.toContain("sotto://");
  });
});

describe("what the operator does", () => {
  test("to stop the relay is asked first, and Enter answers nothing", async () => {
    alice.type("/stop");
    await alice.shows("stop the relay for everybody?");
    alice.press(KEYS.enter);
    await alice.shows("stop the relay for everybody?");
    alice.press("n");
    await alice.hides("stop the relay for everybody?");
    await alice.shows("the relay goes on");
  });

  test("Escape is no", async () => {
    alice.type("/stop");
    await alice.shows("stop the relay for everybody?");
    await close(alice, "stop the relay for everybody?");
    await bob.shows("online");
  });

  test("what ends for good is asked too: rooms that are left, people who are taken out, passwords", async () => {
    alice.press(KEYS.alt("1"));
    await alice.shows(inRoom("#den"));
    for (const [command, question] of [
      ["/remove carol", /take carol out of #den/],
      ["/leave", /leave #den/],
      ["/regen", /end the access password/],
    ] as const) {
      alice.type(command);
      await alice.shows(/y yes/);
      await alice.shows(question);
      await close(alice, "y yes");
    }
    expect(await carol.call("room.list", {})).toHaveLength(1);
  });

  test("another access password comes with its link, as text that can be copied whole", async () => {
    alice.type("/regen");
    await alice.shows("end the access password");
    alice.press("y");
    const password = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/.exec(await alice.shows("new access password"))?.[0];
    await alice.shows("y copies it");
    const at = alice.visible.findIndex((row) => row.startsWith("sotto://"));
    expect(
      alice.visible
        .slice(at, at + 2)
        .join("")
        .trimEnd(),
    ).toMatch(new RegExp(`^sotto://\\S+&a=${password}$`));
    await close(alice, "new access password");
    await alice.shows("the old access password does not work any more");
    expect(alice.visible.join("")).not.toContain("sotto://");
  });

  test("is refused to others, with what to do", async () => {
    bob.type("/kick carol");
    await bob.shows("that is not allowed");
  });

  test("a kick says that the person can come back, and they do", async () => {
    alice.type("/kick bob");
    await alice.shows("bob is disconnected, and can come back");
    await bob.shows(/online · e2ee ok/);
  });

  test("yes stops it, and everybody sees that", async () => {
    alice.type("/stop");
    await alice.shows("stop the relay for everybody?");
    alice.press("y");
    await stage.relay.ended();
    await alice.shows("the relay stops");
    await bob.shows(/offline|not connected/);
    await stage.relay.start();
    await bob.shows(/online · e2ee ok/);
  });
});

describe("help", () => {
  test("F1 shows keys and commands", async () => {
    bob.press(KEYS.f1);
    await bob.shows("keys and commands");
    await bob.shows(/Ctrl-K.*go to a room or person/);
  });

  test("is searched by typing", async () => {
    bob.press("verif");
    await bob.shows("/verify NAME");
    await bob.hides("Ctrl-K, Ctrl-P");
    bob.press(KEYS.escape);
    await bob.hides("/verify NAME");
  });

  test("? opens it while nothing is typed, and is text else", async () => {
    if (bob.visible.some((row) => row.includes("keys and commands"))) await close(bob, "keys and commands");
    bob.press("why?");
    await bob.shows(inRoom("#den", "why?"));
    bob.press(KEYS.ctrlC);
    await bob.shows(inRoom("#den"));
    bob.press("?");
    await bob.shows("keys and commands");
    await close(bob, "keys and commands");
  });
});

test("nothing but sequences of its own was written, and one text for the clipboard", () => {
  const [copied, ...more] = alice.raw.toString().match(/\u001b\]52;c;[A-Za-z0-9+/=]+\u001b\\/g) ?? [];
  expect([copied === undefined, more]).toEqual([false, []]);
  expect(foreignOnScreen(Buffer.from(alice.raw.toString().replace(copied ?? "", "")))).toEqual([]);
  expect(foreignOnScreen(bob.raw)).toEqual([]);
});
