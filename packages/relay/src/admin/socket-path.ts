/** Where the admin socket of a data folder lies: `sottod` and `sottoctl` come to the same answer by themselves. */
import { hash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** `sun_path` has 108 bytes on Linux and 104 on macOS, with a zero at the end. */
const SOCKET_PATH_BYTES_MAX = 103;

/** In the data folder; where that path is too long for a socket, in a folder of this user among the temporary files. */
export function socketPath(data: string): string {
  const near = join(data, "sottod.sock");
  if (Buffer.byteLength(near) <= SOCKET_PATH_BYTES_MAX) return near;
  const name = `${hash("sha256", realpathSync(data), "hex").slice(0, 32)}.sock`;
  const folder = `sottod-${process.getuid?.() ?? "user"}`;
  const far = join(tmpdir(), folder, name);
  return Buffer.byteLength(far) <= SOCKET_PATH_BYTES_MAX ? far : join("/tmp", folder, name);
}

/**
 * Makes the folder of a far socket, which nobody else can enter. Somebody else may have made it first where everybody
 * may write: then it is refused, and so is a link.
 *
 * @throws when the folder is not this user's alone.
 */
export function makeSocketFolder(data: string, path: string): void {
  const folder = dirname(path);
  if (folder === data) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const isMine = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !isMine || (found.mode & 0o077) !== 0)
    throw new Error(`${folder} is not a folder of this user alone`);
}
