/** Files that are damaged, missing, or may not be written: both programs say so in words, and change nothing. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnv, sottodFile, sottoFile } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

/** Rights bite only who is not root: under root the programs run as nobody. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

let stage: Stage;
let password: string;
let relayData: string;
let profile: string;
let copies = 0;

beforeAll(async () => {
  stage = await Stage.open();
  const alice = await stage.signUp("alice");
  password = alice.password;
  const { roomId } = await alice.call("room.create", { name: "kept" });
  for (let count = 0; count < 30; count++) await alice.send(roomId, `a text that is kept ${count}`);
  await alice.kill("SIGTERM");
  await stage.relay.kill("SIGTERM");
  [relayData, profile] = [stage.relay.data, alice.profile];
  give(stage.dir);
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

function below(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return [path, ...readdirSync(path).flatMap((name) => below(join(path, name)))];
}

function give(path: string): void {
  if (isRoot) for (const one of below(path)) chownSync(one, NOBODY, NOBODY);
}

/** A copy that a test may spoil. */
function copyOf(folder: string): string {
  const copy = join(stage.dir, `copy-${copies++}`);
  cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") && !path.endsWith(".lock") });
  chmodSync(copy, 0o700);
  give(copy);
  return copy;
}

/** Every file with its bytes and rights; what only says who is at work is left out. */
const contents = (folder: string): unknown =>
  below(folder)
    .filter((path) => !/\.(sock|lock)$/.test(path))
    .map((path) => {
      const found = statSync(path);
      const rights = (found.mode & 0o777).toString(8);
      return [path, rights, found.isFile() ? readFileSync(path).toString("base64") : "folder"];
    })
    .toSorted();

