import { access, glob, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { terminalFaults } from "./papers-terminal.ts";

/** `[text](target)`; targets with a scheme lead elsewhere. */
const link = /\[([^\]]+)\]\(([^)\s]+)\)/g;

/**
 * Files whose code signs, hashes, stretches or seals. What each makes stands in the table of docs/protocol.md, section
 * 19, or of docs/vault.md; a file that is not here does it without one.
 */
const PRIMITIVES = new Set([
  "packages/core/src/account.ts",
  "packages/core/src/commands/devices.ts",
  "packages/core/src/entries/own.ts",
  "packages/core/src/identity/contacts.ts",
  "packages/core/src/identity/recovery.ts",
  "packages/core/src/log.ts",
  "packages/core/src/outbox.ts",
  "packages/core/src/ports.ts",
  "packages/core/src/rollback.ts",
  "packages/core/src/rooms/direct.ts",
  "packages/core/src/rooms/enter.ts",
  "packages/core/src/rooms/join.ts",
  "packages/core/src/rooms/link-keys.ts",
  "packages/core/src/rooms/new-room.ts",
  "packages/core/src/rooms/readmit.ts",
  "packages/core/src/secrets.ts",
  "packages/core/src/session.ts",
  "packages/core/src/sign-in.ts",
  "packages/node/src/key-slot.ts",
  "packages/node/src/stretch.ts",
  "packages/relay/src/account/backup-codes.ts",
  "packages/relay/src/pin.ts",
  "packages/relay/src/crypto.ts",
  "packages/wire/src/chain.ts",
]);
const primitive =
  /\b(sign|hmac|sha256|hkdfExtract|hkdfExpand|aeadSeal|aeadOpen|createHash|createHmac|hkdfSync|createCipheriv|hashRaw|scryptSync|pbkdf2Sync)\(/;

/** What the papers say and the repository does not hold, one a line: links, tests, keys, commands, signed bytes. */
export async function paperFaults(root: string): Promise<string> {
  const faults: string[] = [];
  for await (const path of glob("{*.md,docs/**/*.md,packages/*/*.md,packages/*/docs/*.md,deploy/*.md}", {
    cwd: root,
  })) {
    faults.push(...(await linkFaults(root, path)));
  }
  faults.push(...(await pathFaults(root)), ...(await labelFaults(root)), ...(await primitiveFaults(root)));
  faults.push(...(await evilFaults(root)), ...(await terminalFaults(root)));
  return faults.sort().join("\n");
}

/** A link leads to a file that is there; one to a test names it as it is called. */
async function linkFaults(root: string, path: string): Promise<string[]> {
  const faults: string[] = [];
  for (const [, text = "", target = ""] of (await readFile(join(root, path), "utf8")).matchAll(link)) {
    if (/^[a-z]+:/.test(target) || target.startsWith("#")) continue;
    const wanted = normalize(join(dirname(path), target.split("#")[0] ?? ""));
    if (!(await exists(join(root, wanted)))) faults.push(`${path}: ${wanted} is not there`);
    else if (wanted.endsWith(".test.ts") && !(await names(join(root, wanted), text)))
      faults.push(`${path}: ${wanted} has no test "${text}"`);
  }
  return faults;
}

async function names(file: string, text: string): Promise<boolean> {
  const wanted = text.replace(/^`|`$/g, "");
  return file.endsWith(wanted) || (await readFile(file, "utf8")).includes(wanted);
}

/** Pages that follow the code file by file. A name in them is below one of these folders. */
const MAPS = ["ARCHITECTURE.md", "docs/threat-model.md"] as const;
const BELOW = ["", "packages", "packages/core/src", "packages/terminal/src", "packages/relay/src", "packages/mls/src"];

/** A file that such a page names is there. */
async function pathFaults(root: string): Promise<string[]> {
  const faults: string[] = [];
  for (const page of MAPS) {
    for (const [, path = ""] of (await readFile(join(root, page), "utf8")).matchAll(/`([a-z-]+\/[a-z/.-]+\.ts)`/g)) {
      const found = await Promise.all(BELOW.map((folder) => exists(join(root, folder, path))));
      if (!found.includes(true)) faults.push(`${page}: there is no ${path}`);
    }
  }
  return faults;
}

/** The labels of docs/protocol.md are those of wire/src/signed.ts, each once. */
async function labelFaults(root: string): Promise<string[]> {
  const source = await readFile(join(root, "packages/wire/src/signed.ts"), "utf8");
  const paper = await readFile(join(root, "docs/protocol.md"), "utf8");
  const inCode = [...(/type Label =([^;]*);/.exec(source)?.[1] ?? "").matchAll(/"([^"]+)"/g)].map(([, one]) => one);
  const inPaper = [...(/The labels of L in this version: ([^\n]*)/.exec(paper)?.[1] ?? "").matchAll(/`([^`]+)`/g)].map(
    ([, one]) => one,
  );
  const [code, told] = [inCode.sort().join(", "), inPaper.sort().join(", ")];
  return code === told ? [] : [`docs/protocol.md: the labels are ${code}, not ${told}`];
}

async function primitiveFaults(root: string): Promise<string[]> {
  const faults: string[] = [];
  for await (const path of glob("packages/{wire,core,node,relay,terminal}/src/**/*.ts", { cwd: root })) {
    const lines = (await readFile(join(root, path), "utf8")).split("\n");
    const index = lines.findIndex((line) => primitive.test(line) && !/^\s*(\*|\/\/)/.test(line));
    const isKnown = PRIMITIVES.has(path);
    if (index >= 0 && !isKnown)
      faults.push(`${path}:${index + 1}: signs or derives something that is in no table (scripts/papers.ts)`);
    if (index < 0 && isKnown) faults.push(`${path}: neither signs nor derives anything (scripts/papers.ts)`);
  }
  return faults;
}

const THREATS = "docs/threat-model.md";

/**
 * Each misbehaviour of e2e/evil stands once in the tables of the threat model, in its own words, with what the person
 * sees and a test that names it; and nothing else stands there.
 */
async function evilFaults(root: string): Promise<string[]> {
  const list = await readFile(join(root, "e2e/evil/misbehaviours.ts"), "utf8");
  const paper = await readFile(join(root, THREATS), "utf8");
  const known = [...list.matchAll(/^ {2}"([a-z-]+)":\s+"([^"]+)",$/gm)].map(([, name = "", words = ""]) => ({
    name,
    words,
  }));
  const rows = [...paper.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| [^|]+ \| ([^|]+) \|$/gm)];
  const names = new Set(known.map(({ name }) => name));
  const faults = rows.flatMap(([, name = ""]) => (names.has(name) ? [] : [`${THREATS}: nothing is called ${name}`]));
  if (!paper.includes(`They are ${known.length}, by the names`))
    faults.push(`${THREATS}: there are ${known.length} misbehaviours`);
  for (const { name, words } of known) {
    const [row, ...more] = rows.filter(([, one]) => one === name);
    const tests = [...(row?.[3] ?? "").matchAll(link)].map(([, , to = ""]) => normalize(join("docs", to)));
    const sources = await Promise.all(tests.map((path) => readFile(join(root, path), "utf8").catch(() => "")));
    if (row?.[2] !== words || more.length > 0) faults.push(`${THREATS}: wants one row for ${name}: ${words}`);
    else if (!sources.some((source) => source.includes(`"${name}"`)))
      faults.push(`${THREATS}: no test of ${name} names it`);
  }
  return faults;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
