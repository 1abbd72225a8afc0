import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const launcher = new URL("../bin/launch.js", import.meta.url).href;

/** Under an old Node the program must never be reached, so it says which Node reached it. */
const program = `
import { getCompileCacheDir } from "node:module";
const cache = getCompileCacheDir();
const threads = process.env.NODE_COMPILE_CACHE;
const node: string = process.versions.node;
if (process.argv.includes("stay")) {
  process.on("SIGTERM", () => process.exit(7));
  setInterval(() => {}, 1000);
} else if (process.argv.includes("fail")) process.exitCode = 5;
// Last, because the test sends its signal when it has read this.
console.log(JSON.stringify({ node, args: process.argv.slice(2), pid: process.pid, cache, threads }));
`;

let folder: string;
let script: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sotto-launch-")));
  mkdirSync(join(folder, "package", "bin"), { recursive: true });
  script = join(folder, "package", "bin", "sotto.mjs");
  writeFileSync(join(folder, "package", "bin", "program.mts"), program);
  // PRETEND is the process id of the test: only its own child takes itself for an old Node, the next one does not.
  writeFileSync(
    script,
    `import { launch } from ${JSON.stringify(launcher)};
const pretend = process.ppid === Number(process.env.PRETEND) ? { version: "20.20.2" } : {};
await launch({ name: "sotto", script: import.meta.url, start: () => import("./program.mts"), ...pretend });
`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a Node where `npm install` puts the pinned one: above the package. */
function pin(node: string): void {
  mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true });
  symlinkSync(node, join(folder, "node_modules", ".bin", "node"));
}

/** A Node of the machine that is too old to run TypeScript, when it has one. */
function findOldNode(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((path) => !path.includes("node_modules"));
  return folders
    .map((path) => join(path, "node"))
    .find((node) => {
      const { status, stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
      return status === 0 && Number(stdout.slice(1).split(".")[0]) < 22;
    });
}

const oldNode = findOldNode();
const env = { ...process.env, PRETEND: String(process.pid) };

describe.each([
  { kind: "an old Node of this machine", node: oldNode },
  { kind: "a Node that says it is old", node: process.execPath },
])("$kind", ({ node = "" }) => {
  const it = test.skipIf(node === "");

  it("runs the program again under the pinned Node, with the same arguments", () => {
    pin(process.execPath);
    const ran = spawnSync(node, [script, "--plain", "a b"], { encoding: "utf8", env });
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toMatchObject({ node: process.versions.node, args: ["--plain", "a b"] });
    expect(ran.status).toBe(0);
  });

  it("ends with the exit code of the program", () => {
    pin(process.execPath);
    expect(spawnSync(node, [script, "fail"], { env }).status).toBe(5);
  });

  it("without a pinned Node it says what is needed in two lines and ends with 2", () => {
    const ran = spawnSync(node, [script], { encoding: "utf8", env });
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toMatch(/^sotto: needs Node 22\.19 or newer, this is 20[^\n]*\nhint: [^\n]+\n$/);
    expect(ran.status).toBe(2);
  });

  it("passes SIGTERM on, and keeps no argument in the process list", async () => {
    pin(process.execPath);
    const child = spawn(node, [script, "stay", "secret-link"], { env, stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(child.stdout, "data");
    expect(JSON.parse(String(line)).pid).not.toBe(child.pid);
    if (process.platform === "linux") {
      for (const pid of [child.pid, JSON.parse(String(line)).pid]) {
        expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).not.toContain("secret-link");
      }
    }
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([7, null]);
  });

  it("a program killed by a signal ends the launcher by the same signal", async () => {
    pin(process.execPath);
    const child = spawn(node, [script, "stay"], { env, stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(child.stdout, "data");
    process.kill(JSON.parse(String(line)).pid, "SIGKILL");
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
  });
});

test.skipIf(oldNode === undefined)("a pinned Node that is old itself is not used", () => {
  pin(oldNode ?? "");
  expect(spawnSync(oldNode ?? "", [script], { encoding: "utf8" }).status).toBe(2);
});

test("a new Node runs the program in the same process", () => {
  const ran = spawnSync(process.execPath, [script], { encoding: "utf8" });
  expect(JSON.parse(ran.stdout).pid).toBe(ran.pid);
});

describe("what is compiled", () => {
  const cache = join(import.meta.dirname, "..", "..", "..", "node_modules", ".cache", "sotto");
  const run = (more: NodeJS.ProcessEnv) => {
    const { NODE_COMPILE_CACHE: _, ...own } = process.env;
    const ran = spawnSync(process.execPath, [script], { encoding: "utf8", env: { ...own, ...more } });
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(ran.stdout);
  };

  test("is kept beside the code for the next start, for threads too", () => {
    const ran = run({});
    expect(ran.threads).toBe(cache);
    expect(ran.cache).toContain(join(cache, "v"));
  });

  test("is not kept for who wants that, and where a person says for who says so", () => {
    const none = run({ NODE_DISABLE_COMPILE_CACHE: "1" });
    expect(none).not.toHaveProperty("cache");
    expect(none).not.toHaveProperty("threads");
    const own = join(folder, "own");
    const ran = run({ NODE_COMPILE_CACHE: own });
    expect(ran.threads).toBe(own);
    expect(ran.cache).toContain(join(own, "v"));
  });

  test("is not kept where nothing can be written, and nobody is told", () => {
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "node_modules", ".cache"), "a file where the folder would be");
    copyFileSync(new URL(launcher), join(folder, "launch.mjs"));
    writeFileSync(script, readFileSync(script, "utf8").replace(launcher, "../../launch.mjs"));
    expect(run({})).not.toHaveProperty("cache");
  });
});
