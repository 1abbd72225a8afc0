/** Welcomes: how a member that adds somebody tells it the group's secrets (RFC 9420 section 12.4.3.1). */
import { equalBytes, keyOf, wipe } from "./bytes.ts";
import { type Reader, readAll, Writer } from "./codec.ts";
import { EXTENSION, type Extension, extensionData, requiredBy } from "./extensions.ts";
import { type Group, groupInfoBytes, type OwnKeys } from "./group.ts";
import { type GroupInfo, isSignedGroupInfo, readGroupInfo } from "./group-context.ts";
import type { HpkeCiphertext, KeyPair } from "./hpke.ts";
import { type KeyPackage, keyPackageRef, type OwnKeyPackage, readKeyPackage } from "./key-package.ts";
import { interimTranscriptHash, startEpoch, welcomeKey, welcomeSecret } from "./key-schedule.ts";
import { LIMITS } from "./limits.ts";
import { readMessage, WIRE_FORMAT, writeMessage } from "./message.ts";
import { derivePath } from "./path.ts";
import type { Random } from "./primitives.ts";
import { checkCredentials, leavesMax, type Profile } from "./profile.ts";
import { readCiphertext, writeCiphertext } from "./proposal.ts";
import { assert, attempt, check, present, Refused, type Result } from "./refusal.ts";
import { newSecretTree } from "./secret-tree.ts";
import type { Suite } from "./suite.ts";
import { filteredDirectPath, parseTree, type Tree } from "./tree.ts";
import { checkTree } from "./tree-check.ts";
import { commonAncestor, directPath, leafNode } from "./tree-math.ts";

export interface Welcome {
  readonly secrets: readonly { readonly newMember: Uint8Array; readonly sealed: HpkeCiphertext }[];
  readonly encryptedGroupInfo: Uint8Array;
}

interface GroupSecrets {
  readonly joiner: Uint8Array;
  /** Of the node where the newcomer's path meets the committer's. */
  readonly pathSecret: Uint8Array | undefined;
}

export function readWelcome(reader: Reader, suite: Suite): Welcome {
  check(reader.uint16() === suite.id, "wrong-suite", "12.4.3.1");
  return {
    secrets: readSecrets(reader),
    encryptedGroupInfo: reader.opaque(),
  };
}

/** One for each newcomer, of whom there are no more than a commit may add. */
function readSecrets(reader: Reader): Welcome["secrets"] {
  let count = 0;
  return reader.vector((item) => {
    check(++count <= LIMITS.proposals, "too-long", "12.4.3.1");
    return { newMember: item.opaque(), sealed: readCiphertext(item) };
  });
}

export function writeWelcome(suite: Suite, { secrets, encryptedGroupInfo }: Welcome): Uint8Array {
  const writer = new Writer().uint16(suite.id);
  writer.vector(secrets, (inner, { newMember, sealed }) => writeCiphertext(inner.opaque(newMember), sealed));
  return writer.opaque(encryptedGroupInfo).done();
}

export function readGroupSecrets(reader: Reader): GroupSecrets {
  const joiner = reader.opaque();
  const pathSecret = reader.optional((item) => item.opaque());
  const psks = reader.opaque();
  check(psks.length === 0, "pre-shared-key", "12.4.3.1");
  return { joiner, pathSecret };
}

export function writeGroupSecrets({ joiner, pathSecret }: GroupSecrets): Uint8Array {
  const writer = new Writer().opaque(joiner).optional(pathSecret, (inner, secret) => inner.opaque(secret));
  return writer.length(0).done();
}

