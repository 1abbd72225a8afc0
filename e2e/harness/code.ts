import { TOTP, URI } from "otpauth";

const STEP_MS = 30_000;

/**
 * The code that an authenticator app shows.
 *
 * @param step - 0: now; 1: the next one, which a relay takes already. Each counts once.
 */
export function codeOf(totpUri: string, step = 0): string {
  return totpOf(totpUri).generate({ timestamp: Date.now() + step * STEP_MS });
}

/** A code that is none of those around now. */
export function wrongCode(totpUri: string): string {
  const near = new Set([-2, -1, 0, 1, 2].map((step) => codeOf(totpUri, step)));
  const wrong = ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !near.has(code));
  if (wrong === undefined) throw new Error("six codes cannot all be among five");
  return wrong;
}

/** The secret in the spelling of the URI, in hexadecimal, and as it is. */
export function secretOf(totpUri: string): {
  readonly base32: string;
  readonly hex: string;
  readonly bytes: Uint8Array;
} {
  const { secret } = totpOf(totpUri);
  return { base32: secret.base32, hex: secret.hex, bytes: secret.bytes };
}

function totpOf(totpUri: string): TOTP {
  const totp = URI.parse(totpUri);
  if (!(totp instanceof TOTP)) throw new Error("the second factor is not TOTP");
  return totp;
}
