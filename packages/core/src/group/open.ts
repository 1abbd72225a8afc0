/**
 * Messages and commits of others. Whatever is wrong gives undefined and leaves the group as it was, byte for byte:
 * one answer for all of it, a sender must not learn which check failed.
 *
 * What is checked here is what a message is *before* the library works on it: the library takes other groups, other
 * epochs, unknown proposals and indices outside the tree, and some of these cost it seconds and gigabytes.
 */
import { type RoomInfo, toHex } from "@sotto/wire";
import { decodeMlsMessage, emptyPskIndex, type MLSMessage, processPrivateMessage, processPublicMessage } from "ts-mls";
import type { FramedContent } from "ts-mls/framedContent.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import {
  type Group,
  groupEpoch,
  groupOf,
  groupRoom,
  infoOf,
  isRemoved,
  leaves,
  ownIndex,
  roomInfo,
  settled,
  stateOf,
} from "./group.ts";
import { type Leaf, leafOf } from "./leaf.ts";
import { CONFIG, type Suite } from "./suite.ts";

/** A message of this epoch, authenticated as its sender's. */
export interface OpenedMessage {
  readonly type: "message";
  readonly sender: Leaf;
  readonly authenticated: Uint8Array;
  readonly padded: Uint8Array;
  readonly next: Group;
}

/** A commit that holds by the rules of MLS. Whether it counts is judged by the room's rules before `next` is adopted. */
export interface OpenedCommit {
  readonly type: "commit";
  /** The committer; of an external commit, the leaf that comes in. */
  readonly sender: Leaf;
  readonly external: boolean;
  readonly authenticated: Uint8Array;
  readonly adds: readonly Leaf[];
  readonly removes: readonly Leaf[];
  /** Members after it; the ones before it when it takes this device out. */
  readonly leaves: readonly Leaf[];
  readonly info: RoomInfo;
  /** This device is out: `next` is the group as it was. */
  readonly removed: boolean;
  readonly next: Group;
}

const PROPOSALS_MAX = 512;

/** Opens an entry of another device. */
export async function open(
  suite: Suite,
  group: Group,
  kind: "message" | "commit",
  bytes: Uint8Array,
): Promise<OpenedMessage | OpenedCommit | undefined> {
  try {
    const decoded = decodeMlsMessage(bytes, 0);
    if (decoded === undefined || decoded[1] !== bytes.length || isRemoved(group)) return undefined;
    const message = decoded[0];
    if (message.wireformat === "mls_public_message" && kind === "commit")
      return await openExternal(suite, group, message);
    if (message.wireformat !== "mls_private_message") return undefined;
    return await openPrivate(suite, group, kind, message);
  } catch {
    return undefined;
  }
}

/**
 * Whether a message names this device's own leaf as its sender. Who sends stands encrypted under a secret of the epoch,
 * so the relay alone cannot make one.
 */
export async function isFromSelf(suite: Suite, group: Group, bytes: Uint8Array): Promise<boolean> {
  try {
    const decoded = decodeMlsMessage(bytes, 0);
    if (decoded === undefined || decoded[0].wireformat !== "mls_private_message") return false;
    const { privateMessage } = decoded[0];
    if (toHex(privateMessage.groupId) !== groupRoom(group) || privateMessage.epoch !== groupEpoch(group)) return false;
    const { senderDataSecret } = stateOf(group).keySchedule;
    return (await decryptSenderData(privateMessage, senderDataSecret, suite.impl))?.leafIndex === ownIndex(group);
  } catch {
    return false;
  }
}

type PrivateMls = Extract<MLSMessage, { wireformat: "mls_private_message" }>;
type PublicMls = Extract<MLSMessage, { wireformat: "mls_public_message" }>;
type CommitContent = Extract<FramedContent, { contentType: "commit" }>;

