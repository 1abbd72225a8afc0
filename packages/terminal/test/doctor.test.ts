/** What the doctor finds where something is wrong, and that it leaves everything as it is. The real programs: e2e/doctor.test.ts. */
import { hash } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Finding } from "../src/doctor/finding.ts";
import { lookAtFolder } from "../src/doctor/folder.ts";
import { type Here, hereFindings } from "../src/doctor/here.ts";
import { insideFindings } from "../src/doctor/inside.ts";
import { clockFinding } from "../src/doctor/relay.ts";
import { findingText, isWell, reportJson, summaryText } from "../src/doctor/report.ts";
import { capabilitiesOf } from "../src/full/capabilities.ts";
import { setLanguage } from "../src/text/index.ts";

const base = mkdtempSync(join(tmpdir(), "sotto-doctor-"));
let count = 0;
afterAll(() => rmSync(base, { recursive: true, force: true }));
afterEach(() => setLanguage("en"));

const here: Here = {
  version: "0.1.0",
  node: "24.21.0",
  system: "linux x64 6.1.0",
  env: { TERM: "xterm-256color", LANG: "en_GB.UTF-8", HOME: "/nowhere" },
  isTerminal: true,
  size: { columns: 80, rows: 24 },
  capabilities: undefined,
};

const about = (findings: readonly Finding[], wanted: Finding["about"]) =>
  findings.find(({ about: one }) => one === wanted);

describe("version, language and terminal", () => {
  test("where all is well, all is ok", () => {
    expect(hereFindings(here).map(({ about: one, verdict, what }) => [one, verdict, what])).toEqual([
      ["version", "ok", "sotto 0.1.0, protocol 1"],
      ["node", "ok", "Node 24.21.0 on linux x64 6.1.0"],
      ["language", "ok", "en, locale en_GB.UTF-8"],
      ["terminal", "ok", "TERM xterm-256color, size 80x24"],
      ["colour", "ok", "on, 256 colours"],
      ["settings", "ok", "no file of your own"],
    ]);
  });

  test.each([
    { name: "an old Node", change: { node: "22.18.9" }, of: "node", verdict: "bad", what: "22.18.9" },
    { name: "a Node that is just enough", change: { node: "22.19.0" }, of: "node", verdict: "ok", what: "22.19.0" },
    { name: "no locale", change: { env: { TERM: "xterm" } }, of: "language", verdict: "look", what: "locale none" },
    {
      name: "LC_ALL before LANG",
      change: { env: { ...here.env, LC_ALL: "C" } },
      of: "language",
      verdict: "look",
      what: "locale C",
    },
    { name: "a pipe", change: { isTerminal: false }, of: "terminal", verdict: "look", what: "80x24" },
    { name: "TERM=dumb", change: { env: { TERM: "dumb" } }, of: "terminal", verdict: "look", what: "TERM dumb" },
    { name: "no TERM", change: { env: {} }, of: "terminal", verdict: "look", what: "TERM not set" },
    { name: "39 columns", change: { size: { columns: 39, rows: 24 } }, of: "terminal", verdict: "look", what: "39x24" },
    { name: "9 rows", change: { size: { columns: 40, rows: 9 } }, of: "terminal", verdict: "look", what: "40x9" },
    { name: "40x10", change: { size: { columns: 40, rows: 10 } }, of: "terminal", verdict: "ok", what: "40x10" },
    {
      name: "NO_COLOR",
      change: { env: { ...here.env, NO_COLOR: "1" } },
      of: "colour",
      verdict: "ok",
      what: "off: NO_COLOR",
    },
    {
      name: "true colour",
      change: { env: { ...here.env, COLORTERM: "truecolor" } },
      of: "colour",
      verdict: "ok",
      what: "true colour",
    },
  ] as const)("$name: $of is $verdict", ({ change, of, verdict, what }) => {
    const finding = about(hereFindings({ ...here, ...change }), of);
    expect(finding).toMatchObject({ verdict, what: expect.stringContaining(what) });
    expect(finding?.hint === undefined).toBe(verdict === "ok");
  });

  test("tmux and SSH are told of, and not where or from where", () => {
    const env = { ...here.env, TMUX: "/tmp/tmux-1000/canary,1,0", SSH_CONNECTION: "203.0.113.7 1 203.0.113.8 22" };
    const found = hereFindings({ ...here, env });
    expect(about(found, "terminal")?.what).toBe("TERM xterm-256color, size 80x24, in tmux, over SSH");
    expect(JSON.stringify(found)).not.toMatch(/canary|203\.0/);
  });

  test("a value that does not look like one of its kind is not repeated", () => {
    const odd = "sotto://host/#k=canary";
    const env = { TERM: odd, LANG: `${odd} UTF-8`, COLORTERM: "\u001b[31mcanary", TERM_PROGRAM: "canary ".repeat(9) };
    expect(JSON.stringify(hereFindings({ ...here, env }))).not.toContain("canary");
  });
});

