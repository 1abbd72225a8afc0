/** A person with two devices at two full screens: coming in with the phrase, both in the talk, one shut out by the other. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "./harness/code.ts";
import { expectRefused } from "./harness/expect-code.ts";
import { inRoom, inRooms, KEYS, ONLINE, openFull, unlockFull } from "./harness/full.ts";
import type { Person } from "./harness/person.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import { Stage } from "./harness/stage.ts";
import type { Terminal } from "./harness/terminal.ts";

let stage: Stage;
let carol: Person;
let dave: Person;
let roomId: string;
let first: Terminal;
let second: Terminal;
const profile = (): string => `${stage.dir}/carol-second`;

beforeAll(async () => {
  stage = await Stage.open();
  carol = await stage.signUp("carol");
  dave = await stage.signUp("dave");
  ({ roomId } = await dave.call("room.create", { name: "kitchen" }));
  await inRooms(carol, dave, [roomId]);
  await dave.send(roomId, "before the second");
  await carol.sees(roomId, "before the second");
  await carol.kill("SIGTERM");
  first = await unlockFull(stage, carol);
  first.press(KEYS.alt("1"));
  await first.shows(inRoom("#kitchen"));
  await first.shows("before the second");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** The words that stand with their numbers on the screen. */
function phraseOn(terminal: Terminal): readonly string[] {
  const words: string[] = [];
  for (const row of terminal.visible.filter((one) => /^[│ ]+\d+ [a-z]+ +\d+ [a-z]+ /.test(one)))
    for (const [, number, word = ""] of row.matchAll(/(\d+) ([a-z]+)/g)) words[Number(number) - 1] = word;
  return words;
}

describe("signing in with 2 in the first dialog", () => {
  beforeAll(async () => {
    second = openFull(stage, profile(), { args: [stage.relay.link] });
    await second.shows("1, 2 or 3:");
    second.press("2");
  });

  test("a wrong phrase is said, and leads back to the menu", async () => {
    await second.shows("user name:");
    second.type("carol");
    await second.shows("password:");
    second.type(carol.password);
    await second.shows("recovery phrase");
    second.type(dave.recoveryPhrase);
    await second.shows("code from the authenticator app");
    second.type(carol.backupCodes[0] ?? "");
    await second.shows("name, password or recovery phrase is wrong");
    await second.shows(/1, 2 or 3: *│/);
  });

  test("name, password, phrase and code bring the device in, and its rooms come by themselves", async () => {
    second.press("2");
    await second.shows(/user name.*: *│/);
    second.type("carol");
    await second.shows(/password: *│/);
    second.type(carol.password);
    await second.shows(/recovery phrase.*: *│/);
    second.type(carol.recoveryPhrase);
    await second.shows(/code from the authenticator app.*: *│/);
    second.type(codeOf(carol.totpUri, 1));
    await second.shows("signed in as a new device");
    await second.shows("you were added to #kitchen");
    second.press(KEYS.alt("1"));
    await second.shows(inRoom("#kitchen"));
  });
});

describe("both devices", () => {
  test("receive what others say, and what the other one says stands as one's own", async () => {
    await dave.send(roomId, "hello to both");
    await first.shows(/dave +hello to both/);
    await second.shows(/dave +hello to both/);
    second.type("from the second");
    await first.shows(/you +from the second/);
    first.type("from the first");
    await second.shows(/from the first/);
    await dave.sees(roomId, "from the second");
    await dave.sees(roomId, "from the first");
    // A new device gets no history.
    expect(second.visible.join("\n")).not.toContain("before the second");
  });

  test("are listed by /devices, at each with itself marked", async () => {
    first.type("/devices");
    await first.shows("2 devices:");
    await first.shows(/device 1 \(this one\) +added/);
    await first.shows(/device 2 +added/);
    second.type("/devices");
    await second.shows(/device 2 \(this one\) +added/);
    await second.shows(/device 1 +added/);
  });
});

