/** `sottoctl` as a process, against a relay in this one: what each command prints, and how it fails. */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { settingsInForce } from "@sotto/wire";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AdminRequest, parseAdminReply, parseAdminRequest, type Row } from "../src/admin/protocol.ts";
import { socketPath } from "../src/admin/socket-path.ts";
import { type RunningRelay, startRelay } from "../src/index.ts";
import { ask } from "../src/sottoctl/ask.ts";
import { HELP, parseCommand } from "../src/sottoctl/command-line.ts";
import { print } from "../src/sottoctl/print.ts";
import { Trouble } from "../src/trouble.ts";
import { Person, Wire } from "./client.ts";
import { configOf } from "./running.ts";

const BIN = fileURLToPath(new URL("../bin/sottoctl.js", import.meta.url));
vi.setConfig({ testTimeout: 60_000 });

const root = mkdtempSync(join(tmpdir(), "sottoctl-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let data = "";
let relay: RunningRelay;
let stopped = 0;

async function begin(file: Record<string, Record<string, unknown>> = {}): Promise<void> {
  const settings = settingsInForce({ file });
  relay = await startRelay({ config: configOf(file), data, settings, onStop: () => stopped++ });
}
beforeEach(() => {
  data = join(mkdtempSync(join(root, "t")), "data");
  stopped = 0;
});
afterEach(async () => await relay?.stop());

/** What the program does, without the second that it takes to start one. */
async function ctl(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { request, reply } = await asked(args);
    return { code: 0, out: print(request.command, reply), err: "" };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { code: error.exit, out: "", err: `sottoctl: ${error.message}\nhint: ${error.hint}\n` };
  }
}

const rows = async (...args: readonly string[]): Promise<readonly Row[]> => (await asked(args)).reply;

async function asked(args: readonly string[]): Promise<{ request: AdminRequest; reply: readonly Row[] }> {
  const command = parseCommand(["--data", data, ...args]);
  if (!command.ok) throw command.error;
  if (command.value.kind !== "ask") throw new Error("no request");
  const reply = await ask(command.value.data, command.value.request);
  if (!reply.ok) throw new Trouble(reply.message, reply.hint);
  return { request: command.value.request, reply: reply.rows };
}

function program(
  args: readonly string[],
  who: { readonly uid?: number; readonly gid?: number } = {},
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, "--data", data, ...args], who, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
    });
  });
}

describe("the program", () => {
  test("prints a table, or one JSON object per line, and ends with 0", async () => {
    await begin();
    await Person.signUp(relay, "ann");
    await Person.signUp(relay, "bob");
    const [text, json] = await Promise.all([program(["users"]), program(["users", "--json"])]);
    expect(text).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(/^NAME +VERIFIER FINGERPRINT +.*\nann +/),
    });
    const lines = json.out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).name)).toEqual(["ann", "bob"]);
  });

  test("misuse ends with 2, a refusal with 1, each in two lines on standard error", async () => {
    await begin();
    const [misused, failed] = await Promise.all([program(["rooms"]), program(["kick", "nobody"])]);
    expect(misused).toMatchObject({ code: 2, out: "" });
    expect(misused.err).toMatch(/^sottoctl: unknown command "rooms"\nhint: usage: sottoctl .*\n$/);
    expect(failed).toMatchObject({ code: 1, out: "" });
    expect(failed.err).toBe('sottoctl: nobody is called "nobody"\nhint: sottoctl users shows who is\n');
  });

  test("who may not open the folder is told whose command it is", async () => {
    await begin();
    // Root may open everything: then it is somebody else who tries.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chmodSync(root, 0o755);
    else chmodSync(data, 0);
    const { code, err } = await program(["status"], isRoot ? { uid: 65_534, gid: 65_534 } : {});
    chmodSync(data, 0o700);
    expect(code).toBe(1);
    expect(err).toBe(
      `sottoctl: no permission to speak to the relay on ${data}\nhint: run sottoctl as the user that runs sottod, such as with sudo -u\n`,
    );
  });

  test("--help teaches, names no command that there is not, and goes to standard output", async () => {
    const { code, out } = await program(["--help"]);
    expect({ code, out }).toEqual({ code: 0, out: HELP });
    for (const command of ["rooms", "backup", "restore", "check"])
      expect(HELP).not.toMatch(new RegExp(`^  ${command} `, "m"));
  });
});

