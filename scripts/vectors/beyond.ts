/**
 * Steps that the profile does not have, done here with its parts: Welcomes with PSKs or without a path secret, commits
 * of added members by reference and without a path. So the commits of the vectors that come after them are followed, too.
 */
import { equalBytes, keyOf } from "../../packages/mls/src/bytes.ts";
import { Reader, readAll, Writer } from "../../packages/mls/src/codec.ts";
import { keysStillThere, nextEpoch, provisionalContext } from "../../packages/mls/src/epoch.ts";
import { readAuthentication, readSender } from "../../packages/mls/src/framing.ts";
import type { Group } from "../../packages/mls/src/group.ts";
import { readGroupInfo } from "../../packages/mls/src/group-context.ts";
import { keyPackageRef, readKeyPackage } from "../../packages/mls/src/key-package.ts";
import { interimTranscriptHash, startEpoch, welcomeKey, welcomeSecret } from "../../packages/mls/src/key-schedule.ts";
import { readMessage, WIRE_FORMAT } from "../../packages/mls/src/message.ts";
import { derivePath } from "../../packages/mls/src/path.ts";
import type { Profile } from "../../packages/mls/src/profile.ts";
import { type Proposal, readProposal, readUpdatePath } from "../../packages/mls/src/proposal.ts";
import { applyProposals } from "../../packages/mls/src/proposal-list.ts";
import { newSecretTree } from "../../packages/mls/src/secret-tree.ts";
import { filteredDirectPath } from "../../packages/mls/src/tree.ts";
import { commonAncestor, leafNode } from "../../packages/mls/src/tree-math.ts";
import { joinedTree, readWelcome } from "../../packages/mls/src/welcome.ts";
import { fromHex, same, suite } from "./tally.ts";

export interface Newcomer {
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[];
  readonly key_package: string;
  readonly encryption_priv: string;
  readonly init_priv: string;
  readonly welcome: string;
  readonly ratchet_tree: string | null;
}

export const keyPackageOf = ({ key_package }: Newcomer) =>
  readAll(readMessage(fromHex(key_package), WIRE_FORMAT.keyPackage), (reader) => readKeyPackage(reader, suite));

/** GroupSecrets with everything that RFC 9420 has in them; `psks` are whole PreSharedKeyIDs. */
export function groupSecretsFor(newcomer: Newcomer) {
  const keyPackage = keyPackageOf(newcomer);
  const ref = keyPackageRef(suite, keyPackage);
  const body = readMessage(fromHex(newcomer.welcome), WIRE_FORMAT.welcome);
  const welcome = readAll(body, (reader) => readWelcome(reader, suite));
  const found = welcome.secrets.find(({ newMember }) => equalBytes(newMember, ref));
  if (found === undefined) throw new Error("the Welcome is for somebody else");
  const own = { privateKey: fromHex(newcomer.init_priv), publicKey: keyPackage.initKey };
  const plain = suite.decrypt(own, "Welcome", welcome.encryptedGroupInfo, found.sealed);
  const secrets = readAll(plain, (reader) => ({
    joiner: reader.opaque(),
    pathSecret: reader.optional((item) => item.opaque()),
    psks: reader.vector(readPreSharedKeyId),
  }));
  return { ...secrets, encryptedGroupInfo: welcome.encryptedGroupInfo };
}

/** PreSharedKeyID (section 8.4). */
function readPreSharedKeyId(reader: Reader) {
  const start = reader.at;
  if (reader.uint8() !== 1) throw new Error("only external PSKs are expected");
  const id = reader.opaque();
  reader.opaque(); // nonce
  return { id, bytes: reader.since(start) };
}

/** psk_secret (section 8.4). */
function pskSecret(newcomer: Newcomer, psks: readonly { readonly id: Uint8Array; readonly bytes: Uint8Array }[]) {
  let secret = new Uint8Array(suite.secretBytes);
  for (const [index, { id, bytes }] of psks.entries()) {
    const known = newcomer.external_psks.find(({ psk_id }) => equalBytes(fromHex(psk_id), id));
    const extracted = suite.extract(new Uint8Array(suite.secretBytes), fromHex(known?.psk ?? ""));
    const label = new Writer().raw(bytes).uint16(index).uint16(psks.length).done();
    secret = new Uint8Array(suite.extract(suite.expand(extracted, "derived psk", label, suite.secretBytes), secret));
  }
  return secret;
}