async function openPrivate(
  suite: Suite,
  group: Group,
  kind: "message" | "commit",
  { privateMessage }: PrivateMls,
): Promise<OpenedMessage | OpenedCommit | undefined> {
  const state = stateOf(group);
  const before = leaves(group);
  if (toHex(privateMessage.groupId) !== groupRoom(group) || privateMessage.epoch !== groupEpoch(group))
    return undefined;
  if (privateMessage.contentType !== (kind === "message" ? "application" : "commit") || before === undefined)
    return undefined;
  const { content, tree } = await unprotectPrivateMessage(
    state.keySchedule.senderDataSecret,
    privateMessage,
    state.secretTree,
    state.ratchetTree,
    state.groupContext,
    CONFIG.keyRetentionConfig,
    suite.impl,
  );
  const framed = content.content;
  const senderIndex = framed.sender.senderType === "member" ? framed.sender.leafIndex : -1;
  const sender = before.find((leaf) => leaf.index === senderIndex);
  if (sender === undefined || senderIndex === ownIndex(group)) return undefined;
  const authenticated = framed.authenticatedData;
  if (framed.contentType === "application") {
    const next = groupOf({ ...state, secretTree: tree });
    return { type: "message", sender, authenticated, padded: framed.applicationData, next };
  }
  if (framed.contentType !== "commit") return undefined;
  const plan = readProposals(framed, before, false);
  const committer = framed.commit.path && leafOf(framed.commit.path.leafNode, senderIndex);
  if (plan === undefined || committer === undefined || !isSameDevice(sender, committer)) return undefined;

  const commit = { type: "commit" as const, sender: committer, external: false, authenticated, ...plan };
  const removed = plan.removes.some((leaf) => leaf.index === ownIndex(group));
  if (removed) {
    // No secret of the next epoch is for this device, so its tag cannot be checked: the removed believe the signature.
    const info = roomInfo(group);
    return info && { ...commit, leaves: before, info, removed, next: group };
  }
  const result = await processPrivateMessage(state, privateMessage, emptyPskIndex, suite.impl);
  if (result.kind !== "newState" || result.actionTaken !== "accept") return undefined;
  const next = settled(result.newState);
  const [after, info] = [leaves(next), roomInfo(next)];
  const expected = before.length + plan.adds.length - plan.removes.length;
  if (after === undefined || info === undefined || after.length !== expected) return undefined;
  return { ...commit, leaves: after, info, removed, next };
}

/** An external commit: one ExternalInit, at most one Remove, of the joiner's own former leaf. */
async function openExternal(
  suite: Suite,
  group: Group,
  { publicMessage }: PublicMls,
): Promise<OpenedCommit | undefined> {
  const { content } = publicMessage;
  const before = leaves(group);
  if (content.sender.senderType !== "new_member_commit" || content.contentType !== "commit") return undefined;
  if (toHex(content.groupId) !== groupRoom(group) || content.epoch !== groupEpoch(group)) return undefined;
  const joining = content.commit.path && leafOf(content.commit.path.leafNode, -1);
  if (before === undefined || joining === undefined) return undefined;
  const plan = readProposals(content, before, true);
  if (
    plan === undefined ||
    !plan.removes.every((leaf) => leaf.account === joining.account && leaf.device === joining.device)
  ) {
    return undefined;
  }
  const result = await processPublicMessage(stateOf(group), publicMessage, emptyPskIndex, suite.impl);
  if (result.actionTaken !== "accept") return undefined;
  const next = settled(result.newState);
  const [after, info] = [leaves(next), roomInfo(next)];
  const sender = after?.find((leaf) => leaf.device === joining.device);
  if (after === undefined || sender === undefined || info === undefined) return undefined;
  if (after.length !== before.length + 1 - plan.removes.length) return undefined;
  return {
    type: "commit",
    sender,
    external: true,
    authenticated: content.authenticatedData,
    adds: [sender],
    removes: plan.removes,
    leaves: after,
    info,
    removed: false,
    next,
  };
}

/** What a commit is about to do; undefined when it holds a proposal that has no place here. */
function readProposals(content: CommitContent, before: readonly Leaf[], external: boolean) {
  const { proposals } = content.commit;
  const adds: Leaf[] = [];
  const removes: Leaf[] = [];
  let inits = 0;
  let infos = 0;
  if (proposals.length > PROPOSALS_MAX) return undefined;
  for (const one of proposals) {
    if (one.proposalOrRefType !== "proposal") return undefined;
    const { proposal } = one;
    switch (proposal.proposalType) {
      case "add": {
        const leaf = leafOf(proposal.add.keyPackage.leafNode, -1);
        if (leaf === undefined) return undefined;
        adds.push(leaf);
        break;
      }
      case "remove": {
        const leaf = before.find((known) => known.index === proposal.remove.removed);
        if (leaf === undefined || removes.includes(leaf)) return undefined;
        removes.push(leaf);
        break;
      }
      case "group_context_extensions":
        // The library takes an empty list for no change.
        if (infoOf(proposal.groupContextExtensions.extensions) === undefined) return undefined;
        infos++;
        break;
      case "external_init":
        inits++;
        break;
      default:
        return undefined;
    }
  }
  const fits = external ? inits === 1 && removes.length <= 1 && adds.length + infos === 0 : inits === 0 && infos <= 1;
  return fits ? { adds, removes } : undefined;
}

/** A path leaf keeps account, device and signature key, and brings a new encryption key; its chain prefix may grow. */
function isSameDevice(before: Leaf, after: Leaf): boolean {
  return (
    before.account === after.account &&
    before.device === after.device &&
    toHex(before.signatureKey) === toHex(after.signatureKey) &&
    toHex(before.encryptionKey) !== toHex(after.encryptionKey) &&
    after.chainLength >= before.chainLength
  );
}
