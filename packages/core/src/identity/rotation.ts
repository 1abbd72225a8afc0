/** A new recovery phrase that was made and may not have been shown: it stays in the vault until it was. */
import { equalBytes } from "@sotto/wire";
import type { Turn } from "../turn.ts";
import { fetchChains } from "./fetch.ts";
import { type Recovery, recoveryOf } from "./recovery.ts";

/** How long it stays after it was answered: a program that dies within that time may not have shown it. */
const SHOWN_MS = 60_000;

/** The new phrase that was made for this old one, and may be the account's already. */
export function madeFor(turn: Turn, old: Recovery | undefined): Recovery | undefined {
  const { recovery } = turn.state;
  if (recovery === undefined || old === undefined || !equalBytes(recovery.old, old.publicKey)) return undefined;
  return recoveryOf(turn.ports.crypto, recovery.entropy);
}

/** It was answered: after a while nobody can lose it any more, and the vault is no place for it. */
export function forgetLater(turn: Turn): void {
  const forget = async (later: Turn) => {
    if (later.state.recovery?.state === "answered") later.putRecovery(undefined);
  };
  // Where the connection ends before, the next one begins it anew.
  turn.sleep(SHOWN_MS, forget, () => undefined);
}

/** After a connect: says what became of a change whose answer nobody saw. Never the phrase itself, notices are kept. */
export function tellRotation(turn: Turn): void {
  const { recovery } = turn.state;
  if (recovery?.state === "answered") return forgetLater(turn);
  if (recovery?.state !== "found") return;
  fetchChains(turn, [turn.me.account], async (later) => {
    const now = later.state.recovery;
    const current = later.state.contacts.get(later.me.account)?.states.at(-1)?.recoveryKey;
    if (now?.state !== "found" || current === undefined) return;
    const isChanged = equalBytes(recoveryOf(later.ports.crypto, now.entropy).publicKey, current);
    later.notice(isChanged ? "recovery-changed" : "recovery-kept", {});
    // Kept all the same: an entry that is still on its way would else be of a phrase that nobody has.
    later.putRecovery({ ...now, state: isChanged ? "found" : "told" });
  });
}
