/** From one epoch to the next: the same for who makes a commit and for who reads it (RFC 9420 sections 8 and 12.4). */
import { equalBytes, wipe } from "./bytes.ts";
import type { Extension } from "./extensions.ts";
import { confirmedInput, type FramedContent } from "./framing.ts";
import type { Group, OwnKeys } from "./group.ts";
import type { GroupContext } from "./group-context.ts";
import { confirmedTranscriptHash, interimTranscriptHash, joinerSecret, startEpoch } from "./key-schedule.ts";
import type { WireFormat } from "./message.ts";
import type { ContextFor } from "./path.ts";
import type { Profile } from "./profile.ts";
import { check } from "./refusal.ts";
import { newSecretTree } from "./secret-tree.ts";
import type { Tree } from "./tree.ts";

/** Who makes a group may begin anywhere, and a number that wraps would be another in memory than on disk. */
const EPOCH_MAX = 2n ** 64n - 1n;

/** The next epoch's context as path secrets are encrypted with it: the transcript is still the old one. */
export function provisionalContext(before: GroupContext, extensions: readonly Extension[]): ContextFor {
  check(before.epoch < EPOCH_MAX, "too-long", "8.1");
  return (treeHash) => ({ ...before, epoch: before.epoch + 1n, treeHash, extensions });
}

export interface SignedCommit {
  readonly format: WireFormat;
  readonly framed: FramedContent;
  readonly signature: Uint8Array;
}

/**
 * @param initSecret - of the epoch before, or what an external commit brings; left as it is.
 * @param commitSecret - wiped.
 * @returns the group of the next epoch, whose confirmation tag is the one that the commit must carry.
 */
export function nextEpoch(
  { suite }: Profile,
  before: Pick<Group, "interimTranscriptHash">,
  provisional: GroupContext,
  tree: Tree,
  own: OwnKeys,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  commit: SignedCommit,
): { readonly group: Group; readonly joiner: Uint8Array } {
  const input = confirmedInput(commit.format, commit.framed, commit.signature);
  const confirmed = confirmedTranscriptHash(suite, before.interimTranscriptHash, input);
  const context = { ...provisional, confirmedTranscriptHash: confirmed };
  const joiner = joinerSecret(suite, initSecret, commitSecret, context);
  const start = startEpoch(suite, joiner, context);
  const confirmationTag = suite.mac(start.confirmation, confirmed);
  wipe(commitSecret, start.confirmation);
  const group = {
    context,
    interimTranscriptHash: interimTranscriptHash(suite, confirmed, confirmationTag),
    confirmationTag,
    tree,
    secrets: start.secrets,
    secretTree: newSecretTree(suite, start.encryption, tree.leaves, own.leaf),
    own,
    isRemoved: false,
  };
  return { group, joiner };
}

/** The private keys whose nodes are as they were. */
export function keysStillThere(before: Tree, after: Tree, own: OwnKeys): OwnKeys {
  const privateKeys = new Map<number, Uint8Array>();
  for (const [node, key] of own.privateKeys) {
    const [was, is] = [before.keyAt(node), after.keyAt(node)];
    if (was !== undefined && is !== undefined && equalBytes(was, is)) privateKeys.set(node, key);
  }
  return { leaf: own.leaf, privateKeys };
}
