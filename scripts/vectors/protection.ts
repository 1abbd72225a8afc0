/** Vectors of messages protected and Welcomes opened. */
import { randomBytes } from "node:crypto";
import { EMPTY, equalBytes } from "../../packages/mls/src/bytes.ts";
import { readAll } from "../../packages/mls/src/codec.ts";
import { CONTENT, checkSignature, type FramedContent, readAuthentication } from "../../packages/mls/src/framing.ts";
import { type GroupContext, isSignedGroupInfo } from "../../packages/mls/src/group-context.ts";
import { keyPackageRef, readKeyPackage } from "../../packages/mls/src/key-package.ts";
import { startEpoch } from "../../packages/mls/src/key-schedule.ts";
import type { LeafNode } from "../../packages/mls/src/leaf-node.ts";
import { readMessage, WIRE_FORMAT } from "../../packages/mls/src/message.ts";
import { decryptContent, encryptContent, readPrivateMessage } from "../../packages/mls/src/private-message.ts";
import { checkMembershipTag, membershipTag, writePublicMessage } from "../../packages/mls/src/public-message.ts";
import { newSecretTree } from "../../packages/mls/src/secret-tree.ts";
import { Tree } from "../../packages/mls/src/tree.ts";
import { openWelcome, readWelcome } from "../../packages/mls/src/welcome.ts";
import { readAnyCommit, readFrame } from "./beyond.ts";
import { publicAgain } from "./messages.ts";
import { fromHex, isOtherSuite, kind, same, suite } from "./tally.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

interface MessageProtection {
  cipher_suite: number;
  group_id: string;
  epoch: number;
  tree_hash: string;
  confirmed_transcript_hash: string;
  signature_priv: string;
  signature_pub: string;
  encryption_secret: string;
  sender_data_secret: string;
  membership_key: string;
  proposal_pub: string;
  proposal_priv: string;
  commit: string;
  commit_pub: string;
  commit_priv: string;
  application: string;
  application_priv: string;
}

/** The sender's leaf in these vectors. */
const SENDER = 1;

export const messageProtection = kind<MessageProtection>("message-protection", "messages", (entry, index, tally) => {
  if (isOtherSuite(entry)) return tally.skip("other suite", 5);
  const where = (name: string) => `entry ${index}, ${name}`;
  const unprotect = (hex: string) => decrypt(entry, 0, readPrivate(hex));
  tally.refused(where("proposal_pub"), "proposal on its own", "standalone-proposal", () =>
    publicAgain(fromHex(entry.proposal_pub)),
  );
  tally.refused(where("proposal_priv"), "proposal on its own", "standalone-proposal", () =>
    unprotect(entry.proposal_priv),
  );
  // The commit takes up a PSK: its frame is checked, its content is for nobody.
  tally.item(where("commit_pub"), () => verifyPublicCommit(entry));
  tally.refused(where("commit_priv"), "commit with a PSK", "unsupported-proposal", () => unprotect(entry.commit_priv));
  tally.item(where("application_priv"), () => verifyApplication(entry));
});

function contextOf(entry: MessageProtection): GroupContext {
  return {
    suiteId: suite.id,
    groupId: fromHex(entry.group_id),
    epoch: BigInt(entry.epoch),
    treeHash: fromHex(entry.tree_hash),
    confirmedTranscriptHash: fromHex(entry.confirmed_transcript_hash),
    extensions: [],
  };
}

const secretTreeOf = (entry: MessageProtection, own: number) =>
  newSecretTree(suite, fromHex(entry.encryption_secret), 2, own);

const readPrivate = (hex: string) => readAll(readMessage(fromHex(hex), WIRE_FORMAT.privateMessage), readPrivateMessage);

