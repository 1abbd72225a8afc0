/** The program itself, as a child process: what it prints, how it ends, and what is left after it was killed. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseLink } from "@sotto/wire";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { expectType, PASSWORD, Person, some, someEntry } from "./client.ts";

const BIN = fileURLToPath(new URL("../bin/sottod.js", import.meta.url));
// Each starts real processes, several of them more than one, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const root = mkdtempSync(join(tmpdir(), "sottod-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Sottod {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  out: string;
  err: string;
}

interface Listening {
  readonly event: "listening";
  readonly url: string;
  readonly link: string;
  readonly accessPassword: string;
  readonly pid: number;
}

let data = "";
let running: Sottod[] = [];
beforeEach(() => {
  data = join(mkdtempSync(join(root, "t")), "data");
});
afterEach(() => {
  for (const { child } of running) child.kill("SIGKILL");
  running = [];
});

function run(args: readonly string[], env: Record<string, string> = {}): Sottod {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const sottod: Sottod = {
    child,
    out: "",
    err: "",
    ended: new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal }))),
  };
  child.stdout?.on("data", (part) => {
    sottod.out += part;
  });
  child.stderr?.on("data", (part) => {
    sottod.err += part;
  });
  running.push(sottod);
  return sottod;
}

async function listening(
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Listening & { sottod: Sottod }> {
  const sottod = run(["--data", data, "--listen", "127.0.0.1:0", "--json", ...args], {
    SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0",
    ...env,
  });
  for (let time = 0; time < 800 && !sottod.out.includes("\n"); time++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  if (!sottod.out.includes("\n")) throw new Error(`sottod did not listen: ${sottod.err}`);
  return { ...JSON.parse(sottod.out), sottod };
}

async function fails(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; lines: string[] }> {
  const sottod = run(args, env);
  const { code } = await sottod.ended;
  expect(sottod.out).toBe("");
  const lines = sottod.err.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^sottod: /);
  expect(lines[1]).toMatch(/^hint: /);
  return { code, lines };
}

describe("start", () => {
  test("--json prints exactly one line, whose link leads to the relay and lets a newcomer in", async () => {
    const { sottod, ...line } = await listening();
    expect(Object.keys(line).sort()).toEqual(["accessPassword", "event", "link", "pid", "url"]);
    expect(line).toMatchObject({ event: "listening", pid: sottod.child.pid });
    expect(line.accessPassword).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const link = parseLink(line.link);
    expect(line.url).toBe(`wss://${link?.host}:${link?.port}/v1`);
    expect(link).toMatchObject({ accessPassword: line.accessPassword, room: undefined });
    expect(link?.pin).toHaveLength(32);
    await Person.signUp(line, "ann");
    expect(sottod.out.trimEnd().split("\n")).toHaveLength(1);
  });

  test("for people it prints address, password, link and how to stop, and no QR into a file", async () => {
    const sottod = run(["--data", data, "--listen", "0.0.0.0:0"], { SOTTO_ACCESS_PASSWORD: "open sesame 1" });
    for (let time = 0; time < 800 && !sottod.out.includes("Ctrl-C"); time++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sottod.out).toContain("access password  open sesame 1");
    expect(sottod.out).toMatch(/sotto:\/\/\S+\/#k=\S{43}&a=open%20sesame%201/);
    expect(sottod.out).toContain("It listens on every address of this machine");
    expect(sottod.out).not.toMatch(/[\u2580-\u259f\u001b]/);
  });

  test("[server] public names the relay in links", async () => {
    const line = await listening([], { SOTTO_SERVER_PUBLIC: "chat.example.org:443" });
    expect(parseLink(line.link)).toMatchObject({ host: "chat.example.org", port: 443 });
    const ann = await Person.signUp(line, "ann");
    expect(await ann.resume()).toMatchObject({ address: "chat.example.org:443" });
  });

  test("the access password is new at each start, the keys stay", async () => {
    const first = await listening();
    first.sottod.child.kill("SIGTERM");
    await first.sottod.ended;
    const second = await listening();
    expect(second.accessPassword).not.toBe(first.accessPassword);
    expect(parseLink(second.link)?.pin).toEqual(parseLink(first.link)?.pin);
  });

  test("what it makes is for its owner alone", async () => {
    await listening();
    expect(statSync(data).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(data)) expect(statSync(join(data, name)).mode & 0o777).toBe(0o600);
    expect(existsSync(join(data, "relay.key"))).toBe(true);
  });

  test("--help teaches and --version says, both on standard output", async () => {
    const [help, version] = [run(["--help"]), run(["--version"])];
    expect(await help.ended).toMatchObject({ code: 0 });
    expect(help.out).toContain("examples:");
    await version.ended;
    expect(version.out).toMatch(/^sottod \d+\.\d+\.\d+\n$/);
  });
});

describe("what goes wrong is said in two lines", () => {
  test.each([
    { name: "an unknown flag", args: ["--colour"], text: /--colour/ },
    { name: "a word too many", args: ["start"], text: /start/ },
    { name: "a flag without its value", args: ["--data"], text: /--data/ },
    { name: "no port", args: ["--listen", "localhost"], text: /HOST:PORT/ },
    { name: "a port that is none", args: ["--listen", "127.0.0.1:99999"], text: /server\.port wants .* 65535/ },
    {
      name: "an address of another machine",
      args: ["--listen", "192.0.2.1:0"],
      text: /192\.0\.2\.1 is no address of this machine/,
    },
    { name: "a missing configuration", args: ["--config", "/nowhere/sotto.toml"], text: /cannot read \/nowhere/ },
  ])("$name: exit 2", async ({ args, text }) => {
    const { code, lines } = await fails(["--data", data, ...args].slice(args[0] === "--data" ? 2 : 0));
    expect(code).toBe(2);
    expect(lines[0]).toMatch(text);
  });

  test("all faults of the configuration at once, without the secret", async () => {
    const file = join(root, "wrong.toml");
    writeFileSync(file, '[server]\nport = "x"\n[access]\npassword = "canary"\nfor = "all"\n[other]\n');
    const { code, lines } = await fails(["--data", data, "--config", file]);
    expect(code).toBe(2);
    for (const key of ["server.port", "access.password", "access.for", "other"]) expect(lines[0]).toContain(key);
    expect(lines.join()).not.toContain("canary");
  });

  test("a file that is no TOML, without quoting it", async () => {
    const file = join(root, "broken.toml");
    writeFileSync(file, '[access]\npassword = "canary\n');
    const { code, lines } = await fails(["--data", data, "--config", file]);
    expect(code).toBe(2);
    expect(lines.join()).not.toContain("canary");
  });

  test("a port in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const { code, lines } = await fails(["--data", data, "--listen", `127.0.0.1:${port}`]);
    expect(code).toBe(1);
    expect(lines[0]).toBe(`sottod: 127.0.0.1:${port} is in use by another program`);
    server.close();
  });

  test("a second sottod on one data folder", async () => {
    await listening();
    const { code, lines } = await fails(["--data", data, "--listen", "127.0.0.1:0"]);
    expect(code).toBe(1);
    expect(lines[0]).toBe(`sottod: another sottod is running on ${data}`);
  });

  test("a missing key file beside a database: no new one is made", async () => {
    const { sottod } = await listening();
    sottod.child.kill("SIGTERM");
    await sottod.ended;
    rmSync(join(data, "relay.key"));
    const { code, lines } = await fails(["--data", data, "--listen", "127.0.0.1:0"]);
    expect(code).toBe(1);
    expect(lines[0]).toContain("relay.key is missing");
    expect(existsSync(join(data, "relay.key"))).toBe(false);
  });

  test("a damaged key file", async () => {
    const { sottod } = await listening();
    sottod.child.kill("SIGTERM");
    await sottod.ended;
    writeFileSync(join(data, "relay.key"), "{}");
    const { code, lines } = await fails(["--data", data, "--listen", "127.0.0.1:0"]);
    expect(code).toBe(1);
    expect(lines[0]).toContain("relay.key is damaged");
  });

  test("the key file of another relay: the database is left as it is", async () => {
    const { sottod } = await listening();
    sottod.child.kill("SIGTERM");
    await sottod.ended;
    const mine = data;
    data = join(mkdtempSync(join(root, "t")), "data");
    const other = await listening();
    other.sottod.child.kill("SIGTERM");
    await other.sottod.ended;
    const before = readFileSync(join(mine, "relay.db"));
    copyFileSync(join(data, "relay.key"), join(mine, "relay.key"));
    const { code, lines } = await fails(["--data", mine, "--listen", "127.0.0.1:0"]);
    expect(code).toBe(1);
    expect(lines[0]).toContain("belongs to another key file");
    expect(readFileSync(join(mine, "relay.db")).equals(before)).toBe(true);
  });
});

describe("end", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s says so to everybody, ends in order with 0 and leaves one database file",
    async (signal) => {
      const line = await listening();
      const ann = await Person.signUp(line, "ann");
      line.sottod.child.kill(signal);
      expect(await ann.wire.closed).toMatchObject({ code: 1001 });
      expect(ann.wire.pushed.at(-1)).toMatchObject({ type: "drain" });
      expect(await line.sottod.ended).toEqual({ code: 0, signal: null });
      expect(readdirSync(data).sort()).toEqual(["relay.db", "relay.key"]);
    },
  );

  test("whoever stops it with its first line just read stops it in order", async () => {
    // As fast as anybody can be: the signal is there before the line's write is over.
    const asSoonAsSaid = `const write = process.stdout.write.bind(process.stdout);
      process.stdout.write = (...all) => { const done = write(...all); process.kill(process.pid, "SIGTERM"); return done; };`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(asSoonAsSaid)}` };
    const { sottod } = await listening([], env);
    expect(await sottod.ended).toEqual({ code: 0, signal: null });
  });

  test("kill -9 under load loses nothing that was acknowledged, leaves no gap, and repeats get their first seq", async () => {
    const first = await listening();
    const ann = await Person.signUp(first, "ann");
    const room = await ann.createRoom();
    const sent = Array.from({ length: 3000 }, (_, index) => ({
      type: "append" as const,
      room,
      id: someEntry(),
      head: 0,
      base: 0,
      bytes: some(300),
      continues: index > 0,
    }));
    const acked = new Map<number, number>();
    const requests = new Map(sent.map((body, index) => [ann.wire.send(body), index]));
    await ann.wire.until(
      () => (ann.wire.order.filter(({ body }) => body.type === "ack").length > 500 ? true : undefined),
      "500 acks",
    );
    process.kill(first.pid, "SIGKILL");
    await first.sottod.ended;
    await ann.wire.closed;
    for (const { request, body } of ann.wire.order) {
      const index = requests.get(request);
      if (body.type === "ack" && index !== undefined) acked.set(index, body.seq);
    }
    expect(acked.size).toBeGreaterThan(500);
    expect(acked.size).toBeLessThan(3000);

    const second = await listening();
    ann.wire.socket.terminate();
    const back = new Person({ ...ann, place: second } as never);
    expect(expectType(await back.resume(5), "session")).toMatchObject({ confirmed: true, rooms: [{ room }] });
    const stored: { seq: number; id: string }[] = [];
    for (let from = 1, last = 1; from <= last; from = stored.length + 1) {
      const part = await back.wire.get({ type: "fetch", room, from, limit: 500 }, "fetched");
      last = part.last;
      stored.push(...part.entries);
    }
    expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
    for (const [index, seq] of acked) expect(stored[seq - 1]?.id).toBe(sent[index]?.id);
    for (const index of [0, 250, acked.size - 1])
      expect(await back.wire.ask(sent[index]!)).toMatchObject({ type: "ack", seq: acked.get(index) });
  });

  test("no secret stands in the log or in the data folder's files", async () => {
    const line = await listening();
    const ann = await Person.signUp(line, "ann");
    const room = await ann.createRoom();
    const canary = new TextEncoder().encode("canary-in-a-message");
    await ann.wire.get(
      { type: "append", room, id: someEntry(), head: 0, base: 0, bytes: canary, continues: false },
      "ack",
    );
    const secrets = ["canary", PASSWORD, line.accessPassword, ...ann.backupCodes];
    const kept = readdirSync(data).filter((name) => statSync(join(data, name)).isFile());
    const files = kept.map((name) => readFileSync(join(data, name)));
    for (const secret of secrets) {
      expect(line.sottod.err).not.toContain(secret);
      for (const file of files) expect(file.includes(secret)).toBe(false);
    }
    for (const file of files) expect(file.includes(Buffer.from(ann.totpSecret))).toBe(false);
    for (const text of line.sottod.err.trimEnd().split("\n")) expect(() => JSON.parse(text)).not.toThrow();
  });
});
