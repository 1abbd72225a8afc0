/** What the client keeps at the server: the envelope of RFC 9807 section 4, and what it is made of. */
import { ascii, counted, expand, extract, HASH_BYTES, join, KEY_BYTES, mac, same } from "./bytes.ts";
import { deriveKeyPair, encodeElement, type KeyPair } from "./oprf.ts";

/** What a configuration leaves open: RFC 9807 section 7. */
export interface Configuration {
  readonly context: Uint8Array;
  readonly stretch: (oprfOutput: Uint8Array) => Uint8Array;
}

/** undefined: the party's public key is its identity. */
export interface Identities {
  readonly client: Uint8Array | undefined;
  readonly server: Uint8Array | undefined;
}

export const ENVELOPE_BYTES = KEY_BYTES + HASH_BYTES;

/** Section 6.4.1: DeriveDiffieHellmanKeyPair. */
export const deriveDhKeyPair = (seed: Uint8Array): KeyPair =>
  deriveKeyPair(seed, ascii("OPAQUE-DeriveDiffieHellmanKeyPair"));

/** Sections 5.2.3 and 6.3.2.3. */
export function randomizedPassword(configuration: Configuration, oprfOutput: Uint8Array): Uint8Array {
  return extract(join(oprfOutput, configuration.stretch(oprfOutput)));
}

export const maskingKey = (password: Uint8Array): Uint8Array => expand(password, ascii("MaskingKey"), HASH_BYTES);

/** Sections 4.1.2 and 4.1.3 up to the tag. */
export function seal(password: Uint8Array, nonce: Uint8Array, serverKey: Uint8Array, identities: Identities) {
  const derive = (label: string, length: number) => expand(password, join(nonce, ascii(label)), length);
  const keyPair = deriveDhKeyPair(derive("PrivateKey", KEY_BYTES));
  const clientKey = encodeElement(keyPair.public);
  const authKey = derive("AuthKey", HASH_BYTES);
  const server = counted(identities.server ?? serverKey);
  const client = counted(identities.client ?? clientKey);
  const tag = mac(authKey, join(nonce, serverKey, server, client));
  return { keyPair, clientKey, authKey, exportKey: derive("ExportKey", HASH_BYTES), envelope: join(nonce, tag) };
}

/** Section 4.1.3. @returns undefined when the envelope was not made of this password, key and identities. */
export function open(password: Uint8Array, envelope: Uint8Array, serverKey: Uint8Array, identities: Identities) {
  const made = seal(password, envelope.slice(0, KEY_BYTES), serverKey, identities);
  return same(made.envelope, envelope) ? made : undefined;
}
