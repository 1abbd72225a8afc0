/**
 * The secret tree and its ratchets (RFC 9420 section 9), as a value: taking a key gives a new tree that shares with the
 * old one whatever was not on the way. A secret that something was derived from is not in the new tree.
 */
import { EMPTY, wipe } from "./bytes.ts";
import { check } from "./refusal.ts";
import type { Suite } from "./suite.ts";

export interface Ratchet {
  /** Secret of `generation`. */
  readonly secret: Uint8Array;
  /** The next generation that has a key. */
  readonly generation: number;
}

export type RatchetKind = "handshake" | "application";

export type SecretNode =
  /** Nobody under it has sent yet. */
  | { readonly type: "whole"; readonly secret: Uint8Array }
  | { readonly type: "split"; readonly left: SecretNode; readonly right: SecretNode }
  | { readonly type: "sender"; readonly handshake: Ratchet; readonly application: Ratchet };

export interface MessageKey {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly generation: number;
}

type Sender = Extract<SecretNode, { type: "sender" }>;
type Split = Extract<SecretNode, { type: "split" }>;

/**
 * The tree of an epoch, the own ratchets in it, so that the secret over all is gone from the first moment.
 *
 * @param encryption - encryption_secret; wiped.
 */
export function newSecretTree(suite: Suite, encryption: Uint8Array, leaves: number, own: number): SecretNode {
  const tree = withRatchets(suite, { type: "whole", secret: encryption }, leaves, own);
  wipe(encryption);
  return tree;
}

/** The same tree with copies in place of a leaf's ratchets. */
export function withFreshRatchets(suite: Suite, tree: SecretNode, leaves: number, leaf: number): SecretNode {
  const found = sender(suite, tree, leaves, leaf);
  const copy = { ...found, handshake: { ...found.handshake }, application: { ...found.application } };
  return replaced(withRatchets(suite, tree, leaves, leaf), leaves, leaf, copy);
}

/** The ratchets of a leaf, as they are. @param leaves - places in the tree. */
export function ratchetOf(suite: Suite, tree: SecretNode, leaves: number, leaf: number, kind: RatchetKind): Ratchet {
  return sender(suite, tree, leaves, leaf)[kind];
}

/**
 * Takes the key of one generation out of a leaf's ratchet; those before it are gone then.
 * @returns the key, and the tree without it.
 */
export function takeKey(
  suite: Suite,
  tree: SecretNode,
  leaves: number,
  leaf: number,
  kind: RatchetKind,
  generation: number,
): { readonly key: MessageKey; readonly tree: SecretNode } {
  const found = sender(suite, tree, leaves, leaf);
  const ratchet = found[kind];
  check(generation < 0xffffffff, "generation-ahead", "9.1");
  let { secret } = ratchet;
  for (let at = ratchet.generation; at < generation; at++) secret = step(suite, secret, at, at > ratchet.generation);
  const context = uint32(generation);
  const key = {
    key: suite.expand(secret, "key", context, suite.keyBytes),
    nonce: suite.expand(secret, "nonce", context, suite.nonceBytes),
    generation,
  };
  const next = { secret: step(suite, secret, generation, generation > ratchet.generation), generation: generation + 1 };
  return { key, tree: replaced(withRatchets(suite, tree, leaves, leaf), leaves, leaf, { ...found, [kind]: next }) };
}

/** The secret of the next generation. @param isOurs - it stands in no tree, so that it can be wiped. */
function step(suite: Suite, secret: Uint8Array, generation: number, isOurs: boolean): Uint8Array {
  const next = suite.expand(secret, "secret", uint32(generation), suite.secretBytes);
  if (isOurs) wipe(secret);
  return next;
}

const uint32 = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const LEFT = Uint8Array.of(0x6c, 0x65, 0x66, 0x74);
const RIGHT = Uint8Array.of(0x72, 0x69, 0x67, 0x68, 0x74);

/** A leaf's ratchets: those in the tree, or what the secret above them gives. */
function sender(suite: Suite, tree: SecretNode, leaves: number, leaf: number): Sender {
  let [node, half, rest] = [tree, leaves / 2, leaf];
  for (; node.type === "split"; half /= 2) {
    node = rest < half ? node.left : node.right;
    rest %= half;
  }
  return node.type === "sender" ? node : sender(suite, withRatchets(suite, node, half * 2, rest), half * 2, rest);
}

/**
 * The tree with a leaf's ratchets in it, and without any secret over them; the same tree where that is so already.
 *
 * @param isOurs - the secret of this node stands in no tree, and is wiped once something is derived from it.
 */
function withRatchets(suite: Suite, tree: SecretNode, leaves: number, leaf: number, isOurs = false): SecretNode {
  if (tree.type === "sender") return tree;
  if (tree.type === "split") return descend(suite, tree, leaves, leaf, false);
  const children = leaves === 1 ? ratchets(suite, tree.secret) : split(suite, tree.secret);
  if (isOurs) wipe(tree.secret);
  return children.type === "sender" ? children : descend(suite, children, leaves, leaf, true);
}

function descend(suite: Suite, tree: Split, leaves: number, leaf: number, areOurs: boolean): SecretNode {
  const { left, right } = tree;
  const half = leaves / 2;
  const child = leaf < half ? left : right;
  const changed = withRatchets(suite, child, half, leaf % half, areOurs);
  if (changed === child) return tree;
  return leaf < half ? { type: "split", left: changed, right } : { type: "split", left, right: changed };
}

/** The tree with other ratchets at a leaf that has some. */
function replaced(tree: SecretNode, leaves: number, leaf: number, by: Sender): SecretNode {
  if (tree.type !== "split") return by;
  const half = leaves / 2;
  return leaf < half
    ? { type: "split", left: replaced(tree.left, half, leaf, by), right: tree.right }
    : { type: "split", left: tree.left, right: replaced(tree.right, half, leaf - half, by) };
}

function split(suite: Suite, secret: Uint8Array): Split {
  return {
    type: "split",
    left: { type: "whole", secret: suite.expand(secret, "tree", LEFT, suite.secretBytes) },
    right: { type: "whole", secret: suite.expand(secret, "tree", RIGHT, suite.secretBytes) },
  };
}

function ratchets(suite: Suite, secret: Uint8Array): Sender {
  const first = (kind: RatchetKind) => ({
    secret: suite.expand(secret, kind, EMPTY, suite.secretBytes),
    generation: 0,
  });
  return { type: "sender", handshake: first("handshake"), application: first("application") };
}
