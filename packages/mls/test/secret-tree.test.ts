/** The secret tree against RFC 9420 section 9 written down naively: all secrets at once, nothing ever deleted. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Writer } from "../src/codec.ts";
import {
  type MessageKey,
  newSecretTree,
  type RatchetKind,
  ratchetOf,
  type SecretNode,
  takeKey,
  withFreshRatchets,
} from "../src/secret-tree.ts";
import { isLeafNode, leftOf, nodeCount, parentOf, rightOf, rootOf } from "../src/tree-math.ts";
import { seeded, suite, toHex, utf8 } from "./world.ts";

const NOTHING = new Uint8Array(0);
const KINDS: readonly RatchetKind[] = ["handshake", "application"];
const GENERATIONS = 12;

/** Every secret of a tree by what the RFC calls it. */
class NaiveTree {
  readonly nodes = new Map<number, Uint8Array>();
  readonly leaves: number;

  constructor(encryption: Uint8Array, leaves: number) {
    this.leaves = leaves;
    const derive = (node: number, secret: Uint8Array): void => {
      this.nodes.set(node, secret);
      if (isLeafNode(node)) return;
      derive(leftOf(node), suite.expand(secret, "tree", utf8("left"), suite.secretBytes));
      derive(rightOf(node), suite.expand(secret, "tree", utf8("right"), suite.secretBytes));
    };
    derive(rootOf(leaves), encryption.slice());
  }

  /** ratchet_secret_[leaf]_[generation]. */
  ratchet(leaf: number, kind: RatchetKind, generation: number): Uint8Array {
    let secret = suite.expand(this.nodes.get(2 * leaf)!, kind, NOTHING, suite.secretBytes);
    for (let at = 0; at < generation; at++) secret = this.#step(secret, "secret", at, suite.secretBytes);
    return secret;
  }

  key(leaf: number, kind: RatchetKind, generation: number): MessageKey {
    const secret = this.ratchet(leaf, kind, generation);
    const key = this.#step(secret, "key", generation, suite.keyBytes);
    return { key, nonce: this.#step(secret, "nonce", generation, suite.nonceBytes), generation };
  }

  /** What may be nowhere once the key of a generation was taken: it leads to that key. */
  consumed(leaf: number, kind: RatchetKind, generation: number): string[] {
    const gone: Uint8Array[] = [];
    for (let node = 2 * leaf; ; node = parentOf(node)) {
      gone.push(this.nodes.get(node)!);
      if (node === rootOf(this.leaves)) break;
    }
    for (let at = 0; at <= generation; at++) gone.push(this.ratchet(leaf, kind, at));
    const { key, nonce } = this.key(leaf, kind, generation);
    return [...gone, key, nonce].map(toHex);
  }

  #step(secret: Uint8Array, label: string, generation: number, length: number): Uint8Array {
    return suite.expand(secret, label, new Writer().uint32(generation).done(), length);
  }
}

/** Every secret that a tree holds. */
function secretsOf(tree: SecretNode): string[] {
  switch (tree.type) {
    case "whole":
      return [toHex(tree.secret)];
    case "split":
      return [...secretsOf(tree.left), ...secretsOf(tree.right)];
    case "sender":
      return [toHex(tree.handshake.secret), toHex(tree.application.secret)];
  }
}

interface Use {
  readonly leaf: number;
  readonly kind: RatchetKind;
  /** Generations that are passed over. */
  readonly ahead: number;
}

