/**
 * A cipher suite (RFC 9420 section 5.1) as everything above sees it: sizes and labelled operations. Another suite is
 * another value of {@link Suite}.
 */
import { EMPTY, equalBytes, isZero, wipe } from "./bytes.ts";
import { opaqueBytes, Writer } from "./codec.ts";
import {
  deriveKeyPair,
  type HpkeCiphertext,
  hpkeOpen,
  hpkeSeal,
  type KeyPair,
  receiveExport,
  sendExport,
} from "./hpke.ts";
import type { Primitives, Random } from "./primitives.ts";
import { present } from "./refusal.ts";

export interface Suite {
  /** Number in the IANA registry "MLS Cipher Suites". */
  readonly id: number;
  /** KDF.Nh. */
  readonly secretBytes: number;
  /** AEAD.Nk. */
  readonly keyBytes: number;
  /** AEAD.Nn. */
  readonly nonceBytes: number;
  hash(bytes: Uint8Array): Uint8Array;
  mac(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  extract(salt: Uint8Array, secret: Uint8Array): Uint8Array;
  /** ExpandWithLabel (section 8). */
  expand(secret: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array;
  /** DeriveSecret (section 8). */
  derive(secret: Uint8Array, label: string): Uint8Array;
  /** RefHash (section 5.2); the label comes whole. */
  refHash(label: string, value: Uint8Array): Uint8Array;
  /** SignWithLabel (section 5.1.2). */
  sign(privateKey: Uint8Array, label: string, content: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, label: string, content: Uint8Array, signature: Uint8Array): boolean;
  /** Public half of a signature key. */
  signatureKey(privateKey: Uint8Array): Uint8Array;
  aeadSeal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Refuses with `unreadable`. */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array, section: string): Uint8Array;
  /** KEM.DeriveKeyPair. */
  keyPair(secret: Uint8Array): KeyPair;
  /** Public half of a KEM key. */
  encryptionKey(privateKey: Uint8Array): Uint8Array;
  /** Whether bytes can be a KEM public key: of the right length, and no key that everybody can agree with. */
  isEncryptionKey(publicKey: Uint8Array): boolean;
  /** EncryptWithLabel (section 5.1.3). */
  encrypt(publicKey: Uint8Array, label: string, context: Uint8Array, plain: Uint8Array, random: Random): HpkeCiphertext;
  /** DecryptWithLabel (section 5.1.3). Refuses with `unreadable`. */
  decrypt(own: KeyPair, label: string, context: Uint8Array, sealed: HpkeCiphertext): Uint8Array;
  /** Section 8.3, the joiner's side. */
  sendInit(externalKey: Uint8Array, random: Random): { readonly kemOutput: Uint8Array; readonly secret: Uint8Array };
  /** Section 8.3, the members' side. */
  receiveInit(external: KeyPair, kemOutput: Uint8Array): Uint8Array;
}

const encoder = new TextEncoder();
const LABEL_PREFIX = "MLS 1.0 ";
const EXTERNAL_INIT = encoder.encode("MLS 1.0 external init secret");

/** Encoded labels: there are some thirty, each used for every message or commit. */
const labels = new Map<string, Uint8Array>();
function labelBytes(label: string): Uint8Array {
  const known = labels.get(label);
  if (known !== undefined) return known;
  const bytes = new Writer().opaque(encoder.encode(LABEL_PREFIX + label)).done();
  if (labels.size < 256) labels.set(label, bytes); // an application's exporter labels do not fill the memory
  return bytes;
}

/** SignContent, EncryptContext (sections 5.1.2 and 5.1.3). */
function labelled(label: string, content: Uint8Array): Uint8Array {
  const name = labelBytes(label);
  return new Writer(name.length + opaqueBytes(content.length)).raw(name).opaque(content).done();
}

/** KDFLabel (section 8). */
function kdfLabel(length: number, label: string, context: Uint8Array): Uint8Array {
  const name = labelBytes(label);
  if (context.length >= 0x40) return new Writer().uint16(length).raw(name).opaque(context).done();
  const bytes = new Uint8Array(3 + name.length + context.length);
  bytes[0] = length >> 8;
  bytes[1] = length;
  bytes.set(name, 2);
  bytes[2 + name.length] = context.length;
  bytes.set(context, 3 + name.length);
  return bytes;
}

/**
 * The u coordinates of low order on Curve25519, from the list of https://cr.yp.to/ecdh.html ("contributory behaviour"):
 * with any of them X25519 gives an all-zero secret.
 */
const LOW_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));

/** RFC 7748 lets a key be spelled in several ways; here it has the one that X25519 itself gives. */
function isX25519Key(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const last = key[31] ?? 0;
  const isBelowPrime = last < 0x7f || (key[0] ?? 0) < 0xed || !key.subarray(1, 31).every((byte) => byte === 0xff);
  return last <= 0x7f && isBelowPrime && !LOW_ORDER.some((low) => equalBytes(low, key));
}

/** MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, suite 1. */
export function suite1(p: Primitives): Suite {
  const expand = (secret: Uint8Array, label: string, context: Uint8Array, length: number) =>
    p.hkdfExpand(secret, kdfLabel(length, label, context), length);
  return {
    id: 1,
    secretBytes: 32,
    keyBytes: 16,
    nonceBytes: 12,
    hash: (bytes) => p.sha256(bytes),
    mac: (key, bytes) => p.hmac(key, bytes),
    extract: (salt, secret) => p.hkdfExtract(salt, secret),
    expand,
    derive: (secret, label) => expand(secret, label, EMPTY, 32),
    refHash: (label, value) => p.sha256(new Writer().opaque(encoder.encode(label)).opaque(value).done()),
    sign: (privateKey, label, content) => p.sign(privateKey, labelled(label, content)),
    verify: (publicKey, label, content, signature) => p.verify(publicKey, labelled(label, content), signature),
    signatureKey: (privateKey) => p.publicKey(privateKey),
    aeadSeal: (key, nonce, associated, plain) => p.aeadSeal(key, nonce, associated, plain),
    aeadOpen: (key, nonce, associated, sealed, section) =>
      present(p.aeadOpen(key, nonce, associated, sealed), "unreadable", section),
    keyPair: (secret) => deriveKeyPair(p, secret),
    encryptionKey: (privateKey) => p.agreementKey(privateKey),
    isEncryptionKey: isX25519Key,
    encrypt: (publicKey, label, context, plain, random) =>
      hpkeSeal(p, publicKey, labelled(label, context), EMPTY, plain, random),
    decrypt: (own, label, context, sealed) => hpkeOpen(p, own, sealed, labelled(label, context), EMPTY),
    sendInit: (externalKey, random) => sendExport(p, externalKey, EXTERNAL_INIT, random),
    receiveInit: (external, kemOutput) => receiveExport(p, external, kemOutput, EXTERNAL_INIT),
  };
}

/** 32 random bytes; a source that gives only zeros is refused, whatever it calls itself. */
export function freshSecret(suite: Suite, random: Random): Uint8Array {
  const secret = random(suite.secretBytes);
  if (secret.length !== suite.secretBytes || isZero(secret)) throw new Error("bug: the source of randomness is none");
  return secret;
}

/** A key pair from fresh randomness. */
export function freshKeyPair(suite: Suite, random: Random): KeyPair {
  const secret = freshSecret(suite, random);
  const pair = suite.keyPair(secret);
  wipe(secret);
  return pair;
}
