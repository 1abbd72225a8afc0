import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Something that must not be found, in every spelling in which it could stand somewhere. */
export interface Canary {
  readonly what: string;
  readonly spellings: readonly Buffer[];
}

export function canary(what: string, secret: string | Uint8Array): Canary {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const texts = [hex, hex.toUpperCase(), ...base64s(bytes)];
  const spellings = [bytes, ...texts.map((text) => Buffer.from(text))];
  // As strings lie in the memory of a program, and in a dump of it.
  if (typeof secret === "string") spellings.push(Buffer.from(secret, "utf16le"));
  return { what, spellings };
}

/** The part of the base64 that does not depend on what stands around, for each of the three places to begin. */
function base64s(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replaceAll("=", "");
    const sure = text.slice(shift === 0 ? 0 : shift + 1, text.length - ((bytes.length + shift) % 3 === 0 ? 0 : 1));
    return [sure, sure.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** Names of the canaries that are in the bytes. */
export function found(canaries: readonly Canary[], bytes: Uint8Array): string[] {
  const place = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return canaries.filter(({ spellings }) => spellings.some((one) => place.includes(one))).map(({ what }) => what);
}

export interface FileFound {
  readonly path: string;
  readonly mode: number;
  readonly bytes: Buffer;
}

/** Every file below a folder, with all its bytes. Sockets have none. */
export async function filesBelow(folder: string): Promise<FileFound[]> {
  const files: FileFound[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await lstat(path);
    if (found.isDirectory()) files.push(...(await filesBelow(path)));
    else if (found.isFile()) files.push({ path, mode: found.mode, bytes: await readFile(path) });
  }
  return files;
}