describe("what the terminal answered", () => {
  const answered = { ...capabilitiesOf(here.env), synchronised: true, background: "light" } as const;

  test("is told in words", () => {
    expect(about(hereFindings({ ...here, capabilities: answered }), "abilities")).toEqual({
      about: "abilities",
      verdict: "ok",
      what: "draws a frame at once, links, clipboard, notifications by the bell, light background",
    });
  });

  test("emoji that it draws wider or narrower are worth a look, and nothing is to be done", () => {
    const capabilities = { ...answered, emoji: { joined: false, flags: true, variation: true } };
    const finding = about(hereFindings({ ...here, capabilities }), "abilities");
    expect(finding).toMatchObject({ verdict: "look", what: expect.stringContaining("other widths of emoji") });
  });
});

describe("settings", () => {
  const withFiles = (files: Readonly<Record<string, string>>): Here => {
    const config = join(base, `c${count++}`);
    mkdirSync(join(config, "sotto"), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(config, "sotto", name), text);
    return { ...here, env: { ...here.env, XDG_CONFIG_HOME: config } };
  };

  test("files that hold are named", () => {
    const files = { "sotto.toml": "[screen]\nmouse = false\n", "keys.toml": 'palette = ["ctrl+k"]\n' };
    expect(about(hereFindings(withFiles(files)), "settings")).toMatchObject({
      verdict: "ok",
      what: "sotto.toml, keys.toml",
    });
  });

  test("what has no effect is named by file and key, and its value is not repeated", () => {
    const files = {
      "sotto.toml": '[screen]\nmouse = "canary"\ntheme = "no-such-canary"\n"a canary" = 1\n',
      "keys.toml": 'palettte = ["canary"]\n',
    };
    const finding = about(hereFindings(withFiles(files)), "settings");
    expect(finding).toMatchObject({ verdict: "look", what: expect.stringContaining("sotto.toml screen.mouse") });
    expect(finding?.what).toContain("keys.toml palettte");
    expect(JSON.stringify(finding)).not.toContain("canary");
  });

  test("a file that is no TOML is named", () => {
    const finding = about(hereFindings(withFiles({ "keys.toml": "= = =" })), "settings");
    expect(finding).toMatchObject({ verdict: "look", what: "without effect: keys.toml" });
  });
});

/** A folder with files in it, each for its owner alone. */
function profileWith(files: Readonly<Record<string, string>>): string {
  const dir = join(base, `p${count++}`);
  mkdirSync(dir, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text, { mode: 0o600 });
  return dir;
}

async function inside(dir: string, full = false, password?: string): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const secrets = { password, code: undefined };
  for await (const one of insideFindings({ dir, profile: dir, secrets, full, now: () => 0 })) found.push(one);
  return found;
}

