/** The leaf of who commits, and those of who comes in. */

import type { PathForgery } from "../../packages/mls/forge/index.ts";
import type { LeafContent } from "../../packages/mls/src/leaf-node.ts";
import { suite, utf8 } from "../../packages/mls/test/world.ts";
import type { Dice } from "../dice.ts";
import { stranger } from "../stage.ts";
import { type Forgery, flip, NOTHING, remove, rows, type Workshop } from "./workshop.ts";

export function ofOwnLeaf(shop: Workshop): Forgery[] {
  const { forger, third } = shop.stage;
  const { groupId } = forger.group.context;
  const index = forger.group.own.leaf;
  const other = shop.random(32);
  const leaf = (change: (leaf: LeafContent) => LeafContent, leafForgery: PathForgery["leafForgery"] = {}) =>
    shop.path({ leaf: change, leafForgery });
  return rows("the committer's own leaf", {
    "renames itself": () => leaf((own) => ({ ...own, identity: stranger(shop.random).identity })),
    "takes somebody else's name": () => leaf((own) => ({ ...own, identity: third.identity.identity })),
    "takes an identity that is no text": () => leaf((own) => ({ ...own, identity: Uint8Array.of(0xff) })),
    "changes its signature key": () =>
      leaf((own) => ({ ...own, signatureKey: suite.signatureKey(other) }), { signingKey: other }),
    "takes somebody else's signature key": () => leaf((own) => ({ ...own, signatureKey: third.identity.signatureKey })),
    "keeps its encryption key": () =>
      leaf((own) => ({ ...own, encryptionKey: forger.group.tree.leaf(index)?.encryptionKey ?? NOTHING })),
    "has another signature": () => leaf((own) => own, { signature: flip }),
    "is signed for another place": () => leaf((own) => own, { place: { groupId, index: index + 1 } }),
    "is signed for another group": () => leaf((own) => own, { place: { groupId: utf8("another"), index } }),
    "is the leaf of a key package": () =>
      leaf((own) => ({ ...own, source: { type: "key-package", notBefore: 0n, notAfter: 2n ** 40n } })),
    "is the leaf of an Update": () => leaf((own) => ({ ...own, source: { type: "update" } })),
    "has an X.509 credential": () => leaf((own) => own, { credential: 2 }),
    "has another parent hash": () =>
      leaf((own) => ({ ...own, source: { type: "commit", parentHash: shop.random(32) } })),
    "lacks the suite": () => leaf((own) => ({ ...own, capabilities: { ...own.capabilities, suites: [2] } })),
    "lacks the version": () => leaf((own) => ({ ...own, capabilities: { ...own.capabilities, versions: [2] } })),
    "lacks basic credentials": () =>
      leaf((own) => ({ ...own, capabilities: { ...own.capabilities, credentials: [2] } })),
    "has an extension that it does not list": () =>
      leaf((own) => ({ ...own, extensions: [{ type: 0xff01, data: NOTHING }] })),
    "has an extension twice": () =>
      leaf((own) => ({ ...own, extensions: [5, 5].map((type) => ({ type, data: NOTHING })) })),
  });
}

