/** One sentence for each code, for whoever shows no better one. Interfaces add what a person can do. */
import type { Code, RelayCode } from "@sotto/wire";

export const WORDS: Readonly<Record<Code, string>> = {
  "bad-request": "the request is not one that can be carried out",
  "not-signed-in": "nobody is signed in here",
  "otp-pending": "the account waits for its first one-time code",
  "bad-credentials": "name or password is wrong",
  "bad-code": "the one-time code is wrong or was used before",
  "bad-name": "a name is 2 to 32 of a-z 0-9 . _ - for people, 1 to 64 characters for rooms",
  "weak-password": "a password has 10 characters or more and does not contain the user name",
  "name-taken": "the name belongs to somebody",
  "bad-access-password": "the access password of the relay is wrong",
  locked: "sign-in of this account is closed for a while",
  "rate-limited": "too fast",
  offline: "there is no connection to the relay",
  "approval-needed": "the password and the code are right, but a new device cannot be approved yet",
  "bad-link": "that is not a sotto link",
  "link-expired": "the link was renewed; ask for the current one",
  "wrong-pin": "the relay shows another key than the one that is expected; nothing was sent",
  "unknown-user": "there is no such user",
  "unknown-room": "there is no such room here",
  "not-allowed": "that is not allowed here",
  "too-long": "more than the relay takes at once: a text has at most 16384 bytes, and large rooms take few at a time",
  "id-reused": "that id was used for another message",
  "identity-changed": "another account answers to that name now; nothing was sent",
  "profile-copied":
    "another copy of this profile was used; nothing more is sent from here, and its history stays. Sign in with the recovery phrase in a new profile",
  "device-revoked":
    "this device was revoked; nothing more is sent from here, and its history stays. Sign in with the recovery phrase in a new profile",
  "relay-rolled-back": "the relay went back in time; nothing is sent until that is cleared up",
  "unsupported-version": "this program and the relay have no protocol version in common",
  banned: "this account or address is banned",
  "vault-busy": "the profile is in use by another sotto",
  "vault-damaged": "the vault is damaged; it was not touched",
  "disk-full": "the disk of this machine takes nothing more; make room on it",
  "relay-full": "the relay has no room left to store",
  internal: "something went wrong that should not have",
};

/** A relay's code as people are told it. */
export function personal(code: RelayCode): Code {
  return code === "stale-head" ? "internal" : code === "busy" ? "rate-limited" : code;
}
