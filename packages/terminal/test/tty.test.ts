import { openSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as pty from "@lydell/node-pty";
import type { Terminal as TerminalType } from "@xterm/headless";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Capabilities, capabilitiesOf } from "../src/full/capabilities.ts";
import { clipboardBytes } from "../src/full/clipboard.ts";
import { Notifier, notificationBytes } from "../src/full/notify.ts";
import { PaintClock } from "../src/full/paint-clock.ts";
import { Probe, questions } from "../src/full/probe.ts";
import { givingBytes, takingBytes, titleBytes } from "../src/full/tty-modes.ts";
import { TtyOutput } from "../src/full/tty-output.ts";
import { KeyReader } from "../src/screen/keys.ts";

// The package is CommonJS without named exports that Node can see.
const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as { Terminal: typeof TerminalType };

const XTERM = capabilitiesOf({ TERM: "xterm-256color" });
const waitMs = 20_000;

describe("what a terminal can do", () => {
  test.each<{ env: Record<string, string>; want: Partial<Capabilities> }>([
    { env: { TERM: "xterm-256color" }, want: { colours: "256", links: true, notifying: "bell" } },
    { env: { TERM: "xterm-256color", COLORTERM: "truecolor" }, want: { colours: "true" } },
    { env: { TERM: "xterm-kitty" }, want: { colours: "true", notifying: "osc99" } },
    { env: { TERM: "foot" }, want: { colours: "true", notifying: "osc777" } },
    { env: { TERM: "rxvt-unicode-256color" }, want: { colours: "256", notifying: "osc777" } },
    { env: { TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }, want: { colours: "true", notifying: "osc9" } },
    { env: { TERM: "xterm-kitty", TMUX: "/tmp/tmux-0/default,1,0" }, want: { notifying: "bell" } },
    {
      env: { TERM: "linux" },
      want: { colours: "16", links: false, title: false, clipboard: false, notifying: "bell" },
    },
    { env: { TERM: "xterm-256color", NO_COLOR: "1" }, want: { colours: "none" } },
    { env: { TERM: "xterm-256color", NO_COLOR: "" }, want: { colours: "256" } },
    { env: { TERM: "xterm-256color", CLICOLOR: "0" }, want: { colours: "none" } },
    { env: { TERM: "xterm", COLORFGBG: "0;15" }, want: { colours: "16", background: "light" } },
    { env: {}, want: { colours: "16", links: false } },
  ])("$env", ({ env, want }) => {
    expect(capabilitiesOf(env)).toMatchObject(want);
  });

  const answered = (answers: string): Capabilities => {
    const probe = new Probe(XTERM);
    for (const key of new KeyReader().read(Buffer.from(answers))) if (key.type === "reply") probe.take(key.reply);
    return probe.capabilities;
  };

  test("is learned from its answers", () => {
    expect(
      answered(
        "\u001b]11;rgb:ffff/ffff/dddd\u001b\\\u001b[?2026;2$y\u001b[?0u\u001b[2;3R\u001b[2;5R\u001b[2;2R\u001b[?62;4c",
      ),
    ).toMatchObject({
      background: "light",
      synchronised: true,
      keyboard: true,
      emoji: { joined: true, flags: false, variation: false },
    });
    expect(answered("\u001b]11;rgb:1e/1e/2e\u0007\u001b[?2026;0$y")).toMatchObject({
      background: "dark",
      synchronised: false,
      keyboard: false,
    });
  });

  test("stays what its name says where nothing answers", () => {
    expect(answered("typed")).toEqual(XTERM);
    expect(answered("\u001b[2;3R")).toEqual(XTERM);
  });

  test("a console is asked nothing that it would print", () => {
    expect(questions(capabilitiesOf({ TERM: "linux" }), { TERM: "linux" }, 24)).toBe("\u001b[c");
    expect(questions(XTERM, { TERM: "xterm" }, 1)).not.toContain("\u001b[6n");
  });
});

