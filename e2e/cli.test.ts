/** One-shot commands for scripts: through a running client or alone, with exit codes; and what others may see of them. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as pty from "@lydell/node-pty";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Person } from "./harness/person.ts";
import { cleanEnv, Program, sottoFile } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const HOSTILE = "\u001b[31mred\u0007 \u202e\u200bhidden";

let stage: Stage;
let alice: Person;
let bob: Person;
let roomId: string;
let passwordFile: string;
/** It takes half a minute, so it begins at once and is looked at in the end. */
let lateSend: Promise<Late>;

interface Late {
  readonly stage: Stage;
  readonly person: Person;
  readonly passwordFile: string;
  readonly roomId: string;
  readonly outcome: Outcome;
}

async function sendWithoutRelay(away: Stage): Promise<Late> {
  const carol = await away.signUp("carol");
  const made = await carol.call("room.create", { name: "alone" });
  await carol.kill("SIGTERM");
  await away.relay.kill();
  const file = await passwordFileOf(carol, away.dir);
  const args = ["--profile", carol.profile, "--password-file", file, "send", "alone", "stored for later"];
  return {
    stage: away,
    person: carol,
    passwordFile: file,
    roomId: made.roomId,
    outcome: await runToEnd(args, away.dir),
  };
}

async function passwordFileOf(person: Person, dir: string): Promise<string> {
  const file = join(dir, `password-${person.name}`);
  await writeFile(file, `${person.password}\n`, { mode: 0o600 });
  return file;
}

let away: Stage;

