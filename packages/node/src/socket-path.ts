/** Where the socket of a profile lies. */
import { hash } from "node:crypto";
import { lstat, mkdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VaultError } from "@sotto/core";
import { isCode } from "./vault-files.ts";

/** `sun_path` has 108 bytes on Linux and 104 on macOS, with a zero at the end. */
const SOCKET_PATH_BYTES_MAX = 103;

/** In the profile; where that path is too long for a socket, in a folder of this user among the temporary files. */
export async function socketPath(dir: string): Promise<string> {
  const near = join(dir, "sotto.sock");
  if (Buffer.byteLength(near) <= SOCKET_PATH_BYTES_MAX) return near;
  const name = `${hash("sha256", await realpath(dir), "hex").slice(0, 32)}.sock`;
  const folder = `sotto-${process.getuid?.() ?? "user"}`;
  const far = join(tmpdir(), folder, name);
  const path = Buffer.byteLength(far) <= SOCKET_PATH_BYTES_MAX ? far : join("/tmp", folder, name);
  await ownFolder(join(path, ".."));
  return path;
}

/**
 * Makes a folder that nobody else can enter. Where everybody may write, somebody else may have made it first: then it is
 * refused, and so is a link.
 */
async function ownFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    if (!isCode(cause, "EEXIST")) throw cause;
  }
  const found = await lstat(path);
  const mine = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !mine || (found.mode & 0o077) !== 0) {
    throw new VaultError("internal", `${path} is not a folder of this user alone`);
  }
}
