// Starts a program of ours under a Node that can run it. Plain JavaScript, because an old Node has to get through it.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The oldest Node that we run on (decision 0001). It strips types with no flag. */
const wanted = /** @type {const} */ ([22, 19]);

/** @type {readonly NodeJS.Signals[]} */
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/**
 * Runs `start` here when this Node is new enough. If not, runs `script` again under the pinned Node that `npm install`
 * put into the nearest `node_modules`, and ends as that process ends.
 *
 * @param {object} program
 * @param {string} program.name - as people type it; the first word of an error line.
 * @param {string} program.script - `import.meta.url` of the file in `bin/`.
 * @param {() => Promise<unknown>} program.start - imports the real program.
 * @param {string} [program.version] - of this Node; tests pass another one.
 */
export async function launch({ name, script, start, version = process.versions.node }) {
  // An argument may be a link, whose secrets must not stay in the process list.
  process.title = name;
  if (isEnough(version)) {
    keepCompiled();
    await start();
    return;
  }
  const file = fileURLToPath(script);
  const node = pinnedNode(dirname(file));
  if (node === undefined) {
    process.stderr.write(`${name}: needs Node ${wanted.join(".")} or newer, this is ${version}\n`);
    process.stderr.write(
      "hint: run npm install in the sotto folder, which brings its own Node, or install a newer one\n",
    );
    process.exitCode = 2;
    return;
  }
  runUnder(node, [file, ...process.argv.slice(2)]);
}

/**
 * Keeps what is compiled of the program for its next start, which takes half the time then, and for its threads. It lies
 * beside the code, so that whoever can change it could change the code as well; `/tmp`, where Node would put it, is open
 * to others. Where nothing can be written, nothing is kept and nobody is told. A person's own NODE_COMPILE_CACHE or
 * NODE_DISABLE_COMPILE_CACHE goes before.
 */
function keepCompiled() {
  const modules = above(import.meta.dirname, "node_modules");
  if (modules === undefined) return;
  const directory = join(modules, ".cache", "sotto");
  const { status } = module.enableCompileCache(directory);
  // A thread keeps nothing unless the environment says so.
  if (status === module.constants.compileCacheStatus.ENABLED) process.env.NODE_COMPILE_CACHE = directory;
}

/**
 * @param {string} folder
 * @param {string} name
 * @returns {string | undefined} the nearest of that name, in the folder or above it.
 */
function above(folder, name) {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : above(parent, name);
}

/** @param {string} version - `22.19.0`, also with a `v` before it. */
function isEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

/**
 * The nearest pinned Node that is new enough. It is asked for its version: a link to an old one would start itself for ever.
 *
 * @param {string} folder
 * @returns {string | undefined}
 */
function pinnedNode(folder) {
  const node = join(folder, "node_modules", ".bin", "node");
  if (existsSync(node)) {
    const { status, stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
    if (status === 0 && isEnough(stdout)) return node;
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : pinnedNode(parent);
}

/**
 * @param {string} node
 * @param {readonly string[]} args
 */
function runUnder(node, args) {
  // Listening comes first: a signal between the two would end this process and leave the child.
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  const child = spawn(node, args, { stdio: "inherit" });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Die of the same signal, so that a shell or a supervisor sees what happened to the program.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
