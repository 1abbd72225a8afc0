import { describe, expect, test } from "vitest";
import {
  byValue,
  forgeCommit,
  forgeExternal,
  forgeGroupInfo,
  forgeKeyPackage,
  forgePath,
  type KeyPackageForgery,
} from "../forge/index.ts";
import { isWeakKey } from "../node/ed25519.ts";
import { LIMITS, open, parseGroupInfo, parseKeyPackage } from "../src/index.ts";
import type { LeafContent } from "../src/leaf-node.ts";
import { Tree, type TreeNode } from "../src/tree.ts";
import { badTreeKeys } from "./bad-keys.ts";
import { alice, expectRefusal, forger, random, refused, row } from "./refused.ts";
import { fromHex, LIFETIME, person, profile, suite } from "./world.ts";

const trudy = person("trudy", random);
const NOTHING = new Uint8Array(0);
const own = (forgery: KeyPackageForgery = {}) => forgeKeyPackage(suite, trudy, LIFETIME, random, forgery);
const adding = (forgery: KeyPackageForgery) =>
  forgeCommit(forger, { proposals: [{ type: "add", keyPackage: own(forgery).keyPackage }] }).bytes;
const encryption = (encryptionKey: Uint8Array) => (leaf: LeafContent) => ({ ...leaf, encryptionKey });
const signature = (signatureKey: Uint8Array) => (leaf: LeafContent) => ({ ...leaf, signatureKey });

// The other places of a key: refusals-paths, -external, -welcome and -tree.
describe("keys for encryption", () => {
  test.each(
    badTreeKeys.flatMap(({ name, key }) => [
      row(`a newcomer's key ${name}`, "bad-key", "7.2", () => adding({ leaf: encryption(key) })),
      row(`a newcomer's init key ${name}`, "bad-key", "10", () => adding({ initKey: key })),
      row(
        `a committer's new key ${name}`,
        "bad-key",
        "7.2",
        () => forgeCommit(forger, { path: { leaf: encryption(key) } }).bytes,
      ),
    ]),
  )("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test.each(badTreeKeys)("a key package with a key $name is not even claimed", ({ key }) => {
    expect(refused(parseKeyPackage(suite, own({ leaf: encryption(key) }).bytes))).toEqual({
      code: "bad-key",
      section: "7.2",
    });
    expect(refused(parseKeyPackage(suite, own({ initKey: key }).bytes))).toEqual({ code: "bad-key", section: "10" });
  });
});

describe("keys for signatures", () => {
  /** The eight points of small order (libsodium's list): with s = 0 and R = -hA one signature fits whatever it is over. */
  const SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  ].map(fromHex);
  const small = SMALL_ORDER.map((key, index) => ({ name: `of small order, number ${index + 1}`, key }));
  const lengths = [0, 31, 33, 64].map((length) => ({
    name: `of ${length} bytes`,
    key: new Uint8Array(length).fill(1),
  }));

  test.each([...small, ...lengths])("a newcomer's key $name: bad-signature", ({ key }) => {
    expectRefusal(adding({ leaf: signature(key) }), { code: "bad-signature", section: "7.3" });
  });

  test.each([...small, ...lengths])("an outsider's key $name: bad-signature", ({ key }) => {
    const outsider = { ...forger, identity: { ...trudy, signatureKey: key } };
    expectRefusal(forgeExternal(outsider).bytes, { code: "bad-signature", section: "6.1" });
  });

  test.each(small)("no signature of zeros fits a key $name", ({ key }) => {
    for (const point of SMALL_ORDER) {
      const fits = Uint8Array.of(...point, ...new Uint8Array(32));
      expect(suite.verify(key, "any", NOTHING, fits)).toBe(false);
      const forgery = { leaf: signature(key), leafForgery: { signature: () => fits }, signature: () => fits };
      expect(refused(parseKeyPackage(suite, own(forgery).bytes))).toEqual({ code: "bad-signature", section: "7.3" });
    }
    expect(isWeakKey(key)).toBe(true);
  });

  test.each([0, 63, 65, 128])("a signature of %i bytes: bad-signature", (length) => {
    const forged = () => new Uint8Array(length).fill(1);
    expectRefusal(adding({ leafForgery: { signature: forged } }), { code: "bad-signature", section: "7.3" });
    expectRefusal(adding({ signature: forged }), { code: "bad-signature", section: "10.1" });
  });
});

describe("a claimed key package", () => {
  test("is taken", () => expect(parseKeyPackage(suite, own().bytes).ok).toBe(true));

  test.each([
    row("with a byte behind it", "malformed", "2.1", () => Uint8Array.of(...own().bytes, 0)),
    row("without its last byte", "malformed", "2.1", () => own().bytes.slice(0, -1)),
    row("that calls itself a Welcome", "malformed", "6", () => own().bytes.with(3, 3)),
    row("of another version of messages", "wrong-version", "6", () => own().bytes.with(1, 2)),
    row("of another version", "wrong-version", "10", () => own({ version: 2 }).bytes),
    row("of another suite", "wrong-suite", "10.1", () => own({ suiteId: 3 }).bytes),
    row("over the limit", "too-long", "6", () => new Uint8Array(LIMITS.messageBytes + 1)),
    row(
      "of nobody, signed by nobody",
      "bad-signature",
      "7.3",
      () => own({ leafForgery: { signature: () => NOTHING } }).bytes,
    ),
    row("with the two spellings of one length", "malformed", "2.1.2", () => {
      const { bytes } = own();
      return Uint8Array.of(...bytes.subarray(0, 8), 0x40, ...bytes.subarray(8));
    }),
  ])("$name: $code", ({ bytes, code, section }) => {
    expect(refused(parseKeyPackage(suite, bytes()))).toEqual({ code, section });
  });
});

