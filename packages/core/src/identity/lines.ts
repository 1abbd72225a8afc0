/** How people hear that somebody's devices changed. */
import type { Update } from "../api.ts";
import { noticeOf } from "../notices.ts";
import type { Contact } from "./contacts.ts";
import { type ChainChange, changesSince } from "./devices.ts";

/** One notice for each device that came or went since the chain that was known. */
export function noticesOf(known: Contact, grown: Contact, isOwn: boolean): readonly Update[] {
  return changesSince(grown.states, known.states.length).flatMap((change) => {
    const notice = isOwn ? ownNotice(change) : noticeOn(known, change);
    return notice === undefined ? [] : [notice];
  });
}

function noticeOn({ name, verified }: Contact, { kind, byRecovery }: ChainChange): Update | undefined {
  switch (kind) {
    case "rotated":
      return undefined;
    case "revoked":
      return noticeOf(byRecovery ? "device-revoked-by-recovery" : "device-revoked", { name });
    case "added":
      if (!byRecovery) return noticeOf("device-added", { name });
      return noticeOf(verified ? "account-recovered-verified" : "account-recovered", { name });
  }
}

function ownNotice({ kind, byRecovery }: ChainChange): Update {
  switch (kind) {
    case "added":
      return noticeOf(byRecovery ? "own-device-added-by-recovery" : "own-device-added", {});
    case "revoked":
      return noticeOf(byRecovery ? "own-device-revoked-by-recovery" : "own-device-revoked", {});
    case "rotated":
      return noticeOf("own-recovery-rotated", {});
  }
}
