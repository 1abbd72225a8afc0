/** A copy of the work tree to break: what is installed is shared with it, the packages of this repository are not. */
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Links into `packages/`, made anew so that they lead into the copy; and what tools write for themselves. */
const OWN = new Set(["@sotto", ".vite", ".vite-temp", ".vitest"]);

/** Copies everything that git knows or would take, changed files as they are. */
export async function copyTree(root: string, copy: string): Promise<void> {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const paths = execFileSync("git", list, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }).split("\0");
  for (const path of paths) {
    if (path === "") continue;
    await mkdir(join(copy, dirname(path)), { recursive: true });
    // One that git has and the work tree has not was removed.
    await copyFile(join(root, path), join(copy, path)).catch(ifAbsent);
  }
  await linkModules(join(root, "node_modules"), join(copy, "node_modules"));
  await linkPackages(copy);
}

async function linkModules(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) if (!OWN.has(name)) await symlink(join(from, name), join(to, name));
}

async function linkPackages(copy: string): Promise<void> {
  const scope = join(copy, "node_modules", "@sotto");
  await mkdir(scope);
  for (const name of await readdir(join(copy, "packages"))) {
    await symlink(join("..", "..", "packages", name), join(scope, name));
  }
}

export async function removeTree(copy: string): Promise<void> {
  await rm(copy, { recursive: true, force: true });
}

function ifAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
