/** Ids travel as bytes and are lower-case hexadecimal text everywhere else, so that they can be keys and be printed. */
import { fromHex, toHex } from "./bytes.ts";
import { assert } from "./result.ts";

declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** 32 bytes: hash of the first entry of the account's device chain. */
export type AccountId = Branded<string, "AccountId">;
/** 16 bytes: the first half of the hash of the device's key. */
export type DeviceId = Branded<string, "DeviceId">;
/** 32 bytes: also the MLS group id. */
export type RoomId = Branded<string, "RoomId">;
/** 16 bytes, random: names an entry of a room's log, and the message that it carries. */
export type EntryId = Branded<string, "EntryId">;
/** A user name in lower case, `[a-z0-9._-]{2,32}`. */
export type UserName = Branded<string, "UserName">;

const is = (text: string, digits: number): boolean => text.length === digits && /^[0-9a-f]+$/.test(text);

export const accountId = (text: string): AccountId | undefined => (is(text, 64) ? (text as AccountId) : undefined);
export const deviceId = (text: string): DeviceId | undefined => (is(text, 32) ? (text as DeviceId) : undefined);
export const roomId = (text: string): RoomId | undefined => (is(text, 64) ? (text as RoomId) : undefined);
export const entryId = (text: string): EntryId | undefined => (is(text, 32) ? (text as EntryId) : undefined);

/** Names nobody may take: people would believe what they say. */
const RESERVED = new Set([
  "admin",
  "operator",
  "relay",
  "root",
  "server",
  "sotto",
  "system",
  "everyone",
  "all",
  "you",
  "me",
  "vous",
  "moi",
]);

/**
 * Lower-cases and checks a user name.
 *
 * @returns the name, or undefined when it is not 2 to 32 of a-z 0-9 . _ - or is reserved.
 */
export function userName(text: string): UserName | undefined {
  // Checked before it is folded: other scripts have letters that fold into these.
  if (!/^[A-Za-z0-9._-]{2,32}$/.test(text)) return undefined;
  const folded = text.toLowerCase();
  return RESERVED.has(folded) ? undefined : (folded as UserName);
}

/** The bytes of an id. */
export function idBytes(id: AccountId | DeviceId | RoomId | EntryId): Uint8Array {
  const bytes = fromHex(id);
  assert(bytes !== undefined, "an id is hexadecimal");
  return bytes;
}

/** Ids of bytes whose length is known to be right, such as hashes and random bytes. */
export const idOf = {
  account: (hash: Uint8Array): AccountId => made(accountId(toHex(hash))),
  device: (half: Uint8Array): DeviceId => made(deviceId(toHex(half))),
  room: (bytes: Uint8Array): RoomId => made(roomId(toHex(bytes))),
  entry: (bytes: Uint8Array): EntryId => made(entryId(toHex(bytes))),
} as const;

function made<T>(id: T | undefined): T {
  assert(id !== undefined, "the bytes of an id have its length");
  return id;
}
