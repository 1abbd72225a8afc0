// core/rooms/judge: a device that goes out and comes in by one commit, by its own word. The rest of the rules: judge.test.ts.
import {
  type AccountId,
  encodeAuthenticated,
  encodeHeader,
  idOf,
  PLAIN_AUTHENTICATED,
  type RoomInfo,
  readmitBytes,
} from "@sotto/wire";
import { describe, expect, test } from "vitest";
import type { Leaf, OpenedCommit } from "../src/group/index.ts";
import { type Before, counts } from "../src/rooms/judge.ts";
import { crypto, device, room } from "./harness/group-world.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);
const leaf = (name: string, index: number, one = 1): Leaf => {
  const { publicKey, privateKey: _privateKey, ...identity } = device(name, one);
  return { ...identity, index, signatureKey: publicKey, encryptionKey: crypto.sha256(publicKey) };
};
const [ann, bob, cat, bob2] = [leaf("ann", 0), leaf("bob", 1), leaf("cat", 2), leaf("bob", 3, 2)];
/** The same device with the leaf of a fresh key package. */
const anew = (old: Leaf, index = old.index): Leaf => ({ ...old, index, encryptionKey: key(9) });

const info: RoomInfo = { kind: "room", name: "den", owners: [ann.account], linkKey: key(7) };
const sides = [ann.account, bob.account].sort() as unknown as readonly [AccountId, AccountId];
const den: Before = { room, base: 5, info, leaves: [ann, bob, cat, bob2] };
const direct: Before = { room, base: 5, info: { kind: "direct", sides }, leaves: [ann, bob] };

const word = (name: string, about: Leaf, part: Partial<Parameters<typeof readmitBytes>[0]> = {}) => {
  const { account, device: id, encryptionKey: leafKey } = about;
  const signed = readmitBytes({ room, account, device: id, leafKey, ...part });
  return { device: id, signature: crypto.sign(device(name).privateKey, signed) };
};

interface Case {
  readonly what: string;
  readonly by: Leaf;
  readonly removes: readonly Leaf[];
  readonly adds: readonly Leaf[];
  readonly words: readonly ReturnType<typeof word>[];
  readonly info?: RoomInfo;
  readonly before?: Before;
}

function judged({ by, removes, adds, words, before = den, info: after = before.info }: Case): boolean {
  const authenticated = encodeAuthenticated({
    room,
    base: 5,
    seq: 5,
    hash: key(0),
    ...PLAIN_AUTHENTICATED,
    readmits: words,
  });
  const leaves = [...before.leaves.filter((one) => !removes.includes(one)), ...adds];
  const commit = { type: "commit", sender: by, external: false, authenticated, adds, removes, leaves, info: after };
  const opened = { ...commit, removed: false, next: undefined } as unknown as OpenedCommit;
  const entry = {
    seq: 9,
    kind: "commit",
    device: by.device,
    id: idOf.entry(new Uint8Array(16)),
    base: 5,
    header: encodeHeader({ adds, removes }),
    bytes: key(1),
  } as const;
  return counts(crypto, before, entry, opened);
}

describe("a device goes out and comes in by one commit", () => {
  test.each<Case>([
    {
      what: "by its word, committed by anybody",
      by: bob,
      removes: [cat],
      adds: [anew(cat)],
      words: [word("cat", cat)],
    },
    {
      what: "the only owner too, who stays owner",
      by: bob,
      removes: [ann],
      adds: [anew(ann)],
      words: [word("ann", ann)],
    },
    {
      what: "in a direct conversation",
      by: ann,
      removes: [bob],
      adds: [anew(bob)],
      words: [word("bob", bob)],
      before: direct,
    },
    {
      what: "without a word, by another device of its account",
      by: bob2,
      removes: [bob],
      adds: [anew(bob)],
      words: [],
    },
  ])("$what", (one) => {
    expect(judged(one)).toBe(true);
  });
});

describe("it does not count", () => {
  test.each<Case>([
    { what: "without a word", by: bob, removes: [cat], adds: [anew(cat)], words: [] },
    { what: "when it does not come in", by: bob, removes: [cat], adds: [], words: [word("cat", cat)] },
    {
      what: "when another device of its account comes in",
      by: bob,
      removes: [cat],
      adds: [leaf("cat", 2, 2)],
      words: [word("cat", cat)],
    },
    {
      what: "by a word about a former leaf",
      by: bob,
      removes: [cat],
      adds: [anew(cat)],
      words: [word("cat", anew(cat))],
    },
    {
      what: "by a word of a device without a leaf",
      by: bob,
      removes: [cat],
      adds: [anew(cat)],
      words: [word("cat", cat, { leafKey: new Uint8Array(0) })],
    },
    {
      what: "by a word about another room",
      by: bob,
      removes: [cat],
      adds: [anew(cat)],
      words: [word("cat", cat, { room: idOf.room(key(3)) })],
    },
    { what: "by somebody else's word", by: bob, removes: [cat], adds: [anew(cat)], words: [word("bob", cat)] },
    {
      what: "together with a removal that nobody asked for",
      by: bob,
      removes: [cat, ann],
      adds: [anew(cat)],
      words: [word("cat", cat)],
    },
    {
      what: "with a new link, by a member",
      by: bob,
      removes: [cat],
      adds: [anew(cat)],
      words: [word("cat", cat)],
      info: { ...info, linkKey: key(8) },
    },
    {
      what: "as a way to other owners",
      by: bob,
      removes: [ann],
      adds: [anew(ann)],
      words: [word("ann", ann)],
      info: { ...info, owners: [bob.account] },
    },
  ])("$what", (one) => {
    expect(judged(one)).toBe(false);
  });
});
