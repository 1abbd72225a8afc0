/** A person with two devices: signing in with the phrase, both in the room, one shut out by the other; what others see. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "./harness/code.ts";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { sottoFile, stretchInEarnest } from "./harness/program.ts";
import { isIn, signInAgain } from "./harness/second-device.ts";
import { Stage } from "./harness/stage.ts";
import { Terminal } from "./harness/terminal.ts";

stretchInEarnest();

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

function notices(person: Person): string[] {
  return person.run.notes.flatMap((note) => (note.type === "notice" ? [note.text] : []));
}

function hears(person: Person, about: RegExp): Promise<unknown> {
  return person.until(() => notices(person).find((text) => about.test(text)), String(about));
}

describe("by JSON-RPC", () => {
  let alice: Person;
  let bob: Person;
  let tablet: Person;
  let roomId: string;

  test("who signs in with the phrase gets a second device, and bob a line about it", async () => {
    [alice, bob] = await stage.signUpAll("alice", "bob");
    const made = await alice.call("room.create", { name: "general" });
    roomId = made.roomId;
    await bob.call("room.join", { link: made.link });
    await alice.send(roomId, "before the tablet");
    await bob.sees(roomId, "before the tablet");
    const { roomId: direct } = await alice.call("direct.open", { username: "bob" });
    await alice.send(direct, "just us");
    await bob.sees(direct, "just us");
    tablet = await signInAgain(stage, alice, "alice-tablet", stage.relay.link);
    await hears(bob, /alice.*device/);
    const devices = await tablet.call("device.list", {});
    expect(devices.map(({ name, own }) => ({ name, own }))).toEqual([
      { name: "device 1", own: false },
      { name: "device 2", own: true },
    ]);
    expect(await alice.call("device.list", {})).toEqual(devices.map((device) => ({ ...device, own: !device.own })));
  });

  test("both devices are in the room and in the conversation: what bob says reaches both, and both answer", async () => {
    await isIn(tablet, roomId);
    await bob.send(roomId, "hello to both");
    await alice.sees(roomId, "hello to both");
    await tablet.sees(roomId, "hello to both");
    await tablet.send(roomId, "from the tablet");
    expect(await bob.sees(roomId, "from the tablet")).toMatchObject({ sender: "alice", senderId: alice.accountId });
    expect(await alice.sees(roomId, "from the tablet")).toMatchObject({ sender: "alice" });
    await alice.send(roomId, "from the first");
    await tablet.sees(roomId, "from the first");
    const { roomId: direct } = await bob.call("direct.open", { username: "alice" });
    await isIn(tablet, direct);
    await bob.send(direct, "just the three of us");
    await tablet.sees(direct, "just the three of us");
    // A joiner sees nothing from before it came, and is one member with the first device.
    expect((await tablet.history(roomId)).map(({ text }) => text)).not.toContain("before the tablet");
    expect(await bob.call("room.members", { roomId })).toHaveLength(2);
  });

  test("safety words are the same on every device of both, and who is verified stays so", async () => {
    const words = await Promise.all([
      bob.call("contact.safetyWords", { username: "alice" }),
      alice.call("contact.safetyWords", { username: "bob" }),
      tablet.call("contact.safetyWords", { username: "bob" }),
    ]);
    expect(new Set(words.map((each) => each.words)).size).toBe(1);
    expect(words[0]?.words.split(" ")).toHaveLength(12);
    expect(words.map(({ verified }) => verified)).toEqual([false, false, false]);
    await bob.call("contact.verify", { username: "alice" });
    await bob.kill();
    await bob.comeBack();
    expect(await bob.call("contact.safetyWords", { username: "alice" })).toEqual({
      words: words[0]?.words,
      verified: true,
    });
    await expectRefused(bob.call("contact.safetyWords", { username: "nobody" }), "unknown-user");
    await expectRefused(bob.call("contact.verify", { username: "nobody" }), "unknown-user");
  });

  test("the tablet shuts the first out: it can read what it had, send nothing, and hears nothing more", async () => {
    const [first] = await tablet.call("device.list", {});
    if (first === undefined) throw new Error("there is no first device");
    await tablet.call("device.revoke", { deviceId: first.deviceId });
    await hears(bob, /alice.*revoked/);
    await alice.until((notes) => {
      const last = notes.findLast((note) => note.type === "connection");
      return last?.type === "connection" && last.state === "offline" && last.retryAt === undefined;
    }, "the end of its connection");
    await bob.send(roomId, "after the first is gone");
    await tablet.sees(roomId, "after the first is gone");
    await tablet.send(roomId, "still here");
    await bob.sees(roomId, "still here");
    await expectRefused(alice.send(roomId, "let me in"), "device-revoked");
    await expectRefused(alice.call("users.list", {}), "device-revoked");
    const kept = (await alice.history(roomId)).map(({ text }) => text);
    expect(kept).toContain("before the tablet");
    expect(kept).not.toContain("after the first is gone");
    expect(await tablet.call("device.list", {})).toMatchObject([{ name: "device 2", own: true }]);
    expect(await bob.call("room.members", { roomId })).toHaveLength(2);
  });

  test("the one that is shut out stays out after a restart, and its person comes back as a third device", async () => {
    await alice.kill();
    await alice.start();
    await alice.unlock();
    await expectRefused(alice.send(roomId, "once more"), "device-revoked");
    expect((await alice.history(roomId)).map(({ text }) => text)).toContain("before the tablet");
    const third = await signInAgain(stage, alice, "alice-third", stage.relay.link);
    await isIn(third, roomId);
    await bob.send(roomId, "welcome back");
    await third.sees(roomId, "welcome back");
    expect((await third.call("device.list", {})).map(({ name }) => name)).toEqual(["device 2", "device 3"]);
  });

  test("a wrong phrase, password or code lets nobody in and leaves no profile", async () => {
    const stranger = stage.person("stranger");
    await stranger.start();
    const right = {
      link: stage.relay.link,
      username: "bob",
      password: bob.password,
      recoveryPhrase: bob.recoveryPhrase,
    };
    const [code = ""] = bob.backupCodes;
    const signIn = (change: object) => stranger.call("account.signIn", { ...right, code, ...change });
    await expectRefused(signIn({ recoveryPhrase: tablet.name }), "bad-credentials");
    await expectRefused(signIn({ recoveryPhrase: alice.recoveryPhrase }), "bad-credentials");
    await expectRefused(signIn({ password: "not the password" }), "bad-credentials");
    await expectRefused(signIn({ code: "0000-0000" }), "bad-code");
    await stranger.kill();
    expect(await stranger.start()).toBe("none");
  });
});

describe("as a person types it", { timeout: 240_000 }, () => {
  const SIZE = { columns: 130, rows: 60 };

  /** `sotto` with a profile of its own, at a pseudo-terminal. */
  function open(profile: string, args: readonly string[]): Terminal {
    const all = [sottoFile, "--plain", "--profile", profile, ...args];
    return stage.use(new Terminal(process.execPath, all, stage.dir, SIZE));
  }

  test("sign in with the phrase, compare words, look at the devices and shut the other one out", async () => {
    const [carol, dave] = await stage.signUpAll("carol", "dave");
    const { roomId, link } = await carol.call("room.create", { name: "kitchen" });
    await dave.call("room.join", { link });
    await carol.send(roomId, "before");
    await dave.kill();

    const second = open(`${stage.dir}/carol-second`, [stage.relay.link]);
    await second.answer("1, 2 or 3:", "2");
    await second.answer("user name:", "carol");
    await second.answer("password:", carol.password);
    await second.answer("recovery phrase", carol.recoveryPhrase);
    await second.answer("code from the authenticator app", codeOf(carol.totpUri, 1));
    await second.sees("signed in as a new device");
    await second.sees("you were added to #kitchen");
    second.type("/talk #kitchen");
    await second.sees("in #kitchen, 2 members");
    second.type("from the second");
    await second.sees("#kitchen you: from the second");
    await carol.sees(roomId, "from the second");

    // Dave was away: he reads of the device when he comes back.
    const daves = open(dave.profile, []);
    await daves.answer("password:", dave.password);
    await daves.sees("carol");
    daves.type("/talk #kitchen");
    await daves.sees("carol: from the second");
    expect(daves.lines.join("\n")).toMatch(/\[info\] .*carol.*device/);

    second.type("/verify dave");
    await second.sees("safety words of you and dave");
    await second.asks("the same?");
    daves.type("!verify carol");
    await daves.asks("the same?");
    const words = rowsAfter(second.lines, "safety words of you and dave");
    expect(words.join(" ").split(/\s+/)).toHaveLength(12);
    expect(rowsAfter(daves.lines, "safety words of you and carol")).toEqual(words);
    second.type("yes");
    await second.sees("dave is verified");
    daves.type("yes");
    await daves.sees("carol is verified");
    daves.type("/verify carol");
    await daves.sees("carol is verified already");

    second.type("/devices");
    await second.sees("device 1  added");
    await second.sees("device 2 (this one)  added");
    second.type("/revoke 1");
    await second.answer("shut it out for good?", "yes");
    await second.sees("device 1 is revoked");
    await daves.sees("carol revoked");
    daves.type("only for the second");
    await second.sees("dave: only for the second");
    await expectRefused(carol.send(roomId, "still here?"), "device-revoked");
    expect((await carol.history(roomId)).map(({ text }) => text)).not.toContain("only for the second");

    second.type("/recovery");
    await second.answer("the recovery phrase that you have now", carol.recoveryPhrase);
    await second.sees("the old phrase does not count any more");
    await second.answer("word ", "");
    await second.sees("skipped; keep the words safe");
    await second.asks("#kitchen> ");
    second.type("exit");
    daves.type("!quit");
    expect(await second.ended).toBe(0);
    expect(await daves.ended).toBe(0);
    for (const secret of [carol.password, carol.recoveryPhrase]) expect(second.raw.includes(secret)).toBe(false);
  });
});

/** The three lines under the newest one that has this text. */
function rowsAfter(lines: readonly string[], text: string): string[] {
  const at = lines.findLastIndex((line) => line.includes(text));
  return lines.slice(at + 1, at + 4).map((line) => line.trim());
}
