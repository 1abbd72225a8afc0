/**
 * Messages and commits of others (RFC 9420 sections 6 and 12.4.2). Whatever is refused leaves the group as it was: it is
 * a value, and the next one is made only when every check has held.
 */
import { equalBytes, wipe } from "./bytes.ts";
import { keysStillThere, nextEpoch, provisionalContext } from "./epoch.ts";
import { requiredBy } from "./extensions.ts";
import { type Authentication, checkSignature, type FramedContent } from "./framing.ts";
import { checkUsable, type Group, type Member } from "./group.ts";
import { checkLeaf, type LeafNode } from "./leaf-node.ts";
import { openMessage, WIRE_FORMAT, type WireFormat } from "./message.ts";
import { mergePath, openPath } from "./path.ts";
import { decryptContent, readPrivateMessage } from "./private-message.ts";
import { checkCredential, leavesMax, type Profile } from "./profile.ts";
import type { Commit, UpdatePath } from "./proposal.ts";
import { applyExternal, applyProposals, checkRejoin } from "./proposal-list.ts";
import { checkMembershipTag, readPlace, readPublicMessage } from "./public-message.ts";
import { assert, attempt, check, present, type Result } from "./refusal.ts";
import type { Tree } from "./tree.ts";
import { checkUnique } from "./tree-check.ts";

/** A message of this epoch, authenticated as its sender's. */
export interface OpenedMessage {
  readonly type: "message";
  readonly sender: Member;
  /** Of the sender's keys in this epoch, from 0. */
  readonly generation: number;
  readonly authenticated: Uint8Array;
  readonly data: Uint8Array;
  readonly group: Group;
}

/** A commit that holds by all rules of this profile. Whether it counts is the application's to say before it goes on. */
export interface OpenedCommit {
  readonly type: "commit";
  /** The committer's leaf after the commit; of an external one, the leaf that comes in. */
  readonly sender: Member;
  readonly isExternal: boolean;
  readonly authenticated: Uint8Array;
  /** Who comes in, the sender of an external commit included. */
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  /**
   * The group in the next epoch. Where this member is among the removed it has no secret of that epoch and could check
   * no confirmation: the group is this epoch's, of no more use.
   */
  readonly group: Group;
}

/** Opens a message or commit of another member, or of somebody who comes in. */
export function open(profile: Profile, group: Group, bytes: Uint8Array): Result<OpenedMessage | OpenedCommit> {
  return attempt(() => {
    checkUsable(group);
    const { format, reader } = openMessage(bytes);
    if (format === WIRE_FORMAT.publicMessage) {
      const place = readPlace(reader);
      checkPlace(group, place);
      return openPublic(profile, group, readPublicMessage(reader, profile.suite, place));
    }
    check(format === WIRE_FORMAT.privateMessage, "malformed", "6");
    return openPrivate(profile, group, readPrivateMessage(reader));
  });
}

/** Both kinds of frames say whose they are in the clear. */
function checkPlace(group: Group, message: { readonly groupId: Uint8Array; readonly epoch: bigint }): void {
  check(equalBytes(message.groupId, group.context.groupId), "wrong-group", "6.1");
  check(message.epoch === group.context.epoch, "wrong-epoch", "12.4.2");
}

/**
 * Whether a message was made with this member's own keys by somebody else than this state: it opens with a key that this
 * state has not used, and holds this member's signature. One that was made here, and then repeated or altered on its
 * way, is none: its key is gone.
 */
export function isFromSelf({ suite }: Profile, group: Group, bytes: Uint8Array): boolean {
  const proof = attempt(() => {
    const { format, reader } = openMessage(bytes);
    check(format === WIRE_FORMAT.privateMessage, "malformed", "6");
    const message = readPrivateMessage(reader);
    checkPlace(group, message);
    const { framed, authentication } = decryptContent(suite, group, message, "self");
    const { signatureKey } = memberAt(group.tree, framed.sender.leaf);
    checkSignature(suite, format, framed, group.context, signatureKey, authentication.signature);
  });
  return proof.ok;
}

function openPrivate(
  profile: Profile,
  group: Group,
  message: ReturnType<typeof readPrivateMessage>,
): OpenedMessage | OpenedCommit {
  checkPlace(group, message);
  const { framed, authentication, generation, secretTree } = decryptContent(profile.suite, group, message);
  const sender = memberAt(group.tree, framed.sender.leaf);
  const { signature } = authentication;
  checkSignature(profile.suite, WIRE_FORMAT.privateMessage, framed, group.context, sender.signatureKey, signature);
  const { authenticated, content } = framed;
  if (content.type === "application") {
    return { type: "message", sender, generation, authenticated, data: content.data, group: { ...group, secretTree } };
  }
  return memberCommit(profile, group, WIRE_FORMAT.privateMessage, framed, authentication, sender, content.commit);
}

function openPublic(profile: Profile, group: Group, message: ReturnType<typeof readPublicMessage>): OpenedCommit {
  const { framed, authentication } = message;
  const { sender, content } = framed;
  check(content.type === "commit", "malformed", "6.2");
  const format = WIRE_FORMAT.publicMessage;
  if (sender.type === "new-member") return externalCommit(profile, group, framed, authentication, content.commit);
  check(profile.publicCommits === true, "public-commit", "6.2");
  check(sender.leaf !== group.own.leaf, "own-message", "6.2");
  const member = memberAt(group.tree, sender.leaf);
  checkMembershipTag(profile.suite, group.secrets.membership, group.context, message);
  checkSignature(profile.suite, format, framed, group.context, member.signatureKey, authentication.signature);
  return memberCommit(profile, group, format, framed, authentication, member, content.commit);
}

