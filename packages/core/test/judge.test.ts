// core/rooms/judge: which commits count, by the room's rules. MLS's own rules are core/group's: see group.test.ts.
import {
  type AccountId,
  type Entry,
  encodeAuthenticated,
  encodeHeader,
  idOf,
  leaveBytes,
  linkBytes,
  PLAIN_AUTHENTICATED,
  type RoomInfo,
} from "@sotto/wire";
import { describe, expect, test } from "vitest";
import type { Leaf, OpenedCommit } from "../src/group/index.ts";
import { type Before, counts, owners } from "../src/rooms/judge.ts";
import { crypto, device, room } from "./harness/group-world.ts";

const people = ["ann", "bob", "cat", "dan", "eve"] as const;
type Name = (typeof people)[number];
const secretOf = (fill: number) => new Uint8Array(32).fill(fill);
const linkSecret = secretOf(7);
const linkKey = crypto.publicKey(linkSecret);
const otherKey = crypto.publicKey(secretOf(8));

const leaf = (name: Name, one = 1): Leaf => {
  const { account, device: id, chainLength, chainHash, publicKey } = device(name, one);
  const index = people.indexOf(name) + 10 * (one - 1);
  return {
    account,
    device: id,
    chainLength,
    chainHash,
    index,
    signatureKey: publicKey,
    encryptionKey: crypto.sha256(publicKey),
  };
};
const [ann, bob, cat, dan] = [leaf("ann"), leaf("bob"), leaf("cat"), leaf("dan")];

const room1: RoomInfo = { kind: "room", name: "den", owners: [ann.account], linkKey };
const before: Before = { room, base: 5, info: room1, leaves: [ann, bob, cat] };
const sides = [ann.account, bob.account].sort() as unknown as readonly [AccountId, AccountId];
const direct: Before = { room, base: 5, info: { kind: "direct", sides }, leaves: [ann, bob] };

interface Case {
  readonly by?: Leaf;
  readonly adds?: readonly Leaf[];
  readonly removes?: readonly Leaf[];
  readonly info?: RoomInfo;
  readonly before?: Before;
  /** What the header says, if not the truth. */
  readonly header?: Uint8Array;
  readonly claimed?: Partial<Parameters<typeof encodeAuthenticated>[0]>;
  readonly entry?: Partial<Entry>;
  readonly external?: boolean;
  readonly removed?: boolean;
}

function judged(one: Case): boolean {
  const { by = ann, adds = [], removes = [], before: room1Before = before, external = false } = one;
  const info = one.info ?? room1Before.info;
  const leaves = [...room1Before.leaves.filter((member) => !removes.includes(member)), ...adds];
  const authenticated = encodeAuthenticated({
    room,
    base: 5,
    seq: 5,
    hash: secretOf(0),
    ...PLAIN_AUTHENTICATED,
    ...one.claimed,
  });
  const commit = { type: "commit", sender: by, external, authenticated, adds, removes, leaves, info } as const;
  const opened = { ...commit, removed: one.removed ?? false, next: undefined } as unknown as OpenedCommit;
  const entry: Entry = {
    seq: 9,
    kind: "commit",
    device: by.device,
    id: idOf.entry(new Uint8Array(16)),
    base: 5,
    header: one.header ?? encodeHeader({ adds, removes }),
    bytes: secretOf(1),
    ...one.entry,
  };
  return counts(crypto, room1Before, entry, opened);
}

const named = (...leaves: Leaf[]) => leaves.map(({ account, device: id }) => ({ account, device: id }));
const renewed: RoomInfo = { ...room1, linkKey: otherKey };
const leaveOf = (name: Name, part: Partial<Parameters<typeof leaveBytes>[0]> = {}) => {
  const { account, device: id, encryptionKey: leafKey } = leaf(name);
  const signed = leaveBytes({ room, account, device: id, leafKey, ...part });
  return { device: id, signature: crypto.sign(device(name).privateKey, signed) };
};
const joinOf = (part: Partial<Parameters<typeof linkBytes>[0]> = {}, secret = linkSecret, who = dan) => {
  const { account, device: id, signatureKey: leafKey } = who;
  return crypto.sign(secret, linkBytes({ room, base: 5, account, device: id, leafKey, ...part }));
};

