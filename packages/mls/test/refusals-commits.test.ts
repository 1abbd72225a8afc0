import { describe, expect, test } from "vitest";
import {
  byReference,
  byValue,
  type CommitForgery,
  contextExtensions,
  type ForgedProposal,
  forgeCommit,
  forgeKeyPackage,
  forgeLeaf,
  grease,
  type KeyPackageForgery,
  type PathForgery,
  preSharedKey,
  reInit,
  update,
} from "../forge/index.ts";
import { Writer } from "../src/codec.ts";
import { LIMITS, makeCommit, open, type Profile, unspent } from "../src/index.ts";
import { type Proposal, writeCommit } from "../src/proposal.ts";
import { attempt } from "../src/refusal.ts";
import {
  alice,
  bob,
  carol,
  erin,
  expectLife,
  expectRefusal,
  flip,
  forger,
  random,
  refused,
  row,
  snapshot,
} from "./refused.ts";
import { GROUP_ID, LIFETIME, NOW, person, profile, suite, unwrap, utf8 } from "./world.ts";

const commit = (forgery: CommitForgery = {}) => forgeCommit(forger, forgery).bytes;
const proposing = (...proposals: ForgedProposal[]) => commit({ proposals });
const remove = (removed: number): Proposal => ({ type: "remove", removed });
const context = (...types: number[]): Proposal => ({
  type: "group-context-extensions",
  extensions: types.map((type) => ({ type, data: new Uint8Array(0) })),
});
/** `required_capabilities`: lists of extensions, proposals and credentials. */
const requiring = (...lists: number[][]): Proposal => {
  const writer = new Writer();
  for (const list of lists) writer.vector(list, (inner, type) => inner.uint16(type));
  return { type: "group-context-extensions", extensions: [{ type: 3, data: writer.done() }] };
};
const trudy = person("trudy", random);
const add = (forgery: KeyPackageForgery = {}, who = trudy): Proposal => ({
  type: "add",
  keyPackage: forgeKeyPackage(suite, who, LIFETIME, random, forgery).keyPackage,
});
const able = (change: Partial<typeof trudy.capabilities>): KeyPackageForgery => ({
  leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, ...change } }),
});
const leafOf = ({ group }: typeof alice) => group.tree.leaf(group.own.leaf)!;
const rootKey = forger.group.tree.keyAt(forger.group.tree.root)!;
const fork = (change: Partial<Profile["credentials"]>): Profile => ({
  ...profile,
  credentials: { ...profile.credentials, ...change },
});

describe("what is forged without a fault is taken", () => {
  test.each([
    { name: "who comes in", bytes: () => proposing(add()), added: 1, removed: 0 },
    { name: "who goes", bytes: () => proposing(remove(1), remove(2)), added: 0, removed: 2 },
    { name: "who takes the place of who goes", bytes: () => proposing(remove(1), add()), added: 1, removed: 1 },
    { name: "a context that all support", bytes: () => proposing(context(5)), added: 0, removed: 0 },
  ])("$name", ({ bytes, added, removed }) => {
    const opened = unwrap(open(profile, alice.group, bytes()));
    expect(opened).toMatchObject({ type: "commit", isExternal: false });
    if (opened.type === "commit") expect([opened.added.length, opened.removed.length]).toEqual([added, removed]);
  });
});

