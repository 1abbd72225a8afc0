/** One-time codes: TOTP (RFC 6238) with SHA-1, 6 digits and 30 s, which every authenticator app speaks. */
import { Secret, TOTP } from "otpauth";

const PERIOD_S = 30;

/**
 * The step of time that `code` belongs to, which is one of the current one and its neighbours; undefined for a wrong
 * code and for anything that is no code. That a step counts once is up to the store, which takes it atomically.
 */
export function totpStep(secret: Uint8Array, code: string, now: number): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const totp = new TOTP({ secret: secretOf(secret), algorithm: "SHA1", digits: 6, period: PERIOD_S });
  const delta = totp.validate({ token: code, timestamp: now, window: 1 });
  return delta === null ? undefined : Math.floor(now / (PERIOD_S * 1000)) + delta;
}

function secretOf(bytes: Uint8Array): Secret {
  // A copy: the library keeps the buffer, which may be a part of a larger one.
  return new Secret({ buffer: Uint8Array.from(bytes).buffer });
}