/** A leaf of somebody who comes in, by an Add or from outside. */
export function ofLeaves(shop: Workshop, dice: Dice): Forgery[] {
  const { forger, third, outsider, now } = shop.stage;
  const { tree } = forger.group;
  const parents = [...Array(2 * tree.leaves - 1).keys()].filter((node) => tree.parent(node) !== undefined);
  const memberKey = dice.one([...tree.members()])[1].encryptionKey;
  const parentKey = (parents.length > 0 ? tree.keyAt(dice.one(parents)) : undefined) ?? memberKey;
  const both = shop.freshKey();
  const able = (change: Partial<LeafContent["capabilities"]>) => (leaf: LeafContent) => ({
    ...leaf,
    capabilities: { ...leaf.capabilities, ...change },
  });
  const extensions =
    (...types: number[]) =>
    (leaf: LeafContent) => ({
      ...leaf,
      extensions: types.map((type) => ({ type, data: NOTHING })),
    });
  const changes: Readonly<Record<string, (leaf: LeafContent) => LeafContent>> = {
    "with a member's encryption key": (leaf) => ({ ...leaf, encryptionKey: memberKey }),
    "with a parent's encryption key": (leaf) => ({ ...leaf, encryptionKey: parentKey }),
    "that lacks basic credentials": able({ credentials: [2] }),
    "that lacks the suite": able({ suites: [2] }),
    "that lacks the version": able({ versions: [2] }),
    "with an extension that it does not list": extensions(0xff01),
    "with an extension twice": extensions(5, 5),
    "with an identity that is no text": (leaf) => ({ ...leaf, identity: Uint8Array.of(0xff) }),
  };
  const lifetime = (notBefore: bigint, notAfter: bigint) => () =>
    shop.proposing({
      type: "add",
      keyPackage: shop.keyPackage({}, outsider, { notBefore, notAfter }).keyPackage,
    });
  const commitLeaf = (leaf: LeafContent): LeafContent => ({
    ...leaf,
    source: { type: "commit", parentHash: NOTHING },
  });
  const line = "a leaf that comes in, by an Add or from outside";
  return [
    ...Object.entries(changes).flatMap(([name, change]): Forgery[] => [
      { line, row: name, name: `by an Add, ${name}`, make: () => shop.proposing(shop.add({ leaf: change })) },
      { line, row: name, name: `from outside, ${name}`, make: () => shop.external({ path: { leaf: change } }) },
    ]),
    ...rows("external commit", {
      "of a leaf with an X.509 credential": () => shop.external({ path: { leafForgery: { credential: 2 } } }),
      "of a leaf with another signature": () => shop.external({ path: { leafForgery: { signature: flip } } }),
      "of a leaf of a key package": () =>
        shop.external({
          path: { leaf: (leaf) => ({ ...leaf, source: { type: "key-package", notBefore: 0n, notAfter: 2n ** 40n } }) },
        }),
    }),
    ...rows("an Add", {
      "without a fault (control)": () => shop.proposing(shop.add()),
      "with a member's signature key": () =>
        shop.proposing(shop.add({}, { ...third.identity, identity: outsider.identity })),
      "with a member's name": () =>
        shop.proposing(shop.add({}, { ...stranger(shop.random), identity: third.identity.identity })),
      "of two with one name": () =>
        shop.proposing(
          shop.add(),
          shop.add({}, outsider),
          shop.add({}, { ...stranger(shop.random), identity: outsider.identity }),
        ),
      "of two with one signature key": () =>
        shop.proposing(shop.add({}, outsider), shop.add({}, { ...outsider, identity: stranger(shop.random).identity })),
      "of two with one encryption key": () =>
        shop.proposing(...[0, 1].map(() => shop.add({ leaf: (leaf) => ({ ...leaf, encryptionKey: both }) }))),
      "whose init key is its leaf's key": () =>
        shop.proposing(shop.add({ initKey: both, leaf: (leaf) => ({ ...leaf, encryptionKey: both }) })),
      "of another suite": () => shop.proposing(shop.add({ suiteId: 2 })),
      "of another version": () => shop.proposing(shop.add({ version: 2 })),
      "of a leaf of a commit": () => shop.proposing(shop.add({ leaf: commitLeaf })),
      "of a leaf of an Update (no lifetime)": () =>
        shop.proposing(shop.add({ leaf: (leaf) => ({ ...leaf, source: { type: "update" } }) })),
      "of a leaf with an X.509 credential": () => shop.proposing(shop.add({ leafForgery: { credential: 2 } })),
      "of a leaf with another signature": () => shop.proposing(shop.add({ leafForgery: { signature: flip } })),
      "with another signature": () => shop.proposing(shop.add({ signature: flip })),
      "of a leaf signed by the adder": () =>
        shop.proposing(shop.add({ leafForgery: { signingKey: forger.identity.signaturePrivateKey } })),
      "with an extension of the key package that is not listed": () =>
        shop.proposing(shop.add({ extensions: [{ type: 0xff01, data: NOTHING }] })),
      "with a lifetime that is over (adder's to judge)": lifetime(now - 7200n, now - 3600n),
      "with a lifetime that has not begun (adder's to judge)": lifetime(now + 3600n, now + 7200n),
      "with a lifetime of all time (adder's to judge)": lifetime(0n, 2n ** 63n - 1n),
      "whose lifetime ends before it begins (adder's to judge)": lifetime(now + 3600n, now - 3600n),
      "into the leaf of who is removed in the same commit (control)": () =>
        shop.proposing(remove(third.group.own.leaf), shop.add()),
    }),
  ];
}