describe("proposals", () => {
  const { groupId } = forger.group.context;
  const newLeaf = {
    ...leafOf(bob),
    encryptionKey: suite.keyPair(random(32)).publicKey,
    source: { type: "update" } as const,
  };
  const updated = forgeLeaf(suite, newLeaf, { groupId, index: 1 }, bob.identity.signaturePrivateKey);
  const many = (count: number) => Array.from({ length: count }, () => remove(1));
  test.each([
    row("one by reference", "proposal-by-reference", "12.4", () => proposing(byReference(random(32)))),
    row("one by reference beside another", "proposal-by-reference", "12.4", () =>
      proposing(remove(1), byReference(random(32))),
    ),
    row("one in neither way", "malformed", "12.4", () => proposing(Uint8Array.of(0, 0, 3, 0, 0, 0, 1))),
    row("one in a third way", "malformed", "12.4", () => proposing(Uint8Array.of(3, 0, 3, 0, 0, 0, 1))),
    row("an Update", "unsupported-proposal", "12.1", () => proposing(update(updated))),
    row("a PreSharedKey", "unsupported-proposal", "12.1", () => proposing(preSharedKey())),
    row("a ReInit", "unsupported-proposal", "12.1", () => proposing(reInit(groupId))),
    row("one of an unknown kind", "unsupported-proposal", "12.1", () => proposing(grease())),
    row("one of kind 0", "unsupported-proposal", "12.1", () => proposing(byValue(0, new Uint8Array(0)))),
    row("an ExternalInit of a member", "unsupported-proposal", "12.2", () =>
      proposing({ type: "external-init", kemOutput: suite.keyPair(random(32)).publicKey }),
    ),
    row("513 of them", "too-many-proposals", "12.4", () => proposing(...many(513))),
    row("600 of them", "too-many-proposals", "12.4", () => proposing(...many(600))),
    row("512 of them that say the same", "removed-twice", "12.2", () => proposing(...many(512))),
    row("removing oneself", "removes-itself", "12.2", () => proposing(remove(3))),
    row("removing somebody twice", "removed-twice", "12.2", () => proposing(remove(1), remove(1))),
    row("removing a blank leaf", "unknown-leaf", "12.1.3", () => proposing(remove(6))),
    row("removing a leaf outside the tree", "unknown-leaf", "12.1.3", () => proposing(remove(60_000))),
    row("removing the last of all leaves", "unknown-leaf", "12.1.3", () => proposing(remove(0xffffffff))),
    row("two lists of extensions", "extensions-twice", "12.2", () => proposing(context(5), context(5))),
    row("an empty list of extensions", "no-extensions", "12.1.7", () => proposing(context())),
    row("an extension twice", "repeated-extension", "13.4", () =>
      proposing(contextExtensions([5, 5].map((type) => ({ type, data: new Uint8Array(0) })))),
    ),
    row("an extension that nobody supports", "missing-capability", "13.4", () => proposing(context(0xff01))),
    row("requiring an extension that nobody supports", "missing-capability", "13.4", () =>
      proposing(requiring([0xff01], [], [])),
    ),
    row("requiring a proposal that nobody supports", "missing-capability", "11.1", () =>
      proposing(requiring([], [0xff01], [])),
    ),
    row("requiring a credential that nobody supports", "missing-capability", "11.1", () =>
      proposing(requiring([], [], [2])),
    ),
    row("requiring more than a leaf could list", "missing-capability", "11.1", () =>
      proposing(
        requiring(
          Array.from({ length: 1025 }, (_, index) => index + 6),
          [],
          [],
        ),
      ),
    ),
    row("requirements cut short", "malformed", "2.1", () => proposing(requiring([], []))),
    row("requirements with something behind them", "malformed", "2.1", () => proposing(requiring([], [], [], []))),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test("more than a commit takes are not even written", () => {
    const proposals = many(LIMITS.proposals + 1);
    expect(attempt(() => writeCommit({ proposals, path: undefined }))).toEqual({
      ok: false,
      error: { code: "too-many-proposals", section: "12.4" },
    });
  });
});

test("the last of all epochs has none after it: too-long", () => {
  const last = <T extends { group: typeof alice.group }>(device: T): T => {
    const context = { ...device.group.context, epoch: 2n ** 64n - 1n };
    return { ...device, group: unspent(profile, { ...device.group, context }) };
  };
  const group = last(alice).group;
  const before = snapshot(group);
  const refusal = { code: "too-long", section: "8.1" };
  expect(refused(open(profile, group, forgeCommit(last(forger)).bytes))).toEqual(refusal);
  const key = alice.identity.signaturePrivateKey;
  expect(refused(makeCommit(profile, group, key, {}, NOW, random))).toEqual(refusal);
  expect(snapshot(group)).toBe(before);
});

describe("who comes in", () => {
  const second = person("ted", random);
  const sameKeys = { ...second, signatureKey: trudy.signatureKey, signaturePrivateKey: trudy.signaturePrivateKey };
  const encryptionKey = suite.keyPair(random(32)).publicKey;
  test.each([
    row("a key package of another version", "wrong-version", "10", () => proposing(add({ version: 2 }))),
    row("a key package of another suite", "wrong-suite", "10.1", () => proposing(add({ suiteId: 2 }))),
    row("a leaf of a commit", "bad-leaf-source", "7.3", () =>
      proposing(add({ leaf: (leaf) => ({ ...leaf, source: { type: "commit", parentHash: new Uint8Array(0) } }) })),
    ),
    row("a leaf of an Update", "bad-leaf-source", "7.3", () =>
      proposing(add({ leaf: (leaf) => ({ ...leaf, source: { type: "update" } }) })),
    ),
    row("a leaf of no known source", "malformed", "7.2", () => proposing(add({ leafForgery: { source: 4 } }))),
    row("an X.509 credential", "bad-credential", "5.3", () => proposing(add({ leafForgery: { credential: 2 } }))),
    row("an identity that is nobody's", "bad-credential", "5.3.1", () =>
      proposing(add({}, { ...trudy, identity: Uint8Array.of(0xff) })),
    ),
    row("another signature of the leaf", "bad-signature", "7.3", () =>
      proposing(add({ leafForgery: { signature: flip(0) } })),
    ),
    row("a leaf signed by the adder", "bad-signature", "7.3", () =>
      proposing(add({ leafForgery: { signingKey: forger.identity.signaturePrivateKey } })),
    ),
    row("another signature of the key package", "bad-signature", "10.1", () => proposing(add({ signature: flip(0) }))),
    row("an init key that is the leaf's key", "duplicate-key", "10.1", () =>
      proposing(add({ initKey: encryptionKey, leaf: (leaf) => ({ ...leaf, encryptionKey }) })),
    ),
    row("no support of this version", "missing-capability", "7.3", () => proposing(add(able({ versions: [2] })))),
    row("no support of the suite", "missing-capability", "7.3", () => proposing(add(able({ suites: [2, 3] })))),
    row("no support of basic credentials", "missing-capability", "7.3", () =>
      proposing(add(able({ credentials: [2] }))),
    ),
    row("no capabilities at all", "missing-capability", "7.3", () =>
      proposing(add(able({ versions: [], suites: [], credentials: [] }))),
    ),
    row("an extension of the leaf that it does not support", "missing-capability", "7.2", () =>
      proposing(add({ leaf: (leaf) => ({ ...leaf, extensions: [{ type: 0xff01, data: new Uint8Array(0) }] }) })),
    ),
    row("an extension of the key package that it does not support", "missing-capability", "10", () =>
      proposing(add({ extensions: [{ type: 0xff01, data: new Uint8Array(0) }] })),
    ),
    row("an extension of the leaf twice", "repeated-extension", "13.4", () =>
      proposing(
        add({ leaf: (leaf) => ({ ...leaf, extensions: [5, 5].map((type) => ({ type, data: new Uint8Array(0) })) }) }),
      ),
    ),
    row("a leaf of more than 2 KB", "too-long", "7.2", () =>
      proposing(add({}, { ...trudy, identity: utf8("t".repeat(2048)) })),
    ),
    row("a member's encryption key", "duplicate-key", "7.3", () =>
      proposing(add({ leaf: (leaf) => ({ ...leaf, encryptionKey: leafOf(bob).encryptionKey }) })),
    ),
    row("a parent's encryption key", "duplicate-key", "7.3", () =>
      proposing(add({ leaf: (leaf) => ({ ...leaf, encryptionKey: rootKey }) })),
    ),
    row("a member's signature key", "duplicate-key", "7.3", () =>
      proposing(add({}, { ...bob.identity, identity: utf8("t") })),
    ),
    row("a member's name", "duplicate-member", "12.2", () => proposing(add({}, person("bob", random)))),
    row("two of one name", "duplicate-member", "12.2", () => proposing(add(), add({}, person("trudy", random)))),
    row("two of one signature key", "duplicate-key", "7.3", () => proposing(add(), add({}, sameKeys))),
    row("two of one encryption key", "duplicate-key", "7.3", () =>
      proposing(...[trudy, second].map((who) => add({ leaf: (leaf) => ({ ...leaf, encryptionKey }) }, who))),
    ),
    row("no support of what this very commit requires", "missing-capability", "13.4", () =>
      proposing(requiring([0xff01], [], []), add()),
    ),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test("somebody whom the application does not want: unwanted-credential", () => {
    const picky = fork({ accepts: ({ before }) => before !== undefined });
    expectRefusal(proposing(add()), { code: "unwanted-credential", section: "5.3.1" }, picky);
  });

  test("more than the application has places for: too-long", () => {
    const bytes = proposing(...["t", "u", "v", "w"].map((name) => add({}, person(name, random))));
    expect(open({ ...profile, leavesMax: 16 }, alice.group, bytes).ok).toBe(true);
    expectRefusal(bytes, { code: "too-long", section: "7.7" }, { ...profile, leavesMax: 8 });
  });

  const seconds = (from: bigint, to: bigint) =>
    forgeKeyPackage(suite, trudy, { notBefore: from, notAfter: to }, random);
  const long = LIMITS.lifetimeSeconds;
  const timeless = forgeKeyPackage(suite, trudy, LIFETIME, random, {
    leaf: (leaf) => ({ ...leaf, source: { type: "update" } }),
  });
  test.each([
    { name: "over", own: seconds(NOW - 100n, NOW - 1n), code: "bad-lifetime", section: "7.3" },
    { name: "not yet begun", own: seconds(NOW + 1n, NOW + 100n), code: "bad-lifetime", section: "7.3" },
    { name: "longer than 100 days", own: seconds(NOW, NOW + long + 1n), code: "bad-lifetime", section: "7.2" },
    { name: "of all time", own: seconds(0n, 2n ** 64n - 1n), code: "bad-lifetime", section: "7.2" },
    { name: "missing", own: timeless, code: "bad-leaf-source", section: "7.3" },
  ])("a lifetime that is $name is refused by who adds, and by nobody else", ({ own, code, section }) => {
    const group = unspent(profile, forger.group);
    const key = forger.identity.signaturePrivateKey;
    const made = makeCommit(profile, group, key, { adds: [own.bytes] }, NOW, random);
    expect(refused(made)).toEqual({ code, section });
    expectLife(alice, { ...forger, group });
    const opened = open(profile, alice.group, proposing({ type: "add", keyPackage: own.keyPackage }));
    expect(opened.ok).toBe(own !== timeless);
  });

  test.each([
    { name: "now", from: NOW, to: NOW },
    { name: "100 days", from: NOW, to: NOW + long },
  ])("a lifetime of $name is added", ({ from, to }) => {
    const adds = [seconds(from, to).bytes];
    const group = unspent(profile, forger.group);
    expect(makeCommit(profile, group, forger.identity.signaturePrivateKey, { adds }, NOW, random).ok).toBe(true);
  });
});

describe("the committer's own leaf", () => {
  const path = (forgery: PathForgery) => commit({ path: forgery });
  const renamed = (identity: Uint8Array) => path({ leaf: (leaf) => ({ ...leaf, identity }) });
  const other = random(32);
  test.each([
    row("another name", "unwanted-credential", "5.3.1", () => renamed(utf8("mallory2"))),
    row("somebody else's name", "unwanted-credential", "5.3.1", () => renamed(utf8("alice"))),
    row("an identity that is nobody's", "bad-credential", "5.3.1", () => renamed(Uint8Array.of(0xff))),
    row("an X.509 credential", "bad-credential", "5.3", () => path({ leafForgery: { credential: 2 } })),
    row("another signature key", "signature-key-changed", "7.5", () =>
      path({
        leaf: (leaf) => ({ ...leaf, signatureKey: suite.signatureKey(other) }),
        leafForgery: { signingKey: other },
      }),
    ),
    row("somebody else's signature key", "signature-key-changed", "7.5", () =>
      path({ leaf: (leaf) => ({ ...leaf, signatureKey: bob.identity.signatureKey }) }),
    ),
    row("the same encryption key as before", "encryption-key-kept", "12.4.2", () =>
      path({ leaf: (leaf) => ({ ...leaf, encryptionKey: forger.group.tree.leaf(3)!.encryptionKey }) }),
    ),
    row("another signature", "bad-signature", "7.3", () => path({ leafForgery: { signature: flip(0) } })),
    row("a leaf signed for another place", "bad-signature", "7.3", () =>
      path({ leafForgery: { place: { groupId: GROUP_ID, index: 2 } } }),
    ),
    row("a leaf signed for another group", "bad-signature", "7.3", () =>
      path({ leafForgery: { place: { groupId: utf8("another"), index: 3 } } }),
    ),
    row("a leaf of a key package", "bad-leaf-source", "7.3", () =>
      path({ leaf: (leaf) => ({ ...leaf, source: { type: "key-package", ...LIFETIME } }) }),
    ),
    row("a leaf of an Update", "bad-leaf-source", "7.3", () =>
      path({ leaf: (leaf) => ({ ...leaf, source: { type: "update" } }) }),
    ),
    row("a leaf of more than 2 KB", "too-long", "7.2", () =>
      path({ leaf: (leaf) => ({ ...leaf, extensions: [{ type: 5, data: new Uint8Array(2048) }] }) }),
    ),
    row("capabilities that lack the suite", "missing-capability", "7.3", () =>
      path({ leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, suites: [2] } }) }),
    ),
    row("an extension that it does not support", "missing-capability", "7.2", () =>
      path({ leaf: (leaf) => ({ ...leaf, extensions: [{ type: 0xff01, data: new Uint8Array(0) }] }) }),
    ),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test("a change that the application does not want: unwanted-credential", () => {
    const strict = fork({ accepts: ({ before }) => before === undefined });
    expectRefusal(commit(), { code: "unwanted-credential", section: "5.3.1" }, strict);
  });

  test("the adder's own change too, before anything is sent", () => {
    const strict = fork({ accepts: ({ before }) => before === undefined });
    const group = unspent(profile, forger.group);
    const made = makeCommit(strict, group, forger.identity.signaturePrivateKey, {}, NOW, random);
    expect(refused(made)).toEqual({ code: "unwanted-credential", section: "5.3.1" });
  });
});

describe("a removal", () => {
  test.each([
    { name: "by itself", proposals: [remove(0)] },
    { name: "whose place is filled in the same commit", proposals: [remove(0), add()] },
    { name: "of the right half of the tree beside it", proposals: [remove(0), remove(4)] },
  ])("$name is seen by the removed", ({ proposals }) => {
    const bytes = proposing(...proposals);
    const opened = unwrap(open(profile, alice.group, bytes));
    expect(opened.group.isRemoved).toBe(true);
    expect(opened).toMatchObject({
      type: "commit",
      removed: expect.arrayContaining([expect.objectContaining({ index: 0 })]),
    });
    expect(snapshot({ ...opened.group, isRemoved: false })).toBe(snapshot(alice.group));
    const seen = unwrap(open(profile, carol.group, bytes));
    expect([...seen.group.tree.members()].some(([, leaf]) => leaf === leafOf(alice))).toBe(false);
  });

  test("takes nothing from the others", () => {
    const { group, bytes } = forgeCommit(forger, { proposals: [remove(0), add()] });
    for (const device of [bob, carol, erin]) {
      const opened = unwrap(open(profile, device.group, bytes));
      expectLife({ ...device, group: opened.group }, { ...forger, group });
    }
  });
});
