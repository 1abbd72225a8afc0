import { EMPTY } from "../../packages/mls/src/bytes.ts";
import { type Reader, readAll, Writer } from "../../packages/mls/src/codec.ts";
import { NOTHING_REQUIRED } from "../../packages/mls/src/extensions.ts";
import { readGroupInfo, signGroupInfo } from "../../packages/mls/src/group-context.ts";
import { checkKeyPackage, type KeyPackage, readKeyPackage } from "../../packages/mls/src/key-package.ts";
import { checkLeaf, type LeafNode } from "../../packages/mls/src/leaf-node.ts";
import { readMessage, WIRE_FORMAT, type WireFormat, writeMessage } from "../../packages/mls/src/message.ts";
import { readPrivateMessage } from "../../packages/mls/src/private-message.ts";
import { readCommit, readProposal, writeProposal } from "../../packages/mls/src/proposal.ts";
import { readPublicMessage, writePublicMessage } from "../../packages/mls/src/public-message.ts";
import type { RefusalCode } from "../../packages/mls/src/refusal.ts";
import { parseTree } from "../../packages/mls/src/tree.ts";
import { readGroupSecrets, readWelcome, writeWelcome } from "../../packages/mls/src/welcome.ts";
import { fromHex, kind, same, suite } from "./tally.ts";

/** A suite that says yes to every signature and keeps what it is over: the structure, encoded from its fields. */
function listening() {
  const signed = new Map<string, Uint8Array>();
  const verify = (_key: Uint8Array, label: string, content: Uint8Array) => signed.set(label, content).size > 0;
  return { signed, suite: { ...suite, verify, isEncryptionKey: () => true } };
}

/** A leaf, of whatever suite, keeps the bytes that it was read from; this is what its fields encode to. */
function encodeLeaf(leaf: LeafNode): Uint8Array {
  const { signed, suite: listener } = listening();
  checkLeaf({ ...listener, id: leaf.capabilities.suites[0] ?? 0 }, leaf, undefined, NOTHING_REQUIRED);
  return new Writer()
    .raw(signed.get("LeafNodeTBS") ?? EMPTY)
    .opaque(leaf.signature)
    .done();
}

function encodeKeyPackage(keyPackage: KeyPackage): Uint8Array {
  const { signed, suite: listener } = listening();
  checkKeyPackage(listener, keyPackage, NOTHING_REQUIRED);
  same("leaf", encodeLeaf(keyPackage.leaf), keyPackage.leaf.bytes);
  return new Writer()
    .raw(signed.get("KeyPackageTBS") ?? EMPTY)
    .opaque(keyPackage.signature)
    .done();
}

const inMessage = (format: WireFormat, again: (bytes: Uint8Array) => Uint8Array) => (bytes: Uint8Array) =>
  writeMessage(format, again(readMessage(bytes, format)));

/** The proposals of the vectors come without their type. */
const proposal = (type: number) => (bytes: Uint8Array) => {
  const typed = new Writer().uint16(type).raw(bytes).done();
  const read = readAll(typed, (reader) => readProposal(reader, suite));
  const again = new Writer();
  if (read.type === "add") same("key package", encodeKeyPackage(read.keyPackage), read.keyPackage.bytes);
  writeProposal(again, read);
  return again.done().slice(2);
};

export function publicAgain(bytes: Uint8Array): Uint8Array {
  const body = readMessage(bytes, WIRE_FORMAT.publicMessage);
  const { framed, authentication, membershipTag: tag } = readAll(body, (reader) => readPublicMessage(reader, suite));
  return writePublicMessage(framed, authentication, tag);
}

function treeAgain(bytes: Uint8Array): Uint8Array {
  const tree = parseTree(bytes);
  for (const [, leaf] of tree.members()) same("leaf", encodeLeaf(leaf), leaf.bytes);
  return tree.encode();
}

/** A PrivateMessage is written by who encrypts it, and by nobody else. */
function privateAgain(body: Uint8Array): Uint8Array {
  const { groupId, epoch, contentType, ...rest } = readAll(body, readPrivateMessage);
  const writer = new Writer().opaque(groupId).uint64(epoch).uint8(contentType).opaque(rest.authenticated);
  return writer.opaque(rest.encryptedSenderData).opaque(rest.ciphertext).done();
}

interface Structure {
  /** Reads and writes again. */
  readonly again: (bytes: Uint8Array) => unknown;
  /** What is in all vectors of this kind that the profile has not. */
  readonly outside?: readonly [reason: string, code: RefusalCode];
  /** Holds keys of a suite, so that it is read only by who has it. */
  readonly isOfSuite?: true;
}

const structures: Readonly<Record<string, Structure>> = {
  mls_welcome: {
    again: inMessage(WIRE_FORMAT.welcome, (body) =>
      writeWelcome(
        suite,
        readAll(body, (reader) => readWelcome(reader, suite)),
      ),
    ),
    isOfSuite: true,
  },
  mls_group_info: {
    again: inMessage(WIRE_FORMAT.groupInfo, (body) => {
      const info = readAll(body, readGroupInfo);
      return signGroupInfo({ ...suite, sign: () => info.signature }, info, EMPTY);
    }),
  },
  mls_key_package: {
    again: inMessage(WIRE_FORMAT.keyPackage, (body) =>
      encodeKeyPackage(readAll(body, (reader) => readKeyPackage(reader, suite))),
    ),
    isOfSuite: true,
  },
  ratchet_tree: { again: treeAgain },
  group_secrets: { again: (bytes) => readAll(bytes, readGroupSecrets), outside: ["PSK", "pre-shared-key"] },
  add_proposal: { again: proposal(1), isOfSuite: true },
  update_proposal: { again: proposal(2), outside: ["Update proposal", "unsupported-proposal"] },
  remove_proposal: { again: proposal(3) },
  pre_shared_key_proposal: { again: proposal(4), outside: ["PSK", "unsupported-proposal"] },
  re_init_proposal: { again: proposal(5), outside: ["ReInit proposal", "unsupported-proposal"] },
  external_init_proposal: { again: proposal(6) },
  group_context_extensions_proposal: { again: proposal(7) },
  commit: {
    again: (bytes) => readAll(bytes, (reader: Reader) => readCommit(reader, suite)),
    outside: ["proposal by reference", "proposal-by-reference"],
  },
  public_message_application: { again: publicAgain },
  public_message_proposal: { again: publicAgain, outside: ["proposal on its own", "standalone-proposal"] },
  public_message_commit: { again: publicAgain, outside: ["proposal by reference", "proposal-by-reference"] },
  private_message: { again: inMessage(WIRE_FORMAT.privateMessage, privateAgain) },
};

/** Each structure is read and written again, byte for byte. */
export const messages = kind<Readonly<Record<string, string>>>("messages", "structures", (entry, index, tally) => {
  // The Welcome says which suite an entry is of: after version and wire format.
  const isOther = entry.mls_welcome?.slice(8, 12) !== suite.id.toString(16).padStart(4, "0");
  for (const [name, hex] of Object.entries(entry)) {
    const where = `entry ${index}, ${name}`;
    const structure = structures[name];
    if (structure === undefined) throw new Error(`a structure called ${name}`);
    const { again, outside, isOfSuite } = structure;
    const work = () => again(fromHex(hex));
    if (outside !== undefined) tally.refused(where, ...outside, work);
    else if (isOfSuite === true && isOther) tally.refused(where, "other suite", "wrong-suite", work);
    else tally.item(where, () => same("what was read", work(), hex));
  }
});
