/**
 * `relay.key`: all that makes this relay this relay, and what its database is encrypted with. Whoever has it and the
 * database has both; the database alone is noise.
 */

import { createPrivateKey, hash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { EXIT, fromHex, toHex } from "@sotto/wire";
import { createOpaqueSetup, isOpaqueSetup } from "./account/opaque.ts";
import { pinOf } from "./pin.ts";
import type { Random } from "./ports.ts";
import { Trouble } from "./trouble.ts";

const VERSION = 1;

export interface RelayKeys {
  readonly rootKey: string;
  readonly rootCertificate: string;
  readonly leafKey: string;
  readonly leafCertificate: string;
  /** SHA-256 of the root's SPKI: what links carry. */
  readonly pin: Uint8Array;
  /** SHA-256 of the *first* root's SPKI: stays when certificates change. */
  readonly relay: Uint8Array;
  /** 32 bytes. */
  readonly databaseKey: Uint8Array;
  readonly opaqueSetup: string;
}

export const keyFile = (data: string): string => join(data, "relay.key");
export const databaseFile = (data: string): string => join(data, "relay.db");

/**
 * Reads the key file, or makes one in a data folder that holds nothing yet.
 *
 * @param before - called with new keys before their file is there: what belongs to them and must not be missing then.
 * @throws {@link Trouble}
 */
export async function openKeys(
  data: string,
  random: Random,
  now: number,
  before: (keys: RelayKeys) => Promise<void> = async () => {},
): Promise<RelayKeys> {
  const path = keyFile(data);
  if (!existsSync(path)) {
    if (existsSync(databaseFile(data))) {
      throw new Trouble(
        `${path} is missing, and the database beside it cannot be read without it`,
        "put the key file back from a backup; a new one would be another relay for everybody",
      );
    }
    makeFolder(data);
    const made = await makeKeys(random, now);
    await writeNew(path, aside(path, made), serialise(made), () => before(made));
  }
  const keys = parse(readFile(path));
  if (keys === undefined) {
    throw new Trouble(
      `${path} is damaged, or written by a newer version`,
      "put the key file back from a backup; it is left as it is",
    );
  }
  return keys;
}

/** Where a file lies until it is in its place: of these keys alone, whoever else makes some in the same folder. */
export const aside = (path: string, { relay }: RelayKeys): string => `${path}.${toHex(relay).slice(0, 16)}.new`;

/** Keys that no file holds, for a relay that forgets everything. */
export async function makeKeys(random: Random, now: number): Promise<RelayKeys> {
  // Once in the life of a relay, and a third of what a start would cost each time.
  const { makeCertificates } = await import("./certificate.ts");
  const certificates = await makeCertificates(random, now);
  return { ...certificates, relay: certificates.pin, databaseKey: random(32), opaqueSetup: createOpaqueSetup() };
}

function makeFolder(data: string): void {
  try {
    if (existsSync(data)) return;
    mkdirSync(data, { recursive: true, mode: 0o700 });
    chmodSync(data, 0o700);
  } catch (error) {
    throw new Trouble(
      `cannot make the data folder ${data}: ${reason(error)}`,
      "choose another with --data DIR",
      EXIT.failed,
      error,
    );
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Trouble(
      `cannot read ${path}: ${reason(error)}`,
      "it must belong to the user that runs sottod",
      EXIT.failed,
      error,
    );
  }
}

/** Writes a file that is either whole or not there, and never in the place of another one. */
async function writeNew(path: string, temporary: string, text: string, before: () => Promise<void>): Promise<void> {
  try {
    const file = openSync(temporary, "wx", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      await before();
      // Unlike a rename this fails when a second sottod was faster; then its file is the one that counts.
      linkSync(temporary, path);
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    } finally {
      unlinkSync(temporary);
    }
    syncFolder(path);
  } catch (error) {
    if (error instanceof Trouble) throw error;
    throw new Trouble(
      `cannot write ${path}: ${reason(error)}`,
      "choose another data folder with --data DIR",
      EXIT.failed,
      error,
    );
  }
}

/** A new name is on disk when its folder is. */
export function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}

/**
 * The one spelling of a key file. `check` is a SHA-256 over the rest: it keeps nobody out, but one flipped bit in a
 * certificate or in the OPAQUE setup would make a relay that nobody knows any more, or one that takes no password.
 */
function serialise(keys: RelayKeys): string {
  const body = bodyOf(keys);
  return spelled({ ...body, check: hash("sha256", JSON.stringify(body)) });
}

function bodyOf(keys: RelayKeys): object {
  const { rootKey, rootCertificate, leafKey, leafCertificate, opaqueSetup } = keys;
  const [relay, databaseKey] = [toHex(keys.relay), toHex(keys.databaseKey)];
  const what = "the keys of a sotto relay: secret, and needed to read its database";
  return {
    what,
    version: VERSION,
    relay,
    databaseKey,
    opaqueSetup,
    rootKey,
    rootCertificate,
    leafKey,
    leafCertificate,
  };
}

const spelled = (body: object): string => `${JSON.stringify(body, null, 2)}\n`;

/** @returns undefined unless the text is exactly what {@link serialise} writes, or wrote before it had a check. */
function parse(text: string): RelayKeys | undefined {
  const keys = read(text);
  if (keys === undefined) return undefined;
  return text === serialise(keys) || text === spelled(bodyOf(keys)) ? keys : undefined;
}

function read(text: string): RelayKeys | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("version" in value) || value.version !== VERSION)
      return undefined;
    const field = (name: string): string => {
      const found: unknown = Reflect.get(value, name);
      if (typeof found !== "string") throw new Error(`${name} is missing`);
      return found;
    };
    const relay = fromHex(field("relay"));
    const databaseKey = fromHex(field("databaseKey"));
    const opaqueSetup = field("opaqueSetup");
    if (relay?.length !== 32 || databaseKey?.length !== 32 || !isOpaqueSetup(opaqueSetup)) return undefined;
    const [rootKey, rootCertificate] = [field("rootKey"), field("rootCertificate")];
    const [leafKey, leafCertificate] = [field("leafKey"), field("leafCertificate")];
    for (const key of [rootKey, leafKey]) createPrivateKey(key);
    pinOf(leafCertificate);
    return {
      rootKey,
      rootCertificate,
      leafKey,
      leafCertificate,
      pin: pinOf(rootCertificate),
      relay,
      databaseKey,
      opaqueSetup,
    };
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

/** `ENOSPC: no space left on device` rather than a whole sentence with the path again. */
function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split(",")[0] ?? error.message) : String(error);
}
