/** A group through core's narrow door, on node:crypto. */
import { randomBytes } from "node:crypto";
import { nodeCrypto } from "@sotto/node";
import { idOf } from "@sotto/wire";
import {
  createGroup,
  type Group,
  groupDifference,
  groupSuite,
  makeCommit,
  makeKeyPackage,
  type Own,
  open,
  openWelcome,
  type StoredKeyPackage,
  seal,
} from "../packages/core/src/group/index.ts";
import type { Pair } from "./sealing.ts";

const crypto = nodeCrypto();
const suite = groupSuite(crypto);
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** Who made a group, and who came in last. */
export interface CoreGroup {
  readonly owner: Own;
  readonly group: Group;
  readonly last: { readonly own: Own; readonly group: Group };
  readonly welcome: Uint8Array;
  readonly used: StoredKeyPackage;
}

export const nothing = () => ({
  adds: [],
  removes: [],
  info: undefined,
  authenticated: random(70),
  joinInfo: random(70),
  now: Date.now(),
});

/** One device made the group and added all others in one commit. */
export function coreGroup(members: number): CoreGroup {
  const owner = makeOwn();
  const now = Date.now();
  const info = { kind: "room", name: "bench", owners: [owner.account], linkKey: undefined } as const;
  const others = Array.from({ length: members - 1 }, makeOwn);
  const packages = others.map((own) => makeKeyPackage(suite, own, now, false));
  let group = createGroup(suite, owner, idOf.room(random(32)), info, now);
  let welcome: Uint8Array | undefined;
  // As many at a time as one commit may add.
  for (let from = 0; from < packages.length; from += 500) {
    const adds = packages.slice(from, from + 500).map((one) => one.bytes);
    const made = makeCommit(suite, owner, group, { ...nothing(), adds });
    if (made === undefined) throw new Error("the group could not be made");
    group = made.next;
    welcome = made.welcome;
  }
  const [own, used] = [others.at(-1), packages.at(-1)];
  const joined = own && used && welcome && openWelcome(suite, [used], welcome);
  if (!joined || !own || !used || !welcome) throw new Error("the group could not be made");
  return { owner, group, last: { own, group: joined.group }, welcome, used };
}

/** One of the group sends, another one reads. */
export function corePair(members: number): Pair {
  const made = coreGroup(members);
  let [sending, reading] = [made.group, made.last.group];
  return {
    seal: async (padded, authenticated) => {
      const sealed = seal(suite, made.owner, sending, padded, authenticated);
      sending = sealed.next;
      return sealed.bytes;
    },
    open: async (bytes) => {
      const opened = open(suite, reading, "message", bytes);
      if (opened?.type !== "message") throw new Error("a message did not open");
      reading = opened.next;
      return opened.padded;
    },
  };
}

/** An empty commit by the maker, and its reading by who came in last; the group in the epoch after it. */
export function coreCommit(made: CoreGroup) {
  const start = performance.now();
  const commit = makeCommit(suite, made.owner, made.group, nothing());
  const middle = performance.now();
  if (commit === undefined) throw new Error("an empty commit holds");
  const opened = open(suite, made.last.group, "commit", commit.bytes);
  const end = performance.now();
  if (opened?.type !== "commit") throw new Error("the commit did not open");
  const next: CoreGroup = { ...made, group: commit.next, last: { own: made.last.own, group: opened.next } };
  return { makeMs: middle - start, openMs: end - middle, bytes: commit.bytes.length, next };
}

/** @returns milliseconds. */
export function coreJoin({ welcome, used }: CoreGroup): number {
  const start = performance.now();
  if (openWelcome(suite, [used], welcome) === undefined) throw new Error("the Welcome did not open");
  return performance.now() - start;
}

/** Bytes of group state that a message writes, names included: the first of a sender in an epoch, and the next. */
export function coreWritten(made: CoreGroup) {
  const size = (before: Group, after: Group) =>
    groupDifference(before, after).reduce((sum, { name, value }) => sum + name.length + (value?.length ?? 0), 0);
  const first = seal(suite, made.owner, made.group, random(256), random(70));
  const second = seal(suite, made.owner, first.next, random(256), random(70));
  const read = open(suite, made.last.group, "message", first.bytes);
  const again = read && open(suite, read.next, "message", second.bytes);
  if (read === undefined || again === undefined) throw new Error("a message did not open");
  return {
    sent: [size(made.group, first.next), size(first.next, second.next)],
    received: [size(made.last.group, read.next), size(read.next, again.next)],
  };
}

function makeOwn(): Own {
  const privateKey = random(32);
  const identity = { account: idOf.account(random(32)), device: idOf.device(random(16)) };
  return { ...identity, chainLength: 1, chainHash: random(32), privateKey, publicKey: crypto.publicKey(privateKey) };
}
