/** Members of a group on the level of core/group, and commits that an honest client would never make. */
import { type AccountId, encodeAuthenticated, idOf, type RoomId, type RoomInfo } from "@sotto/wire";
import {
  type ClientState,
  createCommit,
  decodeMlsMessage,
  encodeMlsMessage,
  joinGroupExternal,
  type Proposal,
  type PublicMessage,
} from "ts-mls";
import { exportSecret, nextEpochContext } from "ts-mls/clientState.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { protect } from "ts-mls/messageProtection.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { addLeafNode } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { nodeToLeafIndex, toLeafIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import { nodeCrypto } from "../../../node/src/crypto.ts";
import { groupOf, stateOf } from "../../src/group/group.ts";
import {
  createGroup,
  encodeGroup,
  type Group,
  joinExternal,
  type MadeCommit,
  makeCommit,
  makeGroupInfo,
  makeKeyPackage,
  open,
  openWelcome,
  type StoredKeyPackage,
  seal,
} from "../../src/group/index.ts";
import { privatePackage, publicPackage } from "../../src/group/key-package.ts";
import type { Own } from "../../src/group/leaf.ts";
import { CONFIG, loadSuite, type Suite } from "../../src/group/suite.ts";

export const crypto = nodeCrypto();
export const suite: Suite = await loadSuite(crypto);
export const now = Date.now();
export const room: RoomId = idOf.room(new Uint8Array(32).fill(0x11));
export const text = (value: string) => new TextEncoder().encode(value);

/** A device: the same account for the same name. */
export function device(name: string, one = 1): Own {
  const account = idOf.account(crypto.sha256(text(name)));
  const privateKey = crypto.sha256(text(`${name} ${one}`));
  const publicKey = crypto.publicKey(privateKey);
  const id = idOf.device(crypto.sha256(publicKey).slice(0, 16));
  return { account, device: id, chainLength: 1, chainHash: crypto.sha256(text(account)), privateKey, publicKey };
}

export interface Member {
  readonly own: Own;
  readonly group: Group;
}

export const infoOf = (...owners: AccountId[]): RoomInfo => ({
  kind: "room",
  name: "den",
  owners,
  linkKey: new Uint8Array(32).fill(7),
});

export const authenticated = (base = 0) =>
  encodeAuthenticated({ room, base, seq: 0, hash: new Uint8Array(32), linkSignature: undefined, leaves: [] });

export interface Plan {
  readonly adds?: readonly Uint8Array[];
  readonly removes?: readonly Own["device"][];
  readonly info?: RoomInfo;
}

export async function commit(group: Group, plan: Plan = {}): Promise<MadeCommit> {
  const made = await makeCommit(suite, group, {
    adds: plan.adds ?? [],
    removes: plan.removes ?? [],
    info: plan.info,
    authenticated: authenticated(),
    joinInfo: text("join"),
  });
  if (made === undefined) throw new Error("the commit could not be made");
  return made;
}

export const packageOf = (own: Own): Promise<StoredKeyPackage> => makeKeyPackage(suite, own, now, false);

/** A group of these people, the first of whom made it and added the others. */
export async function groupWith(...names: string[]): Promise<Member[]> {
  const owns = names.map((name) => device(name));
  const [first, ...others] = owns;
  if (first === undefined) throw new Error("a group has somebody");
  const alone = await createGroup(suite, first, room, infoOf(first.account), now);
  if (others.length === 0) return [{ own: first, group: alone }];
  const packages = await Promise.all(others.map(packageOf));
  const made = await commit(alone, { adds: packages.map(({ bytes }) => bytes) });
  const members = [{ own: first, group: made.next }];
  for (const [index, own] of others.entries()) {
    const used = packages[index];
    const welcomed = used && made.welcome && (await openWelcome(suite, own, [used], made.welcome));
    if (welcomed === undefined) throw new Error("the Welcome could not be opened");
    members.push({ own, group: welcomed.group });
  }
  return members;
}

export async function opened(group: Group, kind: "message" | "commit", bytes: Uint8Array) {
  return await open(suite, group, kind, bytes);
}

/** The group after a commit that holds. */
export async function after(group: Group, bytes: Uint8Array): Promise<Group> {
  const got = await open(suite, group, "commit", bytes);
  if (got === undefined) throw new Error("the commit does not hold");
  return got.next;
}

export async function say(group: Group, what: string) {
  return await seal(suite, group, text(what), authenticated());
}

export const bytesOf = (group: Group): Uint8Array => encodeGroup(group);

export async function outside(group: Group) {
  return await makeGroupInfo(suite, group);
}

export async function join(own: Own, info: Uint8Array, again = false) {
  const made = await joinExternal(suite, own, info, authenticated(), again, now);
  if (made === undefined) throw new Error("the join could not be made");
  return made;
}

/** An external commit that takes out somebody's leaf, whoever that is. */
export async function joinOver(own: Own, info: Uint8Array, victim: Own): Promise<Uint8Array> {
  const made = await packageOf(own);
  const { publicMessage } = await joinGroupExternal(
    groupInfo(info),
    publicPackage(made),
    privatePackage(made, own),
    true,
    suite.impl,
    undefined,
    {
      ...CONFIG,
      keyPackageEqualityConfig: {
        compareKeyPackages: () => false,
        compareKeyPackageToLeafNode: (_keyPackage, leaf) =>
          Buffer.from(leaf.signaturePublicKey).equals(Buffer.from(victim.publicKey)),
      },
    },
    authenticated(),
  );
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
}

function groupInfo(bytes: Uint8Array) {
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded?.[0].wireformat !== "mls_group_info") throw new Error("no GroupInfo");
  return decoded[0].groupInfo;
}

