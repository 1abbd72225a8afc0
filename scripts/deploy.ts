/**
 * `node scripts/deploy.ts`: does what deploy/Dockerfile says in a bare temporary folder, without a container engine, and
 * looks whether what comes out listens and is well. It shows that the steps are complete: that nothing is missing which
 * happens to lie in this repository. It shows nothing of the base image or of the walls of a container.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, isAbsolute, join, normalize } from "node:path";
import {
  type Copy,
  DockerfileParser,
  type Env,
  type From,
  type Instruction,
  type JSONInstruction,
} from "dockerfile-ast";
import { root } from "./run.ts";

const STARTS_MS = 20_000;
/** The user `node` of the base image. */
const NODE_ID = 1000;

/** One `FROM`: a folder that stands for the root of its file system. */
interface Stage {
  readonly name: string;
  readonly folder: string;
  workdir: string;
  user: string;
  readonly env: Map<string, string>;
  healthcheck: readonly string[];
  command: readonly string[];
}

const image = mkdtempSync(join(tmpdir(), "sotto-deploy-"));
// The user of the image is another one than who builds it.
chmodSync(image, 0o755);
try {
  await checkImage(await build());
} finally {
  rmSync(image, { recursive: true, force: true, maxRetries: 5 });
}

async function build(): Promise<Stage> {
  const dockerfile = DockerfileParser.parse(readFileSync(join(root, "deploy", "Dockerfile"), "utf8"));
  const stages: Stage[] = [];
  for (const instruction of dockerfile.getInstructions()) {
    if (instruction.getKeyword() === "FROM") stages.push(stageOf(instruction as From, stages.length));
    else await carryOut(instruction, last(stages), stages);
  }
  return last(stages);
}

function stageOf(from: From, index: number): Stage {
  const folder = join(image, `stage-${index}`);
  mkdirSync(folder);
  const name = from.getBuildStage() ?? `${index}`;
  return { name, folder, workdir: "/", user: "root", env: new Map(), healthcheck: [], command: [] };
}

async function carryOut(instruction: Instruction, stage: Stage, stages: readonly Stage[]): Promise<void> {
  const keyword = instruction.getKeyword();
  const text = instruction.getArgumentsContent() ?? "";
  switch (keyword) {
    case "WORKDIR":
      stage.workdir = text;
      mkdirSync(inside(stage, text), { recursive: true });
      return;
    case "COPY":
      copy(instruction as Copy, stage, stages);
      return;
    case "RUN":
      process.stdout.write(`RUN ${text}\n`);
      await succeed(start(stage, ["sh", "-c", text], "inherit", network()), text);
      return;
    case "ENV":
      for (const property of (instruction as Env).getProperties())
        stage.env.set(property.getName(), property.getValue() ?? "");
      return;
    case "USER":
      stage.user = text;
      return;
    case "HEALTHCHECK":
      stage.healthcheck = wordsOf(instruction as JSONInstruction);
      return;
    case "CMD":
      stage.command = wordsOf(instruction as JSONInstruction);
      return;
    case "VOLUME":
    case "EXPOSE":
      return;
    default:
      throw new Error(`deploy/Dockerfile says ${keyword}, which scripts/deploy.ts does not know`);
  }
}

function copy(instruction: Copy, stage: Stage, stages: readonly Stage[]): void {
  const paths = instruction.getArguments().map((argument) => argument.getValue());
  const flags = new Map(instruction.getFlags().map((flag) => [flag.getName(), flag.getValue() ?? ""]));
  const from = flags.get("from");
  const source = from === undefined ? undefined : stages.find((one) => one.name === from);
  const target = paths.at(-1) ?? "";
  for (const path of paths.slice(0, -1)) {
    if (source === undefined && !isInContext(path)) throw new Error(`.dockerignore keeps ${path} out of the image`);
    const found = source === undefined ? join(root, path) : inside(source, path);
    const isInto = target.endsWith("/") && !statSync(found).isDirectory();
    const to = inside(stage, isInto ? join(target, basename(path)) : target);
    mkdirSync(dirname(to), { recursive: true });
    // Links of npm workspaces are relative, and stay so.
    cpSync(found, to, { recursive: true, verbatimSymlinks: true });
    if (flags.has("chown") && isRoot()) chownSync(to, NODE_ID, NODE_ID);
  }
}