/** Joins as `joinByWelcome` does, but with PSKs, and without a path secret where there is none. */
export function joinBeyond(profile: Profile, newcomer: Newcomer): Group {
  const { joiner, pathSecret, psks, encryptedGroupInfo } = groupSecretsFor(newcomer);
  const psk = pskSecret(newcomer, psks);
  const { key, nonce } = welcomeKey(suite, welcomeSecret(suite, joiner, psk));
  const info = readAll(suite.aeadOpen(key, nonce, new Uint8Array(0), encryptedGroupInfo, "12.4.3.1"), readGroupInfo);
  const beside = newcomer.ratchet_tree === null ? undefined : fromHex(newcomer.ratchet_tree);
  const tree = joinedTree(profile, info, beside);
  const { leaf: ownLeaf } = keyPackageOf(newcomer);
  const [own] = [...tree.members()].find(([, { bytes }]) => equalBytes(bytes, ownLeaf.bytes)) ?? [-1];
  let privateKeys: ReadonlyMap<number, Uint8Array> = new Map([[leafNode(own), fromHex(newcomer.encryption_priv)]]);
  if (pathSecret !== undefined) {
    const path = filteredDirectPath(tree, info.signer).map(({ node }) => node);
    const shared = path.slice(path.indexOf(commonAncestor(own, info.signer)));
    const publicKeys = new Map(shared.map((node) => [node, tree.keyAt(node) ?? new Uint8Array(0)]));
    privateKeys = derivePath(suite, pathSecret, publicKeys, privateKeys).privateKeys;
  }
  const { context, confirmationTag } = info;
  const start = startEpoch(suite, joiner, context, psk);
  same("confirmation tag", suite.mac(start.confirmation, context.confirmedTranscriptHash), confirmationTag);
  return {
    context,
    interimTranscriptHash: interimTranscriptHash(suite, context.confirmedTranscriptHash, confirmationTag),
    confirmationTag,
    tree,
    secrets: start.secrets,
    secretTree: newSecretTree(suite, start.encryption, tree.leaves, own),
    own: { leaf: own, privateKeys },
    isRemoved: false,
  };
}

/** A PublicMessage up to its content: what is in it may be of any kind. */
export function readFrame(message: Uint8Array) {
  const reader = new Reader(readMessage(message, WIRE_FORMAT.publicMessage));
  const [groupId, epoch, sender, authenticated] = [
    reader.opaque(),
    reader.uint64(),
    readSender(reader),
    reader.opaque(),
  ];
  return { groupId, epoch, sender, authenticated, type: reader.uint8(), reader };
}

/** Reads a commit over whatever proposals are in it. @returns its proposals, unread. */
export function readAnyCommit(reader: Reader) {
  const start = reader.at;
  const proposals = reader.opaque();
  const path = reader.optional(readUpdatePath);
  return { proposals, path, contentBytes: reader.since(start) };
}

/** An Add in a PublicMessage, and its ProposalRef (section 5.2): the hash of AuthenticatedContent. */
function readAdd(message: Uint8Array): readonly [reference: string, proposal: Proposal] {
  const { reader } = readFrame(message);
  const proposal = readProposal(reader, suite);
  reader.opaque(); // signature
  // Wire format, FramedContent and signature: what stands between the version and the membership tag.
  const authenticated = new Writer().uint16(WIRE_FORMAT.publicMessage).raw(reader.since(0)).done();
  return [keyOf(suite.refHash("MLS 1.0 Proposal Reference", authenticated)), proposal];
}

/** Follows a commit without a path that takes up these Add proposals. */
export function addBeyond(profile: Profile, group: Group, proposals: readonly string[], commit: string): Group {
  const known = new Map(proposals.map((hex) => readAdd(fromHex(hex))));
  const { reader, sender, ...frame } = readFrame(fromHex(commit));
  const { contentBytes, path, proposals: taken } = readAnyCommit(reader);
  if (path !== undefined || sender.type !== "member") throw new Error("a member's commit without path is expected");
  const adds = readAll(new Writer().opaque(taken).done(), (list) =>
    list.vector((item) => {
      item.uint8(); // by reference
      const add = known.get(keyOf(item.opaque()));
      if (add === undefined) throw new Error("a reference names no proposal");
      return add;
    }),
  );
  const content = { type: "commit", commit: { proposals: adds, path } } as const;
  const { signature, confirmationTag } = readAuthentication(reader, content);
  const tree = group.tree.copy();
  const { extensions } = applyProposals(profile, tree, group.context, adds, sender.leaf);
  const next = nextEpoch(
    profile,
    group,
    provisionalContext(group.context, extensions)(tree.hash(suite)),
    tree,
    keysStillThere(group.tree, tree, group.own),
    group.secrets.init,
    new Uint8Array(suite.secretBytes),
    { format: WIRE_FORMAT.publicMessage, framed: { ...frame, sender, content, contentBytes }, signature },
  );
  same("confirmation tag", next.group.confirmationTag, confirmationTag);
  return next.group;
}