function keyFile(version: number): string {
  const slots = version === 1 ? [slot] : [{ later: true }];
  const body = { version, slots };
  return `${JSON.stringify({ ...body, check: hash("sha256", JSON.stringify(body), "hex") })}\n`;
}
const bytes = (length: number): string => Buffer.alloc(length, 7).toString("base64url");
const slot = { memoryKiB: 64, passes: 1, lanes: 1, salt: bytes(16), nonce: bytes(12), sealed: bytes(48) };

describe("the profile", () => {
  test("one that is not there is said, and not made", async () => {
    const dir = join(base, "nobody");
    expect((await inside(dir)).map(({ about: one, verdict }) => [one, verdict])).toEqual([
      ["library", "ok"],
      ["folder", "look"],
    ]);
    expect(() => statSync(dir)).toThrow("ENOENT");
  });

  test("a file in its place is no folder", async () => {
    const dir = join(base, "file");
    writeFileSync(dir, "");
    expect(about(await inside(dir), "folder")).toMatchObject({ verdict: "bad", what: expect.stringContaining("no") });
  });

  test.each([
    { name: "a folder that others can read", mode: 0o755, of: "folder", what: "755" },
    { name: "one that is closed", mode: 0o700, of: "folder", what: undefined },
  ] as const)("$name", async ({ mode, what }) => {
    const dir = profileWith({});
    chmodSync(dir, mode);
    const finding = about(await inside(dir), "folder");
    if (what === undefined) expect(finding?.verdict).toBe("ok");
    else expect(finding).toMatchObject({ verdict: "bad", what: expect.stringContaining(what) });
    expect(statSync(dir).mode & 0o777).toBe(mode);
  });

  test("a file that others can read is named", async () => {
    const dir = profileWith({ "vault.key": keyFile(1), "vault.db": "x", "vault.lock": "" });
    chmodSync(join(dir, "vault.db"), 0o640);
    expect(about(await inside(dir), "files")).toMatchObject({
      verdict: "bad",
      what: expect.stringMatching(/ vault\.db$/),
    });
    expect(statSync(join(dir, "vault.db")).mode & 0o777).toBe(0o640);
  });

  test.runIf(process.getuid?.() === 0)("a file of another user is named", async () => {
    const dir = profileWith({ "vault.key": keyFile(1), "vault.db": "x" });
    chownSync(join(dir, "vault.key"), 12_345, 12_345);
    expect(about(await inside(dir), "files")).toMatchObject({
      verdict: "bad",
      what: expect.stringContaining("vault.key"),
    });
  });

  test("what else lies in the folder is not told of", async () => {
    const { findings } = await lookAtFolder(profileWith({ "canary.txt": "canary" }), "it");
    expect(JSON.stringify(findings)).not.toContain("canary");
  });

  test.each([
    { name: "no files", files: {}, of: "account", verdict: "look", what: "nobody" },
    {
      name: "a database without its key file",
      files: { "vault.db": "x" },
      of: "vault",
      verdict: "bad",
      what: "key file is not",
    },
    {
      name: "a key file without its database",
      files: { "vault.key": keyFile(1) },
      of: "vault",
      verdict: "bad",
      what: "database is not",
    },
    {
      name: "a key file that is cut short",
      files: { "vault.key": keyFile(1).slice(0, -9), "vault.db": "x" },
      of: "vault",
      verdict: "bad",
      what: "damaged",
    },
    {
      name: "an empty key file",
      files: { "vault.key": "", "vault.db": "x" },
      of: "vault",
      verdict: "bad",
      what: "damaged",
    },
    {
      name: "a key file of a later version",
      files: { "vault.key": keyFile(2), "vault.db": "x" },
      of: "vault",
      verdict: "bad",
      what: "newer",
    },
    {
      name: "a vault",
      files: { "vault.key": keyFile(1), "vault.db": "x" },
      of: "vault",
      verdict: "ok",
      what: "locked",
    },
    {
      name: "a vault that is being made",
      files: { "vault.key": keyFile(1), "vault.db.aside": "x" },
      of: "vault",
      verdict: "ok",
      what: "locked",
    },
  ] as const)("$name: $of is $verdict", async ({ files, of, verdict, what }) => {
    const dir = profileWith(files);
    const found = await inside(dir);
    expect(about(found, of)).toMatchObject({ verdict, what: expect.stringContaining(what) });
    expect(isWell(found)).toBe(verdict !== "bad");
    for (const [name, text] of Object.entries(files)) expect(readFileSync(join(dir, name), "utf8")).toBe(text);
  });

  test("the path is shown with --full alone", async () => {
    const dir = profileWith({});
    expect(JSON.stringify(await inside(dir))).not.toContain(base);
    expect(about(await inside(dir, true), "folder")?.what).toContain(dir);
  });

  test("with a password a folder that others can read is not opened, which would close it", async () => {
    const dir = profileWith({ "vault.key": keyFile(1), "vault.db": "x" });
    chmodSync(dir, 0o755);
    const found = await inside(dir, false, "correct horse battery");
    expect(about(found, "vault")?.what).toContain("locked");
    expect(statSync(dir).mode & 0o777).toBe(0o755);
  });
});

