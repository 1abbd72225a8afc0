/** The text that is being typed, in the person's own editor. */
import { spawn } from "node:child_process";
import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Edited =
  /** `onDisk`: the folder that held it, where it is not known to be in memory alone. */
  | { readonly type: "text"; readonly text: string; readonly onDisk: string | undefined }
  | { readonly type: "no-editor" }
  | { readonly type: "failed"; readonly editor: string }
  | { readonly type: "ended"; readonly code: number }
  /** The file could not be made, or was not there any more. */
  | { readonly type: "no-file"; readonly folder: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** The terminal is the editor's while it runs: the caller has left it. */
export async function editOutside(text: string, env: Environment): Promise<Edited> {
  const editor = [env.VISUAL, env.EDITOR].find((value) => (value ?? "").trim() !== "");
  if (editor === undefined) return { type: "no-editor" };
  const parent = folderInMemory(env);
  const folder = made(parent.folder);
  if (folder === undefined) return { type: "no-file", folder: parent.folder };
  const file = join(folder, "message.txt");
  // A program that is ended while the editor runs leaves nothing of it either.
  const ending = (): void => shred(folder);
  process.once("exit", ending);
  try {
    writeFileSync(file, text, { mode: 0o600 });
    const code = await run(editor, file);
    if (code === undefined) return { type: "failed", editor };
    if (code !== 0) return { type: "ended", code };
    // Editors end a file with a line feed that nobody typed.
    const after = readFileSync(file, "utf8").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    return { type: "text", text: after, onDisk: parent.inMemory ? undefined : parent.folder };
  } catch {
    // No room for it, or the editor took it away.
    return { type: "no-file", folder: parent.folder };
  } finally {
    process.off("exit", ending);
    shred(folder);
  }
}

function made(parent: string): string | undefined {
  try {
    return mkdtempSync(join(parent, "sotto-"));
  } catch {
    return undefined;
  }
}

/** Where files are in memory on most systems, else where temporary ones are. */
function folderInMemory(env: Environment): { readonly folder: string; readonly inMemory: boolean } {
  for (const folder of [env.XDG_RUNTIME_DIR, "/dev/shm"]) {
    if (folder?.startsWith("/") && isWritable(folder)) return { folder, inMemory: true };
  }
  return { folder: tmpdir(), inMemory: false };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** As git does it, so that `code --wait` works. @returns undefined when it could not be started. */
function run(editor: string, file: string): Promise<number | undefined> {
  const child = spawn("/bin/sh", ["-c", `${editor} "$1"`, "sotto", file], { stdio: "inherit" });
  return new Promise((resolve) => {
    child.once("error", () => resolve(undefined));
    child.once("exit", (code) => resolve(code === 127 || code === 126 ? undefined : (code ?? 1)));
  });
}

/** Everything in the folder is written over: swap files of the editor too. */
function shred(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (statSync(file).isFile()) writeFileSync(file, new Uint8Array(statSync(file).size), { flag: "r+" });
    }
  } catch {
    // What cannot be written over is taken away all the same.
  }
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The folder above it went, or takes no change any more.
  }
}