describe("what is taken is given back", () => {
  /** Mode numbers that are switched, and to what in the end. */
  const modesOf = (bytes: string): Map<string, string> =>
    new Map([...bytes.matchAll(/\u001b\[\?(\d+)([hl])/g)].map(([, mode = "", way = ""]) => [mode, way]));

  test("every mode that is set is unset, in the order of a pile", () => {
    const caps = { ...XTERM, keyboard: true, synchronised: true };
    const [taken, given] = [modesOf(takingBytes(caps, true)), modesOf(givingBytes(caps))];
    for (const [mode, way] of taken) expect(given.get(mode), mode).toBe(way === "h" ? "l" : "h");
    expect(takingBytes(caps, true)).toMatch(/^\u001b\[22;2t\u001b\[\?1049h.*\u001b\[>1u$/);
    expect(givingBytes(caps)).toMatch(/\u001b\[<u.*\u001b\[\?1049l\u001b\[23;2t$/);
  });

  test("a title has no control in it, and is not written where there is none", () => {
    expect(titleBytes(XTERM, "(3) sotto\u0007\u001b]52;c;x")).toBe("\u001b]2;(3) sotto\ufffd]52;c;x\u001b\\");
    expect(titleBytes(capabilitiesOf({ TERM: "linux" }), "x")).toBe("");
  });
});

describe("notifications", () => {
  const hostile = "eve: \u001b\\\u0007;x\u202e\n9;4";

  test.each([
    {
      notifying: "osc99",
      want: "\u001b]99;i=sotto:d=0:p=title;sotto\u001b\\\u001b]99;i=sotto:d=1:p=body;new message\u001b\\",
    },
    { notifying: "osc777", want: "\u001b]777;notify;sotto;new message\u001b\\" },
    { notifying: "osc9", want: "\u001b]9;sotto: new message\u001b\\" },
    { notifying: "bell", want: "\u0007" },
  ] as const)("$notifying, and what others wrote ends nothing", ({ notifying, want }) => {
    expect(notificationBytes(notifying, undefined)).toBe(want);
    const bytes = notificationBytes(notifying, hostile).replace(/\u001b\]|\u001b\\|^\u0007$/g, "");
    expect(bytes).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    if (notifying === "osc777") expect(bytes.split(";")).toHaveLength(4);
  });

  test("say nothing of the content unless asked, and nothing while somebody looks", () => {
    const written: string[] = [];
    const notifier = new Notifier((bytes) => written.push(bytes), { notifying: "osc9", enabled: true, content: false });
    notifier.tell("alice: canary");
    expect(written).toEqual([]);
    notifier.focus(false);
    notifier.tell("alice: canary");
    expect(written).toEqual(["\u001b]9;sotto: new message\u001b\\"]);
    const open = new Notifier((bytes) => written.push(bytes), { notifying: "osc9", enabled: true, content: true });
    open.focus(false);
    open.tell("alice: hello");
    expect(written.at(-1)).toBe("\u001b]9;sotto: alice: hello\u001b\\");
    const off = new Notifier((bytes) => written.push(bytes), { notifying: "osc9", enabled: false, content: true });
    off.focus(false);
    off.tell("alice: hello");
    expect(written).toHaveLength(2);
  });
});

test.each([true, false])("of a thousand messages at once one is told of (focused: %s)", (focused) => {
  const written: string[] = [];
  let now = 0;
  const settings = { notifying: "bell", enabled: true, content: false } as const;
  const notifier = new Notifier(
    (bytes) => written.push(bytes),
    settings,
    () => now,
  );
  notifier.focus(focused);
  for (; now < 3000; now += 3) notifier.tell("eve: spam", true);
  expect(written).toEqual(["\u0007"]);
  notifier.tell("alice: hello", true);
  expect(written).toEqual(["\u0007", "\u0007"]);
});

test("the clipboard takes any text as base64, and none that is too long for it", () => {
  const bytes = clipboardBytes(XTERM, "é\u001b[201~\rrm\t-r\u202e");
  // As it is shown: what ends a paste would make a shell run the rest.
  expect(bytes).toBe(`\u001b]52;c;${Buffer.from("é\ufffd[201~\nrm\t-r\ufffd").toString("base64")}\u001b\\`);
  expect(clipboardBytes(XTERM, "x".repeat(80_000))).toBeUndefined();
  expect(clipboardBytes(capabilitiesOf({ TERM: "linux" }), "x")).toBeUndefined();
});

describe("when the screen is drawn", () => {
  afterEach(() => vi.useRealTimers());

  const clockOf = () => {
    vi.useFakeTimers();
    const state = { drawn: 0, waits: false, backedUp: false, drain: () => {} };
    const clock = new PaintClock({
      draw: () => {
        if (!state.waits) state.drawn++;
        return !state.waits;
      },
      isBackedUp: () => state.backedUp,
      drained: () => new Promise((resolve) => Object.assign(state, { drain: resolve })),
    });
    return { clock, state };
  };

  test("at once after a key, and not at all while nothing changes", () => {
    const { clock, state } = clockOf();
    clock.now();
    expect(state.drawn).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(state.drawn).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("thirty times a second when changes come all the time, and a key is still drawn at once", () => {
    const { clock, state } = clockOf();
    for (let ms = 0; ms < 10_000; ms += 10) {
      clock.soon();
      vi.advanceTimersByTime(10);
    }
    expect(state.drawn).toBeGreaterThan(240);
    expect(state.drawn).toBeLessThanOrEqual(302);
    // At every place between two frames.
    for (let ms = 0; ms < 3000; ms++) {
      clock.soon();
      vi.advanceTimersByTime(1);
      if (ms % 151 !== 0) continue;
      const before = state.drawn;
      clock.now();
      expect(state.drawn).toBe(before + 1);
    }
  });

  test("at once too where a key was pressed before, for which there was nothing to draw yet", () => {
    const { clock, state } = clockOf();
    state.waits = true;
    for (let times = 0; times < 5; times++) clock.now();
    state.waits = false;
    clock.now();
    clock.now();
    expect(state.drawn).toBe(2);
  });

  test("the last change is drawn too", () => {
    const { clock, state } = clockOf();
    for (let times = 0; times < 5; times++) clock.now();
    const before = state.drawn;
    vi.advanceTimersByTime(100);
    expect(state.drawn).toBe(before + 1);
  });

  test("not while the terminal takes nothing, and then at most ten times a second", async () => {
    const { clock, state } = clockOf();
    clock.now();
    state.backedUp = true;
    for (let times = 0; times < 20; times++) clock.now();
    await vi.advanceTimersByTimeAsync(1000);
    expect(state.drawn).toBe(1);
    state.backedUp = false;
    state.drain();
    await vi.advanceTimersByTimeAsync(1);
    expect(state.drawn).toBe(2);
    state.backedUp = true;
    clock.now();
    state.backedUp = false;
    state.drain();
    await vi.advanceTimersByTimeAsync(50);
    expect(state.drawn).toBe(2);
    await vi.advanceTimersByTimeAsync(60);
    expect(state.drawn).toBe(3);
  });

  test("and never again after stop", () => {
    const { clock, state } = clockOf();
    clock.now();
    clock.now();
    clock.now();
    clock.stop();
    vi.advanceTimersByTime(1000);
    const before = state.drawn;
    clock.now();
    clock.soon();
    vi.advanceTimersByTime(1000);
    expect(state.drawn).toBe(before);
  });
});

test("an output that is gone says so once, and takes what is written in silence", async () => {
  let lost = 0;
  const output = new TtyOutput(openSync("/dev/null", "r"), () => lost++);
  output.write("x");
  await output.drained();
  output.write("y");
  output.writeNow("z");
  await output.drained();
  expect(lost).toBe(1);
});

/** A program that takes the terminal, under a real pseudo-terminal with a terminal behind it that answers. */
class Stage {
  readonly process: pty.IPty;
  readonly terminal: TerminalType;
  bytes = "";
  exit: { readonly exitCode: number; readonly signal?: number } | undefined;

  constructor(env: Record<string, string> = {}) {
    this.terminal = new Terminal({ cols: 60, rows: 12, allowProposedApi: true });
    this.process = pty.spawn(process.execPath, [join(import.meta.dirname, "tty-program.ts")], {
      cols: 60,
      rows: 12,
      env: { ...process.env, TERM: "xterm-256color", ...env },
    });
    this.process.onData((data) => {
      this.bytes += data;
      this.terminal.write(data);
    });
    this.terminal.onData((data) => this.process.write(data));
    this.process.onExit((exit) => {
      this.exit = exit;
    });
  }

  lines(): string {
    const { active } = this.terminal.buffer;
    return Array.from(
      { length: this.terminal.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "",
    ).join("\n");
  }

  until(shown: RegExp): Promise<void> {
    return vi.waitFor(() => expect(this.lines()).toMatch(shown), { timeout: waitMs, interval: 20 });
  }

  ended(): Promise<void> {
    return vi.waitFor(() => expect(this.exit).toBeDefined(), { timeout: waitMs, interval: 20 });
  }

  /** Every private mode that was ever switched, as it is now. */
  modes(): Record<string, string> {
    const found = [...this.bytes.matchAll(/\u001b\[\?(\d+)([hl])/g)];
    return Object.fromEntries(found.map(([, mode = "", way = ""]) => [mode, way]));
  }
}

const BEFORE = { "7": "h", "25": "h", "1002": "l", "1004": "l", "1006": "l", "1049": "l", "2004": "l", "2026": "l" };

describe("a terminal that is taken", { timeout: 3 * waitMs }, () => {
  test.each([
    { how: "quit", end: (stage: Stage) => stage.process.write("\u0011"), code: 0, said: "" },
    { how: "crash", end: (stage: Stage) => stage.process.write("!"), code: 1, said: "a fault in the program" },
    { how: "SIGTERM", end: (stage: Stage) => stage.process.kill("SIGTERM"), code: 3, said: "SIGTERM" },
    { how: "SIGINT", end: (stage: Stage) => stage.process.kill("SIGINT"), code: 3, said: "SIGINT" },
    { how: "SIGHUP", end: (stage: Stage) => stage.process.kill("SIGHUP"), code: 3, said: "SIGHUP" },
    { how: "exit", end: (stage: Stage) => stage.process.write("x"), code: 4, said: "" },
  ])("is as it was before after $how", async ({ end, code, said }) => {
    const stage = new Stage();
    await stage.until(/ready/);
    end(stage);
    await stage.ended();
    await vi.waitFor(() => expect(stage.bytes.split("\u001b[?1049l").at(-1)).toContain(said), { timeout: waitMs });
    expect(stage.modes()).toMatchObject(BEFORE);
    expect(stage.terminal.buffer.active.type).toBe("normal");
    expect(stage.exit?.exitCode).toBe(code);
    expect(stage.lines()).not.toContain("ready");
  });

  test("keeps keys that are pressed while it is asked, knows what it said, and follows its size", async () => {
    const stage = new Stage();
    stage.process.write("early");
    await stage.until(/keys .*early/);
    // This one says how wide emoji are, and that it draws frames whole.
    await stage.until(/"joined":false/);
    await stage.until(/"synchronised":true/);
    for (let columns = 59; columns > 40; columns--) stage.process.resize(columns, 10);
    stage.terminal.resize(41, 10);
    await stage.until(/ready 10x41/);
  });

  test("is written to only when something changes", async () => {
    const stage = new Stage();
    await stage.until(/ready/);
    stage.process.write("a");
    await stage.until(/keys .*a/);
    const before = stage.bytes.length;
    stage.process.write("\u001b[O");
    stage.process.write("b");
    await stage.until(/keys .*ab/);
    expect(stage.bytes.length - before).toBeLessThan(60);
  });

  test("and takes nothing any more does not keep a program that is told to end", async () => {
    const stage = new Stage();
    await stage.until(/ready/);
    stage.process.write("w");
    stage.process.pause();
    await stage.ended();
    expect(stage.exit?.signal).toBe(9);
  });

  test("answers nothing: it is used as its name says", async () => {
    const stage = new Stage({ SILENT: "1", TERM: "linux" });
    await stage.until(/ready/);
    stage.process.write("\u0011");
    await stage.ended();
    expect(stage.bytes).not.toMatch(/\u001b\]/);
    expect(stage.modes()).toMatchObject({ "7": "h", "25": "h", "1049": "l" });
  });
});