/** @param group - in the epoch that the newcomers come into. @returns one MLSMessage for all of them. */
export function makeWelcome(
  profile: Profile,
  group: Group,
  joiner: Uint8Array,
  pathSecrets: ReadonlyMap<number, Uint8Array>,
  newcomers: readonly { readonly index: number; readonly keyPackage: KeyPackage }[],
  extensions: readonly Extension[],
  signaturePrivateKey: Uint8Array,
  random: Random,
): Uint8Array {
  const { suite } = profile;
  const welcome = welcomeSecret(suite, joiner);
  const { key, nonce } = welcomeKey(suite, welcome);
  const info = groupInfoBytes(profile, group, signaturePrivateKey, extensions);
  const encryptedGroupInfo = suite.aeadSeal(key, nonce, new Uint8Array(0), info);
  wipe(welcome, key, nonce);
  const secrets = newcomers.map(({ index, keyPackage }) => {
    const pathSecret = pathSecrets.get(commonAncestor(group.own.leaf, index));
    assert(pathSecret !== undefined, "a newcomer is beside the path of who adds it");
    const plain = writeGroupSecrets({ joiner, pathSecret });
    const sealed = suite.encrypt(keyPackage.initKey, "Welcome", encryptedGroupInfo, plain, random);
    wipe(plain);
    return { newMember: keyPackageRef(suite, keyPackage), sealed };
  });
  return writeMessage(WIRE_FORMAT.welcome, writeWelcome(suite, { secrets, encryptedGroupInfo }));
}

export interface Welcomed {
  readonly group: Group;
  /** The leaf index of who added this member. */
  readonly adder: number;
  /** Of the GroupInfo: what the adder tells newcomers alone. */
  readonly extensions: readonly Extension[];
  /** Position in the list of key packages of the one that was used. */
  readonly used: number;
}

/**
 * Joins by a Welcome.
 *
 * @param keyPackages - those of this device that were not used yet.
 * @param tree - the `ratchet_tree`, where the Welcome does not hold it.
 * @param isKnown - whether this device is in that group already.
 */
export function joinByWelcome(
  profile: Profile,
  keyPackages: readonly OwnKeyPackage[],
  message: Uint8Array,
  isKnown: (groupId: Uint8Array) => boolean = () => false,
  tree?: Uint8Array,
): Result<Welcomed> {
  return attempt(() => {
    const { suite } = profile;
    const welcome = readAll(readMessage(message, WIRE_FORMAT.welcome), (reader) => readWelcome(reader, suite));
    const { used, stored, keyPackage, sealed } = findOwn(suite, welcome, keyPackages);
    const init = { privateKey: stored.initPrivateKey, publicKey: keyPackage.initKey };
    const { secrets, info } = openWelcome(suite, welcome, init, sealed);
    check(info.context.suiteId === suite.id, "wrong-suite", "12.4.3.1");
    check(!isKnown(info.context.groupId), "known-group", "12.4.3.1");
    const ratchetTree = joinedTree(profile, info, tree);
    const leaf = ownLeaf(ratchetTree, keyPackage);
    const own = ownKeys(suite, ratchetTree, leaf, stored.leafPrivateKey, info.signer, secrets.pathSecret);
    const start = startEpoch(suite, secrets.joiner, info.context);
    const tag = suite.mac(start.confirmation, info.context.confirmedTranscriptHash);
    wipe(secrets.joiner, start.confirmation);
    check(equalBytes(tag, info.confirmationTag), "bad-confirmation-tag", "12.4.3.1");
    const group = {
      context: info.context,
      interimTranscriptHash: interimTranscriptHash(suite, info.context.confirmedTranscriptHash, tag),
      confirmationTag: tag,
      tree: ratchetTree,
      secrets: start.secrets,
      secretTree: newSecretTree(suite, start.encryption, ratchetTree.leaves, leaf),
      own,
      isRemoved: false,
    };
    return { group, adder: info.signer, extensions: info.extensions, used };
  });
}

function findOwn(suite: Suite, welcome: Welcome, keyPackages: readonly OwnKeyPackage[]) {
  const wanted = new Map(welcome.secrets.map(({ newMember, sealed }) => [keyOf(newMember), sealed]));
  for (const [used, stored] of keyPackages.entries()) {
    const body = readMessage(stored.bytes, WIRE_FORMAT.keyPackage);
    const keyPackage = readAll(body, (reader) => readKeyPackage(reader, suite));
    const sealed = wanted.get(keyOf(keyPackageRef(suite, keyPackage)));
    if (sealed !== undefined) return { used, stored, keyPackage, sealed };
  }
  throw new Refused("no-key-package", "12.4.3.1");
}

