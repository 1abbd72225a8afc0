/** What a terminal is told and how it is left: signals, Ctrl-Z, colours, and where there is no full screen. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { away, inRoom, KEYS, ONLINE, unlockFull } from "./harness/full.ts";
import type { Person } from "./harness/person.ts";
import { Program, sottoFile } from "./harness/program.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import { Stage } from "./harness/stage.ts";
import { Terminal } from "./harness/terminal.ts";

const SIZE = { columns: 110, rows: 30 };

/** What a terminal is like of which nobody has taken anything: what one that nobody uses says. */
let UNTOUCHED: Readonly<Record<string, string>>;
let stage: Stage;
let alice: Person;
let bob: Person;
let roomId: string;

beforeAll(async () => {
  stage = await Stage.open();
  const idle = stage.use(new Terminal("/bin/cat", [], stage.dir, SIZE));
  UNTOUCHED = await idle.modes();
  expect(UNTOUCHED).toMatchObject({ buffer: "normal", 7: "1", 25: "1", 1049: "2", 2004: "2" });
  bob = await stage.signUp("bob");
  ({ roomId } = await bob.call("room.create", { name: "den" }));
  alice = await away(stage, "alice", bob, [roomId]);
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** What a line of the shell around it said. */
function said(terminal: Terminal, word: string): string | undefined {
  return terminal.lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
}

/** `sotto` in a shell that looks at the terminal before and after. */
function inShell(): Terminal {
  const script = 'echo "before $(stty -g)"; "$@"; echo "code $?"; echo "after $(stty -g)"';
  const args = ["-c", script, "sh", process.execPath, sottoFile, "--profile", alice.profile];
  return new Terminal("/bin/sh", args, stage.dir, SIZE);
}

async function enter(terminal: Terminal): Promise<void> {
  await terminal.shows("password:");
  terminal.type(alice.password);
  await terminal.shows(ONLINE);
}

describe("however it ends, the terminal is as it was", () => {
  test.each([
    { how: "/quit", end: (terminal: Terminal) => terminal.type("/quit") },
    { how: "Ctrl-C twice", end: (terminal: Terminal) => terminal.press(KEYS.ctrlC + KEYS.ctrlC) },
    { how: "Ctrl-Q twice", end: (terminal: Terminal) => terminal.press(KEYS.ctrlQ + KEYS.ctrlQ) },
    { how: "SIGTERM", end: (terminal: Terminal) => process.kill(childOf(terminal.pid), "SIGTERM") },
    { how: "SIGHUP", end: (terminal: Terminal) => process.kill(childOf(terminal.pid), "SIGHUP") },
    { how: "SIGINT", end: (terminal: Terminal) => process.kill(childOf(terminal.pid), "SIGINT") },
  ])("by $how, with exit code 0", async ({ end }) => {
    await using terminal = inShell();
    await enter(terminal);
    const taken = await terminal.modes();
    expect(taken).toMatchObject({ buffer: "alternate", 7: "2", 1004: "1", 2004: "1" });
    end(terminal);
    expect(await terminal.ended).toBe(0);
    expect(said(terminal, "code")).toBe("0");
    expect(said(terminal, "after")).toMatch(/^[0-9a-f:]+$/);
    expect(said(terminal, "after")).toBe(said(terminal, "before"));
    expect(await terminal.modes()).toEqual(UNTOUCHED);
    const own = terminal.raw.subarray(terminal.raw.indexOf("\u001b"), terminal.raw.lastIndexOf("\u001b"));
    expect(foreignOnScreen(own)).toEqual([]);
  });

  test("also while it still asks for the password", async () => {
    await using terminal = inShell();
    await terminal.shows("password:");
    process.kill(childOf(terminal.pid), "SIGTERM");
    expect(await terminal.ended).toBe(0);
    expect(said(terminal, "after")).toBe(said(terminal, "before"));
    expect(await terminal.modes()).toEqual(UNTOUCHED);
  });

  test("also with a dialog open over the conversation", async () => {
    await using terminal = inShell();
    await enter(terminal);
    terminal.press(KEYS.f1);
    await terminal.shows("keys and commands");
    process.kill(childOf(terminal.pid), "SIGTERM");
    expect(await terminal.ended).toBe(0);
    expect(said(terminal, "after")).toBe(said(terminal, "before"));
    expect(await terminal.modes()).toEqual(UNTOUCHED);
  });

  test("what had been typed is there the next time, whichever signal it was", async () => {
    for (const signal of ["SIGTERM", "SIGHUP"] as const) {
      const terminal = await unlockFull(stage, alice);
      terminal.press(KEYS.alt("1"));
      await terminal.shows(inRoom("#den", ""));
      terminal.press(`${KEYS.ctrlC}before ${signal}`);
      await terminal.shows(inRoom("#den", `before ${signal}`));
      process.kill(terminal.pid, signal);
      expect(await terminal.ended).toBe(0);
      const again = await unlockFull(stage, alice);
      await again.shows(inRoom("#den", `before ${signal}`));
      again.press(KEYS.ctrlC);
      await again.shows(inRoom("#den"));
      again.type("/quit");
      await again.ended;
    }
  });
});

describe("Ctrl-Z in a shell with job control", () => {
  let shell: Terminal;
  let before: string | undefined;

  beforeAll(async () => {
    const env = { PS1: "shell> ", HISTFILE: "/dev/null" };
    shell = stage.use(new Terminal("/bin/bash", ["--norc", "--noprofile", "-i"], stage.dir, SIZE, env));
    await shell.shows("shell>");
    shell.type('echo "before $(stty -g)"');
    await shell.shows(/^before [0-9a-f:]+$/);
    before = said(shell, "before");
    shell.type(`${process.execPath} ${sottoFile} --profile ${alice.profile}`);
    await enter(shell);
    shell.press(`${KEYS.alt("1")}typed before`);
    await shell.shows(inRoom("#den", "typed before"));
  });

  test("gives the terminal to the shell as that left it", async () => {
    shell.press(KEYS.ctrlZ);
    // The prompt of before is there as soon as the screen is given back: the shell has it with the next one.
    await shell.shows("Stopped");
    await shell.asks("shell>");
    expect(await shell.modes()).toEqual({ ...UNTOUCHED, 2004: expect.any(String) });
    shell.type('echo "stopped $(stty -g)"');
    await shell.shows(/^stopped [0-9a-f:]+$/);
    expect(said(shell, "stopped")).toBe(before);
    // No byte of it comes while it is stopped.
    const { length } = shell.raw;
    await bob.send(roomId, "while it was stopped");
    shell.type("echo quiet");
    await shell.shows(/^quiet$/);
    expect(shell.raw.subarray(length).includes("while it was stopped")).toBe(false);
  });

  test("and fg brings back what was there, with what came meanwhile", async () => {
    shell.resize({ columns: 90, rows: 26 });
    shell.type("fg");
    await shell.shows(inRoom("#den", "typed before"));
    await shell.shows("while it was stopped");
    expect(await shell.modes()).toMatchObject({ buffer: "alternate", 7: "2", 2004: "1" });
    shell.press(" and after");
    await shell.shows(inRoom("#den", "typed before and after"));
  });

  test("after which it ends as always", async () => {
    shell.press(KEYS.ctrlC);
    shell.type("/quit");
    await shell.asks("shell>");
    shell.type('echo "after $(stty -g)"');
    await shell.shows(/^after [0-9a-f:]+$/);
    expect(said(shell, "after")).toBe(before);
    shell.type("exit");
    expect(await shell.ended).toBe(0);
  });
});

test("with NO_COLOR it writes no colour, and everything can be told apart", async () => {
  const terminal = await unlockFull(stage, alice, { env: { NO_COLOR: "1" } });
  terminal.press(KEYS.alt("1"));
  await terminal.shows(inRoom("#den"));
  terminal.type("without colours");
  await terminal.shows(/without colours +✓/);
  terminal.press(KEYS.f1);
  await terminal.shows("keys and commands");
  const styles = terminal.raw.toString().match(/\u001b\[[0-9;:]*m/g) ?? [];
  expect(styles.length).toBeGreaterThan(0);
  expect(styles.filter((style) => /[[;](?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;:m]/.test(style))).toEqual([]);
  terminal.press(KEYS.escape);
  await terminal.hides("keys and commands");
  terminal.type("/quit");
  expect(await terminal.ended).toBe(0);
});

test("the title of the window says how much is unread and never what", async () => {
  const terminal = await unlockFull(stage, alice);
  await bob.call("direct.open", { username: "alice" }).then(({ roomId: direct }) => bob.send(direct, "secret words"));
  await terminal.shows("bob 1");
  await terminal.titled("(1) sotto");
  const titles = [...terminal.raw.toString().matchAll(/\u001b\][02];([^\u0007\u001b]*)/g)].map(([, title]) => title);
  expect(titles.length).toBeGreaterThan(0);
  expect(titles.every((title) => /^(?:\(\d+\) )?sotto$/.test(title ?? ""))).toBe(true);
  terminal.type("/quit");
  expect(await terminal.ended).toBe(0);
});

describe("where there is no full screen", () => {
  test("on TERM=dumb it speaks in lines, without an escape byte", async () => {
    const all = [sottoFile, "--profile", alice.profile];
    const terminal = stage.use(new Terminal(process.execPath, all, stage.dir, SIZE, { TERM: "dumb" }));
    await terminal.shows("password:");
    terminal.type(alice.password);
    await terminal.shows(/\[info\] .*unread|\[info\] in #den/);
    terminal.type("/quit");
    expect(await terminal.ended).toBe(0);
    expect(terminal.raw.includes("\u001b")).toBe(false);
  });

  test("on pipes too", async () => {
    const piped = stage.use(new Program(sottoFile, ["--profile", alice.profile], stage.dir));
    piped.write(`${alice.password}\n/rooms\n`);
    piped.endInput();
    expect(await piped.ended).toEqual({ code: 0, signal: null });
    expect(piped.stdout.toString()).toContain("#den");
    expect(piped.stdout.includes("\u001b")).toBe(false);
  });

  test("SOTTO_PLAIN asks for it at any terminal", async () => {
    const all = [sottoFile, "--profile", alice.profile];
    const terminal = stage.use(new Terminal(process.execPath, all, stage.dir, SIZE, { SOTTO_PLAIN: "1" }));
    await terminal.answer("password:", alice.password);
    await terminal.sees("[info] online");
    expect(terminal.screen.buffer.active.type).toBe("normal");
    terminal.type("/quit");
    expect(await terminal.ended).toBe(0);
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
