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
  | { readonly type: "ended"; readonly code: number };

type Environment = Readonly<Record<string, string | undefined>>;

/** The terminal is the editor's while it runs: the caller has left it. */
export async function editOutside(text: string, env: Environment): Promise<Edited> {
  const editor = [env.VISUAL, env.EDITOR].find((value) => (value ?? "").trim() !== "");
  if (editor === undefined) return { type: "no-editor" };
  const parent = folderInMemory(env);
  const folder = mkdtempSync(join(parent.folder, "sotto-"));
  const file = join(folder, "message.txt");
  try {
    writeFileSync(file, text, { mode: 0o600 });
    const code = await run(editor, file);
    if (code === undefined) return { type: "failed", editor };
    if (code !== 0) return { type: "ended", code };
    // Editors end a file with a line feed that nobody typed.
    const after = readFileSync(file, "utf8").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    return { type: "text", text: after, onDisk: parent.inMemory ? undefined : parent.folder };
  } finally {
    shred(folder);
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
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
