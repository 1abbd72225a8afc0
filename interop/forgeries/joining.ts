/** What newcomers are given. */

import type { InfoForgery } from "../../packages/mls/forge/index.ts";
import { concat } from "../../packages/mls/src/bytes.ts";
import { Writer } from "../../packages/mls/src/codec.ts";
import type { Dice } from "../dice.ts";
import { type Forgery, flip, NOTHING, rows, vector16, type Workshop } from "./workshop.ts";

export function ofWelcomes(shop: Workshop): Forgery[] {
  const { group } = shop.stage.forger;
  return rows("Welcome", {
    "without a fault (control)": () => shop.welcome(),
    "without a path secret": () => shop.welcome({ pathSecret: () => undefined }),
    "with another path secret": () => shop.welcome({ pathSecret: () => shop.random(32) }),
    "with a path secret of zeros": () => shop.welcome({ pathSecret: () => new Uint8Array(32) }),
    "with an empty path secret": () => shop.welcome({ pathSecret: () => NOTHING }),
    "with a zero behind the path secret": () =>
      shop.welcome({ pathSecret: (secret = NOTHING) => concat([secret, Uint8Array.of(0)]) }),
    "with a pre-shared key": () =>
      shop.welcome({ psks: new Writer().uint8(1).opaque(Uint8Array.of(7)).opaque(new Uint8Array(32)).done() }),
    "with another joiner secret": () => shop.welcome({ joiner: shop.random(32) }),
    "of another suite": () => shop.welcome({ suiteId: 2 }),
    "for another key package": () => shop.welcome({ newMember: flip }),
    "encrypted to another key": () => shop.welcome({ initKey: shop.freshKey() }),
    "whose secrets were changed": () =>
      shop.welcome({ sealed: (right) => ({ ...right, ciphertext: flip(right.ciphertext) }) }),
    "whose GroupInfo was changed": () => shop.welcome({ encryptedInfo: flip }),
    "whose GroupInfo ends early": () => shop.welcome({ encryptedInfo: (bytes) => bytes.slice(0, -1) }),
    "with a byte behind the secrets": () => shop.welcome({ secrets: (bytes) => concat([bytes, Uint8Array.of(0)]) }),
    "with a byte behind the GroupInfo": () => shop.welcome({ content: (bytes) => concat([bytes, Uint8Array.of(0)]) }),
    "with another confirmation tag": () => shop.welcome({ tag: flip }),
    "with no confirmation tag": () => shop.welcome({ tag: () => NOTHING }),
    "with an unknown extension": () =>
      shop.welcome({ extensions: (list) => [...list, { type: 0xff01, data: NOTHING }] }),
    "into a tree in which the newcomer is not": () => shop.welcome({ tree: group.tree }),
  });
}

export function ofInfos(shop: Workshop, dice: Dice): Forgery[] {
  const { leaves, blank } = shop.stage;
  const empty = (type: number) => ({ type, data: NOTHING });
  const forgeries: Readonly<Record<string, InfoForgery>> = {
    "without a fault (control)": {},
    "of another suite": { context: (right) => ({ ...right, suiteId: 2 }) },
    "of another version": { content: (bytes) => bytes.with(1, 2) },
    "with another tree hash": { context: (right) => ({ ...right, treeHash: shop.random(32) }) },
    "with no tree hash": { context: (right) => ({ ...right, treeHash: NOTHING }) },
    "without a tree": { extensions: (list) => list.filter(({ type }) => type !== 2) },
    "with an extension twice": { extensions: (list) => [...list, ...list] },
    "signed in the name of another": { signer: leaves.member },
    "signed in the name of a blank leaf": { signer: blank },
    "signed in the name of nobody": { signer: 60_000 },
    "with another signature": { signature: flip },
    "with no signature": { signature: () => NOTHING },
    "whose context no member supports": { context: (right) => ({ ...right, extensions: [empty(0xff01)] }) },
    "whose context requires what no member supports": {
      context: (right) => ({ ...right, extensions: [{ type: 3, data: concat([[0xff01], [], []].map(vector16)) }] }),
    },
    "whose context has an extension twice": {
      context: (right) => ({
        ...right,
        extensions: [0, 0].map(() => ({ type: 3, data: concat([[], [], [1]].map(vector16)) })),
      }),
    },
    "with a byte behind it": { content: (bytes) => concat([bytes, Uint8Array.of(0)]) },
    "with an empty confirmation tag": { tag: () => NOTHING },
    "with another confirmation tag": { tag: flip },
    "of another epoch": { context: (right) => ({ ...right, epoch: right.epoch + 1n }) },
    "with a longer group id": { context: (right) => ({ ...right, groupId: concat([right.groupId, dice.bytes(1)]) }) },
  };
  const line = "GroupInfo, by itself or in a Welcome";
  return Object.entries(forgeries)
    .flatMap(([name, forgery]): Forgery[] => [
      { line, row: name, name, make: () => shop.groupInfo(forgery) },
      { line, row: name, name: `in a Welcome, ${name}`, make: () => shop.welcome(forgery) },
    ])
    .concat(
      rows(line, {
        "without an external key": () =>
          shop.groupInfo({ extensions: (list) => list.filter(({ type }) => type !== 4) }),
        "with an external key cut short": () =>
          shop.groupInfo({
            extensions: (list) => list.map((one) => (one.type === 4 ? { type: 4, data: one.data.slice(0, -1) } : one)),
          }),
        "with something behind the external key": () =>
          shop.groupInfo({
            extensions: (list) =>
              list.map((one) => (one.type === 4 ? { type: 4, data: concat([one.data, Uint8Array.of(0)]) } : one)),
          }),
      }),
    );
}