/** An external commit with any proposals beside (or instead of) its ExternalInit, signed, tagged and sealed as it should be. */
export async function forgeExternal(
  own: Own,
  info: Uint8Array,
  change: (init: Proposal) => readonly Proposal[],
): Promise<Uint8Array> {
  const made = await packageOf(own);
  const cs = suite.impl;
  const outer = groupInfo(info);
  const { groupContext, confirmationTag } = outer;
  const external = outer.extensions.find(({ extensionType }) => extensionType === "external_pub");
  const tree = ratchetTreeFromExtension(outer);
  if (external === undefined || tree === undefined) throw new Error("no way in");
  const { enc, secret } = await exportSecret(external.extensionData.slice(1), cs);
  const [added, node] = addLeafNode(tree, publicPackage(made).leafNode);
  const leaf = nodeToLeafIndex(node);
  const [next, path, , , commitSecret] = await createUpdatePath(added, leaf, groupContext, own.privateKey, cs);
  const proposals = change({ proposalType: "external_init", externalInit: { kemOutput: enc } });
  const { signature, framedContent } = await createContentCommitSignature(
    groupContext,
    "mls_public_message",
    { proposals: proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal })), path },
    { senderType: "new_member_commit" },
    authenticated(),
    own.privateKey,
    cs.signature,
  );
  const treeHash = await treeHashRoot(next, cs.hash);
  const context = await nextEpochContext(
    groupContext,
    "mls_public_message",
    framedContent,
    signature,
    treeHash,
    confirmationTag,
    cs.hash,
  );
  const epoch = await initializeEpoch(secret, commitSecret, context, new Uint8Array(32), cs.kdf);
  const tag = await createConfirmationTag(epoch.keySchedule.confirmationKey, context.confirmedTranscriptHash, cs.hash);
  const publicMessage: PublicMessage = await protectPublicMessage(
    epoch.keySchedule.membershipKey,
    context,
    {
      content: framedContent,
      auth: { signature, confirmationTag: tag, contentType: "commit" },
      wireformat: "mls_public_message",
    },
    cs,
  );
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
}

/** A member's commit as the library makes it, with proposals that core does not know, and from a state that may be doctored. */
export async function rawCommit(group: Group, proposals: readonly Proposal[], isPublic = false): Promise<Uint8Array> {
  const made = await createCommit(
    { state: stateOf(group), cipherSuite: suite.impl },
    { extraProposals: [...proposals], authenticatedData: authenticated(), wireAsPublicMessage: isPublic },
  );
  return encodeMlsMessage(made.commit);
}

/** A member's commit that is framed and signed as it should be, whatever it says; its tag is garbage. */
export async function forgeCommit(
  group: Group,
  proposals: readonly Proposal[],
  options: { readonly path?: boolean; readonly reference?: boolean } = {},
): Promise<Uint8Array> {
  const state = stateOf(group);
  const cs = suite.impl;
  const index = toLeafIndex(state.privatePath.leafIndex);
  const [, path] = await createUpdatePath(state.ratchetTree, index, state.groupContext, state.signaturePrivateKey, cs);
  const all = proposals.map((proposal) => ({ proposalOrRefType: "proposal" as const, proposal }));
  const reference = { proposalOrRefType: "reference" as const, reference: new Uint8Array(32) };
  const { signature, framedContent } = await createContentCommitSignature(
    state.groupContext,
    "mls_private_message",
    { proposals: options.reference ? [...all, reference] : all, path: options.path === false ? undefined : path },
    { senderType: "member", leafIndex: index },
    authenticated(),
    state.signaturePrivateKey,
    cs.signature,
  );
  const auth = { contentType: "commit" as const, signature, confirmationTag: new Uint8Array(32) };
  const { privateMessage } = await protect(
    state.keySchedule.senderDataSecret,
    authenticated(),
    state.groupContext,
    state.secretTree,
    { ...framedContent, auth },
    index,
    state.clientConfig.paddingConfig,
    cs,
  );
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
}

/** The group with its own leaf changed in its tree, from which the next path takes it. */
export function withLeaf(group: Group, change: (leaf: never) => object): Group {
  const state = stateOf(group);
  const place = state.privatePath.leafIndex * 2;
  const node = state.ratchetTree[place];
  if (node?.nodeType !== "leaf") throw new Error("no leaf");
  const ratchetTree = [...state.ratchetTree];
  ratchetTree[place] = { nodeType: "leaf", leaf: { ...node.leaf, ...change(node.leaf as never) } as never };
  return groupOf({ ...state, ratchetTree } as ClientState);
}
