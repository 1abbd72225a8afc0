/** 3DH over ristretto255: RFC 9807 section 6.4. */
import { ascii, counted, expand, extract, HASH_BYTES, join, mac, NOTHING, octets, sha512 } from "./bytes.ts";
import { type Element, encodeElement, multiply } from "./oprf.ts";

/** A private and a public key that meet. */
export type Meeting = readonly [bigint, Element];

export interface Transcript {
  readonly context: Uint8Array;
  readonly client: Uint8Array;
  readonly ke1: Uint8Array;
  readonly server: Uint8Array;
  readonly credentialResponse: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly serverKeyshare: Uint8Array;
}

export interface Agreed {
  readonly serverMac: Uint8Array;
  readonly clientMac: Uint8Array;
  readonly sessionKey: Uint8Array;
  /** What the RFC's vectors show of the way. */
  readonly handshakeSecret: Uint8Array;
  readonly serverMacKey: Uint8Array;
  readonly clientMacKey: Uint8Array;
}

/** Section 6.4.2.1: Derive-Secret. */
function deriveSecret(secret: Uint8Array, label: string, transcriptHash: Uint8Array): Uint8Array {
  const full = ascii(`OPAQUE-${label}`);
  const context = join(octets(transcriptHash.length, 1), transcriptHash);
  return expand(secret, join(octets(HASH_BYTES, 2), octets(full.length, 1), full, context), HASH_BYTES);
}

/** Section 6.4.2.1: Preamble. */
function preambleOf(said: Transcript): Uint8Array {
  const { context, client, ke1, server, credentialResponse, serverNonce, serverKeyshare } = said;
  const start = join(ascii("OPAQUEv1-"), counted(context), counted(client), ke1, counted(server));
  return join(start, credentialResponse, serverNonce, serverKeyshare);
}

/** Sections 6.4.2.2 to 6.4.4. @param meetings - dh1, dh2 and dh3, as this side computes them. */
export function agree(meetings: readonly [Meeting, Meeting, Meeting], said: Transcript): Agreed {
  const secrets = meetings.map(([secret, element]) => encodeElement(multiply(element, secret)));
  const preamble = preambleOf(said);
  const key = extract(join(...secrets));
  const handshakeSecret = deriveSecret(key, "HandshakeSecret", sha512(preamble));
  const serverMacKey = deriveSecret(handshakeSecret, "ServerMAC", NOTHING);
  const clientMacKey = deriveSecret(handshakeSecret, "ClientMAC", NOTHING);
  const serverMac = mac(serverMacKey, sha512(preamble));
  return {
    serverMac,
    clientMac: mac(clientMacKey, sha512(join(preamble, serverMac))),
    sessionKey: deriveSecret(key, "SessionKey", sha512(preamble)),
    handshakeSecret,
    serverMacKey,
    clientMacKey,
  };
}