function run(file: string, args: readonly string[], input = "") {
  const ended = spawnSync(process.execPath, [file, ...args], {
    ...user,
    cwd: stage.dir,
    env: cleanEnv(stage.dir),
    input,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

interface Row {
  readonly what: string;
  readonly spoil: (folder: string) => void;
  readonly says: RegExp;
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
  writeFileSync(path, bytes);
}
const asFolder = (path: string): void => {
  rmSync(path);
  mkdirSync(path, { mode: 0o700 });
  give(path);
};

describe("sottod", () => {
  test.each<Row>([
    {
      what: "a flipped bit in the database's first page",
      spoil: (at) => flip(join(at, "relay.db"), 60),
      says: /relay\.db is damaged or belongs to another key file/,
    },
    {
      what: "a flipped bit at the database's end",
      spoil: (at) => flip(join(at, "relay.db"), -1),
      says: /relay\.db is damaged/,
    },
    {
      what: "a database cut in the middle",
      spoil: (at) => truncateSync(join(at, "relay.db"), 20_480),
      says: /relay\.db is damaged/,
    },
    { what: "an empty database", spoil: (at) => truncateSync(join(at, "relay.db"), 0), says: /relay\.db is empty/ },
    { what: "no database", spoil: (at) => rmSync(join(at, "relay.db")), says: /relay\.db is missing/ },
    { what: "a folder for a database", spoil: (at) => asFolder(join(at, "relay.db")), says: /cannot open .*relay\.db/ },
    {
      what: "a database that may not be read",
      spoil: (at) => chmodSync(join(at, "relay.db"), 0),
      says: /cannot open .*relay\.db/,
    },
    {
      what: "a database that may not be written",
      spoil: (at) => chmodSync(join(at, "relay.db"), 0o400),
      says: /cannot open .*relay\.db/,
    },
    {
      what: "a flipped bit in the key file",
      spoil: (at) => flip(join(at, "relay.key"), -40),
      says: /relay\.key is damaged/,
    },
    {
      what: "a key file cut in the middle",
      spoil: (at) => truncateSync(join(at, "relay.key"), 400),
      says: /relay\.key is damaged/,
    },
    { what: "no key file", spoil: (at) => rmSync(join(at, "relay.key")), says: /relay\.key is missing/ },
    {
      what: "a folder for a key file",
      spoil: (at) => asFolder(join(at, "relay.key")),
      says: /cannot read .*relay\.key/,
    },
    {
      what: "a key file that may not be read",
      spoil: (at) => chmodSync(join(at, "relay.key"), 0),
      says: /cannot read .*relay\.key: EACCES/,
    },
    {
      what: "a folder that may not be written",
      spoil: (at) => chmodSync(at, 0o500),
      says: /cannot (open|write|make|listen)/,
    },
    {
      what: "a folder that may not be written and is empty",
      spoil: (at) => {
        for (const name of readdirSync(at)) rmSync(join(at, name));
        chmodSync(at, 0o500);
      },
      says: /cannot (open|write|make) .*relay\.key/,
    },
  ])("$what: it does not start, says what to do in two lines, and changes nothing", ({ spoil, says }) => {
    const data = copyOf(relayData);
    spoil(data);
    const before = contents(data);
    const { code, out, err } = run(sottodFile, ["--data", data, "--listen", "127.0.0.1:0"]);
    expect(out).toBe("");
    const [what = "", hint = "", ...more] = err.trimEnd().split("\n");
    expect(what).toMatch(says);
    expect(what).toMatch(/^sottod: /);
    expect(hint).toMatch(/^hint: ./);
    expect(more).toEqual([]);
    expect(code).toBe(1);
    expect(contents(data)).toEqual(before);
  });
});

describe("sotto", () => {
  const unlock = (at: string) => {
    const line = { jsonrpc: "2.0", id: 1, method: "account.unlock", params: { password } };
    const { out } = run(sottoFile, ["--rpc", "--profile", at], `${JSON.stringify(line)}\n`);
    const answers = out
      .trimEnd()
      .split("\n")
      .map((one): { id?: number; error?: { message: string; data?: { code: string } } } => JSON.parse(one));
    return answers.find(({ id }) => id === 1);
  };

  test.each<Row & { readonly code: string }>([
    {
      what: "a flipped bit in the database's first page",
      spoil: (at) => flip(join(at, "vault.db"), 60),
      code: "vault-damaged",
      says: /database is damaged/,
    },
    {
      what: "a flipped bit at the database's end",
      spoil: (at) => flip(join(at, "vault.db"), -1),
      code: "vault-damaged",
      says: /database is damaged/,
    },
    {
      what: "a database cut in the middle",
      spoil: (at) => truncateSync(join(at, "vault.db"), 20_480),
      code: "vault-damaged",
      says: /database is damaged/,
    },
    {
      what: "an empty database",
      spoil: (at) => truncateSync(join(at, "vault.db"), 0),
      code: "vault-damaged",
      says: /database is (cut|empty|damaged)/,
    },
    {
      what: "no database",
      spoil: (at) => rmSync(join(at, "vault.db")),
      code: "vault-damaged",
      says: /database is missing/,
    },
    {
      what: "a folder for a database",
      spoil: (at) => asFolder(join(at, "vault.db")),
      code: "internal",
      says: /database/,
    },
    {
      what: "a database that may not be read",
      spoil: (at) => chmodSync(join(at, "vault.db"), 0),
      code: "internal",
      says: /database/,
    },
    {
      what: "a database that may not be written",
      spoil: (at) => chmodSync(join(at, "vault.db"), 0o400),
      code: "internal",
      says: /database/,
    },
    {
      what: "a flipped bit in the key file",
      spoil: (at) => flip(join(at, "vault.key"), 150),
      code: "vault-damaged",
      says: /key file is damaged/,
    },
    {
      what: "no key file",
      spoil: (at) => rmSync(join(at, "vault.key")),
      code: "vault-damaged",
      says: /key file is missing/,
    },
    {
      what: "a folder for a key file",
      spoil: (at) => asFolder(join(at, "vault.key")),
      code: "internal",
      says: /cannot read the vault's key file/,
    },
    {
      what: "a key file that may not be read",
      spoil: (at) => chmodSync(join(at, "vault.key"), 0),
      code: "internal",
      says: /cannot read the vault's key file/,
    },
    {
      what: "a folder that may not be written",
      spoil: (at) => chmodSync(at, 0o500),
      code: "internal",
      says: /folder|lock|database/,
    },
    {
      what: "a key file cut in the middle",
      spoil: (at) => truncateSync(join(at, "vault.key"), 100),
      code: "vault-damaged",
      says: /key file is damaged/,
    },
  ])("$what: the profile does not open, the answer says why, and nothing changes", ({ spoil, code, says }) => {
    const at = copyOf(profile);
    spoil(at);
    const before = contents(at);
    const answer = unlock(at);
    expect(answer?.error).toMatchObject({ message: expect.stringMatching(says), data: { code } });
    expect(contents(at)).toEqual(before);
  });

  test("a profile that is whole opens under the same user", () => {
    expect(unlock(copyOf(profile))).toMatchObject({ result: {} });
  });
});