describe("lists of 60,000 are refused at once, on any depth of the stack", () => {
  const many = Array.from({ length: 60_000 }, (_, index) => index);
  /** None of the kinds that everybody supports. */
  const others = many.map((index) => ({ type: index + 6, data: NOTHING }));
  const capabilities = { ...trudy.capabilities, extensions: many };
  const deep = <T>(depth: number, work: () => T): T => (depth === 0 ? work() : deep(depth - 1, work));
  /** Of this process: others may have the machine in the meantime. */
  const ms = (work: () => unknown) => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const rows = [
    row("capabilities of a newcomer", "too-long", "7.2", () => adding({ leaf: (leaf) => ({ ...leaf, capabilities }) })),
    row(
      "capabilities of the committer",
      "too-long",
      "7.2",
      () => forgeCommit(forger, { path: { leaf: (leaf) => ({ ...leaf, capabilities }) } }).bytes,
    ),
    row(
      "capabilities of an outsider",
      "too-long",
      "7.2",
      () => forgeExternal({ ...forger, identity: { ...trudy, capabilities } }).bytes,
    ),
    row("extensions of a leaf", "too-long", "7.2", () =>
      adding({ leaf: (leaf) => ({ ...leaf, extensions: many.map((type) => ({ type, data: NOTHING })) }) }),
    ),
    row("extensions of a key package", "missing-capability", "10", () =>
      adding({ extensions: many.map((type) => ({ type, data: NOTHING })) }),
    ),
    row(
      "extensions of the context",
      "missing-capability",
      "11.1",
      () =>
        forgeCommit(forger, {
          proposals: [{ type: "group-context-extensions", extensions: others }],
        }).bytes,
    ),
    row(
      "proposals",
      "too-many-proposals",
      "12.4",
      () => forgeCommit(forger, { proposals: many.map(() => byValue(3, Uint8Array.of(0, 0, 0, 1))) }).bytes,
    ),
    row("ciphertexts", "malformed", "7.6", () => {
      const empty = many.map(() => ({ kemOutput: NOTHING, ciphertext: NOTHING }));
      const nodes = { nodes: <T>(list: readonly T[]) => list.map((node) => ({ ...node, encryptedPathSecret: empty })) };
      return forgeCommit(forger, { path: nodes }).bytes;
    }),
    row(
      "nodes of a path",
      "wrong-path-length",
      "7.5",
      () =>
        forgeCommit(forger, {
          path: { nodes: () => many.map(() => ({ encryptionKey: NOTHING, encryptedPathSecret: [] })) },
        }).bytes,
    ),
  ];
  test.each(rows)("$name: $code", ({ bytes, code, section }) => {
    const made = bytes();
    expectRefusal(made, { code, section });
    expect(ms(() => open(profile, alice.group, made))).toBeLessThan(1000);
    expect(deep(4000, () => refused(open(profile, alice.group, made)))).toEqual({ code, section });
  });

  test("unmerged leaves that are blank: bad-unmerged-leaves", () => {
    const nodes: (TreeNode | undefined)[] = new Array(LIMITS.leaves).fill(undefined);
    for (let node = 0; node < 9; node++) nodes[node] = forger.group.tree.node(node);
    const { publicKey: encryptionKey } = suite.keyPair(random(32));
    const parent = { encryptionKey, parentHash: NOTHING, unmergedLeaves: many.map((index) => index + 5) };
    nodes[LIMITS.leaves - 1] = { type: "parent", parent };
    const bytes = forgeGroupInfo(forger, { tree: Tree.of(nodes) });
    const refusal = { code: "bad-unmerged-leaves", section: "12.4.3.1" };
    const result = () => refused(parseGroupInfo(profile, bytes));
    // Half a second goes into the hashes of the largest tree that there may be.
    expect(ms(() => expect(result()).toEqual(refusal))).toBeLessThan(2000);
    expect(deep(4000, result)).toEqual(refusal);
  }, 30_000);

  test("a tree of 1,024 that all stand in the lists of all parents over them is taken, in time too", () => {
    const leaves = 1024;
    const crowd = Array.from({ length: leaves }, (_, index) => person(`member ${index}`, random));
    const leafOf = (index: number) => forgeKeyPackage(suite, crowd[index] ?? trudy, LIFETIME, random).keyPackage.leaf;
    // One member beside each step of the first one's path, which is set before all the others come.
    const nodes: (TreeNode | undefined)[] = new Array(2 * leaves - 1).fill(undefined);
    const early = new Set([0, ...Array.from({ length: 10 }, (_, level) => 2 ** level)]);
    for (const index of early) nodes[2 * index] = { type: "leaf", leaf: leafOf(index) };
    const tree = Tree.of(nodes);
    const first = { ...forger, identity: crowd[0] ?? trudy };
    const contextFor = (treeHash: Uint8Array) => ({ ...forger.group.context, treeHash });
    forgePath(first, tree, 0, { ...first.identity, extensions: [] }, new Set(), contextFor);
    for (const index of crowd.keys()) if (!early.has(index)) tree.add(leafOf(index));
    const bytes = forgeGroupInfo(first, { tree, signer: 0 });
    expect(ms(() => expect(refused(parseGroupInfo(profile, bytes))).toBeUndefined())).toBeLessThan(1000);
  }, 30_000);
});
