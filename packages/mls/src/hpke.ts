/**
 * HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM, composed of the primitives:
 * one message for each encapsulation, as MLS uses it.
 */
import { concat, EMPTY, wipe } from "./bytes.ts";
import type { Primitives, Random } from "./primitives.ts";
import { present } from "./refusal.ts";

export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface HpkeCiphertext {
  readonly kemOutput: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a public key or an encapsulated one measures, in bytes. */
const KEY_BYTES = 32;
const SECRET_BYTES = 32;
const AEAD_KEY_BYTES = 16;
const NONCE_BYTES = 12;
const VERSION = ascii("HPKE-v1");
/** DHKEM(X25519, HKDF-SHA256): RFC 9180 section 4.1. */
const KEM_SUITE = concat([ascii("KEM"), Uint8Array.of(0x00, 0x20)]);
/** RFC 9180 section 5.1: KEM 0x0020, KDF 0x0001, AEAD 0x0001. */
const HPKE_SUITE = concat([ascii("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x01)]);
const LABELS = {
  dkp: ascii("dkp_prk"),
  sk: ascii("sk"),
  eae: ascii("eae_prk"),
  shared: ascii("shared_secret"),
  pskId: ascii("psk_id_hash"),
  info: ascii("info_hash"),
  secret: ascii("secret"),
  key: ascii("key"),
  nonce: ascii("base_nonce"),
  exp: ascii("exp"),
  sec: ascii("sec"),
};

/** RFC 9180 section 4. */
function labeledExtract(p: Primitives, suite: Uint8Array, salt: Uint8Array, label: Uint8Array, ikm: Uint8Array) {
  const input = concat([VERSION, suite, label, ikm]);
  const secret = p.hkdfExtract(salt, input);
  wipe(input);
  return secret;
}

/** RFC 9180 section 4. */
function labeledExpand(
  p: Primitives,
  suite: Uint8Array,
  key: Uint8Array,
  label: Uint8Array,
  info: Uint8Array,
  length: number,
) {
  return p.hkdfExpand(key, concat([Uint8Array.of(length >> 8, length), VERSION, suite, label, info]), length);
}

/** DeriveKeyPair of RFC 9180 section 7.1.3. @param ikm - at least 32 bytes. */
export function deriveKeyPair(p: Primitives, ikm: Uint8Array): KeyPair {
  const prk = labeledExtract(p, KEM_SUITE, EMPTY, LABELS.dkp, ikm);
  const privateKey = labeledExpand(p, KEM_SUITE, prk, LABELS.sk, EMPTY, KEY_BYTES);
  wipe(prk);
  return { privateKey, publicKey: p.agreementKey(privateKey) };
}

/** RFC 9180 section 4.1. */
function sharedSecret(p: Primitives, dh: Uint8Array, kemOutput: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const prk = labeledExtract(p, KEM_SUITE, EMPTY, LABELS.eae, dh);
  const shared = labeledExpand(p, KEM_SUITE, prk, LABELS.shared, concat([kemOutput, publicKey]), SECRET_BYTES);
  wipe(dh, prk);
  return shared;
}

/** Encap of RFC 9180 section 4.1; the ephemeral key is derived from 32 random bytes. */
function encapsulate(p: Primitives, publicKey: Uint8Array, random: Random) {
  const seed = random(KEY_BYTES);
  const ephemeral = deriveKeyPair(p, seed);
  const dh = present(p.agree(ephemeral.privateKey, publicKey), "bad-key", "RFC 9180 7.1.4");
  wipe(seed, ephemeral.privateKey);
  return { shared: sharedSecret(p, dh, ephemeral.publicKey, publicKey), kemOutput: ephemeral.publicKey };
}

/** Decap of RFC 9180 section 4.1. */
function decapsulate(p: Primitives, own: KeyPair, kemOutput: Uint8Array): Uint8Array {
  const dh = present(p.agree(own.privateKey, kemOutput), "bad-key", "RFC 9180 7.1.4");
  return sharedSecret(p, dh, kemOutput, own.publicKey);
}

/** KeySchedule in base mode of RFC 9180 section 5.1: no PSK, mode 0. */
function keySchedule(p: Primitives, shared: Uint8Array, info: Uint8Array) {
  const idHash = labeledExtract(p, HPKE_SUITE, EMPTY, LABELS.pskId, EMPTY);
  const infoHash = labeledExtract(p, HPKE_SUITE, EMPTY, LABELS.info, info);
  const context = concat([Uint8Array.of(0), idHash, infoHash]);
  const secret = labeledExtract(p, HPKE_SUITE, shared, LABELS.secret, EMPTY);
  wipe(shared);
  return {
    key: () => labeledExpand(p, HPKE_SUITE, secret, LABELS.key, context, AEAD_KEY_BYTES),
    nonce: () => labeledExpand(p, HPKE_SUITE, secret, LABELS.nonce, context, NONCE_BYTES),
    exporter: () => labeledExpand(p, HPKE_SUITE, secret, LABELS.exp, context, SECRET_BYTES),
    wipe: () => wipe(secret),
  };
}

/** SealBase of RFC 9180 section 6.1. */
export function hpkeSeal(
  p: Primitives,
  publicKey: Uint8Array,
  info: Uint8Array,
  associated: Uint8Array,
  plain: Uint8Array,
  random: Random,
): HpkeCiphertext {
  const { shared, kemOutput } = encapsulate(p, publicKey, random);
  const schedule = keySchedule(p, shared, info);
  const [key, nonce] = [schedule.key(), schedule.nonce()];
  const ciphertext = p.aeadSeal(key, nonce, associated, plain);
  schedule.wipe();
  wipe(key, nonce);
  return { kemOutput, ciphertext };
}

/** OpenBase of RFC 9180 section 6.1; refuses what does not authenticate. */
export function hpkeOpen(
  p: Primitives,
  own: KeyPair,
  sealed: HpkeCiphertext,
  info: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const schedule = keySchedule(p, decapsulate(p, own, sealed.kemOutput), info);
  const [key, nonce] = [schedule.key(), schedule.nonce()];
  const plain = p.aeadOpen(key, nonce, associated, sealed.ciphertext);
  schedule.wipe();
  wipe(key, nonce);
  return present(plain, "unreadable", "RFC 9180 6.1");
}

/** RFC 9180 section 5.3, with the exporter secret of {@link keySchedule}. */
function exportWith(p: Primitives, shared: Uint8Array, exporterContext: Uint8Array, length: number): Uint8Array {
  const schedule = keySchedule(p, shared, EMPTY);
  const exporter = schedule.exporter();
  schedule.wipe();
  const secret = labeledExpand(p, HPKE_SUITE, exporter, LABELS.sec, exporterContext, length);
  wipe(exporter);
  return secret;
}

/** SetupBaseS with no info, then Export: a new secret for whoever holds the private key. */
export function sendExport(p: Primitives, publicKey: Uint8Array, exporterContext: Uint8Array, random: Random) {
  const { shared, kemOutput } = encapsulate(p, publicKey, random);
  return { kemOutput, secret: exportWith(p, shared, exporterContext, SECRET_BYTES) };
}

/** SetupBaseR with no info, then Export. */
export function receiveExport(p: Primitives, own: KeyPair, kemOutput: Uint8Array, exporterContext: Uint8Array) {
  return exportWith(p, decapsulate(p, own, kemOutput), exporterContext, SECRET_BYTES);
}