describe("tables", () => {
  test("online names who is registered and who is anonymous, users everybody who has an account", async () => {
    await begin();
    const ann = await Person.signUp(relay, "ann");
    const bob = await Person.signUp(relay, "bob");
    await Person.hold(relay, "cat");
    const stranger = await Wire.dial(relay);
    await vi.waitFor(async () => expect(await rows("online")).toHaveLength(4));
    const online = await rows("online");
    expect(online.map(({ status, name }) => [status, name])).toEqual([
      ["registered", "ann"],
      ["registered", "bob"],
      ["anonymous", null],
      ["anonymous", null],
    ]);
    for (const row of online) {
      expect(Object.keys(row)).toEqual(["id", "address", "status", "name", "since"]);
      expect(row.address).toMatch(/^127\.0\.0\.1:[0-9]+$/);
      expect(Math.abs(Date.now() - Date.parse(String(row.since)))).toBeLessThan(60_000);
    }
    await bob.wire.close();
    await ctl("ban", "bob");
    const users = await rows("users");
    expect(users).toEqual([
      { ...users[0], name: "ann", status: "active", online: true, admin: true, lastAddress: online[0]?.address },
      { ...users[1], name: "bob", status: "banned", online: false, admin: false, lastAddress: online[1]?.address },
      { ...users[2], name: "cat", status: "held", online: true, admin: false, lastAddress: null },
    ]);
    for (const { verifierFingerprint } of users) expect(verifierFingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(users.map(({ verifierFingerprint }) => verifierFingerprint)).size).toBe(3);
    await Promise.all([ann.wire.close(), stranger.close()]);
  });

  test("a table is aligned, and what somebody else wrote cannot command the terminal", () => {
    const row = { id: 1, address: "127.0.0.1:5", status: "registered", name: "a\u001b[2J\u202eb", since: "now" };
    expect(print("online", [row, { ...row, id: 12, name: null }])).toBe(
      [
        "ID  ADDRESS      STATUS      NAME     SINCE",
        "1   127.0.0.1:5  registered  a\ufffd[2J\ufffdb  now",
        "12  127.0.0.1:5  registered  -        now",
        "",
      ].join("\n"),
    );
    expect(print("online", [])).toBe("ID  ADDRESS  STATUS  NAME  SINCE\n");
  });

  test("the journal of actions shows orders with who gave them and whom they concern", async () => {
    await begin();
    const ann = await Person.signUp(relay, "ann");
    await Person.signUp(relay, "bob");
    await ann.wire.ask({ type: "admin", action: "kick", name: "bob" });
    await ctl("kick", "bob");
    const kicks = (await rows("audit")).filter(({ event }) => event === "kicked");
    expect(kicks).toMatchObject([
      { name: "ann", about: "bob", address: expect.stringContaining("127.0.0.1:") },
      { name: null, about: "bob", address: "sottoctl" },
    ]);
    expect(await rows("audit", "--limit", "1")).toMatchObject([{ about: "bob", name: null }]);
  });

  test("config shows what is in force and from where, and no secret", async () => {
    await begin({ access: { password: "canary password" }, limits: { disk_mb: 64 } });
    const settings = await rows("config");
    expect(settings).toContainEqual({ key: "limits.disk_mb", value: 64, from: "file" });
    expect(settings).toContainEqual({ key: "log.level", value: "info", from: "default" });
    expect(settings).toContainEqual({ key: "access.password", value: "(not shown)", from: "file" });
    expect(JSON.stringify(settings)).not.toContain("canary");
    expect((await ctl("config")).out).toContain("access.password");
  });

  test("status says what runs where, and counts", async () => {
    await begin();
    await Person.signUp(relay, "ann");
    const [status] = await rows("status");
    expect(status).toMatchObject({
      pid: process.pid,
      url: relay.url,
      accounts: 1,
      connections: 1,
      signedIn: 1,
      banned: 0,
    });
    expect((await ctl("status")).out).toMatch(/^version +\S+\npid +[0-9]+\nurl +wss:/);
  });
});

