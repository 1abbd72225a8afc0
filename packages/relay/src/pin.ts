import { X509Certificate } from "node:crypto";
import { sha256 } from "./crypto.ts";

/** The name in the relay's own leaf: no relay has it, the pin is what counts. */
export const CERTIFICATE_NAME = "sotto.invalid";

/** SHA-256 of the SPKI of a certificate in PEM. @throws when the text is none. */
export function pinOf(certificate: string): Uint8Array {
  return sha256(new Uint8Array(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" })));
}
