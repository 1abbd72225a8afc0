import { describe, expect, test } from "vitest";
import { byValue, type CommitForgery, forgeCommit, forgeKeyPackage, type PathForgery } from "../forge/index.ts";
import { open } from "../src/index.ts";
import type { UpdatePathNode } from "../src/proposal.ts";
import { badKeys, badTreeKeys } from "./bad-keys.ts";
import { alice, bob, erin, expectRefusal, flip, flipped, forger, random, row } from "./refused.ts";
import { LIFETIME, person, profile, suite } from "./world.ts";

// Mallory's path has three steps: for carol alone, for alice and bob by their common parent, for erin.
const CAROL = 0;
const ALICE = 1;
const ERIN = 2;
const STEPS = [
  { step: CAROL, whose: "carol's" },
  { step: ALICE, whose: "the victim's" },
  { step: ERIN, whose: "erin's" },
];

const commit = (forgery: CommitForgery) => forgeCommit(forger, forgery).bytes;
const path = (forgery: PathForgery) => commit({ path: forgery });
const put = <T>(list: readonly T[], at: number, change: (value: T) => T) =>
  list.map((value, index) => (index === at ? change(value) : value));
const key = (at: number, value: Uint8Array) => path({ keys: (keys) => put(keys, at, () => value) });
const sealed = (
  at: number,
  change: (list: UpdatePathNode["encryptedPathSecret"]) => UpdatePathNode["encryptedPathSecret"],
) =>
  path({
    nodes: (nodes) => put(nodes, at, (node) => ({ ...node, encryptedPathSecret: change(node.encryptedPathSecret) })),
  });
const freshKey = () => suite.keyPair(random(32)).publicKey;
const parentKey = forger.group.tree.keyAt(forger.group.tree.root)!;
const leafKey = bob.group.tree.leaf(bob.group.own.leaf)!.encryptionKey;
const newcomer = forgeKeyPackage(suite, person("trudy", random), LIFETIME, random).keyPackage;
const add = { type: "add", keyPackage: newcomer } as const;
const remove = { type: "remove", removed: 1 } as const;

describe("the form of a path", () => {
  test.each([
    row("no path and no proposals", "no-path", "12.4", () => commit({ path: "none" })),
    row("no path for who comes in", "no-path", "12.4", () => commit({ path: "none", proposals: [add] })),
    row("no path for who goes", "no-path", "12.4", () => commit({ path: "none", proposals: [remove] })),
    row("no nodes", "wrong-path-length", "7.5", () => path({ nodes: () => [] })),
    row("a node too few", "wrong-path-length", "7.5", () => path({ nodes: (nodes) => nodes.slice(1) })),
    row("a node too many", "wrong-path-length", "7.5", () =>
      path({ nodes: (nodes) => [...nodes, { encryptionKey: freshKey(), encryptedPathSecret: [] }] }),
    ),
    row("60,000 nodes", "wrong-path-length", "7.5", () =>
      path({ nodes: () => Array(60_000).fill({ encryptionKey: new Uint8Array(0), encryptedPathSecret: [] }) }),
    ),
    row("another parent hash", "bad-parent-hash", "7.9.2", () =>
      path({ leaf: (leaf) => ({ ...leaf, source: { type: "commit", parentHash: random(32) } }) }),
    ),
    row("no parent hash", "bad-parent-hash", "7.9.2", () =>
      path({ leaf: (leaf) => ({ ...leaf, source: { type: "commit", parentHash: new Uint8Array(0) } }) }),
    ),
    row("another confirmation tag", "bad-confirmation-tag", "12.4.2", () => commit({ tag: flip(0) })),
    row("a zero confirmation tag", "bad-confirmation-tag", "12.4.2", () => commit({ tag: () => new Uint8Array(32) })),
    row("an epoch from a zero init secret", "bad-confirmation-tag", "12.4.2", () =>
      commit({ initSecret: new Uint8Array(32) }),
    ),
    row("another next context than the proposals make", "unreadable", "RFC 9180 6.1", () =>
      commit({ extensions: [{ type: 5, data: new Uint8Array(0) }] }),
    ),
    row("a removal that the committer did not do", "wrong-path-length", "7.5", () =>
      commit({ proposals: [{ type: "remove", removed: 4 }], apply: () => [] }),
    ),
    row("something behind the commit", "malformed", "6.3.1", () =>
      commit({ content: (bytes) => Uint8Array.of(...bytes, 0) }),
    ),
    row("a commit cut short", "malformed", "2.1.1", () => commit({ content: (bytes) => bytes.slice(0, 1) })),
    row("a path that is neither there nor not", "malformed", "2.1.1", () =>
      commit({ content: (bytes) => Uint8Array.of(bytes[0] ?? 0, 2, ...bytes.slice(2)) }),
    ),
    row("a proposal that ends in the next one", "malformed", "2.1.2", () =>
      commit({ content: (bytes) => Uint8Array.of(5, 1, 0, 3, 0, 0, 0, 0, ...bytes) }),
    ),
    row("a longer spelling of a length", "malformed", "2.1.2", () =>
      commit({ content: (bytes) => Uint8Array.of(0x40, ...bytes) }),
    ),
    row("60,000 proposals", "too-many-proposals", "12.4", () =>
      commit({ proposals: Array(60_000).fill(byValue(3, Uint8Array.of(0, 0, 0, 1))) }),
    ),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });
});

