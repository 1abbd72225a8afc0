/** The closed lists of what can be refused and warned of: docs/protocol.md says each in words. */

export const RELAY_CODES = [
  "bad-request",
  "bad-credentials",
  "bad-code",
  "bad-name",
  "name-taken",
  "bad-access-password",
  "locked",
  "rate-limited",
  "otp-pending",
  "not-signed-in",
  "unknown-user",
  "unknown-room",
  "not-allowed",
  "link-expired",
  "too-long",
  "id-reused",
  "profile-copied",
  "device-revoked",
  "unsupported-version",
  "banned",
  "relay-full",
  "internal",
  "stale-head",
  "busy",
] as const;
/** What a relay answers; `stale-head` and `busy` are handled by core, and no person sees them. */
export type RelayCode = (typeof RELAY_CODES)[number];

export const CODES = [
  "bad-request",
  "not-signed-in",
  "otp-pending",
  "bad-credentials",
  "bad-code",
  "bad-name",
  "weak-password",
  "name-taken",
  "bad-access-password",
  "locked",
  "rate-limited",
  "offline",
  "approval-needed",
  "bad-link",
  "link-expired",
  "wrong-pin",
  "unknown-user",
  "unknown-room",
  "not-allowed",
  "too-long",
  "id-reused",
  "identity-changed",
  "profile-copied",
  "device-revoked",
  "relay-rolled-back",
  "unsupported-version",
  "banned",
  "vault-busy",
  "vault-damaged",
  "disk-full",
  "relay-full",
  "internal",
] as const;
/** What a person or a script is told. */
export type Code = (typeof CODES)[number];

export const WARNINGS = [
  "identity-changed",
  "chain-forked",
  "chain-withheld",
  "log-forked",
  "relay-rolled-back",
  "relay-lies",
  "commit-skipped",
  "not-delivered",
  "last-resort-used",
] as const;
export type WarningCode = (typeof WARNINGS)[number];

/** Exit codes of every program. */
export const EXIT = { done: 0, failed: 1, misused: 2, notSignedIn: 3, noNetwork: 4, identityChanged: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code that a refusal ends a one-shot command with. */
export function exitCode(code: Code): ExitCode {
  switch (code) {
    case "bad-request":
    case "bad-link":
    case "bad-name":
    case "too-long":
      return EXIT.misused;
    case "not-signed-in":
    case "otp-pending":
    // This profile is not signed in any more, and never will be again.
    case "device-revoked":
    case "profile-copied":
      return EXIT.notSignedIn;
    case "offline":
      return EXIT.noNetwork;
    case "identity-changed":
      return EXIT.identityChanged;
    default:
      return EXIT.failed;
  }
}
