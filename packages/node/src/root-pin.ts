/** A relay's certificate chain: the root that it shows, and the hash of that root's key by which it is known. */
import { hash, X509Certificate } from "node:crypto";
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from "node:tls";
import { equalBytes, toHex } from "@sotto/wire";

/** The name in the leaf that a relay makes for itself. No public authority can certify a name under `.invalid`. */
export const RELAY_NAME = "sotto.invalid";

/** More certificates than this are no chain of ours, and a chain may go round in a circle. */
const CHAIN_MAX = 8;

export interface Root {
  readonly pem: string;
  /** SHA-256 of the SPKI. */
  readonly pin: Uint8Array;
}

/** The last certificate of the presented chain, believed or not; undefined when there is none. */
export function rootShown(socket: TLSSocket): Root | undefined {
  return rootOf(socket.getPeerCertificate(true));
}

/**
 * For `checkServerIdentity` of a connection that trusts the pinned root alone: the chain ends in that key, and the leaf
 * was made for a relay (or for this host). Without the latter a pin on a public authority's root would let in whoever
 * that authority ever certified.
 */
export function pinFault(host: string, leaf: PeerCertificate, pin: Uint8Array): Error | undefined {
  const root = rootOf(leaf);
  if (root === undefined || !equalBytes(root.pin, pin)) return new Error("the relay's root key is not the pinned one");
  return checkServerIdentity(RELAY_NAME, leaf) && checkServerIdentity(host, leaf);
}

/** What Node gives of a certificate: nothing at all where the peer showed none, no issuer where it stopped short. */
type Given = Partial<PeerCertificate> & { readonly issuerCertificate?: Given };

function rootOf(leaf: Given): Root | undefined {
  let certificate = leaf;
  for (let depth = 0; depth < CHAIN_MAX; depth++) {
    const { raw, issuerCertificate: issuer } = certificate;
    if (raw === undefined) return undefined;
    if (issuer?.raw === undefined || issuer.raw.equals(raw)) return rootFrom(raw);
    certificate = issuer;
  }
  return undefined;
}

function rootFrom(der: Buffer): Root | undefined {
  try {
    const certificate = new X509Certificate(der);
    const spki = certificate.publicKey.export({ type: "spki", format: "der" });
    return { pem: certificate.toString(), pin: new Uint8Array(hash("sha256", spki, "buffer")) };
  } catch {
    return undefined; // a key of a kind that OpenSSL does not read
  }
}

/** A pin as people read it to each other: eight groups of eight hexadecimal digits. */
export function fingerprint(pin: Uint8Array): string {
  return (
    toHex(pin)
      .match(/.{1,8}/g)
      ?.join(" ") ?? ""
  );
}
