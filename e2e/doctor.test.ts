/** `sotto doctor` on profiles of the real programs: what it finds, what it never shows, and that it changes nothing. */
import { chmod, lstat, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Canary, canary, found } from "./harness/canary.ts";
import type { Person } from "./harness/person.ts";
import { Program, sottoFile } from "./harness/program.ts";
import { Relay } from "./harness/relay.ts";
import { Stage } from "./harness/stage.ts";
import { Terminal } from "./harness/terminal.ts";

interface Finding {
  readonly about: string;
  readonly verdict: "ok" | "look" | "bad";
  readonly what: string;
  readonly hint?: string;
}

interface Report {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** All that it wrote, in words and as JSON. */
  readonly written: Buffer;
}

/** Autowrap and the cursor are on before, and on again afterwards. */
const ON_BEFORE: ReadonlySet<string> = new Set(["7", "25"]);
const TEXT = "canary text of the doctor";
const ROOM = "canary-room";

let stage: Stage;
let person: Person;
let secrets: readonly Canary[];
let places: readonly Canary[];
let passwordFile: string;

beforeAll(async () => {
  stage = await Stage.open();
  // No word of the report has such a name in it.
  person = await stage.signUp("quetzalcoatl");
  const { roomId, link } = await person.call("room.create", { name: ROOM });
  await person.send(roomId, TEXT);
  const { deviceId } = (await person.call("device.list", {}))[0] ?? { deviceId: "" };
  const { relay } = stage;
  const [, secretOfRoom = ""] = link.split("#");
  secrets = [
    canary("the password", person.password),
    canary("the name", person.name),
    canary("the room", ROOM),
    canary("the room's id", roomId),
    canary("a text", TEXT),
    canary("the access password", relay.said.accessPassword),
    canary("the secret of the link to the room", secretOfRoom.slice(0, 20)),
    canary("the recovery phrase", person.recoveryPhrase.split(" ").slice(0, 3).join(" ")),
    canary("the second factor", new URL(person.totpUri).searchParams.get("secret") ?? "?"),
    canary("the account", person.accountId),
    canary("the device", deviceId),
    ...person.backupCodes.map((code) => canary("a backup code", code)),
  ];
  places = [
    canary("the path of the profile", person.profile),
    canary("the address", "127.0.0.1"),
    canary("the port", String(relay.port)),
  ];
  passwordFile = join(stage.dir, "password");
  await writeFile(passwordFile, `${person.password}\n`, { mode: 0o600 });
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

async function run(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly out: Buffer; readonly err: Buffer }> {
  await using program = new Program(sottoFile, ["doctor", "--profile", person.profile, ...args], stage.dir);
  program.endInput();
  const { code } = await program.ended;
  return { code, out: program.stdout, err: program.stderr };
}

/** In words and as JSON: both say the same. */
async function doctor(...args: readonly string[]): Promise<Report> {
  const [words, json] = [await run(args), await run(["--json", ...args])];
  expect(words.code).toBe(json.code);
  expect(words.err.toString() + json.err.toString()).toBe("");
  const report: { readonly ok: boolean; readonly findings: readonly Finding[] } = JSON.parse(json.out.toString());
  expect(report.ok).toBe(json.code === 0);
  for (const { about, verdict } of report.findings)
    expect(words.out.toString()).toMatch(new RegExp(`^${verdict} +${about} `, "m"));
  return { code: json.code, findings: report.findings, written: Buffer.concat([words.out, json.out]) };
}

const verdicts = ({ findings }: Report, ...wanted: readonly string[]) =>
  wanted.map((about) => `${about} ${findings.find((one) => one.about === about)?.verdict}`);

const of = ({ findings }: Report, about: string) => findings.find((one) => one.about === about)?.what;

/** Names, rights, times and bytes of all that lies in the profile. */
async function state(): Promise<unknown> {
  const names = (await readdir(person.profile)).toSorted();
  const files = names.map(async (name) => {
    const path = join(person.profile, name);
    const { mode, mtimeMs, size } = await lstat(path);
    return { name, mode, mtimeMs, bytes: size === 0 ? "" : (await readFile(path)).toString("base64") };
  });
  const { mode, mtimeMs } = await stat(person.profile);
  return { mode, mtimeMs, files: await Promise.all(files) };
}

test("through the sotto that has the profile open it tells of everything, and shows nothing of whom and where", async () => {
  const report = await doctor();
  expect(report.code).toBe(0);
  const all = ["library", "folder", "files", "vault", "account", "relay", "clock", "connection", "waiting"];
  expect(verdicts(report, ...all)).toEqual(all.map((about) => `${about} ok`));
  expect(of(report, "vault")).toContain("open in another sotto");
  expect(of(report, "relay")).toBe("reachable, with the key that this profile knows");
  expect(found([...secrets, ...places], report.written)).toEqual([]);
});

test("--full adds path, address and key, and no secret", async () => {
  const report = await doctor("--full");
  expect(found(places, report.written)).toEqual(places.map(({ what }) => what));
  // The tests call the folder of a profile after its person.
  const path = found([canary("the name", person.name)], Buffer.from(person.profile));
  expect(found(secrets, report.written)).toEqual(path);
});

test("on a terminal it asks what the terminal can do, and puts it back before the first line", async () => {
  await using terminal = new Terminal(process.execPath, [sottoFile, "doctor", "--profile", person.profile], stage.dir, {
    columns: 120,
    rows: 40,
  });
  terminal.screen.onData((answer) => terminal.press(answer));
  expect(await terminal.ended).toBe(0);
  const shown = terminal.lines.join("\n");
  expect(shown).toMatch(/^ok +terminal +TERM xterm-256color, size 120x40$/m);
  expect(shown).toMatch(/^(ok|look) +abilities +.*links, clipboard/m);
  expect(shown).toMatch(/^sotto doctor: /);
  expect(terminal.screen.buffer.active.type).toBe("normal");
  const raw = terminal.raw.toString();
  const modes = [...raw.matchAll(/\u001b\[\?(\d+)([hl])/g)].map(([, mode, set]) => ({ mode, set }));
  expect(modes).toContainEqual({ mode: "1049", set: "h" });
  for (const { mode, set } of modes.filter((one) => one.set === "h" && !ON_BEFORE.has(one.mode ?? ""))) {
    expect(
      modes.findLast((one) => one.mode === mode),
      `mode ${mode}${set} is undone`,
    ).toEqual({ mode, set: "l" });
  }
});

test("a database library that does not load is a finding, and not the end", async () => {
  const hook = join(stage.dir, "no-database.js");
  const refuse =
    'if (name.startsWith("better-sqlite3")) throw new Error("not for this system"); return next(name, context);';
  await writeFile(
    hook,
    `import { registerHooks } from "node:module"; registerHooks({ resolve(name, context, next) { ${refuse} } });`,
  );
  const args = ["doctor", "--json", "--profile", person.profile];
  await using program = new Program(sottoFile, args, stage.dir, {
    NODE_OPTIONS: `--import=${pathToFileURL(hook).href}`,
  });
  expect(await program.ended).toEqual({ code: 1, signal: null });
  const { ok, findings } = JSON.parse(program.stdout.toString());
  expect(ok).toBe(false);
  expect(findings.at(-1)).toMatchObject({
    about: "library",
    verdict: "bad",
    hint: expect.stringContaining("npm install"),
  });
  expect(program.stderr.toString()).toBe("");
});

test("without a relay it says why, and how many messages wait", async () => {
  const [room] = await person.call("room.list", {});
  await stage.relay.kill();
  void person.send(room?.roomId ?? "", "waits").catch(() => undefined);
  await person.until(
    (notes) => notes.some((note) => note.type === "connection" && note.state === "offline"),
    "offline",
  );
  const report = await doctor();
  expect(report.code).toBe(1);
  expect(verdicts(report, "relay", "connection", "waiting")).toEqual(["relay bad", "connection look", "waiting look"]);
  expect(of(report, "relay")).toBe("not reachable: nothing listens there");
  expect(of(report, "waiting")).toBe("1 message waits to be sent");
  expect(found([...secrets, ...places], report.written)).toEqual([]);
});

test("another relay in its place is told from the known one", async () => {
  const { relay } = stage;
  await using stranger = await Relay.start(stage.dir, {}, "stranger", relay.port);
  const report = await doctor();
  expect(report.code).toBe(1);
  expect(of(report, "relay")).toBe("reachable, with another key than the one that this profile knows");
  expect(report.findings.some(({ about }) => about === "clock")).toBe(false);
  await stranger.kill();
  await relay.start();
  // Its next try by itself may be half a minute away.
  await person.kill("SIGTERM");
  await person.comeBack();
  await person.settled();
});

test("a locked profile stays as it is, to the bytes and times, and nothing of it is asked", async () => {
  await person.kill("SIGTERM");
  const before = await state();
  const report = await doctor();
  expect(report.code).toBe(0);
  expect(verdicts(report, "vault", "relay")).toEqual(["vault ok", "relay look"]);
  expect(of(report, "vault")).toMatch(/^locked, /);
  expect(await state()).toEqual(before);
  expect(found([...secrets, ...places], report.written)).toEqual([]);
});

test("with the password it tells as much as a sotto that runs", async () => {
  const report = await doctor("--password-file", passwordFile);
  expect(report.code).toBe(0);
  expect(verdicts(report, "vault", "account", "relay", "clock", "connection")).toEqual([
    "vault ok",
    "account ok",
    "relay ok",
    "clock ok",
    "connection ok",
  ]);
  expect(found([...secrets, ...places], report.written)).toEqual([]);
});

test("a wrong password is said, and is not repeated", async () => {
  const wrong = join(stage.dir, "wrong");
  await writeFile(wrong, "canary of a wrong password\n", { mode: 0o600 });
  const report = await doctor("--password-file", wrong);
  expect(report.code).toBe(1);
  expect(of(report, "vault")).toBe("the password does not open it");
  expect(report.written.includes("canary")).toBe(false);
});

test("a folder that others can read is bad, and stays so until somebody changes it", async () => {
  await chmod(person.profile, 0o755);
  const report = await doctor("--password-file", passwordFile);
  expect(report.code).toBe(1);
  expect(verdicts(report, "folder", "vault")).toEqual(["folder bad", "vault ok"]);
  expect((await stat(person.profile)).mode & 0o777).toBe(0o755);
  await chmod(person.profile, 0o700);
});
