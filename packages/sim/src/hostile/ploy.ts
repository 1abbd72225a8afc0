/** What somebody who means ill has in a room at one moment, and what it can make of it: all right but for one thing. */

import type { Crypto } from "@sotto/core";
import type { Leaf } from "@sotto/core/group";
import {
  application,
  type CommitForgery,
  type ForgedCommit,
  type Forger,
  type FrameForgery,
  forgeCommit,
  forgeMessage,
  nextGeneration,
} from "@sotto/mls/forge";
import {
  type Authenticated,
  type ClientBody,
  type CommitHeader,
  type DeviceRef,
  type Entry,
  type EntryId,
  encodeAuthenticated,
  encodeContent,
  encodeHeader,
  idOf,
  PLAIN_AUTHENTICATED,
  type RoomId,
  type RoomInfo,
  type RoomLink,
  type WelcomeFor,
} from "@sotto/wire";
import type { Dice } from "../dice.ts";

type State = Forger["group"];

/** One frame of a strike. */
export interface Post {
  readonly body: ClientBody;
  /** Of an own commit: the state that follows if it counts. */
  readonly next?: State;
  /** Of an own message: the generation of its key. */
  readonly generation?: number;
}

export interface Ploy {
  readonly dice: Dice;
  readonly crypto: Crypto;
  readonly room: RoomId;
  readonly me: DeviceRef & { readonly privateKey: Uint8Array };
  readonly forger: Forger;
  /** The state of the epoch before, while it is known. */
  readonly earlier: State | undefined;
  /** The newest commit that honest members hold, the newest of all, and the newest entry with its hash. */
  readonly base: number;
  readonly head: number;
  readonly last: number;
  readonly hash: Uint8Array;
  readonly entries: readonly Entry[];
  readonly info: RoomInfo;
  /** Everybody in the tree. */
  readonly leaves: readonly Leaf[];
  /** The next generation of the own messages. */
  readonly generation: number;
  /** Of the link, while it is known. */
  readonly secret: Uint8Array | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** People with one of their devices and a key package of it, in the room or not. */
  readonly everybody: readonly Somebody[];
}

export interface Somebody extends DeviceRef {
  /** One of those that it left at the relay, as whoever claims it gets it. */
  readonly keyPackage: Uint8Array | undefined;
}

/** @returns undefined where it cannot be done: there is nobody to do it to. */
export type Strike = (ploy: Ploy) => readonly Post[] | undefined;

export const randomId = ({ dice }: Ploy): EntryId => idOf.entry(dice.bytes(16));

/** The authenticated data of an honest member, but for `part`. */
export function claims({ room, base, last, hash }: Ploy, part: Partial<Authenticated> = {}): Uint8Array {
  return encodeAuthenticated({ room, base, seq: last, hash, ...PLAIN_AUTHENTICATED, ...part });
}

const BUCKETS = [256, 1024, 4096, 17_408] as const;

/** @param at - the bucket; absent: the one that it has to be. */
export function padded(plain: Uint8Array, at = BUCKETS.findIndex((size) => plain.length < size)): Uint8Array {
  const bytes = new Uint8Array(BUCKETS[at] ?? plain.length + 1);
  bytes.set(plain);
  bytes[plain.length] = 0x80;
  return bytes;
}

export const textOf = (ploy: Ploy, id: EntryId, text = `${ploy.dice.word()} of somebody who means ill`): Uint8Array =>
  padded(encodeContent({ id, sentAt: ploy.now, type: "text", text }));

export interface Saying {
  readonly id?: EntryId;
  /** Another id than that of the entry. */
  readonly padded?: Uint8Array;
  readonly claims?: Uint8Array;
  readonly base?: number;
  readonly bytes?: Uint8Array;
  readonly group?: State;
  readonly forgery?: FrameForgery & { readonly type?: number };
  /** In place of application data. */
  readonly content?: Uint8Array;
}

/** A message like that of an honest member, but for what is said otherwise. */
export function message(ploy: Ploy, part: Saying = {}): Post {
  const { room, head, base } = ploy;
  const { id = randomId(ploy), forgery } = part;
  const forger = { ...ploy.forger, group: part.group ?? ploy.forger.group };
  const content = part.content ?? application(part.padded ?? textOf(ploy, id));
  const authenticated = part.claims ?? claims(ploy);
  const generation = forgery?.generation ?? (part.group === undefined ? ploy.generation : nextGeneration(forger));
  const bytes = part.bytes ?? forgeMessage(forger, content, { authenticated, ...forgery, generation });
  const body = { type: "append", room, id, head, base: part.base ?? base, bytes, continues: false } as const;
  return forgery?.leaf === undefined ? { body, generation } : { body };
}

export interface Committing {
  readonly header?: Partial<CommitHeader> | Uint8Array;
  readonly base?: number;
  readonly link?: RoomLink | null;
  readonly welcomes?: readonly WelcomeFor[];
  readonly joinToken?: Uint8Array;
}

/** A commit of these bytes, as the log is to take it. */
export function committed(ploy: Ploy, bytes: Uint8Array, part: Committing = {}, next?: State): Post {
  const { room, head, base } = ploy;
  const { header = {}, welcomes = [], link, joinToken } = part;
  const shown = header instanceof Uint8Array ? header : encodeHeader({ adds: [], removes: [], ...header });
  const body = {
    room,
    id: randomId(ploy),
    head,
    base: part.base ?? base,
    bytes,
    header: shown,
    welcomes,
    link,
    joinToken,
  };
  return { body: { type: "commit", ...body }, ...(next === undefined ? {} : { next }) };
}

/** A commit like that of an honest member, but for what is said otherwise. */
export function commit(ploy: Ploy, forgery: CommitForgery = {}, part: Committing = {}): Post {
  const made = forged(ploy, forgery);
  return committed(ploy, made.bytes, part, made.group);
}

export function forged(ploy: Ploy, forgery: CommitForgery): ForgedCommit {
  return forgeCommit(ploy.forger, { authenticated: claims(ploy), ...forgery });
}

export const refOf = ({ account, device }: DeviceRef): DeviceRef => ({ account, device });

export const isOwner = ({ info, me }: Ploy): boolean => info.kind === "room" && info.owners.includes(me.account);

/** Leaves of others. */
export const others = ({ leaves, me }: Ploy): readonly Leaf[] => leaves.filter(({ account }) => account !== me.account);

/** Somebody with a key package who has no leaf there. */
export const outsider = ({
  dice,
  everybody,
  leaves,
}: Ploy): (Somebody & { readonly keyPackage: Uint8Array }) | undefined =>
  dice.of(
    everybody.flatMap(({ account, device, keyPackage }) =>
      keyPackage === undefined || leaves.some((leaf) => leaf.device === device)
        ? []
        : [{ account, device, keyPackage }],
    ),
  );
