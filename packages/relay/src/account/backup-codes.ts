/** Single-use codes for a lost second factor: ten characters of Crockford's base32, 50 bits each. */
import { type AccountId, concat, idBytes, utf8 } from "@sotto/wire";
import { crockford, grouped, sha256 } from "../crypto.ts";
import type { Random } from "../ports.ts";

const COUNT = 10;
const CHARACTERS = 10;

export function makeBackupCodes(random: Random): readonly string[] {
  return Array.from({ length: COUNT }, () => grouped(crockford(random(7)).slice(0, CHARACTERS), CHARACTERS / 2));
}

/** What is stored of a code. @returns undefined when `code` cannot be one. Reads it as people type it. */
export function backupCodeHash(account: AccountId, code: string): Uint8Array | undefined {
  const plain = code.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  if (!/^[0-9A-HJKMNP-TV-Z]{10}$/.test(plain)) return undefined;
  return sha256(concat(utf8("sotto relay backup code"), idBytes(account), utf8(plain)));
}