describe("the clock", () => {
  const now = 1_800_000_000_000;
  test.each([
    { name: "the same second", ahead: 0, verdict: "ok", what: "to a few seconds" },
    { name: "two seconds, which may be the network", ahead: 2_000, verdict: "ok", what: "to a few seconds" },
    { name: "ten seconds", ahead: 10_000, verdict: "ok", what: "10 seconds ahead" },
    { name: "ten seconds behind", ahead: -10_000, verdict: "ok", what: "10 seconds behind" },
    { name: "ten minutes", ahead: 600_000, verdict: "look", what: "10 minutes ahead" },
    { name: "two days behind", ahead: -172_800_000, verdict: "bad", what: "48 hours behind" },
  ])("$name: $verdict", ({ ahead, verdict, what }) => {
    const finding = clockFinding({ at: now, askedAt: now + 500 + ahead, tookMs: 4 });
    expect(finding).toMatchObject({ verdict, what: expect.stringContaining(what) });
  });

  test("a slow answer is given the time that it took", () => {
    expect(clockFinding({ at: now, askedAt: now + 7_500, tookMs: 9_000 })).toMatchObject({
      what: expect.stringContaining("to a few seconds"),
    });
  });

  test("a relay that does not tell is no fault", () => {
    expect(clockFinding(undefined).verdict).toBe("look");
  });
});

describe("the report", () => {
  const findings: readonly Finding[] = [
    { about: "relay", verdict: "bad", what: "one\n\u001b[31mtwo", hint: "do \u202ethis" },
    { about: "clock", verdict: "look", what: "late", hint: "set it" },
    { about: "disk", verdict: "ok", what: "fine" },
  ];

  test("no byte of it is one that a terminal obeys", () => {
    const text = findings.map((finding) => findingText(finding, false)).join("");
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text.split("\n")).toHaveLength(6);
  });

  test("hints stand below what they are for, and the end counts", () => {
    expect(
      findings
        .slice(1)
        .map((finding) => findingText(finding, false))
        .join("") + summaryText(findings),
    ).toBe("look  clock       late\n                  set it\nok    disk        fine\n\n1 bad, 1 to look at\n");
  });

  test("as JSON it is one line", () => {
    const text = reportJson(findings);
    expect(text.trimEnd()).not.toContain("\n");
    expect(JSON.parse(text)).toEqual({ ok: false, findings });
    expect(JSON.parse(reportJson(findings.slice(1))).ok).toBe(true);
  });

  test("in French it is French", () => {
    setLanguage("fr");
    const text = hereFindings(here)
      .map((finding) => findingText(finding, false))
      .join("");
    expect(text).toMatch(/^bon +version +sotto 0\.1\.0, protocole 1\n/);
    expect(summaryText(findings)).toBe("\n1 défaut, 1 à voir\n");
  });
});
