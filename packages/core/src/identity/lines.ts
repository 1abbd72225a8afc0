/** The lines by which people hear that somebody's devices changed. */
import type { Contact } from "./contacts.ts";
import { type ChainChange, changesSince } from "./devices.ts";

/** One line for each device that came or went since the chain that was known. */
export function linesOf(known: Contact, grown: Contact, isOwn: boolean): readonly string[] {
  return changesSince(grown.states, known.states.length).flatMap((change) => {
    const line = isOwn ? ownLine(change) : lineOf(known, change);
    return line === undefined ? [] : [line];
  });
}

function lineOf({ name, verified }: Contact, { kind, byRecovery }: ChainChange): string | undefined {
  if (kind === "rotated") return undefined;
  if (!byRecovery) return `${name} ${kind} a device`;
  if (kind === "revoked") return `${name} revoked a device with the recovery phrase`;
  const recovered = `${name}'s account was recovered with the recovery phrase: a device was added`;
  // Words are of accounts and not of devices: comparing them again would show nothing new.
  if (verified) return `${recovered}; you verified ${name}, which stays, as it is of the account and all its devices`;
  return `${recovered}; compare safety words before you trust it`;
}

function ownLine({ kind, byRecovery }: ChainChange): string {
  const by = byRecovery ? " with the recovery phrase" : "";
  switch (kind) {
    case "added":
      return `a device was added to your account${by}; if that was not you, revoke it and change your password`;
    case "revoked":
      return `a device of your account was revoked${by}`;
    case "rotated":
      return "the recovery phrase of your account was changed; the old one is of no use any more";
  }
}
