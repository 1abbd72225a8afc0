/** The full screen from a link to the first message, and what a profile that is there already looks like. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wrongCode } from "./harness/code.ts";
import {
  answerUpToCode,
  codeOnScreen,
  inRoom,
  inRooms,
  KEYS,
  ONLINE,
  openFull,
  PASSWORD,
  SMALL,
  unlockFull,
} from "./harness/full.ts";
import type { Person } from "./harness/person.ts";
import { expectQr, QR_ROW } from "./harness/qr-on-screen.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import { Stage } from "./harness/stage.ts";
import type { Terminal } from "./harness/terminal.ts";

let stage: Stage;
let bob: Person;
let welcome: { readonly roomId: string; readonly link: string };

beforeAll(async () => {
  stage = await Stage.open();
  bob = await stage.signUp("bob");
  welcome = await bob.call("room.create", { name: "welcome" });
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** The rows of four numbered words. */
function phraseOn(terminal: Terminal): string {
  return terminal.visible.filter((row) => /^│ +\d+ [a-z]+ +\d+ [a-z]+ /.test(row)).join("\n");
}

describe("somebody who has never seen it, with the link of a room", () => {
  let alice: Terminal;

  beforeAll(() => {
    alice = openFull(stage, `${stage.dir}/t-alice`, { args: [welcome.link] });
  });

  test("is told where the link leads, and is asked what to do", async () => {
    await alice.shows("reachable; it is the relay that the link names");
    await alice.shows("1  create an account");
  });

  test("sees the second factor whole: QR code, secret below it and the question on one screen of 80 by 24", async () => {
    await answerUpToCode(alice, "alice");
    const { visible } = alice;
    expect(visible).toHaveLength(24);
    expectQr(alice, visible);
    const code = visible.findLastIndex((line) => QR_ROW.test(line));
    const secret = visible.findIndex((line) => line.startsWith("secret: "));
    const question = visible.findIndex((line) => line.startsWith("code that the app shows"));
    expect([secret, question]).toEqual([secret, secret + 1]);
    expect(secret).toBeGreaterThan(code);
  });

  test("can have the text without the picture", async () => {
    alice.press("t");
    await alice.shows("uri: otpauth://");
    expect(alice.visible.some((line) => QR_ROW.test(line))).toBe(false);
    alice.press("t");
    await alice.hides("uri: otpauth://");
    expectQr(alice, alice.visible);
  });

  test("types a wrong code and is asked for it again, with the secret still there", async () => {
    const secret = (await alice.shows("secret:")).replace(/^.*secret:/, "").replace(/[^A-Z2-7]/g, "");
    alice.type("12345");
    await alice.shows("a code is 6 digits");
    alice.type(wrongCode(`otpauth://totp/sotto?secret=${secret}`));
    await alice.shows("the code is wrong");
    await alice.shows("secret:");
    await alice.shows("uri: otpauth://");
    alice.press(KEYS.pageUp);
    await alice.shows(QR_ROW);
    expectQr(alice, alice.visible);
    alice.press(KEYS.pageDown);
    await alice.shows("secret:");
  });

  test("gets backup codes and recovery phrase, and is asked for words of it", async () => {
    alice.type(await codeOnScreen(alice));
    await alice.shows("backup codes");
    await alice.shows(/word [0-9]+ \(Enter skips\)/);
    for (let count = 0; count < 2; count++) {
      const number = Number(/word (\d+)/.exec(await alice.shows(/word [0-9]+ \(Enter skips\): *│?$/))?.[1]);
      const word = new RegExp(`(?: |^)${number} ([a-z]+)`).exec(phraseOn(alice))?.[1];
      alice.type(word ?? "");
      if (count === 0) await alice.shows(`word ${number} (Enter skips): ${word}`);
    }
  });

  test("is in the room of the link then, and writes there", async () => {
    await alice.shows("you joined by the link");
    await alice.shows(inRoom("#welcome"));
    alice.type("hello from the full screen");
    await bob.sees(welcome.roomId, "hello from the full screen");
    await alice.shows(/hello from the full screen +✓/);
  });

  test("has shown neither the password nor anything that is not its own to the terminal", async () => {
    alice.type("/quit");
    expect(await alice.ended).toBe(0);
    expect(alice.raw.includes(PASSWORD)).toBe(false);
    expect(foreignOnScreen(alice.raw)).toEqual([]);
  });
});

