/** Leaves: who a member is, what it supports, and its signature over that (RFC 9420 sections 7.2 and 7.3). */
import { type Reader, readAll, Writer } from "./codec.ts";
import {
  type Extension,
  isDefaultExtension,
  type RequiredCapabilities,
  readExtensions,
  writeExtensions,
} from "./extensions.ts";
import { LIMITS } from "./limits.ts";
import { check } from "./refusal.ts";
import type { Suite } from "./suite.ts";

export interface Capabilities {
  readonly versions: readonly number[];
  readonly suites: readonly number[];
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];
}

/** How a leaf came to be. */
export type LeafSource =
  /** Seconds since 1970. */
  | { readonly type: "key-package"; readonly notBefore: bigint; readonly notAfter: bigint }
  | { readonly type: "update" }
  | { readonly type: "commit"; readonly parentHash: Uint8Array };

/** What a member signs about itself. */
export interface LeafContent {
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: Uint8Array;
  /** The identity of a basic credential. */
  readonly identity: Uint8Array;
  readonly capabilities: Capabilities;
  readonly source: LeafSource;
  readonly extensions: readonly Extension[];
}

export interface LeafNode extends LeafContent {
  readonly signature: Uint8Array;
  /** As it travels. */
  readonly bytes: Uint8Array;
}

export const MLS10 = 1;
export const BASIC = 1;
const SOURCES = { keyPackage: 1, update: 2, commit: 3 } as const;

export function readLeafNode(reader: Reader): LeafNode {
  const start = reader.at;
  const encryptionKey = reader.opaque();
  const signatureKey = reader.opaque();
  check(reader.uint16() === BASIC, "bad-credential", "5.3");
  const identity = reader.opaque();
  const types = () => reader.vector((item) => item.uint16());
  const capabilities = {
    versions: types(),
    suites: types(),
    extensions: types(),
    proposals: types(),
    credentials: types(),
  };
  const source = readSource(reader);
  const extensions = readExtensions(reader);
  const signature = reader.opaque();
  const bytes = reader.since(start);
  check(bytes.length <= LIMITS.leafBytes, "too-long", "7.2");
  return { encryptionKey, signatureKey, identity, capabilities, source, extensions, signature, bytes };
}

function readSource(reader: Reader): LeafSource {
  const kind = reader.uint8();
  if (kind === SOURCES.keyPackage)
    return { type: "key-package", notBefore: reader.uint64(), notAfter: reader.uint64() };
  if (kind === SOURCES.update) return { type: "update" };
  check(kind === SOURCES.commit, "malformed", "7.2");
  return { type: "commit", parentHash: reader.opaque() };
}

function writeContent(writer: Writer, leaf: LeafContent): Writer {
  const types = (list: readonly number[]) => writer.vector(list, (inner, type) => inner.uint16(type));
  writer.opaque(leaf.encryptionKey).opaque(leaf.signatureKey).uint16(BASIC).opaque(leaf.identity);
  const { versions, suites, extensions, proposals, credentials } = leaf.capabilities;
  for (const list of [versions, suites, extensions, proposals, credentials]) types(list);
  const { source } = leaf;
  if (source.type === "key-package") writer.uint8(SOURCES.keyPackage).uint64(source.notBefore).uint64(source.notAfter);
  else if (source.type === "update") writer.uint8(SOURCES.update);
  else writer.uint8(SOURCES.commit).opaque(source.parentHash);
  writeExtensions(writer, leaf.extensions);
  return writer;
}

/** Where a leaf stands; undefined for one in a key package, which does not know yet. */
export interface LeafPlace {
  readonly groupId: Uint8Array;
  readonly index: number;
}

/** LeafNodeTBS (section 7.2). */
function signedBytes(leaf: LeafContent, place: LeafPlace | undefined): Uint8Array {
  const writer = writeContent(new Writer(), leaf);
  if (leaf.source.type !== "key-package" && place !== undefined) writer.opaque(place.groupId).uint32(place.index);
  return writer.done();
}

export function signLeaf(
  suite: Suite,
  leaf: LeafContent,
  place: LeafPlace | undefined,
  signaturePrivateKey: Uint8Array,
): LeafNode {
  const signature = suite.sign(signaturePrivateKey, "LeafNodeTBS", signedBytes(leaf, place));
  // Read back: what others refuse is refused here, and nothing of the caller's is kept.
  return readAll(writeContent(new Writer(), leaf).opaque(signature).done(), readLeafNode);
}

/**
 * What can be said of a leaf by itself (section 7.3): keys, signature, and that it can live in such a group. Whether
 * its lifetime holds is for who adds it ({@link checkLifetime}), who else has its keys for the tree.
 */
export function checkLeaf(
  suite: Suite,
  leaf: LeafNode,
  place: LeafPlace | undefined,
  required: RequiredCapabilities,
): void {
  const { capabilities } = leaf;
  check(suite.isEncryptionKey(leaf.encryptionKey), "bad-key", "7.2");
  check(capabilities.versions.includes(MLS10), "missing-capability", "7.3");
  check(capabilities.suites.includes(suite.id), "missing-capability", "7.3");
  check(capabilities.credentials.includes(BASIC), "missing-capability", "7.3");
  check(
    lists(
      capabilities.extensions,
      leaf.extensions.map(({ type }) => type).filter((type) => !isDefaultExtension(type)),
    ),
    "missing-capability",
    "7.2",
  );
  checkCapabilities(leaf, required);
  check(
    suite.verify(leaf.signatureKey, "LeafNodeTBS", signedBytes(leaf, place), leaf.signature),
    "bad-signature",
    "7.3",
  );
}

/** Whether a member supports what its group demands (sections 7.3 and 13.4). */
export function checkCapabilities({ capabilities }: LeafNode, required: RequiredCapabilities): void {
  check(lists(capabilities.extensions, required.extensions), "missing-capability", "13.4");
  check(lists(capabilities.proposals, required.proposals), "missing-capability", "11.1");
  check(lists(capabilities.credentials, required.credentials), "missing-capability", "11.1");
}

function lists(all: readonly number[], wanted: Iterable<number>): boolean {
  const listed = new Set(all);
  for (const type of wanted) if (!listed.has(type)) return false;
  return true;
}

/** Judged by who adds the leaf, and by nobody else: members whose clocks differ must not differ in their verdict. */
export function checkLifetime(leaf: LeafNode, nowSeconds: bigint): void {
  const { source } = leaf;
  check(source.type === "key-package", "bad-leaf-source", "7.3");
  check(source.notBefore <= nowSeconds && nowSeconds <= source.notAfter, "bad-lifetime", "7.3");
  check(source.notAfter - source.notBefore <= LIMITS.lifetimeSeconds, "bad-lifetime", "7.2");
}