describe("a member's commit counts", () => {
  test.each([
    { what: "an empty one, by anybody", by: bob },
    { what: "an add, by anybody", by: bob, adds: [dan] },
    { what: "an add of another own device", by: bob, adds: [leaf("bob", 2)] },
    { what: "a removal by the owner, with a new link", removes: [bob], info: renewed },
    { what: "a removal by the owner, of a room without a link", removes: [bob], before: without(before) },
    { what: "a new link by the owner", info: renewed },
    { what: "the link turned off by the owner", info: { ...room1, linkKey: undefined } },
    { what: "another name, by the owner", info: { ...room1, name: "attic" } },
    { what: "another owner, by the owner", info: { ...room1, owners: [ann.account, bob.account] } },
    {
      what: "the removal of who said that they leave, by anybody",
      by: bob,
      removes: [cat],
      info: renewed,
      claimed: { leaves: [leaveOf("cat")] },
    },
    {
      what: "the removal of the last owner who said so, by anybody, which makes the longest member owner",
      by: cat,
      removes: [ann],
      info: { ...renewed, owners: [bob.account] },
      claimed: { leaves: [leaveOf("ann")] },
    },
    { what: "the removal of an own device", by: bob, removes: [leaf("bob", 2)], before: withLeaf(leaf("bob", 2)) },
    {
      what: "the removal of a revoked own device with a new link",
      by: bob,
      removes: [leaf("bob", 2)],
      info: renewed,
      before: { ...withLeaf(leaf("bob", 2)), revoked: new Set([leaf("bob", 2).device]) },
    },
    {
      what: "the removal of another account's revoked device",
      by: bob,
      removes: [cat],
      info: renewed,
      before: { ...before, revoked: new Set([cat.device]) },
    },
    {
      what: "in a direct conversation: the removal of the other's revoked device",
      by: bob,
      removes: [leaf("ann", 2)],
      before: { ...direct, leaves: [...direct.leaves, leaf("ann", 2)], revoked: new Set([leaf("ann", 2).device]) },
    },
    { what: "in a direct conversation: an empty one", by: bob, before: direct },
    { what: "in a direct conversation: another device of a side", by: bob, adds: [leaf("ann", 2)], before: direct },
  ] as (Case & { what: string })[])("$what", (one) => {
    expect(judged(one)).toBe(true);
  });
});

describe("a member's commit does not count", () => {
  test.each([
    { what: "a removal by a member", by: bob, removes: [cat], info: renewed },
    { what: "a removal of the owner by a member", by: bob, removes: [ann], info: renewed },
    { what: "a removal by the owner that keeps the link", removes: [bob] },
    {
      what: "the removal of a revoked device that keeps the link",
      by: bob,
      removes: [cat],
      before: { ...before, revoked: new Set([cat.device]) },
    },
    {
      what: "the removal of a revoked device together with somebody else",
      by: bob,
      removes: [cat, ann],
      info: renewed,
      before: { ...before, revoked: new Set([cat.device]) },
    },
    {
      what: "in a direct conversation: the removal of somebody who says that they leave",
      by: bob,
      removes: [ann],
      before: direct,
      claimed: { leaves: [leaveOf("ann")] },
    },
    {
      what: "in a direct conversation: the removal of the other's device that is not revoked",
      by: bob,
      removes: [leaf("ann", 2)],
      before: { ...direct, leaves: [...direct.leaves, leaf("ann", 2)], revoked: new Set([ann.device]) },
    },
    {
      what: "the removal of a leaver that keeps the link",
      by: bob,
      removes: [cat],
      claimed: { leaves: [leaveOf("cat")] },
    },
    {
      what: "the removal of a leaver together with somebody else",
      by: bob,
      removes: [cat, ann],
      info: renewed,
      claimed: { leaves: [leaveOf("cat")] },
    },
    {
      what: "the removal of a leaver who spoke of another room",
      by: bob,
      removes: [cat],
      info: renewed,
      claimed: { leaves: [leaveOf("cat", { room: idOf.room(secretOf(3)) })] },
    },
    {
      what: "the removal of a leaver who has come back since, in another leaf",
      by: bob,
      removes: [cat],
      info: renewed,
      claimed: { leaves: [leaveOf("cat", { leafKey: secretOf(3) })] },
    },
    {
      what: "the removal of a leaver whose word somebody else signed",
      by: bob,
      removes: [cat],
      info: renewed,
      claimed: { leaves: [{ ...leaveOf("bob"), device: cat.device }] },
    },
    {
      what: "the removal of the last owner that makes the committer owner",
      by: cat,
      removes: [ann],
      info: { ...renewed, owners: [cat.account] },
      claimed: { leaves: [leaveOf("ann")] },
    },
    {
      what: "the removal of the last owner that leaves none",
      by: bob,
      removes: [ann],
      info: renewed,
      claimed: { leaves: [leaveOf("ann")] },
    },
    { what: "another name, by a member", by: bob, info: { ...room1, name: "attic" } },
    { what: "another owner, by a member", by: bob, info: { ...room1, owners: [bob.account] } },
    { what: "one owner more, by a member", by: bob, info: { ...room1, owners: [ann.account, bob.account] } },
    { what: "no owner, by the owner", info: { ...room1, owners: [] } },
    { what: "a new link, by a member", by: bob, info: renewed },
    { what: "the link turned off, by a member", by: bob, info: { ...room1, linkKey: undefined } },
    { what: "a room that becomes a direct conversation", info: direct.info },
    {
      what: "an own device removed with a new link, by a member",
      by: bob,
      removes: [leaf("bob", 2)],
      info: renewed,
      before: withLeaf(leaf("bob", 2)),
    },

    { what: "a header that hides an add", adds: [dan], header: encodeHeader({ adds: [], removes: [] }) },
    { what: "a header with an add that there is not", header: encodeHeader({ adds: named(dan), removes: [] }) },
    {
      what: "a header that hides a removal",
      removes: [bob],
      info: renewed,
      header: encodeHeader({ adds: [], removes: [] }),
    },
    { what: "a header with a removal that there is not", header: encodeHeader({ adds: [], removes: named(bob) }) },
    {
      what: "a header that names another",
      adds: [dan],
      header: encodeHeader({ adds: named(leaf("eve")), removes: [] }),
    },
    { what: "a header that names it twice", adds: [dan], header: encodeHeader({ adds: named(dan, dan), removes: [] }) },
    {
      what: "a header with the right device of the wrong account",
      adds: [dan],
      header: encodeHeader({ adds: [{ account: bob.account, device: dan.device }], removes: [] }),
    },
    { what: "a header that is none", header: Uint8Array.of(255) },

    { what: "another base in the entry", entry: { base: 4 } },
    { what: "another base in what it is bound to", claimed: { base: 4 } },
    { what: "an old base in both", entry: { base: 4 }, claimed: { base: 4 } },
    { what: "another room in what it is bound to", claimed: { room: idOf.room(secretOf(3)) } },
    { what: "another device than the relay says", entry: { device: bob.device } },

    { what: "in a direct conversation: a third account", by: bob, adds: [cat], before: direct },
    { what: "in a direct conversation: the other side removed", by: bob, removes: [ann], before: direct },
    {
      what: "in a direct conversation: a change of the sides",
      by: bob,
      before: direct,
      info: { kind: "direct", sides: [sides[1], sides[0]] },
    },
    { what: "in a direct conversation: a room made of it", by: bob, before: direct, info: room1 },
  ] as (Case & { what: string })[])("$what", (one) => {
    expect(judged(one)).toBe(false);
  });
});