function memberAt(tree: Tree, index: number): Member {
  return { ...present(tree.leaf(index), "unknown-sender", "6.1"), index };
}

function memberCommit(
  profile: Profile,
  group: Group,
  format: WireFormat,
  framed: FramedContent,
  authentication: Authentication,
  committer: Member,
  { proposals, path }: Commit,
): OpenedCommit {
  check(path !== undefined, "no-path", "12.4");
  const { context } = group;
  const tree = group.tree.copy();
  const applied = applyProposals(profile, tree, context, proposals, committer.index);
  checkPathLeaf(profile, group, applied.extensions, committer, path.leaf);
  const newLeaves = new Set(applied.added.map(({ index }) => index));
  mergePath(profile.suite, tree, committer.index, path, applied.keys, newLeaves);
  const sender = { ...path.leaf, index: committer.index };
  const { added, removed } = applied;
  const opened = { type: "commit", sender, isExternal: false, authenticated: framed.authenticated } as const;
  if (removed.some(({ index }) => index === group.own.leaf)) {
    return { ...opened, added, removed, group: { ...group, isRemoved: true } };
  }
  const provisional = provisionalContext(context, applied.extensions)(tree.hash(profile.suite));
  const next = finish(profile, group, tree, provisional, sender.index, path, newLeaves, group.secrets.init, {
    format,
    framed,
    authentication,
  });
  return { ...opened, added, removed, group: next };
}

/** Section 7.3, for the leaf of a path: the same member, with a new key. */
function checkPathLeaf(
  profile: Profile,
  group: Group,
  extensions: Group["context"]["extensions"],
  before: Member,
  after: LeafNode,
): void {
  const place = { groupId: group.context.groupId, index: before.index };
  check(equalBytes(before.signatureKey, after.signatureKey), "signature-key-changed", "7.5");
  check(!equalBytes(before.encryptionKey, after.encryptionKey), "encryption-key-kept", "12.4.2");
  checkLeaf(profile.suite, after, place, requiredBy(extensions));
  checkCredential(profile, { ...place, before, after });
}

function externalCommit(
  profile: Profile,
  group: Group,
  framed: FramedContent,
  authentication: Authentication,
  { proposals, path }: Commit,
): OpenedCommit {
  const { suite, credentials } = profile;
  const { context } = group;
  check(path !== undefined, "no-path", "12.4.3.2");
  const format = WIRE_FORMAT.publicMessage;
  checkSignature(suite, format, framed, context, path.leaf.signatureKey, authentication.signature);
  const tree = group.tree.copy();
  const { kemOutput, removed, keys } = applyExternal(profile, tree, proposals);
  const index = tree.freeLeaf(leavesMax(profile));
  const place = { groupId: context.groupId, index };
  if (removed !== undefined) {
    checkRejoin(profile, removed, path.leaf);
    check(!equalBytes(removed.encryptionKey, path.leaf.encryptionKey), "encryption-key-kept", "12.2");
  }
  checkLeaf(suite, path.leaf, place, requiredBy(context.extensions));
  checkCredential(profile, { ...place, before: removed, after: path.leaf });
  mergePath(suite, tree, index, path, keys, new Set());
  checkUnique(tree, credentials);
  const sender = { ...path.leaf, index };
  const opened = {
    type: "commit",
    sender,
    isExternal: true,
    authenticated: framed.authenticated,
    added: [sender],
    removed: removed === undefined ? [] : [removed],
  } as const;
  // This very device came in again from elsewhere, say from a copy of its profile.
  if (removed?.index === group.own.leaf) return { ...opened, group: { ...group, isRemoved: true } };
  const external = suite.keyPair(group.secrets.external);
  const init = suite.receiveInit(external, kemOutput);
  const provisional = provisionalContext(context, context.extensions)(tree.hash(suite));
  const commit = { format, framed, authentication };
  const next = finish(profile, group, tree, provisional, index, path, new Set(), init, commit);
  wipe(external.privateKey, init);
  return { ...opened, group: next };
}

/** Opens the path, begins the next epoch, and compares its confirmation with the commit's. */
function finish(
  profile: Profile,
  group: Group,
  tree: Tree,
  provisional: Group["context"],
  sender: number,
  path: UpdatePath,
  newLeaves: ReadonlySet<number>,
  initSecret: Uint8Array,
  commit: { readonly format: WireFormat; readonly framed: FramedContent; readonly authentication: Authentication },
): Group {
  const kept = keysStillThere(group.tree, tree, group.own);
  const opened = openPath(profile.suite, tree, kept, sender, path, newLeaves, provisional);
  const own = { leaf: group.own.leaf, privateKeys: opened.privateKeys };
  const { signature, confirmationTag } = commit.authentication;
  const signed = { format: commit.format, framed: commit.framed, signature };
  const { group: next, joiner } = nextEpoch(
    profile,
    group,
    provisional,
    tree,
    own,
    initSecret,
    opened.commitSecret,
    signed,
  );
  wipe(joiner);
  assert(confirmationTag !== undefined, "a commit was read with its tag");
  check(equalBytes(confirmationTag, next.confirmationTag), "bad-confirmation-tag", "12.4.2");
  return next;
}
