/** Keys that are none. */

import type { PathForgery } from "../../packages/mls/forge/index.ts";
import { concat } from "../../packages/mls/src/bytes.ts";
import { Writer } from "../../packages/mls/src/codec.ts";
import type { Extension } from "../../packages/mls/src/extensions.ts";
import type { LeafContent } from "../../packages/mls/src/leaf-node.ts";
import { badKeys } from "../../packages/mls/test/bad-keys.ts";
import { fromHex } from "../../packages/mls/test/world.ts";
import { type Forgery, rows, type Workshop } from "./workshop.ts";

export function ofKeys(shop: Workshop): Forgery[] {
  const all = (kemOutput: Uint8Array): PathForgery => ({
    nodes: (list) =>
      list.map((node) => ({
        ...node,
        encryptedPathSecret: node.encryptedPathSecret.map((each) => ({ ...each, kemOutput })),
      })),
  });
  const encryption = badKeys.flatMap(({ name, key }) => {
    const kind = /bytes$/.test(name) ? "of a wrong length" : "of low order";
    const list = rows("bad keys", {
      [`a newcomer's key ${name}`]: () =>
        shop.proposing(shop.add({ leaf: (leaf) => ({ ...leaf, encryptionKey: key }) })),
      [`a newcomer's init key ${name}`]: () => shop.proposing(shop.add({ initKey: key })),
      [`the committer's key ${name}`]: () => shop.path({ leaf: (leaf) => ({ ...leaf, encryptionKey: key }) }),
      [`an outsider's key ${name}`]: () =>
        shop.external({ path: { leaf: (leaf) => ({ ...leaf, encryptionKey: key }) } }),
      [`a path key ${name}`]: () =>
        shop.path({ keys: (keys) => keys.map((right, at) => (at === keys.length - 1 ? key : right)) }),
      [`an encapsulated path key ${name}`]: () => shop.path(all(key)),
      [`an ExternalInit ${name}`]: () => shop.external({ with: () => [{ type: "external-init", kemOutput: key }] }),
      [`an encapsulated key of a Welcome ${name}`]: () =>
        shop.welcome({ sealed: ({ ciphertext }) => ({ kemOutput: key, ciphertext }) }),
      [`the external key of a GroupInfo ${name}`]: () =>
        shop.groupInfo({
          extensions: (list) =>
            list.map((one): Extension => (one.type === 4 ? { type: 4, data: new Writer().opaque(key).done() } : one)),
        }),
      [`a newcomer's signature key ${name}`]: () =>
        shop.proposing(shop.add({ leaf: (leaf) => ({ ...leaf, signatureKey: key }) })),
    });
    return list.map((forgery) => ({ ...forgery, row: forgery.name.replace(name, kind) }));
  });
  return [...encryption, ...SMALL_ORDER.flatMap((key, index) => ofSignatureKeys(shop, key, index))];
}

/** Ed25519 points of small order: with R one of them and s = 0, one signature fits about whatever it is over. */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map(fromHex);

function ofSignatureKeys(shop: Workshop, signatureKey: Uint8Array, index: number): Forgery[] {
  const signature = () => concat([SMALL_ORDER[0] ?? signatureKey, new Uint8Array(32)]);
  const leaf = (content: LeafContent): LeafContent => ({ ...content, signatureKey });
  const list = rows("bad keys", {
    [`a newcomer's signature key of small order, number ${index}, and a signature for anything`]: () =>
      shop.proposing(shop.add({ leaf, leafForgery: { signature }, signature })),
    [`an outsider's signature key of small order, number ${index}, and a signature for anything`]: () =>
      shop.external({ path: { leaf, leafForgery: { signature } }, signature }),
  });
  return list.map((forgery) => ({ ...forgery, row: forgery.name.replace(/, number \d+/, "") }));
}