/** Decrypts what a Welcome holds for the owner of an init key. */
export function openWelcome(suite: Suite, welcome: Welcome, init: KeyPair, sealed: HpkeCiphertext) {
  const plain = suite.decrypt(init, "Welcome", welcome.encryptedGroupInfo, sealed);
  const secrets = readAll(plain, readGroupSecrets);
  wipe(plain);
  const secret = welcomeSecret(suite, secrets.joiner);
  const { key, nonce } = welcomeKey(suite, secret);
  const bytes = suite.aeadOpen(key, nonce, new Uint8Array(0), welcome.encryptedGroupInfo, "12.4.3.1");
  wipe(secret, key, nonce);
  return { secrets, info: readAll(bytes, readGroupInfo) };
}

/** The tree of a GroupInfo, with everything checked that can be known from outside: tree, members and signature. */
export function joinedTree(profile: Profile, info: GroupInfo, beside?: Uint8Array): Tree {
  const { suite, credentials } = profile;
  const { groupId, treeHash, extensions } = info.context;
  const bytes = present(extensionData(info.extensions, EXTENSION.ratchetTree) ?? beside, "no-tree", "12.4.3.3");
  const tree = parseTree(bytes, leavesMax(profile));
  check(equalBytes(tree.hash(suite), treeHash), "bad-tree-hash", "12.4.3.1");
  const signer = present(tree.leaf(info.signer), "unknown-sender", "12.4.3.1");
  check(isSignedGroupInfo(suite, info, signer.signatureKey), "bad-signature", "12.4.3.1");
  checkTree(suite, credentials, tree, groupId, requiredBy(extensions));
  checkCredentials(profile, groupId, tree);
  return tree;
}

function ownLeaf(tree: Tree, keyPackage: KeyPackage): number {
  for (const [index, leaf] of tree.members()) if (equalBytes(leaf.bytes, keyPackage.leaf.bytes)) return index;
  throw new Refused("no-own-leaf", "12.4.3.1");
}

/** The private keys from where the adder's path meets the own one, up to the root. */
function ownKeys(
  suite: Suite,
  tree: Tree,
  leaf: number,
  leafPrivateKey: Uint8Array,
  signer: number,
  pathSecret: Uint8Array | undefined,
): OwnKeys {
  // A copy: a last resort may lead into other groups too, and each forgets its own.
  const known = new Map([[leafNode(leaf), new Uint8Array(leafPrivateKey)]]);
  // Every commit of this profile has a path; a Welcome without its secret would leave its newcomer without keys.
  const secret = present(pathSecret, "no-path", "12.4.3.1");
  check(signer !== leaf, "unknown-sender", "12.4.3.1");
  const meeting = commonAncestor(leaf, signer);
  const path = filteredDirectPath(tree, signer).map(({ node }) => node);
  const publicKeys = new Map<number, Uint8Array>();
  for (const node of path.slice(path.indexOf(meeting))) {
    publicKeys.set(node, present(tree.keyAt(node), "wrong-path-key", "12.4.3.1"));
  }
  const { privateKeys, commitSecret } = derivePath(suite, secret, publicKeys, known);
  wipe(commitSecret);
  // A node above this leaf whose key it was not told must list it: else whoever encrypts to the node leaves it out, and
  // a member who made the tree so could put it out of step at any time.
  for (const node of directPath(leaf, tree.leaves)) {
    const parent = tree.parent(node);
    const isReached = parent === undefined || privateKeys.has(node) || parent.unmergedLeaves.includes(leaf);
    check(isReached, "bad-unmerged-leaves", "7.1");
  }
  return { leaf, privateKeys };
}
