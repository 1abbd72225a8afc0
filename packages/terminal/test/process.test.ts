import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pty from "@lydell/node-pty";
import { afterAll, describe, expect, test } from "vitest";

const program = join(import.meta.dirname, "..", "bin", "sotto.js");
const folder = mkdtempSync(join(tmpdir(), "sotto-terminal-"));
const waitMs = 30_000;
const link = "sotto://127.0.0.1:1/#a=canary-access";

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], input = "", env: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
    input,
    encoding: "utf8",
    env: { ...process.env, HOME: folder, ...env },
    timeout: waitMs,
  });
  return { stdout, stderr, status };
}

describe("the program", { timeout: waitMs }, () => {
  test("--help teaches, fits 80 columns and offers nothing that is not there", () => {
    const { stdout, status } = run(["--help"]);
    expect(status).toBe(0);
    for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(stdout).not.toMatch(/export/);
  });

  test("what is young in memory stays small, however much of it there is", () => {
    const probe = `
      import { getHeapSpaceStatistics } from "node:v8";
      process.on("exit", () => {
        let kept = [];
        for (let times = 0; times < 200; times++) kept = Array.from({ length: 20_000 }, (_, at) => ({ at }));
        const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
        process.stderr.write(String(young.physical_space_size * kept.length / 20_000));
      });`;
    const file = join(folder, "probe.mjs");
    writeFileSync(file, probe);
    const { stderr } = run(["--version"], "", { NODE_OPTIONS: `--import=${file}` });
    expect(Number(stderr)).toBeGreaterThan(0);
    expect(Number(stderr)).toBeLessThan(6_000_000);
  });

  test("a misuse is two lines on standard error and exit code 2", () => {
    const { stdout, stderr, status } = run(["--fly"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toMatch(/^sotto: unknown option '--fly'\nhint: .*\n$/);
  });

  test("on pipes there is not one escape byte, and questions are lines", () => {
    const { stdout, stderr, status } = run(["--profile", join(folder, "pipes")], "1\nnonsense\n", {
      TERM: "xterm-256color",
    });
    expect(status).toBe(3);
    expect(stderr).toBe("");
    expect(stdout).toContain("[error] that is not a sotto link\n");
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test("--rpc says ready first, answers, and exits 0 at the end of input", () => {
    const { stdout, status } = run(
      ["--rpc", "--profile", join(folder, "rpc")],
      '{"jsonrpc":"2.0","id":1,"method":"room.list"}\n\n',
    );
    const [ready, ...answers] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(ready).toEqual({ jsonrpc: "2.0", method: "ready", params: { version: "0.1.0", profile: "none" } });
    expect(answers).toContainEqual(
      expect.objectContaining({ id: 1, error: expect.objectContaining({ data: { code: "not-signed-in" } }) }),
    );
    expect(answers).toContainEqual(expect.objectContaining({ id: null }));
    expect(status).toBe(0);
  });

  test("one-shot commands say that nobody is signed in", () => {
    for (const args of [["send", "ops", "x"], ["tail"], ["rooms"]]) {
      const { stdout, status } = run([...args, "--profile", join(folder, "nobody")]);
      expect({ stdout, status }).toEqual({ stdout: "", status: 3 });
    }
  });

  test("an empty or missing file of a password or a code is a misuse", () => {
    writeFileSync(join(folder, "empty"), "\n");
    for (const flag of ["--password-file", "--code-file"]) {
      for (const name of ["empty", "missing"]) expect(run(["rooms", flag, join(folder, name)]).status).toBe(2);
    }
  });

  test.runIf(process.platform === "linux")(
    "a link among the arguments is not in the process list",
    async () => {
      const child = spawn(process.execPath, [program, "--profile", join(folder, "list"), link], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      try {
        await new Promise((resolve) => child.stdout.once("data", resolve));
        const shown = readFileSync(`/proc/${child.pid}/cmdline`, "utf8");
        expect(shown).toContain("sotto");
        expect(shown).not.toContain("canary");
      } finally {
        child.stdin.end();
        await new Promise((resolve) => child.once("exit", resolve));
      }
    },
    waitMs,
  );

  const endings = [
    { name: "SIGTERM", end: (terminal: pty.IPty) => terminal.kill("SIGTERM") },
    { name: "SIGHUP", end: (terminal: pty.IPty) => terminal.kill("SIGHUP") },
    { name: "Ctrl-C twice", end: (terminal: pty.IPty) => terminal.write("\u0003\u0003") },
  ];

  test.each([...endings, { name: "Ctrl-D", end: (terminal: pty.IPty) => terminal.write("\u0004") }])(
    "in plain mode, $name leaves no mode behind",
    async ({ end }) => {
      const { out, modes } = await modesOf(["--plain"], end);
      expect(modes).toEqual(["2004h", "2004l"]);
      expect(out).not.toContain("\u001b[?1049h");
    },
    waitMs,
  );

  test.each(endings)(
    "at the full screen, $name leaves no mode behind",
    async ({ end }) => {
      const { modes } = await modesOf([], end);
      expect(modes).toContain("1049h");
      const last = new Map(modes.map((mode) => [mode.slice(0, -1), mode.slice(-1)]));
      // Shown and wrapping, as terminals start; everything else is off.
      const on = [...last].filter(([, set]) => set === "h").map(([mode]) => mode);
      expect(on.sort()).toEqual(["25", "7"]);
    },
    waitMs,
  );
});

/** Ends a first run at a terminal when it asks. @returns the private modes that were set and reset, in order. */
async function modesOf(args: readonly string[], end: (terminal: pty.IPty) => void) {
  const terminal = pty.spawn(process.execPath, [program, ...args, "--profile", join(folder, "tty")], {
    cols: 80,
    rows: 24,
    env: { ...process.env, TERM: "xterm-256color" },
  });
  let out = "";
  let ended = false;
  terminal.onData((data) => {
    out += data;
    if (ended || !out.includes("1, 2 or 3:")) return;
    ended = true;
    end(terminal);
  });
  await new Promise((resolve) => terminal.onExit(resolve));
  const modes = [...out.matchAll(/\u001b\[\?(\d+)([hl])/g)].map(([, mode, set]) => `${mode}${set}`);
  return { out, modes };
}
