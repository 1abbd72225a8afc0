/** Commands that are typed alike in the full screen and in plain mode, with a real relay: what they do to others. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { Program, sottoFile } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";
import { Terminal } from "./harness/terminal.ts";
import { eventually } from "./harness/watch.ts";

const SIZE = { columns: 110, rows: 60 };

const FACES = [
  { face: "full screen", args: [], online: /^ ?online|│ online/, yes: "y", no: "n" },
  { face: "plain mode", args: ["--plain"], online: "[info] online", yes: "yes\r", no: "no\r" },
] as const;

/** A new secret comes with a message of its own, after the commit. */
async function linkOf(person: Person, roomId: string): Promise<string> {
  let link = "";
  await eventually(async () => {
    link = await person.call("room.link", { roomId }).then(
      (answer) => answer.link,
      () => "",
    );
    return link !== "";
  }, "the link");
  return link;
}

describe.each(FACES)("in the $face", ({ face, args, online, yes, no }) => {
  let stage: Stage;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let terminal: Terminal;

  beforeAll(async () => {
    stage = await Stage.open();
    // One after the other: who is first is the operator.
    alice = await stage.signUp("alice");
    bob = await stage.signUp("bob");
    carol = await stage.signUp("carol");
    await alice.kill("SIGTERM");
    terminal = await open();
  });
  afterAll(async () => await stage?.[Symbol.asyncDispose]());

  async function open(): Promise<Terminal> {
    const opened = stage.use(
      new Terminal(process.execPath, [sottoFile, "--profile", alice.profile, ...args], stage.dir, SIZE),
    );
    await opened.shows("password:");
    opened.type(alice.password);
    await opened.shows(online);
    return opened;
  }

  /** What a command shows; where that lies over the screen it is closed again. */
  async function told(text: string, over: boolean): Promise<void> {
    await terminal.shows(text);
    if (!over || face === "plain mode") return;
    terminal.press("\u001b");
    await terminal.hides(text);
  }

  /** In lines a question of before still stands above. */
  async function asked(question: string): Promise<void> {
    if (face === "plain mode") await terminal.asks(question);
    else await terminal.shows(question);
  }

  async function isOnline(person: Person): Promise<boolean> {
    return (await person.call("account.status", {})).connection === "online";
  }

  test("a room is made, people come by its link and by being brought, and go; its link is renewed, and it is left", async () => {
    terminal.type("/create den");
    await told("made #den", false);
    terminal.type("/invite bob");
    await terminal.shows(face === "plain mode" ? "bob is in #den" : "you added bob");
    const { roomId } = await bob.until((notes) => notes.find((note) => note.type === "room"), "the room");
    const { link } = await bob.call("room.link", { roomId });
    await carol.call("room.join", { link });
    await terminal.shows(/carol joined/);
    terminal.type("/members");
    await told("3 members of #den:", false);
    await terminal.shows(/alice \(owner, you\)/);
    if (face === "full screen") terminal.press("\u001b");
    if (face === "full screen") await terminal.hides("alice (owner, you)");

    terminal.type("/remove carol");
    await asked("take carol out of #den?");
    terminal.press(no);
    await terminal.shows("carol stays");
    terminal.type("/remove carol");
    await asked("take carol out of #den?");
    terminal.press(yes);
    await terminal.shows(face === "plain mode" ? "carol is out of #den" : "you removed carol");
    await carol.until((notes) => notes.some((note) => note.type === "room" && note.event === "removed"), "the removal");

    const before = await linkOf(bob, roomId);
    terminal.type("/renew");
    await asked("end the link to #den for good?");
    terminal.press(yes);
    await told("sotto://", true);
    await eventually(async () => (await linkOf(bob, roomId)) !== before, "another link");
    await expectRefused(carol.call("room.join", { link: before }), "link-expired");

    terminal.type("/leave");
    await asked("leave #den for good?");
    terminal.press(yes);
    await terminal.shows("you left #den");
    await eventually(async () => {
      const members = await bob.call("room.members", { roomId });
      return members.every(({ username }) => username !== "alice");
    }, "alice is out");
    expect(terminal.visible.join("\n")).not.toContain("you were removed");
  });

  test("safety words are the same as the other sees, and who says so has verified them", async () => {
    const { words } = await bob.call("contact.safetyWords", { username: "alice" });
    terminal.type("/verify bob");
    for (const word of words.split(" ")) await terminal.shows(new RegExp(`\\b${word}\\b`));
    terminal.press(yes);
    await terminal.shows("bob is verified");
  });

  test("what is written to a person reaches them alone, and what another command sends through it is shown", async () => {
    terminal.type("/talk bob");
    await terminal.shows("@bob> ");
    terminal.type("hi, just the two of us");
    const { roomId } = await bob.call("direct.open", { username: "alice" });
    await bob.sees(roomId, "hi, just the two of us");
    await using program = new Program(
      sottoFile,
      ["send", "--profile", alice.profile, "@bob", "by another command"],
      stage.dir,
    );
    expect(await program.ended).toMatchObject({ code: 0 });
    await terminal.shows("by another command");
    await bob.sees(roomId, "by another command");
    await bob.send(roomId, "and back");
    await terminal.shows("and back");
    terminal.type("@carol hello carol");
    const direct = await carol.call("direct.open", { username: "alice" });
    await carol.sees(direct.roomId, "hello carol");
    expect(bob.told(roomId).map(({ text }) => text)).not.toContain("hello carol");
  });

  test("the operator disconnects, shuts out, lets in again, and tells everybody something", async () => {
    const before = bob.run.notes.length;
    terminal.type("/kick bob");
    await terminal.shows("bob is disconnected");
    await bob.until((notes) => {
      const states = notes.slice(before).flatMap((note) => (note.type === "connection" ? [note.state] : []));
      return states.includes("offline") && states.at(-1) === "online";
    }, "gone and back");

    terminal.type("/announce back in five minutes");
    await terminal.shows("everybody online was told");
    await carol.until(
      (notes) => notes.some((note) => note.type === "notice" && note.text.includes("back in five minutes")),
      "the announcement",
    );

    terminal.type("/ban carol");
    await asked("shut the account carol out of the relay?");
    terminal.press(yes);
    await terminal.shows("carol is shut out");
    await eventually(async () => !(await isOnline(carol)), "carol is out");
    terminal.type("/unban carol");
    await terminal.shows("carol may come in again");
    await carol.kill();
    await carol.comeBack();
    expect(await isOnline(carol)).toBe(true);
  });

  test("another access password lets newcomers in, the old one none", async () => {
    const before = stage.relay.link;
    terminal.type("/regen");
    await terminal.shows("end the access password");
    terminal.press(yes);
    if (face === "full screen") await terminal.shows("new access password");
    else await told("the old access password does not work any more", false);
    const { roomId } = await bob.call("room.create", { name: "garden" });
    // Bob is told of it by a message of its own.
    const passwordOf = (link: string) => /a=([0-9A-Z-]+)$/.exec(link)?.[1];
    await eventually(async () => !before.includes(passwordOf(await linkOf(bob, roomId)) ?? ""), "bob's new link");
    const link = await linkOf(bob, roomId);
    await terminal.shows(passwordOf(link) ?? "none");
    if (face === "full screen") terminal.press("\u001b");
    const dave = stage.person("dave");
    await dave.start();
    await expectRefused(dave.beginSignUp(before), "bad-access-password");
    await dave.beginSignUp(link);
  });

  test("another password opens the profile, and the old one does not", async () => {
    terminal.type("/password");
    await terminal.shows("current password:");
    terminal.type(alice.password);
    await terminal.shows("new password:");
    terminal.type("another staple 67890");
    await terminal.shows("the same password again:");
    terminal.type("another staple 67890");
    await terminal.shows("the password is changed");
    terminal.type("/quit");
    expect(await terminal.ended).toBe(0);
    const again = stage.use(
      new Terminal(process.execPath, [sottoFile, "--profile", alice.profile, ...args], stage.dir, SIZE),
    );
    await again.shows("password:");
    again.type(alice.password);
    await again.shows("wrong password");
    again.type("another staple 67890");
    await again.shows(online);
    terminal = again;
  });

  test("the relay is stopped after a yes, and not after a no", async () => {
    terminal.type("/stop");
    await asked("stop the relay for everybody?");
    terminal.press(no);
    await terminal.shows("the relay goes on");
    expect(await isOnline(bob)).toBe(true);
    terminal.type("/stop");
    await asked("stop the relay for everybody?");
    terminal.press(yes);
    expect(await stage.relay.ended()).toEqual({ code: 0, signal: null });
  });
});