const uses = (leaves: number) =>
  fc.array(
    fc.record({
      leaf: fc.nat({ max: leaves - 1 }),
      kind: fc.constantFrom(...KINDS),
      ahead: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 25 },
  );

/** Plays a list of uses, and looks at each tree on the way. */
function play(
  start: SecretNode,
  leaves: number,
  list: readonly Use[],
  visit: (use: Use, key: MessageKey, tree: SecretNode, before: SecretNode) => void = () => {},
): SecretNode {
  let tree = start;
  for (const use of list) {
    const { generation } = ratchetOf(suite, tree, leaves, use.leaf, use.kind);
    const taken = takeKey(suite, tree, leaves, use.leaf, use.kind, generation + use.ahead);
    visit(use, taken.key, taken.tree, tree);
    tree = taken.tree;
  }
  return tree;
}

/** The secret that the trees of a test begin with; a new array each time, since who makes a tree wipes it. */
const encryption = () => seeded(1)(suite.secretBytes);

describe.each([1, 2, 4, 8, 32])("a secret tree of %i leaves", (leaves) => {
  const naive = new NaiveTree(encryption(), leaves);
  const start = newSecretTree(suite, encryption(), leaves, leaves - 1);

  test("gives every leaf its keys", () => {
    for (let leaf = 0; leaf < leaves; leaf++) {
      for (const kind of KINDS) {
        for (const generation of [0, 1, GENERATIONS]) {
          const { key } = takeKey(suite, start, leaves, leaf, kind, generation);
          expect(key).toEqual(naive.key(leaf, kind, generation));
        }
      }
    }
  });

  test("holds the secret over all from no moment on, nor any above the own leaf", () => {
    const secret = encryption();
    const tree = newSecretTree(suite, secret, leaves, 0);
    expect(secret.every((byte) => byte === 0)).toBe(true);
    const held = new Set(secretsOf(tree));
    for (let node = 0; ; node = parentOf(node)) {
      expect(held).not.toContain(toHex(naive.nodes.get(node)!));
      if (node === rootOf(leaves)) break;
    }
    expect(tree.type).toBe(leaves === 1 ? "sender" : "split");
    expect(nodeCount(leaves)).toBe(naive.nodes.size);
  });

  test("gives the naive tree's keys in any order, and forgets whatever leads to one that it gave", () => {
    fc.assert(
      fc.property(uses(leaves), (list) => {
        const gone = new Set<string>();
        play(start, leaves, list, ({ leaf, kind }, key, tree) => {
          expect(key).toEqual(naive.key(leaf, kind, key.generation));
          for (const secret of naive.consumed(leaf, kind, key.generation)) gone.add(secret);
          for (const secret of secretsOf(tree)) expect(gone.has(secret)).toBe(false);
        });
      }),
      { numRuns: 25 },
    );
  });

  test("is a value: a tree that a key was taken from is as it was", () => {
    const before = secretsOf(start);
    fc.assert(
      fc.property(uses(leaves), (list) => {
        play(start, leaves, list, ({ leaf, kind }, { generation }, _, old) => {
          const held = secretsOf(old);
          takeKey(suite, old, leaves, leaf, kind, generation);
          expect(secretsOf(old)).toEqual(held);
        });
        expect(secretsOf(start)).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });

  test("is the same whoever sent first", () => {
    fc.assert(
      fc.property(uses(leaves), (list) => {
        // Each ratchet's own uses stay in their order; ratchets change places.
        const sorted = list.toSorted((one, other) => one.leaf - other.leaf || one.kind.localeCompare(other.kind));
        const reversed = list.toSorted((one, other) => other.leaf - one.leaf || other.kind.localeCompare(one.kind));
        const tree = play(start, leaves, list);
        expect(play(start, leaves, sorted)).toEqual(tree);
        expect(play(start, leaves, reversed)).toEqual(tree);
      }),
      { numRuns: 25 },
    );
  });

  test("is the same whether generations were passed over one by one or at once", () => {
    const steps = Array.from({ length: GENERATIONS + 1 }, () => ({ leaf: 0, kind: "application", ahead: 0 }) as const);
    const atOnce = play(start, leaves, [{ leaf: 0, kind: "application", ahead: GENERATIONS }]);
    expect(play(start, leaves, steps)).toEqual(atOnce);
  });

  test("has the same secrets with fresh ratchets, in objects of their own", () => {
    const fresh = withFreshRatchets(suite, start, leaves, leaves - 1);
    expect(fresh).toEqual(start);
    for (const kind of KINDS) {
      const [one, other] = [start, fresh].map((tree) => ratchetOf(suite, tree, leaves, leaves - 1, kind));
      expect(one).not.toBe(other);
    }
  });
});
