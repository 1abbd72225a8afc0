/** The folder of one profile, and the vault in it. */
import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { VaultError } from "@sotto/core";
import type { Argon2 } from "./key-slot.ts";
import { NodeVault } from "./vault.ts";

export interface Profile extends AsyncDisposable {
  /** Absolute. */
  readonly dir: string;
  readonly vault: NodeVault;
  /** Locks the vault and lets another process have it. */
  close(): Promise<void>;
}

export interface ProfileOptions {
  /** What a guess at the password costs; only tests give less than the default. */
  readonly argon2?: Argon2;
  /** Told of each step of a change of the password: where tests stop it. */
  readonly step?: (done: string) => void;
}

/** Makes the folder where there is none, and sees that nobody else can look into it. */
export async function openProfile(dir: string, options: ProfileOptions = {}): Promise<Profile> {
  const path = resolve(dir);
  await closedFolder(path).catch((cause: unknown) => {
    if (cause instanceof VaultError) throw cause;
    throw new VaultError("internal", `cannot use ${path} as a profile folder`, cause);
  });
  const vault = new NodeVault(path, options.argon2, options.step);
  const close = () => vault.close();
  return { dir: path, vault, close, [Symbol.asyncDispose]: close };
}

/**
 * Where a profile lies: `$XDG_DATA_HOME/sotto/NAME`, by default `~/.local/share/sotto/NAME`.
 *
 * @param name - one of [a-z0-9._-]{1,64}, or a path, which has a slash in it.
 * @returns undefined when it is neither.
 */
export function profileDir(
  name = "default",
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (name.includes("/")) return resolve(name);
  if (!/^[a-z0-9._-]{1,64}$/.test(name) || /^\.+$/.test(name)) return undefined;
  const given = env.XDG_DATA_HOME;
  // A relative path there is to be ignored: XDG Base Directory Specification.
  const data = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".local", "share");
  return join(data, "sotto", name);
}

const OURS = /^(vault\.|sotto\.sock$)/;

async function closedFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await stat(path);
  if (!found.isDirectory()) throw new VaultError("internal", `${path} is not a folder`);
  if (process.getuid !== undefined && found.uid !== process.getuid()) {
    throw new VaultError("internal", `${path} belongs to somebody else`);
  }
  if ((found.mode & 0o077) === 0) return;
  // A folder with other things in it is not ours to close.
  if (!(await readdir(path)).every((file) => OURS.test(file))) {
    throw new VaultError("internal", `${path} can be read by others: chmod 700, or take another folder`);
  }
  await chmod(path, 0o700);
}
