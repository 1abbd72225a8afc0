/** Proposals and commits as they travel (RFC 9420 sections 12.1 and 12.4): by value only, of four kinds. */
import { type Reader, Writer } from "./codec.ts";
import { type Extension, readExtensions, writeExtensions } from "./extensions.ts";
import type { HpkeCiphertext } from "./hpke.ts";
import { type KeyPackage, readKeyPackage } from "./key-package.ts";
import { type LeafNode, readLeafNode } from "./leaf-node.ts";
import { LIMITS } from "./limits.ts";
import { check, Refused } from "./refusal.ts";
import type { Suite } from "./suite.ts";

export type Proposal =
  | { readonly type: "add"; readonly keyPackage: KeyPackage }
  /** Leaf index. */
  | { readonly type: "remove"; readonly removed: number }
  | { readonly type: "external-init"; readonly kemOutput: Uint8Array }
  | { readonly type: "group-context-extensions"; readonly extensions: readonly Extension[] };

export interface UpdatePathNode {
  readonly encryptionKey: Uint8Array;
  readonly encryptedPathSecret: readonly HpkeCiphertext[];
}

export interface UpdatePath {
  readonly leaf: LeafNode;
  readonly nodes: readonly UpdatePathNode[];
}

export interface Commit {
  readonly proposals: readonly Proposal[];
  readonly path: UpdatePath | undefined;
}

const TYPE = { add: 1, remove: 3, externalInit: 6, groupContextExtensions: 7 } as const;
const BY_VALUE = 1;
const BY_REFERENCE = 2;

export function readProposal(reader: Reader, suite: Suite): Proposal {
  const type = reader.uint16();
  switch (type) {
    case TYPE.add:
      return { type: "add", keyPackage: readKeyPackage(reader, suite) };
    case TYPE.remove:
      return { type: "remove", removed: reader.uint32() };
    case TYPE.externalInit:
      return { type: "external-init", kemOutput: reader.opaque() };
    case TYPE.groupContextExtensions:
      return { type: "group-context-extensions", extensions: readExtensions(reader) };
    default:
      // Update, PSK and ReInit have no place here, and of an unknown kind nobody knows where it ends.
      throw new Refused("unsupported-proposal", "12.1");
  }
}

export function writeProposal(writer: Writer, proposal: Proposal): void {
  switch (proposal.type) {
    case "add":
      writer.uint16(TYPE.add).raw(proposal.keyPackage.bytes);
      return;
    case "remove":
      writer.uint16(TYPE.remove).uint32(proposal.removed);
      return;
    case "external-init":
      writer.uint16(TYPE.externalInit).opaque(proposal.kemOutput);
      return;
    case "group-context-extensions":
      writeExtensions(writer.uint16(TYPE.groupContextExtensions), proposal.extensions);
  }
}

export function readCommit(reader: Reader, suite: Suite): Commit {
  let count = 0;
  const proposals = reader.vector((item) => {
    check(++count <= LIMITS.proposals, "too-many-proposals", "12.4");
    const type = item.uint8();
    check(type !== BY_REFERENCE, "proposal-by-reference", "12.4");
    check(type === BY_VALUE, "malformed", "12.4");
    return readProposal(item, suite);
  });
  return { proposals, path: reader.optional(readUpdatePath) };
}

export function writeCommit({ proposals, path }: Commit): Uint8Array {
  check(proposals.length <= LIMITS.proposals, "too-many-proposals", "12.4");
  const writer = new Writer().vector(proposals, (inner, proposal) => writeProposal(inner.uint8(BY_VALUE), proposal));
  return writer.optional(path, writeUpdatePath).done();
}

export function readUpdatePath(reader: Reader): UpdatePath {
  const leaf = readLeafNode(reader);
  const nodes = reader.vector((item) => ({
    encryptionKey: item.opaque(),
    encryptedPathSecret: item.vector(readCiphertext),
  }));
  return { leaf, nodes };
}

export function writeUpdatePath(writer: Writer, { leaf, nodes }: UpdatePath): void {
  writer
    .raw(leaf.bytes)
    .vector(nodes, (inner, { encryptionKey, encryptedPathSecret }) =>
      inner.opaque(encryptionKey).vector(encryptedPathSecret, writeCiphertext),
    );
}

/** A key that is encapsulated and a tag at least: else a message could be a million empty ones. */
const CIPHERTEXT_BYTES_MIN = 32;

export function readCiphertext(reader: Reader): HpkeCiphertext {
  const sealed = { kemOutput: reader.opaque(), ciphertext: reader.opaque() };
  check(sealed.kemOutput.length + sealed.ciphertext.length >= CIPHERTEXT_BYTES_MIN, "malformed", "7.6");
  return sealed;
}

export function writeCiphertext(writer: Writer, { kemOutput, ciphertext }: HpkeCiphertext): void {
  writer.opaque(kemOutput).opaque(ciphertext);
}
