/** Coming in from outside, with a GroupInfo and nobody's help (RFC 9420 section 12.4.3.2). */
import { wipe } from "./bytes.ts";
import { readAll } from "./codec.ts";
import { nextEpoch, provisionalContext } from "./epoch.ts";
import { EXTENSION, type Extension, extensionData, requiredBy } from "./extensions.ts";
import { signContent } from "./framing.ts";
import type { Group, Member } from "./group.ts";
import { type GroupInfo, readGroupInfo } from "./group-context.ts";
import type { Identity } from "./key-package.ts";
import { interimTranscriptHash } from "./key-schedule.ts";
import { checkLeaf } from "./leaf-node.ts";
import { readMessage, WIRE_FORMAT } from "./message.ts";
import { makePath } from "./path.ts";
import type { Random } from "./primitives.ts";
import { checkCredential, leavesMax, type Profile } from "./profile.ts";
import { type Proposal, writeCommit } from "./proposal.ts";
import { applyExternal, checkRejoin } from "./proposal-list.ts";
import { writePublicMessage } from "./public-message.ts";
import { attempt, check, present, type Result } from "./refusal.ts";
import type { Tree } from "./tree.ts";
import { checkUnique } from "./tree-check.ts";
import { joinedTree } from "./welcome.ts";

/** A group as a GroupInfo shows it, checked as far as it can be from outside. */
export interface Outside {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  /** Of the GroupContext. */
  readonly groupExtensions: readonly Extension[];
  /** Of the GroupInfo. */
  readonly extensions: readonly Extension[];
  readonly members: readonly Member[];
  /** Leaf index of who signed it. */
  readonly signer: number;
  readonly info: GroupInfo;
  readonly tree: Tree;
}

/** @param tree - the `ratchet_tree`, where the GroupInfo does not hold it. */
export function parseGroupInfo(profile: Profile, message: Uint8Array, tree?: Uint8Array): Result<Outside> {
  return attempt(() => {
    const info = readAll(readMessage(message, WIRE_FORMAT.groupInfo), readGroupInfo);
    check(info.context.suiteId === profile.suite.id, "wrong-suite", "12.4.3.2");
    const ratchetTree = joinedTree(profile, info, tree);
    return {
      groupId: info.context.groupId,
      epoch: info.context.epoch,
      groupExtensions: info.context.extensions,
      extensions: info.extensions,
      members: Array.from(ratchetTree.members(), ([index, leaf]) => ({ ...leaf, index })),
      signer: info.signer,
      info,
      tree: ratchetTree,
    };
  });
}

export interface Joined {
  /** The external commit, an MLSMessage. */
  readonly bytes: Uint8Array;
  /** The group once the commit counts. */
  readonly group: Group;
}

/**
 * Makes the external commit that brings this device in. A leaf of the same name that stands there already is taken out
 * by it.
 *
 * @param authenticated - readable by whoever carries the commit, and signed.
 */
export function joinFromOutside(
  profile: Profile,
  own: Identity,
  outside: Outside,
  authenticated: Uint8Array,
  random: Random,
): Result<Joined> {
  return attempt(() => {
    const { suite, credentials } = profile;
    const { info, groupId } = outside;
    const { context } = info;
    const name = credentials.name(own.identity);
    const former = outside.members.find(({ identity }) => credentials.name(identity) === name);
    const { secret: init, kemOutput } = suite.sendInit(externalKey(outside), random);
    const proposals: Proposal[] = [{ type: "external-init", kemOutput }];
    if (former !== undefined) proposals.push({ type: "remove", removed: former.index });
    const tree = outside.tree.copy();
    const { removed } = applyExternal(profile, tree, proposals);
    if (removed !== undefined) checkRejoin(profile, removed, own);
    const place = { groupId, index: tree.freeLeaf(leavesMax(profile)) };
    const { identity, signatureKey, capabilities } = own;
    const leaf = { identity, signatureKey, capabilities, extensions: [] };
    const contextFor = provisionalContext(context, context.extensions);
    const none = { leaf: place.index, privateKeys: new Map<number, Uint8Array>() };
    const nobody = new Set<number>();
    const made = makePath(suite, tree, groupId, none, leaf, own.signaturePrivateKey, nobody, contextFor, random);
    checkLeaf(suite, made.path.leaf, place, requiredBy(context.extensions));
    checkCredential(profile, { ...place, before: removed, after: made.path.leaf });
    checkUnique(tree, credentials);
    const commit = { proposals, path: made.path };
    const framed = {
      groupId,
      epoch: context.epoch,
      sender: { type: "new-member" } as const,
      authenticated,
      content: { type: "commit", commit } as const,
      contentBytes: writeCommit(commit),
    };
    const format = WIRE_FORMAT.publicMessage;
    const signature = signContent(suite, format, framed, context, own.signaturePrivateKey);
    const before = {
      interimTranscriptHash: interimTranscriptHash(suite, context.confirmedTranscriptHash, info.confirmationTag),
    };
    const keys = { leaf: place.index, privateKeys: made.privateKeys };
    const provisional = contextFor(tree.hash(suite));
    const signed = { format, framed, signature };
    const { group, joiner } = nextEpoch(profile, before, provisional, tree, keys, init, made.commitSecret, signed);
    wipe(joiner, init, ...made.pathSecrets.values());
    const authentication = { signature, confirmationTag: group.confirmationTag };
    return { bytes: writePublicMessage(framed, authentication, undefined), group };
  });
}

function externalKey({ extensions }: Outside): Uint8Array {
  const data = present(extensionData(extensions, EXTENSION.externalPub), "no-external-key", "12.4.3.2");
  return readAll(data, (reader) => reader.opaque());
}
