/** Proposals on their own, and what a commit says of the group. */

import {
  byReference,
  type ForgedProposal,
  type FrameForgery,
  forgeLeaf,
  forgeMessage,
  grease,
  preSharedKey,
  reInit,
  SENDER,
  standalone,
  update,
} from "../../packages/mls/forge/index.ts";
import { Writer } from "../../packages/mls/src/codec.ts";
import type { LeafContent } from "../../packages/mls/src/leaf-node.ts";
import { suite } from "../../packages/mls/test/world.ts";
import { context, type Forgery, NOTHING, remove, requiring, rows, type Workshop } from "./workshop.ts";

export function ofProposalsAlone(shop: Workshop): Forgery[] {
  const { forger, leaves, outsider } = shop.stage;
  const { groupId } = forger.group.context;
  const own = forger.group.own.leaf;
  const updated = (): Uint8Array => {
    const content = { ...forger.group.tree.leaf(own), encryptionKey: shop.freshKey(), source: { type: "update" } };
    const leaf = forgeLeaf(suite, content as LeafContent, { groupId, index: own }, forger.identity.signaturePrivateKey);
    return update(leaf);
  };
  const kinds: readonly (readonly [string, () => ForgedProposal])[] = [
    ["Add", () => shop.add()],
    ["Update", updated],
    ["Remove", () => remove(leaves.member)],
    ["PreSharedKey", preSharedKey],
    ["ReInit", () => reInit(groupId)],
    ["ExternalInit", () => ({ type: "external-init", kemOutput: shop.freshKey() })],
    ["GroupContextExtensions", () => context(5)],
    ["unknown kind", grease],
  ];
  const by = (
    name: string,
    proposal: () => ForgedProposal,
    who: string,
    forgery: FrameForgery,
    from = forger,
  ): Forgery => ({
    line: "proposal on its own",
    name: `${name} ${who}`,
    row: `any ${who}`,
    make: () => ({
      kind: "message",
      bytes: forgeMessage(from, standalone(proposal()), { type: 2, ...forgery }),
    }),
  });
  return kinds.flatMap(([name, proposal]) => [
    by(name, proposal, "of a member", { isPublic: true }),
    by(name, proposal, "of a member, encrypted", {}),
    by(
      name,
      proposal,
      "of a new member",
      { isPublic: true, sender: SENDER.newMemberProposal() },
      { ...forger, identity: outsider },
    ),
    by(
      name,
      proposal,
      "of an external sender",
      { isPublic: true, sender: SENDER.external(0) },
      { ...forger, identity: outsider },
    ),
  ]);
}

export function ofContexts(shop: Workshop): Forgery[] {
  const empty = (type: number) => ({ type, data: NOTHING });
  return rows("group context", {
    "an extension that nobody lists": () => shop.proposing(context(0xff01)),
    "requiring an extension that nobody lists": () => shop.proposing(requiring([0xff01], [], [])),
    "requiring a proposal that nobody lists": () => shop.proposing(requiring([], [0xff01], [])),
    "requiring a credential that nobody lists": () => shop.proposing(requiring([], [], [0xff01])),
    "requirements cut short": () => shop.proposing(requiring([], [])),
    "requirements with something behind them": () => shop.proposing(requiring([], [], [1], [])),
    "an empty list": () => shop.proposing(context()),
    "two lists": () => shop.proposing(requiring([], [], [1]), requiring([], [], [1])),
    "an extension twice": () =>
      shop.proposing({
        type: "group-context-extensions",
        extensions: [requiring([], [], [1]), requiring([], [], [1])].flatMap((one) =>
          one.type === "group-context-extensions" ? one.extensions : [],
        ),
      }),
    "a ratchet tree": () => shop.proposing(context(2)),
    "an external key": () =>
      shop.proposing({
        type: "group-context-extensions",
        extensions: [{ type: 4, data: new Writer().opaque(shop.freshKey()).done() }],
      }),
    "requirements that all meet (control)": () => shop.proposing(requiring([], [], [1])),
    "a newcomer that does not meet the new requirements": () =>
      shop.proposing(
        requiring([], [], [2]),
        shop.add({ leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, credentials: [1] } }) }),
      ),
    "proposal by reference": () => shop.proposing(byReference(shop.random(32))),
    "an ExternalInit of a member": () => shop.proposing({ type: "external-init", kemOutput: shop.freshKey() }),
    "a PreSharedKey in a commit": () => shop.proposing(preSharedKey()),
    "a ReInit in a commit": () => shop.proposing(reInit(shop.stage.forger.group.context.groupId)),
    "an unknown proposal in a commit": () => shop.proposing(grease()),
    "an Update of the committer in a commit": () => {
      const { forger } = shop.stage;
      const { groupId } = forger.group.context;
      const index = forger.group.own.leaf;
      const before = forger.group.tree.leaf(index);
      if (before === undefined) throw new Error("the forger is in the group");
      const content = { ...before, encryptionKey: shop.freshKey(), source: { type: "update" } as const };
      return shop.proposing(update(forgeLeaf(suite, content, { groupId, index }, forger.identity.signaturePrivateKey)));
    },
    "a leaf extension of the committer (control)": () =>
      shop.path({
        leaf: (leaf) => ({
          ...leaf,
          capabilities: { ...leaf.capabilities, extensions: [0xff01] },
          extensions: [empty(0xff01)],
        }),
      }),
  });
}
