/** What is too much. */
import { byValue } from "../../packages/mls/forge/index.ts";
import { type Forgery, NOTHING, remove, rows, type Workshop } from "./workshop.ts";

export function ofSizes(shop: Workshop): Forgery[] {
  const { leaves } = shop.stage;
  const many = (count: number) => Array.from({ length: count }, (_, index) => index);
  const others = (count: number) => many(count).map((index) => ({ type: index + 6, data: NOTHING }));
  return rows("too much", {
    "513 Adds": () => shop.proposing(...many(513).map(() => shop.add())),
    "600 Removes of one": () => shop.proposing(...many(600).map(() => remove(leaves.member))),
    "60,000 Removes of one": () =>
      shop.commit({
        proposals: many(60_000).map(() => byValue(3, Uint8Array.of(0, 0, 0, leaves.member))),
        apply: () => [],
      }),
    "an Add of a leaf of more than 2 KB": () =>
      shop.proposing(
        shop.add({ leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, extensions: many(1100) } }) }),
      ),
    "a committer's leaf of more than 2 KB": () =>
      shop.path({ leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, extensions: many(1100) } }) }),
    "an Add with capabilities for 60,000 extensions": () =>
      shop.proposing(
        shop.add({ leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, extensions: many(60_000) } }) }),
      ),
    "a context of 60,000 extensions": () =>
      shop.proposing({ type: "group-context-extensions", extensions: others(60_000) }),
    "60,000 nodes of a path": () =>
      shop.path({ nodes: () => many(60_000).map(() => ({ encryptionKey: NOTHING, encryptedPathSecret: [] })) }),
    "60,000 ciphertexts": () =>
      shop.path({
        nodes: (list) =>
          list.map((node) => ({
            ...node,
            encryptedPathSecret: many(60_000).map(() => ({ kemOutput: NOTHING, ciphertext: NOTHING })),
          })),
      }),
    "a message of more than 1 MiB": () => shop.message({}, new Uint8Array(1_048_576)),
    "a commit of more than 1 MiB": () => shop.commit({ authenticated: new Uint8Array(1_048_576) }),
  });
}
