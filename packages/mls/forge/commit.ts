/** Commits of members and of outsiders, with any proposals and any path. */
import { Writer } from "../src/codec.ts";
import type { Extension } from "../src/extensions.ts";
import type { Group } from "../src/group.ts";
import type { GroupContext } from "../src/group-context.ts";
import { confirmedTranscriptHash, interimTranscriptHash, joinerSecret, startEpoch } from "../src/key-schedule.ts";
import { type Proposal, writeUpdatePath } from "../src/proposal.ts";
import { newSecretTree } from "../src/secret-tree.ts";
import type { Tree } from "../src/tree.ts";
import { CONTENT, type Forger, type Frame, type FrameForgery, frame, protect, SENDER } from "./frame.ts";
import { type ForgedPath, forgePath, type PathForgery } from "./path.ts";
import { type ForgedProposal, proposalBytes } from "./proposals.ts";

export interface CommitForgery extends FrameForgery {
  readonly proposals?: readonly ForgedProposal[];
  /** What the forger does to its tree for them: by default what they say. @returns the leaves that come in. */
  readonly apply?: (tree: Tree) => readonly number[];
  /** Of the next GroupContext: by default what the last proposal of that kind says. */
  readonly extensions?: readonly Extension[];
  readonly path?: PathForgery | "none";
  /** Leaf index that an external commit comes in at. */
  readonly index?: number;
  /** Of the epoch before; for external commits what both sides agree on. */
  readonly initSecret?: Uint8Array;
}

export interface ForgedCommit {
  readonly bytes: Uint8Array;
  /** The forger's own state in the next epoch. */
  readonly group: Group;
  readonly joiner: Uint8Array;
  readonly pathSecrets: ReadonlyMap<number, Uint8Array>;
  /** Leaf indices. */
  readonly added: readonly number[];
}

/** What proposals do, by nobody judged. */
export function applyAll(tree: Tree, proposals: readonly ForgedProposal[]): readonly number[] {
  const known = proposals.filter(isKnown);
  const removes = known.filter((proposal) => proposal.type === "remove");
  for (const { removed } of removes) if (tree.leaf(removed) !== undefined) tree.remove(removed);
  if (removes.length > 0) tree.truncate();
  return known.flatMap((proposal) => (proposal.type === "add" ? [tree.add(proposal.keyPackage.leaf)] : []));
}

const isKnown = (proposal: ForgedProposal): proposal is Proposal => !(proposal instanceof Uint8Array);

function commitBytes(proposals: readonly ForgedProposal[], path: ForgedPath | undefined): Uint8Array {
  const writer = new Writer().vector(proposals, (inner, proposal) => inner.raw(proposalBytes(proposal)));
  return writer.optional(path?.path, writeUpdatePath).done();
}

/** A commit of the forger, or of somebody whose leaf index it takes without its keys. */
export function forgeCommit(forger: Forger, forgery: CommitForgery = {}): ForgedCommit {
  const { group } = forger;
  const index = group.own.leaf;
  const before = group.tree.leaf(index);
  const { identity, signatureKey, capabilities } = before ?? forger.identity;
  const fields = { identity, signatureKey, capabilities, extensions: before?.extensions ?? [] };
  return build(forger, index, fields, forgery.proposals ?? [], forgery.initSecret ?? group.secrets.init, forgery);
}

export interface ExternalForgery extends CommitForgery {
  /** In place of the members' external key. */
  readonly externalKey?: Uint8Array;
  /** The list, given the right ExternalInit. */
  readonly with?: (init: ForgedProposal) => readonly ForgedProposal[];
}

/** An external commit of the forger's identity. @param forger - its group may be any member's state. */
export function forgeExternal(forger: Forger, forgery: ExternalForgery = {}): ForgedCommit {
  const { group, identity, random } = forger;
  const { suite } = forger.profile;
  const key = forgery.externalKey ?? suite.keyPair(group.secrets.external).publicKey;
  const { kemOutput, secret } = suite.sendInit(key, random);
  const init = { type: "external-init", kemOutput } as const;
  const proposals = forgery.with?.(init) ?? [init, ...(forgery.proposals ?? [])];
  const after = group.tree.copy();
  (forgery.apply ?? ((tree) => applyAll(tree, proposals)))(after);
  const index = forgery.index ?? after.freeLeaf();
  const { signatureKey, capabilities } = identity;
  const fields = { identity: identity.identity, signatureKey, capabilities, extensions: [] };
  const outside = { isPublic: true, sender: SENDER.newMemberCommit(), ...forgery };
  return build(forger, index, fields, proposals, forgery.initSecret ?? secret, outside);
}

function build(
  forger: Forger,
  index: number,
  fields: Parameters<typeof forgePath>[3],
  proposals: readonly ForgedProposal[],
  initSecret: Uint8Array,
  forgery: CommitForgery,
): ForgedCommit {
  const { group } = forger;
  const tree = group.tree.copy();
  const added = (forgery.apply ?? ((target) => applyAll(target, proposals)))(tree);
  if (index >= tree.leaves) tree.freeLeaf();
  const change = proposals.filter(isKnown).findLast(({ type }) => type === "group-context-extensions");
  const said = change?.type === "group-context-extensions" ? change.extensions : group.context.extensions;
  const { extensions = said } = forgery;
  const contextFor = (treeHash: Uint8Array): GroupContext => ({
    ...group.context,
    epoch: BigInt.asUintN(64, group.context.epoch + 1n),
    treeHash,
    extensions,
  });
  const { path } = forgery;
  const made = path === "none" ? undefined : forgePath(forger, tree, index, fields, new Set(added), contextFor, path);
  const framed = frame(forger, CONTENT.commit, commitBytes(proposals, made), forgery);
  const next = enter(forger, framed, contextFor(tree.hash(forger.profile.suite)), tree, index, made, initSecret);
  const bytes = protect(forger, framed, next.group.confirmationTag, forgery);
  return { ...next, bytes, pathSecrets: made?.pathSecrets ?? new Map(), added };
}

/** The forger's own next epoch. */
function enter(
  { profile, group }: Forger,
  framed: Frame,
  provisional: GroupContext,
  tree: Tree,
  index: number,
  path: ForgedPath | undefined,
  initSecret: Uint8Array,
): { readonly group: Group; readonly joiner: Uint8Array } {
  const { suite } = profile;
  const input = new Writer().uint16(framed.format).raw(framed.bytes).opaque(framed.signature).done();
  const confirmed = confirmedTranscriptHash(suite, group.interimTranscriptHash, input);
  const context = { ...provisional, confirmedTranscriptHash: confirmed };
  const joiner = joinerSecret(suite, initSecret, path?.commitSecret ?? new Uint8Array(suite.secretBytes), context);
  const start = startEpoch(suite, joiner, context);
  const confirmationTag = suite.mac(start.confirmation, confirmed);
  return {
    joiner,
    group: {
      context,
      interimTranscriptHash: interimTranscriptHash(suite, confirmed, confirmationTag),
      confirmationTag,
      tree,
      secrets: start.secrets,
      secretTree: newSecretTree(suite, start.encryption, tree.leaves, index),
      own: { leaf: index, privateKeys: path?.privateKeys ?? group.own.privateKeys },
      isRemoved: false,
    },
  };
}
