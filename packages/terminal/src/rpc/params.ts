/** The one table of what each method takes: from anything at all to the parameters of `core`, or what is wrong. */
import type { Method, Params } from "@sotto/core";
import { deviceId, entryId, fail, LIMITS, ok, type Result, roomId } from "@sotto/wire";

type Fields = Readonly<Record<string, unknown>>;

interface Check<T> {
  /** For people: what should have stood there. */
  readonly want: string;
  readonly optional: boolean;
  is(value: unknown): value is T;
}

type Checks<T> = { readonly [K in keyof T]-?: Check<NonNullable<T[K]>> };

const isText = (value: unknown): value is string => typeof value === "string";
const text: Check<string> = { want: "text", optional: false, is: isText };
const yesOrNo: Check<boolean> = { want: "true or false", optional: false, is: (value) => typeof value === "boolean" };
const room: Check<string> = {
  want: "64 lower-case hexadecimal digits",
  optional: false,
  is: (value): value is string => isText(value) && roomId(value) !== undefined,
};
const entry: Check<string> = {
  want: "32 lower-case hexadecimal digits",
  optional: false,
  is: (value): value is string => isText(value) && entryId(value) !== undefined,
};

const device: Check<string> = {
  want: "32 lower-case hexadecimal digits",
  optional: false,
  is: (value): value is string => isText(value) && deviceId(value) !== undefined,
};

function integer(least: number, most: number): Check<number> {
  const is = (value: unknown): value is number => Number.isSafeInteger(value) && inside(Number(value), least, most);
  return { want: `an integer from ${least} to ${most}`, optional: false, is };
}

function inside(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function optional<T>(check: Check<T>): Check<T> {
  return { ...check, optional: true };
}

const seq = integer(0, LIMITS.seqMax);
/** Messages of a conversation that began anew after the relay lost it stand below 0, and can be paged through too. */
const place = integer(-LIMITS.seqMax, LIMITS.seqMax);
const limit = optional(integer(1, 500));

/** Complete by type: a method that is added to `core` does not compile until it has its line here. */
const table: { readonly [M in Method]: Checks<Params<M>> } = {
  "account.signUp": { link: text, username: text, password: text },
  "account.confirmOtp": { code: text },
  "account.signIn": { link: text, username: text, password: text, code: text, recoveryPhrase: optional(text) },
  "account.unlock": { password: text, code: optional(text), link: optional(text) },
  "account.status": {},
  "account.changePassword": { old: text, new: text },
  "account.rotateRecovery": { phrase: text },
  "users.list": {},
  "room.create": { name: text },
  "room.link": { roomId: room, renew: optional(yesOrNo) },
  "room.join": { link: text },
  "room.leave": { roomId: room },
  "room.list": {},
  "room.members": { roomId: room },
  "room.add": { roomId: room, username: text },
  "room.remove": { roomId: room, username: text },
  "direct.open": { username: text },
  "message.send": { roomId: room, text, id: optional(entry) },
  "message.list": { roomId: room, before: optional(place), limit },
  "message.markRead": { roomId: room, seq },
  "message.search": { query: text, roomId: optional(room), limit },
  "timeline.list": { roomId: room, before: optional(place), after: optional(place), limit },
  "contact.list": {},
  "contact.safetyWords": { username: text },
  "contact.verify": { username: text },
  "outbox.list": {},
  "outbox.drop": { messageId: entry },
  "note.put": { key: text, text: optional(text) },
  "note.list": {},
  "device.list": {},
  "device.revoke": { deviceId: device },
  "admin.kick": { username: text },
  "admin.ban": { username: text },
  "admin.unban": { username: text },
  "admin.announce": { text },
  "admin.regen": {},
  "admin.stop": {},
  "warning.accept": { code: text, roomId: optional(room), username: optional(text) },
};

/** Every method there is, in the order of the table. */
export const METHODS = Object.keys(table).filter(isMethod);

export function isMethod(name: string): name is Method {
  return Object.hasOwn(table, name);
}

/** Fields that the method does not know are left out: a newer script may send them. */
export function parseParams<M extends Method>(method: M, fields: Fields): Result<Params<M>, string> {
  const checks: Readonly<Record<string, Check<unknown>>> = table[method];
  const params: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(checks)) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value === undefined && check.optional) continue;
    // The value itself is not named: it may be a password.
    if (value === undefined) return fail(`${name} is missing: wanted ${check.want}`);
    if (!check.is(value)) return fail(`${name}: wanted ${check.want}`);
    params[name] = value;
  }
  return ok(params as Params<M>);
}
