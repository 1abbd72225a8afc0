/** Leaves and key packages of any kind, signed by whoever is asked. */
import { Writer } from "../src/codec.ts";
import type { Extension } from "../src/extensions.ts";
import type { Identity, KeyPackage, Lifetime, OwnKeyPackage } from "../src/key-package.ts";
import type { LeafContent, LeafNode, LeafPlace } from "../src/leaf-node.ts";
import { WIRE_FORMAT, writeMessage } from "../src/message.ts";
import type { Random } from "../src/primitives.ts";
import type { Suite } from "../src/suite.ts";

/** A last touch of something that is right so far. */
export type Change<T> = (value: T) => T;

const SOURCE = { "key-package": 1, update: 2, commit: 3 } as const;

export interface LeafForgery {
  /** Kind of the credential; 1 is basic. */
  readonly credential?: number;
  /** Kind of the source, whatever follows it. */
  readonly source?: number;
  readonly signature?: Change<Uint8Array>;
  readonly signingKey?: Uint8Array;
  /** Where the leaf says to the signature that it stands. */
  readonly place?: LeafPlace;
}

/** Extensions of any number and kind, repeated ones too. */
export function extensionList(writer: Writer, extensions: readonly Extension[]): Writer {
  return writer.vector(extensions, (inner, { type, data }) => inner.uint16(type).opaque(data));
}

function leafContent(leaf: LeafContent, { credential = 1, source }: LeafForgery): Uint8Array {
  const { capabilities } = leaf;
  const writer = new Writer().opaque(leaf.encryptionKey).opaque(leaf.signatureKey);
  writer.uint16(credential).opaque(leaf.identity);
  const { versions, suites, extensions, proposals, credentials } = capabilities;
  for (const list of [versions, suites, extensions, proposals, credentials])
    writer.vector(list, (inner, type) => inner.uint16(type));
  writer.uint8(source ?? SOURCE[leaf.source.type]);
  if (leaf.source.type === "key-package") writer.uint64(leaf.source.notBefore).uint64(leaf.source.notAfter);
  if (leaf.source.type === "commit") writer.opaque(leaf.source.parentHash);
  extensionList(writer, leaf.extensions);
  return writer.done();
}

/** Signs and encodes a leaf. @param place - where it stands; undefined for one in a key package. */
export function forgeLeaf(
  suite: Suite,
  leaf: LeafContent,
  place: LeafPlace | undefined,
  signingKey: Uint8Array,
  forgery: LeafForgery = {},
): LeafNode {
  const content = leafContent(leaf, forgery);
  const signed = new Writer().raw(content);
  const said = forgery.place ?? place;
  if (leaf.source.type !== "key-package" && said !== undefined) signed.opaque(said.groupId).uint32(said.index);
  const change = forgery.signature ?? ((right) => right);
  const signature = change(suite.sign(forgery.signingKey ?? signingKey, "LeafNodeTBS", signed.done()));
  return { ...leaf, signature, bytes: new Writer().raw(content).opaque(signature).done() };
}

export interface KeyPackageForgery {
  readonly version?: number;
  readonly suiteId?: number;
  readonly initKey?: Uint8Array;
  readonly leaf?: Change<LeafContent>;
  readonly leafForgery?: LeafForgery;
  readonly extensions?: readonly Extension[];
  readonly signature?: Change<Uint8Array>;
}

export interface ForgedKeyPackage extends OwnKeyPackage {
  /** As an Add proposal holds it. */
  readonly keyPackage: KeyPackage;
}

export function forgeKeyPackage(
  suite: Suite,
  own: Identity,
  lifetime: Lifetime,
  random: Random,
  forgery: KeyPackageForgery = {},
): ForgedKeyPackage {
  const [init, encryption] = [suite.keyPair(random(32)), suite.keyPair(random(32))];
  const { identity, signatureKey, signaturePrivateKey, capabilities } = own;
  const right: LeafContent = {
    encryptionKey: encryption.publicKey,
    signatureKey,
    identity,
    capabilities,
    source: { type: "key-package", ...lifetime },
    extensions: [],
  };
  const leaf = forgeLeaf(suite, forgery.leaf?.(right) ?? right, undefined, signaturePrivateKey, forgery.leafForgery);
  const { initKey = init.publicKey, extensions = [] } = forgery;
  const writer = new Writer().uint16(forgery.version ?? 1).uint16(forgery.suiteId ?? suite.id);
  extensionList(writer.opaque(initKey).raw(leaf.bytes), extensions);
  const content = writer.done();
  const signed = suite.sign(signaturePrivateKey, "KeyPackageTBS", content);
  const signature = forgery.signature?.(signed) ?? signed;
  const bytes = new Writer().raw(content).opaque(signature).done();
  return {
    keyPackage: { initKey, leaf, extensions, signature, bytes },
    bytes: writeMessage(WIRE_FORMAT.keyPackage, bytes),
    initPrivateKey: init.privateKey,
    leafPrivateKey: encryption.privateKey,
  };
}