describe("who is taken out judges by what can be known: that it may be", () => {
  test.each([
    { what: "by the owner", removes: [bob], removed: true, is: true },
    { what: "by a member", by: cat, removes: [bob], removed: true, is: false },
    {
      what: "by a lying header",
      removes: [bob],
      removed: true,
      header: encodeHeader({ adds: [], removes: [] }),
      is: false,
    },
  ] as (Case & { what: string; is: boolean })[])("$what", ({ is, ...one }) => {
    expect(judged(one)).toBe(is);
  });
});

describe("who comes from outside", () => {
  const join = { by: dan, adds: [dan], external: true };
  const again = { by: cat, adds: [{ ...cat, encryptionKey: secretOf(4) }], removes: [cat], external: true };
  test("counts with the link's signature, the first time and over an old leaf", () => {
    expect(judged({ ...join, claimed: { linkSignature: joinOf() } })).toBe(true);
    expect(judged({ ...again, claimed: { linkSignature: joinOf({}, linkSecret, cat) } })).toBe(true);
  });

  test.each([
    { what: "no signature", claimed: {} },
    { what: "another link's signature", claimed: { linkSignature: joinOf({}, secretOf(8)) } },
    { what: "a signature for another room", claimed: { linkSignature: joinOf({ room: idOf.room(secretOf(3)) }) } },
    { what: "a signature for another base", claimed: { linkSignature: joinOf({ base: 4 }) } },
    { what: "a signature for another account", claimed: { linkSignature: joinOf({ account: cat.account }) } },
    { what: "a signature for another device", claimed: { linkSignature: joinOf({ device: cat.device }) } },
    { what: "a signature for another leaf key", claimed: { linkSignature: joinOf({ leafKey: cat.signatureKey }) } },
    { what: "a signature of zeros", claimed: { linkSignature: new Uint8Array(64) } },
    { what: "an old base", claimed: { linkSignature: joinOf({ base: 4 }), base: 4 }, entry: { base: 4 } },
    { what: "the link off", claimed: { linkSignature: joinOf() }, before: without(before) },
    { what: "a direct conversation", claimed: { linkSignature: joinOf() }, before: direct },
    {
      what: "a lying header",
      claimed: { linkSignature: joinOf() },
      header: encodeHeader({ adds: named(dan), removes: named(bob) }),
    },
    { what: "another device than the relay says", claimed: { linkSignature: joinOf() }, entry: { device: cat.device } },
  ] as (Case & { what: string })[])("does not count with $what", (one) => {
    expect(judged({ ...join, ...one })).toBe(false);
  });
});

test("owners are those whom the room names, and a direct conversation has none", () => {
  expect(owners(room1)).toEqual([ann.account]);
  expect(owners(direct.info)).toEqual([]);
});

function without(one: Before): Before {
  return { ...one, info: { ...room1, linkKey: undefined } as RoomInfo };
}

function withLeaf(more: Leaf): Before {
  return { ...before, leaves: [...before.leaves, more] };
}