/** A person who types with two fingers, and reads what stands there before each answer. */
const KEY_MS = 120;
const READING_MS = 4000;

test("from the link to the first message there are seven questions and a hundred keys, well under a minute by hand", async () => {
  const terminal = openFull(stage, `${stage.dir}/t-quick`, { args: [welcome.link] });
  let keys = 0;
  let questions = 0;
  /** @param enter - a choice is one key, without it. */
  async function answer(question: RegExp, text: (row: string) => string | Promise<string>, enter: string = KEYS.enter) {
    const row = await terminal.shows(question);
    const typed = `${await text(row)}${enter}`;
    terminal.press(typed);
    questions++;
    keys += typed.length;
  }
  // What is not in this list, and asked for all the same, would be waited for in vain.
  await answer(/1, 2 or 3: *│/, () => "1", "");
  await answer(/user name: *│/, () => "quick");
  await answer(/new password: *│/, () => PASSWORD);
  await answer(/the same password again: *│/, () => PASSWORD);
  await answer(/6 digits: *│?$/, () => codeOnScreen(terminal));
  let first = "";
  for (let count = 0; count < 2; count++) {
    // The second one is another word than the first.
    const question = new RegExp(`word (?!${first} )\\d+ \\(Enter skips\\): *│?$`);
    await answer(question, (row) => {
      first = /word (\d+)/.exec(row)?.[1] ?? "";
      return new RegExp(`(?: |^)${first} ([a-z]+)`).exec(phraseOn(terminal))?.[1] ?? "";
    });
  }
  await terminal.shows(inRoom("#welcome"));
  const text = "hello, it is me";
  terminal.type(text);
  keys += text.length + 1;
  await bob.sees(welcome.roomId, text);
  expect(questions).toBe(7);
  expect(keys).toBeLessThanOrEqual(100);
  // The rest of the minute is for the machine: looking for the relay, stretching the password, joining.
  expect(keys * KEY_MS + (questions + 1) * READING_MS).toBeLessThan(45_000);
  terminal.type("/quit");
  expect(await terminal.ended).toBe(0);
});

test("a taken name leads back to the menu, and Esc does", async () => {
  const terminal = openFull(stage, `${stage.dir}/t-second`, { args: [stage.relay.link] });
  await terminal.shows("1, 2 or 3:");
  terminal.press("1");
  await terminal.shows("user name:");
  terminal.type("bob");
  await terminal.shows("new password:");
  terminal.type(PASSWORD);
  await terminal.shows("the same password again:");
  terminal.type(PASSWORD);
  await terminal.shows("that name is taken");
  await terminal.shows(/1, 2 or 3: *│/);
  terminal.press("1");
  await terminal.shows(/user name: *│/);
  terminal.press(KEYS.escape);
  await terminal.shows(/1, 2 or 3: *│/);
  terminal.press("3");
  expect(await terminal.ended).toBe(0);
});

test("without a link it asks for one, and a wrong one is asked for again", async () => {
  const terminal = openFull(stage, `${stage.dir}/t-asked`);
  await terminal.shows("1, 2 or 3:");
  terminal.press("1");
  await terminal.shows("link (somebody who is in gives it to you):");
  terminal.type("https://example.org/");
  await terminal.shows("that is not a sotto link");
  terminal.type(stage.relay.link);
  await terminal.shows("user name:");
  terminal.press(KEYS.ctrlC + KEYS.ctrlC);
  expect(await terminal.ended).toBe(0);
});

test("a window that is too small for the QR code says so and shows the secret as text", async () => {
  const terminal = openFull(stage, `${stage.dir}/t-small`, {
    args: [stage.relay.link],
    size: { columns: 80, rows: 15 },
  });
  await answerUpToCode(terminal, "small");
  await terminal.shows("he QR code needs");
  await terminal.shows("secret: ");
  expect(terminal.visible.some((line) => QR_ROW.test(line))).toBe(false);
  // Nothing is lost where the window grows.
  terminal.resize(SMALL);
  await terminal.shows(QR_ROW);
  expectQr(terminal, terminal.visible);
});

