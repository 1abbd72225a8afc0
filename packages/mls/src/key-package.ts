/** Key packages: what a device leaves with others so that it can be added while it is away (RFC 9420 section 10). */
import { equalBytes } from "./bytes.ts";
import { type Reader, readAll, Writer } from "./codec.ts";
import {
  type Extension,
  isDefaultExtension,
  NOTHING_REQUIRED,
  type RequiredCapabilities,
  readExtensions,
  writeExtensions,
} from "./extensions.ts";
import {
  type Capabilities,
  checkLeaf,
  checkLifetime,
  type LeafNode,
  MLS10,
  readLeafNode,
  signLeaf,
} from "./leaf-node.ts";
import { readMessage, WIRE_FORMAT, writeMessage } from "./message.ts";
import type { Random } from "./primitives.ts";
import { attempt, check, type Result } from "./refusal.ts";
import { freshKeyPair, type Suite } from "./suite.ts";

export interface KeyPackage {
  readonly initKey: Uint8Array;
  readonly leaf: LeafNode;
  readonly extensions: readonly Extension[];
  readonly signature: Uint8Array;
  /** As it travels, without the frame of an MLSMessage. */
  readonly bytes: Uint8Array;
}

/** A member before it has keys in a group. */
export interface Identity {
  /** Of a basic credential. */
  readonly identity: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly signaturePrivateKey: Uint8Array;
  readonly capabilities: Capabilities;
}

/** A key package with its private keys. */
export interface OwnKeyPackage {
  /** MLSMessage. */
  readonly bytes: Uint8Array;
  readonly initPrivateKey: Uint8Array;
  readonly leafPrivateKey: Uint8Array;
}

/** Seconds since 1970: who adds a device refuses outside of it. */
export interface Lifetime {
  readonly notBefore: bigint;
  readonly notAfter: bigint;
}

/** A new key package of this device. Throws when the leaf would be longer than others take: that is a bug of the caller. */
export function makeKeyPackage(suite: Suite, own: Identity, lifetime: Lifetime, random: Random): OwnKeyPackage {
  const init = freshKeyPair(suite, random);
  const encryption = freshKeyPair(suite, random);
  const { identity, signatureKey, capabilities } = own;
  const leaf = signLeaf(
    suite,
    {
      encryptionKey: encryption.publicKey,
      signatureKey,
      identity,
      capabilities,
      source: { type: "key-package", ...lifetime },
      extensions: [],
    },
    undefined,
    own.signaturePrivateKey,
  );
  const content = writeContent(new Writer(), suite.id, init.publicKey, leaf, []).done();
  const signature = suite.sign(own.signaturePrivateKey, "KeyPackageTBS", content);
  const bytes = writeMessage(WIRE_FORMAT.keyPackage, new Writer().raw(content).opaque(signature).done());
  return { bytes, initPrivateKey: init.privateKey, leafPrivateKey: encryption.privateKey };
}

function writeContent(
  writer: Writer,
  suiteId: number,
  initKey: Uint8Array,
  leaf: LeafNode,
  extensions: readonly Extension[],
): Writer {
  writer.uint16(MLS10).uint16(suiteId).opaque(initKey).raw(leaf.bytes);
  writeExtensions(writer, extensions);
  return writer;
}

/** Reads the structure; {@link checkKeyPackage} judges it. */
export function readKeyPackage(reader: Reader, suite: Suite): KeyPackage {
  const start = reader.at;
  check(reader.uint16() === MLS10, "wrong-version", "10");
  check(reader.uint16() === suite.id, "wrong-suite", "10.1");
  const initKey = reader.opaque();
  const leaf = readLeafNode(reader);
  const extensions = readExtensions(reader);
  const signature = reader.opaque();
  return { initKey, leaf, extensions, signature, bytes: reader.since(start) };
}

/** Section 10.1. */
export function checkKeyPackage(suite: Suite, keyPackage: KeyPackage, required: RequiredCapabilities): void {
  const { leaf, initKey, extensions, signature } = keyPackage;
  check(leaf.source.type === "key-package", "bad-leaf-source", "7.3");
  checkLeaf(suite, leaf, undefined, required);
  check(suite.isEncryptionKey(initKey), "bad-key", "10");
  check(!equalBytes(leaf.encryptionKey, initKey), "duplicate-key", "10.1");
  const types = extensions.map(({ type }) => type).filter((type) => !isDefaultExtension(type));
  check(
    types.every((type) => leaf.capabilities.extensions.includes(type)),
    "missing-capability",
    "10",
  );
  const content = writeContent(new Writer(), suite.id, initKey, leaf, extensions).done();
  check(suite.verify(leaf.signatureKey, "KeyPackageTBS", content, signature), "bad-signature", "10.1");
}

/**
 * Reads and judges a claimed key package as far as it can be judged outside of a group.
 *
 * @param nowSeconds - since 1970, for who is about to add it; undefined: its lifetime does not matter.
 */
export function parseKeyPackage(suite: Suite, message: Uint8Array, nowSeconds?: bigint): Result<KeyPackage> {
  return attempt(() => {
    const keyPackage = readAll(readMessage(message, WIRE_FORMAT.keyPackage), (reader) => readKeyPackage(reader, suite));
    checkKeyPackage(suite, keyPackage, NOTHING_REQUIRED);
    if (nowSeconds !== undefined) checkLifetime(keyPackage.leaf, nowSeconds);
    return keyPackage;
  });
}

/** KeyPackageRef (section 5.2). */
export function keyPackageRef(suite: Suite, keyPackage: KeyPackage): Uint8Array {
  return suite.refHash("MLS 1.0 KeyPackage Reference", keyPackage.bytes);
}