describe("orders", () => {
  test("each says what it did", async () => {
    await begin();
    const ann = await Person.signUp(relay, "ann");
    expect((await ctl("announce", "back", "soon")).out).toBe("announced to 1 device\n");
    expect(await ann.wire.push("notice")).toMatchObject({ text: "back soon" });
    expect((await ctl("kick", "ann")).out).toBe("kicked ann: 1 connection ended\n");
    expect((await ctl("ban", "ann")).out).toBe("banned ann: 0 connections ended\n");
    expect(await ann.resume()).toMatchObject({ code: "banned" });
    expect((await ctl("unban", "ann")).out).toBe("ann may come in again\n");
    expect((await ctl("unban", "ann")).out).toBe("ann was not banned\n");
    expect((await ctl("link")).out).toBe(`${relay.link}\n`);
    const before = relay.link;
    const renewed = (await ctl("regen")).out;
    expect(relay.link).not.toBe(before);
    expect(renewed).toContain(relay.link);
    expect(renewed).toContain(`access password  ${relay.accessPassword}`);
    expect((await ctl("stop")).out).toBe(`the relay (process ${process.pid}) is stopping\n`);
    await vi.waitFor(() => expect(stopped).toBe(1));
  });

  test("a password that is fixed is not renewed, and the setting is named", async () => {
    await begin({ access: { password: "a fixed password" } });
    const { code, err } = await ctl("regen");
    expect(code).toBe(1);
    expect(err).toMatch(/^sottoctl: the access password is fixed by access\.password .*\nhint: .*\n$/);
  });
});

describe("what goes wrong is said in two lines", () => {
  test.each([
    { args: [], text: /a command is missing/ },
    { args: ["rooms"], text: /unknown command "rooms"/ },
    { args: ["backup"], text: /unknown command "backup"/ },
    { args: ["kick"], text: /kick wants one NAME/ },
    { args: ["kick", "a", "b"], text: /kick wants one NAME/ },
    { args: ["announce"], text: /announce wants a text/ },
    { args: ["status", "now"], text: /status takes nothing more, not "now"/ },
    { args: ["audit", "--limit", "0"], text: /audit wants a limit from 1 to/ },
    { args: ["audit", "--limit", "many"], text: /audit wants a limit from 1 to/ },
    { args: ["status", "--limit", "5"], text: /--limit is for audit/ },
    { args: ["--colour", "status"], text: /--colour/ },
  ])("$args is misuse, and the hint lists the commands", ({ args, text }) => {
    const command = parseCommand(args);
    expect(command.ok ? command.value : command.error).toMatchObject({
      message: expect.stringMatching(text),
      hint: expect.stringContaining("status, online, users, "),
      exit: 2,
    });
  });

  test.each([
    { name: "a folder without a relay", prepare: () => mkdirSync(data, { recursive: true }) },
    { name: "no folder at all", prepare: () => undefined },
    { name: "a file in the place of the folder", prepare: () => writeFileSync(data, "") },
  ])("$name: no relay is running there", async ({ prepare }) => {
    prepare();
    const { code, err } = await ctl("status");
    expect(code).toBe(1);
    expect(err).toBe(
      `sottoctl: no relay is running on ${data}\nhint: start it with sottod --data ${data}, or name the folder of the one that runs with --data DIR\n`,
    );
  });
});

describe("the socket", () => {
  const say = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(socketPath(data));
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk;
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(answer));
      socket.write(text);
    });

  test("is for its owner alone, and gone when the relay stopped", async () => {
    await begin();
    const path = socketPath(data);
    expect(dirname(path)).toBe(data);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await relay.stop();
    expect(existsSync(path)).toBe(false);
  });

  test("a dead socket file in its place is replaced", async () => {
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(data, "sottod.sock"), "left behind");
    await begin();
    expect(await rows("status")).toHaveLength(1);
  });

  test("a data folder whose path is too long for a socket has it elsewhere, in a folder of this user alone", async () => {
    data = join(data, "long".repeat(30));
    await begin();
    const path = socketPath(data);
    expect(path).not.toContain(data);
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(await rows("status")).toHaveLength(1);
    await relay.stop();
    expect(existsSync(path)).toBe(false);
  });

  test.each(["nonsense\n", "[]\n", '{"command":"rooms"}\n', '{"command":"kick"}\n'])(
    "%j is answered with what is wrong with it",
    async (line) => {
      await begin();
      expect(parseAdminReply(await say(line))).toMatchObject({ ok: false });
    },
  );

  test("a line without an end is cut off", async () => {
    await begin();
    const startedAt = performance.now();
    expect(await say("x".repeat(100_000))).toBe("");
    // Else it was the wait for a line that ended it.
    expect(performance.now() - startedAt).toBeLessThan(8000);
    expect(await rows("status")).toHaveLength(1);
  });

  test("any line gives a request or a reason, any answer a reply or nothing", () => {
    const lines = fc.oneof(fc.string(), fc.json());
    fc.assert(fc.property(lines, (line) => typeof parseAdminRequest(line).ok === "boolean"));
    fc.assert(fc.property(lines, (line) => ["undefined", "object"].includes(typeof parseAdminReply(line))));
  });
});