beforeAll(async () => {
  away = await Stage.open();
  lateSend = sendWithoutRelay(away);
  lateSend.catch(() => undefined);
  stage = await Stage.open();
  [alice, bob] = await stage.signUpAll("alice", "bob");
  const made = await alice.call("room.create", { name: "general" });
  roomId = made.roomId;
  await bob.call("room.join", { link: made.link });
  passwordFile = await passwordFileOf(alice, stage.dir);
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await away?.[Symbol.asyncDispose]();
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sotto` on the profile of alice to its end. */
function sotto(args: readonly string[], input: string | Uint8Array = ""): Promise<Outcome> {
  return runToEnd(["--profile", alice.profile, ...args], stage.dir, input);
}

async function runToEnd(args: readonly string[], dir: string, input: string | Uint8Array = ""): Promise<Outcome> {
  await using program = new Program(sottoFile, args, dir);
  program.write(input);
  program.endInput();
  const { code } = await program.ended;
  return { code, stdout: program.stdout.toString(), stderr: program.stderr.toString() };
}

const quiet = { code: 0, stdout: "", stderr: "" };

function objects(stdout: Buffer | string): readonly Record<string, unknown>[] {
  const lines = stdout.toString().split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
}

async function texts(person: Person): Promise<readonly string[]> {
  return (await person.history(roomId)).map(({ text }) => text);
}

/** Everything here is the same through a running client and alone. */
function commands(how: string, more: () => readonly string[]): void {
  test("send ends with 0 when the relay has the message", async () => {
    expect(await sotto(["send", "general", `an argument, ${how}`, ...more()])).toEqual(quiet);
    await bob.sees(roomId, `an argument, ${how}`);
    expect(await sotto(["send", "#general", ...more()], `standard\ninput, ${how}\n`)).toEqual(quiet);
    await bob.sees(roomId, `standard\ninput, ${how}`);
    expect(await sotto(["send", roomId, `by id, ${how}`, ...more()])).toEqual(quiet);
    await bob.sees(roomId, `by id, ${how}`);
  });

  test("send --lines sends each line as a message, in order", async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}, ${how}`);
    expect(await sotto(["send", "general", "--lines", ...more()], `${lines.join("\n\n")}\n`)).toEqual(quiet);
    await bob.sees(roomId, lines.at(-1) ?? "");
    expect((await texts(bob)).filter((text) => text.startsWith("line ") && text.endsWith(how))).toEqual(lines);
  });

  test("send --lines goes on after a line that cannot be sent, and ends with its code", async () => {
    const input = `before, ${how}\n${"x".repeat(16_385)}\nafter, ${how}\n`;
    const { code, stdout, stderr } = await sotto(["send", "general", "--lines", ...more()], input);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^sotto: .*too long.*\nhint: .*\n$/);
    await bob.sees(roomId, `after, ${how}`);
    expect(await texts(bob)).toContain(`before, ${how}`);
  });

  test("rooms --json is one object a line", async () => {
    const { code, stdout, stderr } = await sotto(["rooms", "--json", ...more()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [room] = objects(stdout).filter((one) => one.roomId === roomId);
    expect(room).toEqual({ roomId, name: "general", kind: "room", unread: expect.any(Number), members: 2 });
  });

  test("tail --json prints what others say, the last ones first, and ends with 0", async () => {
    await bob.send(roomId, `earlier, ${how}`);
    await bob.send(roomId, HOSTILE);
    const args = ["--profile", alice.profile, "tail", "general", "--json", "--history", "2", ...more()];
    await using tail = new Program(sottoFile, args, stage.dir);
    await tail.watch.until(() => tail.stdout.toString().split("\n").length > 2, "two earlier messages");
    await bob.send(roomId, `live, ${how}`);
    await tail.watch.until(() => tail.stdout.includes(`live, ${how}`), "the live message");
    expect(await tail.kill("SIGINT")).toEqual({ code: 0, signal: null });
    const said = objects(tail.stdout);
    // Alone, "the last ones" are those that it had; what it had missed comes behind them, and nothing twice.
    const listed = (await bob.history(roomId)).slice(-said.length);
    expect(said).toEqual(listed.map((message) => ({ roomId, ...message })));
    expect(said.map(({ text }) => text).slice(-3)).toEqual([`earlier, ${how}`, HOSTILE, `live, ${how}`]);
    expect(tail.stdout.toString()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]/);
    expect(tail.stderr.toString()).toBe("");
  });

  test("tail for people shows nothing that a terminal obeys", async () => {
    await bob.send(roomId, HOSTILE);
    await using tail = new Program(
      sottoFile,
      ["--profile", alice.profile, "tail", "general", "--history", "1", ...more()],
      stage.dir,
    );
    await tail.watch.until(() => tail.stdout.includes("hidden"), "the message");
    expect(tail.stdout.toString()).toMatch(/(^|\n)\[\d\d:\d\d\] #general bob: .*hidden\n$/);
    expect(tail.stdout.toString()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e]/);
    expect(await tail.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  });

  test.each([
    { name: "a room that is not there", args: ["send", "nowhere", "x"], code: 2 },
    { name: "a room id that is not there", args: ["send", "ab".repeat(32), "x"], code: 2 },
    { name: "a text that is too long", args: ["send", "general"], input: "x".repeat(16_385), code: 2 },
    { name: "an empty text", args: ["send", "general"], input: "\n", code: 2 },
    { name: "input that is no text", args: ["send", "general"], input: Uint8Array.of(0x61, 0xff, 0xfe), code: 2 },
    { name: "tail of a room that is not there", args: ["tail", "nowhere"], code: 2 },
  ])("$name ends with $code, in two lines on standard error", async ({ args, input, code }) => {
    const outcome = await sotto([...args, ...more()], input);
    expect(outcome).toEqual({ code, stdout: "", stderr: expect.stringMatching(/^sotto: .*\nhint: .*\n$/) });
  });
}

describe("through the client that runs", () => {
  beforeEach(async () => {
    if (!alice.isRunning) await alice.comeBack();
  });

  commands("through", () => []);

  test("a wrong password file does not matter, since none is needed", async () => {
    const wrong = join(stage.dir, "wrong");
    await writeFile(wrong, "not the password\n", { mode: 0o600 });
    expect((await sotto(["rooms", "--password-file", wrong])).code).toBe(0);
  });

  test("tail shows what another one-shot command sends, once, and the client that runs is not disturbed", async () => {
    await using tail = new Program(
      sottoFile,
      ["--profile", alice.profile, "tail", "--json", "--history", "1"],
      stage.dir,
    );
    await tail.watch.until(() => tail.stdout.length > 0, "the first line");
    await sotto(["send", "general", "seen by tail"]);
    await tail.watch.until(() => tail.stdout.includes("seen by tail"), "the message of the other command");
    await bob.send(roomId, "and this by everybody");
    await tail.watch.until(() => tail.stdout.includes("and this by everybody"), "the message of bob");
    await alice.sees(roomId, "and this by everybody");
    const said = objects(tail.stdout).slice(1);
    expect(said.map(({ sender, text }) => [sender, text])).toEqual([
      ["alice", "seen by tail"],
      ["bob", "and this by everybody"],
    ]);
  });

  test("tail ends with 4 when the client that runs is killed", async () => {
    await using tail = new Program(
      sottoFile,
      ["--profile", alice.profile, "tail", "--json", "--history", "1"],
      stage.dir,
    );
    await tail.watch.until(() => tail.stdout.length > 0, "the first line");
    await alice.kill();
    expect(await tail.ended).toEqual({ code: 4, signal: null });
  });

  test("two rooms of one name are refused by that name, and each goes by its own", async () => {
    const twin = await alice.call("room.create", { name: "twin" });
    await alice.call("room.create", { name: "Twin" });
    const { code, stderr } = await sotto(["send", "twin", "x"]);
    expect(code).toBe(2);
    const tag = stderr.match(/#twin~[0-9a-f]+/)?.[0] ?? "";
    expect(twin.roomId.startsWith(tag.replace("#twin~", ""))).toBe(true);
    expect(await sotto(["send", tag, "to the first"])).toEqual(quiet);
    expect((await alice.history(twin.roomId)).map(({ text }) => text)).toEqual(["to the first"]);
  });

  test("a person is written to by name, also where nothing was said before", async () => {
    expect(await sotto(["send", "@bob", "first"])).toEqual(quiet);
    const { roomId: direct } = await alice.call("direct.open", { username: "bob" });
    await bob.sees(direct, "first");
    expect(await sotto(["send", "@Bob", "second"])).toEqual(quiet);
    await bob.sees(direct, "second");
    const { code, stderr } = await sotto(["send", "@nobody", "x"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("nobody")]);
  });

  test("rooms --names is one name a line, as send takes it, and none with a sign that a shell would take for its own", async () => {
    await alice.call("room.create", { name: "--lines $(touch x)" });
    const { code, stdout, stderr } = await sotto(["rooms", "--names"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const names = stdout.trimEnd().split("\n");
    expect(names).toContain("general");
    expect(names).toContain("#--lines-$(touch-x)");
    for (const name of names) expect(await sotto(["send", name, "by its name"])).toEqual(quiet);
  });
});

describe("alone, with the password from a file", () => {
  beforeAll(async () => {
    // Killed, so that what it left in the folder must not be in the way.
    await alice.kill("SIGKILL");
  });

  commands("alone", () => ["--password-file", passwordFile]);

  test("without a password and without a terminal to ask for it, it ends with 3", async () => {
    const outcome = await sotto(["rooms"]);
    expect(outcome).toEqual({
      code: 3,
      stdout: "",
      stderr: expect.stringMatching(/^sotto: .*\nhint: .*--password-file/),
    });
  });

  test("rooms --names asks for nothing and says nothing, on a terminal too, where no sotto has the profile open", async () => {
    expect(await sotto(["rooms", "--names"])).toEqual(quiet);
    const args = [sottoFile, "--profile", alice.profile, "rooms", "--names"];
    const terminal = pty.spawn(process.execPath, args, { cwd: stage.dir, env: cleanEnv(stage.dir) });
    let shown = "";
    terminal.onData((data) => {
      shown += data;
    });
    const { exitCode } = await new Promise<{ exitCode: number }>((resolve) => terminal.onExit(resolve));
    expect({ exitCode, shown }).toEqual({ exitCode: 0, shown: "" });
  });

  test("a wrong password ends with 1 and opens nothing", async () => {
    const wrong = join(stage.dir, "wrong");
    await writeFile(wrong, "not the password\n", { mode: 0o600 });
    const outcome = await sotto(["rooms", "--password-file", wrong]);
    expect(outcome).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(/^sotto: .*\nhint: .*\n$/) });
  });

  test("a profile of nobody ends with 3", async () => {
    await using program = new Program(sottoFile, ["--profile", join(stage.dir, "nobody"), "rooms"], stage.dir);
    expect(await program.ended).toEqual({ code: 3, signal: null });
  });

  test("several senders at once on one profile: each message goes or is refused, none is lost", async () => {
    const outcomes = await Promise.all(
      ["a", "b", "c"].map((which) => sotto(["send", "general", `at once ${which}`, "--password-file", passwordFile])),
    );
    const went = ["a", "b", "c"].filter((_, index) => outcomes[index]?.code === 0).map((which) => `at once ${which}`);
    expect(went.length).toBeGreaterThan(0);
    for (const text of went) await bob.sees(roomId, text);
    const there = (await texts(bob)).filter((text) => text.startsWith("at once"));
    expect(there.toSorted()).toEqual(went);
  });

  test("without an answer within half a minute send ends with 4, and the message goes with the next command", async () => {
    const late = await lateSend;
    expect(late.outcome).toEqual({
      code: 4,
      stdout: "",
      stderr: expect.stringMatching(/^sotto: .*1 message.*\nhint: .*\n$/),
    });
    await late.stage.relay.start();
    const { person, passwordFile: file } = late;
    const args = ["--profile", person.profile, "--password-file", file, "send", "alone", "the next one"];
    expect(await runToEnd(args, late.stage.dir)).toEqual(quiet);
    await person.comeBack();
    expect((await person.history(late.roomId)).map(({ text }) => text)).toEqual(["stored for later", "the next one"]);
  });
});

describe("what is told without a profile", () => {
  test.each([
    { args: ["help", "send"], same: ["send", "--help"] },
    { args: ["help"], same: ["--help"] },
  ])("$args is $same", async ({ args, same }) => {
    const [one, other] = [await runToEnd(args, stage.dir), await runToEnd(same, stage.dir)];
    expect(one).toEqual({ code: 0, stdout: expect.stringContaining("sotto send ROOM [TEXT]"), stderr: "" });
    expect(other).toEqual(one);
  });

  test("the locale chooses the language", async () => {
    await using program = new Program(sottoFile, ["--help"], stage.dir, { LANG: "fr_CA.UTF-8" });
    await program.ended;
    expect(program.stdout.toString()).toContain("sotto send SALON [TEXTE]");
  });

  test("completion prints a script for each shell", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, stdout, stderr } = await runToEnd(["completion", shell], stage.dir);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`made by: sotto completion ${shell}`);
    }
  });
});

describe("what others on the machine see", () => {
  test.runIf(process.platform === "linux")("a link among the arguments is not in the process list", async () => {
    const { link } = stage.relay;
    await using program = new Program(sottoFile, ["--profile", join(stage.dir, "new"), link], stage.dir);
    await program.watch.until(() => program.stdout.includes("it is the relay that the link names"), "the first look");
    for (const file of ["cmdline", "environ"]) {
      const shown = readFileSync(`/proc/${program.pid}/${file}`, "utf8");
      expect(shown).not.toContain(stage.relay.said.accessPassword);
      expect(shown).not.toContain("sotto://");
    }
  });

  test("a link is read from standard input too, and not repeated", async () => {
    const { link, said } = stage.relay;
    await using program = new Program(sottoFile, ["--profile", join(stage.dir, "new"), "-"], stage.dir);
    program.write(`${link}\n`);
    await program.watch.until(() => program.stdout.includes("it is the relay that the link names"), "the first look");
    program.endInput();
    await program.ended;
    expect(program.stdout.includes(said.accessPassword)).toBe(false);
    expect(program.stderr.toString()).toBe("");
  });
});