/** Decrypts as one of the two members; what the tree holds is of no account here. */
function decrypt(entry: MessageProtection, own: number, message: ReturnType<typeof readPrivate>) {
  const types = { versions: [1], suites: [suite.id], extensions: [], proposals: [], credentials: [1] };
  const leaf: LeafNode = {
    encryptionKey: EMPTY,
    signatureKey: fromHex(entry.signature_pub),
    identity: EMPTY,
    capabilities: types,
    source: { type: "update" },
    extensions: [],
    signature: EMPTY,
    bytes: EMPTY,
  };
  const node = { type: "leaf", leaf } as const;
  const group = {
    secrets: {
      senderData: fromHex(entry.sender_data_secret),
      exporter: EMPTY,
      external: EMPTY,
      membership: EMPTY,
      authenticator: EMPTY,
      init: EMPTY,
    },
    secretTree: secretTreeOf(entry, own),
    tree: Tree.of([node, undefined, node]),
    own: { leaf: own, privateKeys: new Map() },
  };
  return decryptContent(suite, group, message);
}

function verifyApplication(entry: MessageProtection): void {
  const [context, format] = [contextOf(entry), WIRE_FORMAT.privateMessage];
  const { framed, authentication } = decrypt(entry, 0, readPrivate(entry.application_priv));
  same("sender", framed.sender, { type: "member", leaf: SENDER });
  same("content", framed.content.type === "application" && framed.content.data, entry.application);
  const signatureKey = fromHex(entry.signature_pub);
  checkSignature(suite, format, framed, context, signatureKey, authentication.signature);
  const secretTree = secretTreeOf(entry, SENDER);
  const secrets = { senderData: fromHex(entry.sender_data_secret) };
  const keys = { secrets, secretTree, tree: { leaves: 2 }, own: { leaf: SENDER } };
  const { bytes } = encryptContent(suite, keys, framed, authentication, random);
  const again = decrypt(entry, 0, readAll(readMessage(bytes, format), readPrivateMessage));
  same("content of a new message", again.framed.contentBytes, framed.contentBytes);
  checkSignature(suite, format, again.framed, context, signatureKey, again.authentication.signature);
}

function verifyPublicCommit(entry: MessageProtection): void {
  const [context, format] = [contextOf(entry), WIRE_FORMAT.publicMessage];
  const { type, reader, ...frame } = readFrame(fromHex(entry.commit_pub));
  same("content type", type, CONTENT.commit);
  const { contentBytes } = readAnyCommit(reader);
  same("content", contentBytes, entry.commit);
  const content = { type: "commit", commit: { proposals: [], path: undefined } } as const;
  const framed: FramedContent = { ...frame, content, contentBytes };
  const authentication = readAuthentication(reader, content);
  const claimed = reader.opaque();
  reader.end();
  same("sender", framed.sender, { type: "member", leaf: SENDER });
  checkSignature(suite, format, framed, context, fromHex(entry.signature_pub), authentication.signature);
  const membership = fromHex(entry.membership_key);
  checkMembershipTag(suite, membership, context, { framed, authentication, membershipTag: claimed });
  const tag = membershipTag(suite, membership, context, framed, authentication);
  same("message", writePublicMessage(framed, authentication, tag), entry.commit_pub);
}

interface WelcomeEntry {
  cipher_suite: number;
  init_priv: string;
  signer_pub: string;
  key_package: string;
  welcome: string;
}

export const welcome = kind<WelcomeEntry>("welcome", "entries", (entry, index, tally) => {
  if (isOtherSuite(entry)) return tally.skip("other suite");
  tally.item(`entry ${index}`, () => {
    const read = readAll(readMessage(fromHex(entry.welcome), WIRE_FORMAT.welcome), (reader) =>
      readWelcome(reader, suite),
    );
    const keyPackage = readAll(readMessage(fromHex(entry.key_package), WIRE_FORMAT.keyPackage), (reader) =>
      readKeyPackage(reader, suite),
    );
    const ref = keyPackageRef(suite, keyPackage);
    const sealed = read.secrets.find(({ newMember }) => equalBytes(newMember, ref))?.sealed;
    if (sealed === undefined) throw new Error("no secrets for the key package");
    const init = { privateKey: fromHex(entry.init_priv), publicKey: keyPackage.initKey };
    const { secrets, info } = openWelcome(suite, read, init, sealed);
    same("signature's verdict", isSignedGroupInfo(suite, info, fromHex(entry.signer_pub)), true);
    const { confirmation } = startEpoch(suite, secrets.joiner, info.context);
    same("confirmation tag", suite.mac(confirmation, info.context.confirmedTranscriptHash), info.confirmationTag);
  });
});
