/**
 * The relay's certificates: a root of its own, whose key hash is the PIN of every link, and a leaf that TLS uses. The
 * server sends both; a client trusts that root alone (docs/protocol.md, section 2).
 */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { toHex } from "@sotto/wire";
import { CERTIFICATE_NAME, pinOf } from "./pin.ts";
import type { Random } from "./ports.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 60 * 60 * 1000;
const YEARS = 30;

export interface Certificates {
  readonly rootKey: string;
  readonly rootCertificate: string;
  readonly leafKey: string;
  readonly leafCertificate: string;
  /** SHA-256 of the root's SPKI. */
  readonly pin: Uint8Array;
}

/** @param name - for the leaf; tests have another one. */
export async function makeCertificates(random: Random, now: number, name = CERTIFICATE_NAME): Promise<Certificates> {
  x509.cryptoProvider.set(webcrypto);
  const [root, leaf] = await Promise.all([makeKeys(), makeKeys()]);
  // A day back, for clients whose clock is behind.
  const validity = { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + YEARS * 365 * DAY_MS) };
  const rootCertificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(random),
    name: "CN=sotto relay root",
    ...validity,
    signingAlgorithm: ALGORITHM,
    keys: root,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(root.publicKey),
    ],
  });
  const leafCertificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(random),
    subject: `CN=${name}`,
    issuer: rootCertificate.subject,
    ...validity,
    signingAlgorithm: ALGORITHM,
    publicKey: leaf.publicKey,
    signingKey: root.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }]),
      await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
    ],
  });
  return {
    rootKey: await pemOf(root.privateKey),
    rootCertificate: rootCertificate.toString("pem"),
    leafKey: await pemOf(leaf.privateKey),
    leafCertificate: leafCertificate.toString("pem"),
    pin: pinOf(rootCertificate.toString("pem")),
  };
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

/** Sixteen random bytes, positive and without a leading zero. */
function serial(random: Random): string {
  const bytes = random(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return toHex(bytes);
}
