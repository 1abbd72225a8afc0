/**
 * The key file: the vault's random key, wrapped under a password. While a password is being changed there are two slots:
 * one key under the old and the new password, and after that, while the database gets another key, the old and the new
 * key under the new password.
 *
 * A checksum over all of it tells a damaged file from a wrong password. It keeps no attacker away, and need not: what is
 * wrapped is authenticated under the password.
 */
import { hash, randomBytes } from "node:crypto";
import { hashRaw } from "@node-rs/argon2";
import { fromBase64url, fromUtf8, toBase64url, toHex, utf8 } from "@sotto/wire";
import { nodeCrypto } from "./crypto.ts";

export interface Argon2 {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** 256 MiB: one guess costs half a second of two cores, and no graphics card holds many of them. */
export const ARGON2: Argon2 = { memoryKiB: 262_144, passes: 3, lanes: 4 };

/** What a file may ask for: a larger demand comes from somebody who wants this machine to stop. */
const MOST: Argon2 = { memoryKiB: 1_048_576, passes: 10, lanes: 16 };

/** Exactly the names and the order of the file. */
export interface Slot extends Argon2 {
  readonly salt: string;
  readonly nonce: string;
  readonly sealed: string;
}

/** Oldest first. */
export type Slots = readonly [Slot] | readonly [Slot, Slot];

const VERSION = 1;
const crypto = nodeCrypto();

/** Wraps the vault key under a password, with a salt and a nonce of its own. */
export async function wrap(vaultKey: Uint8Array, password: string, cost: Argon2): Promise<Slot> {
  const { memoryKiB, passes, lanes } = cost;
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const wrapping = await stretch(password, salt, cost);
  const sealed = crypto.aeadSeal(wrapping, nonce, associated(cost), vaultKey);
  wrapping.fill(0);
  return { memoryKiB, passes, lanes, salt: toBase64url(salt), nonce: toBase64url(nonce), sealed: toBase64url(sealed) };
}

/** A vault key, and the slot that it was in. */
export interface Unwrapped {
  readonly key: Uint8Array;
  readonly slot: Slot;
}

/** @returns what opens with this password, newest first: nothing when it is wrong. */
export async function unwrap(slots: Slots, password: string): Promise<readonly Unwrapped[]> {
  const found: Unwrapped[] = [];
  for (const slot of slots.toReversed()) {
    const [salt, nonce, sealed] = [slot.salt, slot.nonce, slot.sealed].map(fromBase64url);
    if (salt === undefined || nonce === undefined || sealed === undefined) continue;
    const wrapping = await stretch(password, salt, slot);
    const key = crypto.aeadOpen(wrapping, nonce, associated(slot), sealed);
    wrapping.fill(0);
    if (key !== undefined) found.push({ key, slot });
  }
  return found;
}

/** The one spelling of a key file. */
export function encodeSlots(slots: Slots): Uint8Array {
  const ordered = slots.map(({ memoryKiB, passes, lanes, salt, nonce, sealed }) => {
    return { memoryKiB, passes, lanes, salt, nonce, sealed };
  });
  const body = { version: VERSION, slots: ordered };
  return utf8(`${JSON.stringify({ ...body, check: checkOf(body) })}\n`);
}

const checkOf = (body: object): string => toHex(hash("sha256", JSON.stringify(body), "buffer"));

/** @returns undefined unless the bytes are exactly what {@link encodeSlots} writes, with bounded parameters. */
export function parseSlots(bytes: Uint8Array): Slots | undefined {
  try {
    const file: unknown = JSON.parse(fromUtf8(bytes) ?? "");
    if (!isObject(file) || !Array.isArray(file.slots)) return undefined;
    const [first, second, ...more] = file.slots.map(parseSlot);
    if (first === undefined || more.length > 0 || (file.slots.length === 2 && second === undefined)) return undefined;
    const slots: Slots = second === undefined ? [first] : [first, second];
    return Buffer.compare(encodeSlots(slots), bytes) === 0 ? slots : undefined;
  } catch {
    return undefined;
  }
}

/** True for an undamaged file of a later version of this program; versions keep `version` and `check` as they are. */
export function isNewer(bytes: Uint8Array): boolean {
  try {
    const file: unknown = JSON.parse(fromUtf8(bytes) ?? "");
    if (!isObject(file)) return false;
    const { check, ...body } = file;
    return Number(body.version) > VERSION && check === checkOf(body);
  } catch {
    return false;
  }
}

function parseSlot(slot: unknown): Slot | undefined {
  if (!isObject(slot)) return undefined;
  const { memoryKiB, passes, lanes, salt, nonce, sealed } = slot;
  if (!within(lanes, 1, MOST.lanes) || !within(passes, 1, MOST.passes)) return undefined;
  if (!within(memoryKiB, 8 * lanes, MOST.memoryKiB)) return undefined;
  if (!isBytes(salt, 16) || !isBytes(nonce, 12) || !isBytes(sealed, 48)) return undefined;
  return { memoryKiB, passes, lanes, salt, nonce, sealed };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
const within = (value: unknown, least: number, most: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
const isBytes = (text: unknown, length: number): text is string =>
  typeof text === "string" && fromBase64url(text)?.length === length;

/** What the wrapping authenticates besides the key. The salt is in it by way of the stretching. */
function associated({ memoryKiB, passes, lanes }: Argon2): Uint8Array {
  return utf8(`sotto vault key ${VERSION} argon2id m=${memoryKiB} t=${passes} p=${lanes}`);
}

/** Argon2id (RFC 9106), version 0x13, 32 bytes. The library works outside this thread. */
function stretch(password: string, salt: Uint8Array, cost: Argon2): Promise<Uint8Array> {
  return hashRaw(password, {
    algorithm: 2,
    version: 1,
    memoryCost: cost.memoryKiB,
    timeCost: cost.passes,
    parallelism: cost.lanes,
    outputLen: 32,
    salt,
  });
}