describe("shutting a device out", () => {
  test("is asked first: Enter answers nothing, and n leaves it in", async () => {
    second.type("/revoke 1");
    await second.shows("shut it out for good?");
    second.press(KEYS.enter);
    await second.shows("shut it out for good?");
    second.press("n");
    await second.shows("the device stays");
    await second.hides("shut it out for good?");
    await dave.send(roomId, "still to both");
    await first.shows("still to both");
  });

  test("ends the other one after a yes", async () => {
    second.type("/revoke 1");
    await second.shows("shut it out for good?");
    second.press("y");
    await second.shows("device 1 is revoked");
    second.type("/devices");
    await second.shows("1 device:");
  });

  test("whose screen says so plainly, and sends nothing any more", async () => {
    await first.shows(/✗ not connected: this device was shut out/);
    first.type("am I still here?");
    await first.shows(/✗ not sent: this device was shut out/);
    await dave.send(roomId, "only for the second");
    await second.shows("only for the second");
    second.type("heard by dave");
    await dave.sees(roomId, "heard by dave");
    expect(dave.told(roomId).map(({ text }) => text)).not.toContain("am I still here?");
    expect(first.visible.join("\n")).not.toContain("only for the second");
  });

  test("and whose history stays readable, also after another start", async () => {
    first.type("/quit");
    expect(await first.ended).toBe(0);
    const again = await unlockFull(stage, carol, { until: /not connected/ });
    await again.shows(inRoom("#kitchen"));
    await again.shows(/✗ not connected: this device was shut out/);
    again.press(KEYS.altHome);
    await again.shows("before the second");
    again.press(`${KEYS.ctrlR}hello`);
    await again.shows(/▸.*hello to both/);
    again.press(KEYS.escape);
    await again.hides("search in #kitchen");
    again.type("/quit");
    expect(await again.ended).toBe(0);
    expect(again.lines.join("\n")).not.toContain("only for the second");
    expect(foreignOnScreen(again.raw)).toEqual([]);
  });
});

describe("/recovery", () => {
  let fresh: readonly string[];

  test("asks for the phrase of now, and gives another one", async () => {
    second.type("/recovery");
    await second.shows("the recovery phrase that you have now");
    second.type(carol.recoveryPhrase);
    await second.shows(/word \d+ \(Enter skips\)/);
    fresh = phraseOn(second);
    expect(fresh.filter((word) => word !== "")).toHaveLength(12);
    expect(fresh.join(" ")).not.toBe(carol.recoveryPhrase);
    for (let asked = 0; asked < 2; asked++) {
      const row = await second.shows(/word \d+ \(Enter skips\): *│?$/);
      const number = Number(/word (\d+)/.exec(row)?.[1]);
      second.type(fresh[number - 1] ?? "");
      if (asked === 0) await second.shows(`word ${number} (Enter skips): ${fresh[number - 1]}`);
    }
    await second.hides("(Enter skips)");
    await second.shows(inRoom("#kitchen"));
    await second.shows(ONLINE);
  });

  test("after which the old phrase lets nobody in, and the new one does", async () => {
    const [, one = "", other = ""] = carol.backupCodes;
    const third = stage.person("carol-third");
    await third.start();
    const signIn = (recoveryPhrase: string, code: string) => {
      const { password } = carol;
      return third.call("account.signIn", {
        link: stage.relay.link,
        username: "carol",
        password,
        code,
        recoveryPhrase,
      });
    };
    await expectRefused(signIn(carol.recoveryPhrase, one), "bad-credentials");
    expect(await signIn(fresh.join(" "), other)).toMatchObject({ accountId: carol.accountId });
  });

  test("and no phrase of before or password was shown, nor anything that is not sotto's own", async () => {
    second.type("/quit");
    expect(await second.ended).toBe(0);
    for (const secret of [carol.password, carol.recoveryPhrase]) expect(second.raw.includes(secret)).toBe(false);
    expect(foreignOnScreen(second.raw)).toEqual([]);
    expect(foreignOnScreen(first.raw)).toEqual([]);
  });
});