/** .dockerignore lets in what it names, and nothing else: its first line is `**`. */
function isInContext(path: string): boolean {
  const [first, ...others] = readFileSync(join(root, ".dockerignore"), "utf8").trimEnd().split("\n");
  if (first !== "**" || others.some((line) => !line.startsWith("!")))
    throw new Error(".dockerignore is not a list of !");
  const allowed = others.map((line) => line.slice(1).replaceAll(".", "\\.").replaceAll("*", "[^/]*"));
  return allowed.some((pattern) => new RegExp(`^${pattern}(/|$)`).test(path));
}

/** The words of the JSON form. For HEALTHCHECK what stands behind its flags and CMD. */
function wordsOf(instruction: JSONInstruction): readonly string[] {
  const list: unknown = JSON.parse(/\[.*\]/s.exec(instruction.getRawArgumentsContent() ?? "")?.[0] ?? "[]");
  if (!Array.isArray(list) || list.length === 0) throw new Error(`${instruction.getKeyword()} is not in the JSON form`);
  return list.map(String);
}

async function checkImage(stage: Stage): Promise<void> {
  stage.env.set("SOTTO_SERVER_PORT", `${await freePort()}`);
  const relay = start(stage, stage.command, "pipe");
  const ended = new Promise<string>((resolve) => {
    relay.once("exit", (code, signal) => resolve(`${signal ?? code}`));
    relay.once("error", (error) => resolve(error.message));
  });
  try {
    const listening = new Promise<undefined>((resolve) => {
      let said = "";
      relay.stdout?.on("data", (chunk) => {
        said += String(chunk);
        if (said.includes("is listening")) resolve(undefined);
      });
    });
    const late = AbortSignal.timeout(STARTS_MS);
    const tooLate = new Promise<string>((resolve) => late.addEventListener("abort", () => resolve("silence")));
    const fault = await Promise.race([listening, ended, tooLate]);
    if (fault !== undefined) throw new Error(`the relay did not listen but ended with ${fault}`);
    process.stdout.write("the relay listens\n");
    await succeed(start(stage, stage.healthcheck, "inherit"), "the health check");
    process.stdout.write("healthz answers ok\n");
    await succeed(start(stage, ["sottoctl", "--data", "/data", "status"], "inherit"), "sottoctl");
  } finally {
    relay.kill("SIGTERM");
    process.stdout.write(`the relay ended with ${await ended}\n`);
  }
}

function start(
  stage: Stage,
  words: readonly string[],
  stdout: "pipe" | "inherit",
  more: NodeJS.ProcessEnv = {},
): ChildProcess {
  const [command = "", ...args] = words.map((word) => mapped(stage, word));
  const isOther = stage.user !== "root" && isRoot();
  return spawn(command, args, {
    cwd: inside(stage, stage.workdir),
    env: { ...environment(stage), ...more },
    stdio: ["ignore", stdout, "inherit"],
    ...(isOther ? { uid: NODE_ID, gid: NODE_ID } : {}),
  });
}

/** How this machine reaches the registry: of the world around it a build sees that alone. */
function network(): NodeJS.ProcessEnv {
  const wanted =
    /^(home|npm_config_(registry|cafile|cache)|node_extra_ca_certs|ssl_cert_(file|dir)|(https?|no)_proxy)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
}

/** What the image has, and of this machine only where Node and npm are and a home to write to. */
function environment(stage: Stage): NodeJS.ProcessEnv {
  const machine = [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
  const env: NodeJS.ProcessEnv = { PATH: machine, HOME: image };
  for (const [name, value] of stage.env) {
    const parts = value.replace("$PATH", machine).split(delimiter);
    env[name] = name === "PATH" ? parts.map((part) => mapped(stage, part)).join(delimiter) : value;
  }
  return env;
}

/** An absolute path that is there in the image is meant there. */
function mapped(stage: Stage, word: string): string {
  return isAbsolute(word) && existsSync(inside(stage, word)) ? inside(stage, word) : word;
}

function inside(stage: Stage, path: string): string {
  return join(stage.folder, isAbsolute(path) ? normalize(path) : join(stage.workdir, path));
}

async function succeed(child: ChildProcess, what: string): Promise<void> {
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) throw new Error(`${what} ended with ${code}`);
}

function last(stages: readonly Stage[]): Stage {
  const stage = stages.at(-1);
  if (stage === undefined) throw new Error("deploy/Dockerfile begins without FROM");
  return stage;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
