/** One epoch of one group as a member knows it: a value, of which every operation makes a new one. */
import { EMPTY, isZero, wipe } from "./bytes.ts";
import { Writer } from "./codec.ts";
import { EXTENSION, type Extension, ownExtensions, requiredBy } from "./extensions.ts";
import { type GroupContext, signGroupInfo } from "./group-context.ts";
import type { Identity, Lifetime } from "./key-package.ts";
import { type EpochSecrets, exportFrom, fromEpochSecret, interimTranscriptHash } from "./key-schedule.ts";
import { checkLeaf, type LeafNode, signLeaf } from "./leaf-node.ts";
import { WIRE_FORMAT, writeMessage } from "./message.ts";
import type { Random } from "./primitives.ts";
import { checkCredential, type Profile } from "./profile.ts";
import { assert, attempt, check, type Result } from "./refusal.ts";
import {
  newSecretTree,
  type Ratchet,
  type RatchetKind,
  ratchetOf,
  type SecretNode,
  withFreshRatchets,
} from "./secret-tree.ts";
import { freshKeyPair, freshSecret } from "./suite.ts";
import { Tree } from "./tree.ts";

export interface Group {
  readonly context: GroupContext;
  readonly interimTranscriptHash: Uint8Array;
  /** Of the commit that began this epoch. */
  readonly confirmationTag: Uint8Array;
  readonly tree: Tree;
  readonly secrets: EpochSecrets;
  readonly secretTree: SecretNode;
  readonly own: OwnKeys;
  /** A commit took this member out: nothing more can be done with the group. */
  readonly isRemoved: boolean;
}

export interface OwnKeys {
  /** Leaf index. */
  readonly leaf: number;
  /** Private keys by node: of the own leaf, and of the nodes above it that this member was told. */
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
}

/** A leaf and where it stands. */
export interface Member extends LeafNode {
  readonly index: number;
}

/** All members, by index. */
export function members(group: Group): Member[] {
  return Array.from(group.tree.members(), ([index, leaf]) => ({ ...leaf, index }));
}

/** Refuses where the member is out, and where the secrets were wiped: what is derived of zeros is public. */
export function checkUsable(group: Group): void {
  check(!group.isRemoved, "removed", "12.4.2");
  check(!isZero(group.secrets.init), "spent", "9.2");
}

/** Own ratchets whose next key was used: a state that still holds one was left behind. */
const spent = new WeakSet<Ratchet>();

/** Every key encrypts once: a state whose next key was used refuses to send again (section 9.1). */
export function spend({ suite }: Profile, group: Group, kind: RatchetKind): void {
  const ratchet = ratchetOf(suite, group.secretTree, group.tree.leaves, group.own.leaf, kind);
  check(!spent.has(ratchet), "spent", "9.1");
  check(!isZero(ratchet.secret), "spent", "9.2");
  spent.add(ratchet);
}

/**
 * The same state, which may send once more. Only for who threw away unsent what was made from it, say because it could
 * not be stored: two messages under one key that both leave would betray both.
 */
export function unspent({ suite }: Profile, group: Group): Group {
  const { secretTree, tree, own } = group;
  return group.isRemoved
    ? group
    : { ...group, secretTree: withFreshRatchets(suite, secretTree, tree.leaves, own.leaf) };
}

/** A group of this member alone, in epoch 0 (section 11). @param lifetime - of its leaf, seconds since 1970. */
export function createGroup(
  profile: Profile,
  own: Identity,
  groupId: Uint8Array,
  extensions: readonly Extension[],
  lifetime: Lifetime,
  random: Random,
): Result<Group> {
  return attempt(() => {
    const { suite } = profile;
    const encryption = freshKeyPair(suite, random);
    const { identity, signatureKey, capabilities } = own;
    const source = { type: "key-package", ...lifetime } as const;
    const content = {
      encryptionKey: encryption.publicKey,
      signatureKey,
      identity,
      capabilities,
      source,
      extensions: [],
    };
    const leaf = signLeaf(suite, content, undefined, own.signaturePrivateKey);
    checkLeaf(suite, leaf, { groupId, index: 0 }, requiredBy(extensions));
    checkCredential(profile, { groupId, index: 0, before: undefined, after: leaf });
    const tree = Tree.of([{ type: "leaf", leaf }]);
    const context = {
      suiteId: suite.id,
      groupId: new Uint8Array(groupId),
      epoch: 0n,
      treeHash: tree.hash(suite),
      confirmedTranscriptHash: EMPTY,
      extensions: ownExtensions(extensions),
    };
    const epochSecret = freshSecret(suite, random);
    const start = fromEpochSecret(suite, epochSecret);
    const confirmationTag = suite.mac(start.confirmation, EMPTY);
    wipe(epochSecret, start.confirmation);
    return {
      context,
      interimTranscriptHash: interimTranscriptHash(suite, EMPTY, confirmationTag),
      confirmationTag,
      tree,
      secrets: start.secrets,
      secretTree: newSecretTree(suite, start.encryption, tree.leaves, 0),
      own: { leaf: 0, privateKeys: new Map([[0, encryption.privateKey]]) },
      isRemoved: false,
    };
  });
}

/** MLS-Exporter (section 8.5). @param length - at most 8,160 bytes. */
export function exportSecret(profile: Profile, group: Group, label: string, context: Uint8Array, length: number) {
  assert(length <= 255 * profile.suite.secretBytes, "HKDF gives at most 255 blocks");
  assert(!group.isRemoved && !isZero(group.secrets.exporter), "secrets are exported of a group that is in use");
  return exportFrom(profile.suite, group.secrets.exporter, label, context, length);
}

/** Equal for two members exactly when they are in the same epoch (section 8.7). */
export const epochAuthenticator = (group: Group): Uint8Array => group.secrets.authenticator.slice();

/** What somebody who joins from outside needs (section 12.4.3.2): an MLSMessage with the GroupInfo and the tree in it. */
export function makeGroupInfo(
  profile: Profile,
  group: Group,
  signaturePrivateKey: Uint8Array,
  extensions: readonly Extension[] = [],
): Result<Uint8Array> {
  return attempt(() => {
    checkUsable(group);
    const { suite } = profile;
    const external = suite.keyPair(group.secrets.external);
    wipe(external.privateKey);
    const externalPub = { type: EXTENSION.externalPub, data: new Writer().opaque(external.publicKey).done() };
    return writeMessage(
      WIRE_FORMAT.groupInfo,
      groupInfoBytes(profile, group, signaturePrivateKey, [externalPub, ...extensions]),
    );
  });
}

/** A signed GroupInfo of the group's epoch, its tree included. */
export function groupInfoBytes(
  { suite }: Profile,
  group: Group,
  signaturePrivateKey: Uint8Array,
  extensions: readonly Extension[],
): Uint8Array {
  const { context, confirmationTag, tree, own } = group;
  const ratchetTree = { type: EXTENSION.ratchetTree, data: tree.encode() };
  const all = ownExtensions([ratchetTree, ...extensions]);
  const info = { context, extensions: all, confirmationTag, signer: own.leaf };
  return signGroupInfo(suite, info, signaturePrivateKey);
}
