/**
 * A certificate that the world believes ([tls]). It is shown to who asks for the relay by its name; who knows the
 * relay's own root by its pin asks for `sotto.invalid` and gets the relay's own, so links from before keep working.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { type Config, EXIT } from "@sotto/wire";
import { CERTIFICATE_NAME } from "./pin.ts";
import { Trouble } from "./trouble.ts";

export interface PublicCertificate {
  /** The leaf, and after it what leads to a root that clients know. */
  readonly certificate: string;
  readonly key: string;
}

/** @returns undefined when none is configured. @throws Trouble that names what does not fit. */
export function readPublicCertificate({ tls, server }: Pick<Config, "tls" | "server">): PublicCertificate | undefined {
  if (tls === undefined) return undefined;
  const [certificate, key] = [readPem("tls.certificate", tls.certificate), readPem("tls.key", tls.key)];
  const leaf = parsed("tls.certificate", tls.certificate, "certificate", () => new X509Certificate(certificate));
  const privateKey = parsed("tls.key", tls.key, "private key", () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey))
    throw misfit(
      `the key in ${tls.key} does not belong to the first certificate in ${tls.certificate}`,
      "name the pair",
    );
  const host = server.public?.replace(/:[0-9]+$/, "");
  if (host === undefined)
    throw misfit("tls.certificate wants server.public beside it", "links have to name what the certificate is for");
  // An address is never shown it: only a name tells which certificate a client wants.
  if (leaf.checkHost(host) === undefined)
    throw misfit(
      `the certificate in ${tls.certificate} is not for ${host}`,
      "it must be for the host of server.public",
    );
  return { certificate, key };
}

/** Chooses by the name that a client asks for. The public certificate can be replaced while the relay runs. */
export class Certificates {
  readonly #options: SecureContextOptions;
  readonly #own: SecureContext;
  #public: SecureContext | undefined;

  /** @param options - which versions and ciphers, for each of them. */
  constructor(own: PublicCertificate, other: PublicCertificate | undefined, options: SecureContextOptions) {
    this.#options = options;
    this.#own = contextOf(own, options);
    this.replace(other);
  }

  replace(other: PublicCertificate | undefined): void {
    this.#public = other === undefined ? undefined : contextOf(other, this.#options);
  }

  /** Whoever names nobody has come by an address, is not asked for here, and gets the relay's own. */
  choose(name: string): SecureContext {
    return name === CERTIFICATE_NAME || this.#public === undefined ? this.#own : this.#public;
  }
}

function contextOf({ certificate, key }: PublicCertificate, options: SecureContextOptions): SecureContext {
  return createSecureContext({ ...options, cert: certificate, key });
}

function readPem(setting: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split(",")[0] ?? cause.message) : String(cause);
    throw misfit(
      `cannot read ${setting} ${path}: ${reason}`,
      "the user that runs sottod must be able to read it",
      cause,
    );
  }
}

function parsed<T>(setting: string, path: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    // Without the cause's words: OpenSSL may quote what it read.
    throw misfit(
      `${setting} ${path} holds no ${what} in PEM`,
      "give the path of the file that your authority made",
      cause,
    );
  }
}

const misfit = (message: string, hint: string, cause?: unknown): Trouble =>
  new Trouble(message, hint, EXIT.misused, cause);