test("where the locale is French it speaks French, from the menu to the conversation", async () => {
  const profile = `${stage.dir}/t-french`;
  const terminal = openFull(stage, profile, { args: [welcome.link], env: { LANG: "fr_FR.UTF-8" } });
  await terminal.shows("1  créer un compte");
  terminal.press("1");
  for (const [question, answer] of [
    [/nom d'utilisateur/, "dominique"],
    [/nouveau mot de passe/, PASSWORD],
    [/même mot de passe/, PASSWORD],
  ] as const) {
    await terminal.shows(question);
    terminal.type(answer);
  }
  terminal.type(await codeOnScreen(terminal));
  await terminal.shows(/mot \d+/);
  terminal.type("");
  await terminal.shows("#welcome> ");
  await terminal.shows("en ligne");
  terminal.press(KEYS.f1);
  await terminal.shows("touches et commandes");
});

describe("a profile that is there already", () => {
  let carol: Person;
  let roomId: string;

  beforeAll(async () => {
    carol = await stage.signUp("carol");
    ({ roomId } = await bob.call("room.create", { name: "again" }));
    await inRooms(carol, bob, [roomId]);
    await carol.kill("SIGTERM");
  });

  test("asks for its password again where that was wrong, and says so", async () => {
    const terminal = openFull(stage, carol.profile);
    await terminal.shows("password:");
    terminal.type("not the password");
    await terminal.shows("wrong password");
    terminal.type(carol.password);
    await terminal.shows("No conversation is open.");
    terminal.press(KEYS.alt("1"));
    await terminal.shows(inRoom("#again"));
    terminal.type("/quit");
    expect(await terminal.ended).toBe(0);
    expect(terminal.raw.includes("not the password")).toBe(false);
  });

  test("opens where it was left, with what came meanwhile below the marker", async () => {
    await bob.send(roomId, "are you there?");
    const terminal = await unlockFull(stage, carol);
    await terminal.shows("1 new");
    const marker = terminal.visible.findIndex((row) => row.includes("1 new"));
    expect(terminal.visible[marker + 1]).toContain("are you there?");
    terminal.type("/quit");
    expect(await terminal.ended).toBe(0);
  });

  test("is refused in a line while another sotto has it, before the screen is touched", async () => {
    const first = await unlockFull(stage, carol);
    const second = openFull(stage, carol.profile);
    expect(await second.ended).toBe(1);
    expect(second.lines.filter((line) => line !== "")).toEqual([
      "sotto: another sotto has this profile open",
      "hint: close it, or take another profile with --profile DIR",
    ]);
    expect(second.raw.includes("\u001b")).toBe(false);
    first.type("/quit");
    expect(await first.ended).toBe(0);
  });

  test("where two ask for its password at once, the second one is told which of them has it", async () => {
    const [first, second] = [openFull(stage, carol.profile), openFull(stage, carol.profile)];
    await first.shows("password:");
    await second.shows("password:");
    first.type(carol.password);
    await first.shows(ONLINE);
    second.type(carol.password);
    expect(await second.ended).toBe(1);
    expect(second.lines.join("\n")).toContain("another sotto has this profile open");
    expect(await second.modes()).toMatchObject({ buffer: "normal", 7: "1", 25: "1", 1004: "2", 2004: "2" });
    first.type("/quit");
    expect(await first.ended).toBe(0);
  });

  test("opens without the relay, says that it is offline, and goes on once it is there", async () => {
    await stage.relay.kill("SIGTERM");
    const terminal = openFull(stage, carol.profile);
    await terminal.shows("password:");
    terminal.type(carol.password);
    await terminal.shows(/offline · next try in \d+ s/);
    await terminal.shows("are you there?");
    await stage.relay.start();
    await terminal.shows(ONLINE);
  });
});