describe("the keys of a path", () => {
  test.each(STEPS.flatMap((at) => badTreeKeys.map((bad) => ({ ...at, ...bad }))))(
    "at $whose step $name: bad-key",
    ({ step, key: bad }) => {
      expectRefusal(key(step, bad), { code: "bad-key", section: "7.1" });
    },
  );

  test.each([
    ...STEPS.flatMap(({ step, whose }) => [
      row(`at ${whose} step a member's key`, "duplicate-key", "7.3", () => key(step, leafKey)),
      row(`at ${whose} step a parent's key`, "duplicate-key", "7.3", () => key(step, parentKey)),
      row(`at ${whose} step a key of the same path`, "duplicate-key", "7.3", () =>
        path({ keys: (keys) => put(keys, step, () => keys[(step + 1) % 3]!) }),
      ),
      row(`at ${whose} step a newcomer's key`, "duplicate-key", "7.3", () =>
        commit({ proposals: [add], path: { keys: (keys) => put(keys, step, () => newcomer.leaf.encryptionKey) } }),
      ),
    ]),
    row("a leaf with a member's key", "duplicate-key", "7.3", () =>
      path({ leaf: (leaf) => ({ ...leaf, encryptionKey: leafKey }) }),
    ),
    row("a leaf with a parent's key", "duplicate-key", "7.3", () =>
      path({ leaf: (leaf) => ({ ...leaf, encryptionKey: parentKey }) }),
    ),
    row("a leaf with a newcomer's key", "duplicate-key", "7.3", () =>
      commit({ proposals: [add], path: { leaf: (leaf) => ({ ...leaf, encryptionKey: newcomer.leaf.encryptionKey }) } }),
    ),
    row("a leaf and a parent of one key", "duplicate-key", "7.3", () => {
      const both = freshKey();
      return path({ leaf: (leaf) => ({ ...leaf, encryptionKey: both }), keys: (keys) => put(keys, 0, () => both) });
    }),
    row("a key at the victim's step that does not follow", "wrong-path-key", "7.5", () => key(ALICE, freshKey())),
    row("a key above the victim's step that does not follow", "wrong-path-key", "7.5", () => key(ERIN, freshKey())),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });
});

describe("the secrets of a path", () => {
  const told = (change: (secret: Uint8Array) => Uint8Array) =>
    path({ told: (secret, step) => (step === ALICE ? change(secret) : secret) });
  const asErin = { ...forger, ...erin };
  test.each([
    ...STEPS.flatMap(({ step, whose }) => [
      row(`no ciphertext at ${whose} step`, "wrong-ciphertext-count", "7.6", () => sealed(step, () => [])),
      row(`one too many at ${whose} step`, "wrong-ciphertext-count", "7.6", () =>
        sealed(step, (list) => [...list, ...list]),
      ),
      row(`60,000 of nothing at ${whose} step`, "malformed", "7.6", () =>
        sealed(step, () => Array(60_000).fill({ kemOutput: new Uint8Array(0), ciphertext: new Uint8Array(0) })),
      ),
    ]),
    row("another secret", "wrong-path-key", "7.5", () => told(() => random(32))),
    row("a zero secret", "wrong-path-key", "7.5", () => told(() => new Uint8Array(32))),
    row("no secret", "wrong-path-key", "7.4", () => told(() => new Uint8Array(0))),
    row("a secret too short", "wrong-path-key", "7.4", () => told((secret) => secret.slice(1))),
    // HMAC fills a key up with zeros: it would be a second spelling of the same secret.
    row("a secret with a zero behind it", "wrong-path-key", "7.4", () => told((secret) => Uint8Array.of(...secret, 0))),
    ...[0, 16, 31, 33, 64].map((length) =>
      row(
        `a path from a secret of ${length} bytes`,
        "wrong-path-key",
        "7.4",
        () => forgeCommit(asErin, { path: { secret: random(length) } }).bytes,
      ),
    ),
    row("a ciphertext that was changed", "unreadable", "RFC 9180 6.1", () =>
      sealed(ALICE, (list) => put(list, 0, (one) => ({ ...one, ciphertext: flipped(one.ciphertext, 0) }))),
    ),
    row("no ciphertext in its place", "unreadable", "RFC 9180 6.1", () =>
      sealed(ALICE, (list) => put(list, 0, (one) => ({ ...one, ciphertext: new Uint8Array(0) }))),
    ),
    row("a ciphertext for another step", "unreadable", "RFC 9180 6.1", () =>
      path({
        nodes: (nodes) =>
          put(nodes, ALICE, (node) => ({ ...node, encryptedPathSecret: nodes[ERIN]!.encryptedPathSecret })),
      }),
    ),
    row("another encapsulated key", "unreadable", "RFC 9180 6.1", () =>
      sealed(ALICE, (list) => put(list, 0, (one) => ({ ...one, kemOutput: freshKey() }))),
    ),
    ...badKeys.map(({ name, key: kemOutput }) =>
      row(`for an encapsulated key ${name}`, "bad-key", "RFC 9180 7.1.4", () =>
        sealed(ALICE, (list) => put(list, 0, (one) => ({ ...one, kemOutput }))),
      ),
    ),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test("a newcomer is told by its Welcome, and not by the path", () => {
    // Leaf 5 is under erin's step.
    const extra = (nodes: readonly UpdatePathNode[]) =>
      put(nodes, ERIN, (node) => ({ ...node, encryptedPathSecret: [0, 0].map(() => node.encryptedPathSecret[0]!) }));
    expect(open(profile, alice.group, commit({ proposals: [add] })).ok).toBe(true);
    expectRefusal(commit({ proposals: [add], path: { nodes: extra } }), {
      code: "wrong-ciphertext-count",
      section: "7.6",
    });
  });
});
