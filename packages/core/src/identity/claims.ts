/**
 * What members say of their own chains in what they send. A relay that withholds a revocation from some is found out by
 * it, and so is one that shows two chains. A member can lie here, about its own account alone, and that is what is doubted.
 */
import { type AccountId, equalBytes } from "@sotto/wire";
import type { Turn } from "../turn.ts";
import type { Contact } from "./contacts.ts";
import { type ChainMark, isSameMark } from "./devices.ts";
import { fetchChains } from "./fetch.ts";

/** A device named its account's chain: a longer one than is known is fetched, and nothing waits for it. */
export function heardChain(turn: Turn, account: AccountId, claim: ChainMark | undefined): void {
  const known = turn.state.contacts.get(account);
  if (claim === undefined || known === undefined) return;
  const state = known.states[claim.length - 1];
  if (state !== undefined) {
    if (!equalBytes(state.hash, claim.hash)) disbelieve(turn, known, claim, "chain-forked");
    return;
  }
  // Judged already; or one is being fetched, and the next message names this one again if that leaves it open.
  if (isSameMark(known.claimed, claim) || known.claimed?.judged === false) return;
  turn.putContact({ ...known, claimed: { ...known.claimed, length: claim.length, hash: claim.hash, judged: false } });
  checkClaims(turn, [account]);
}

/** After a connect: what was claimed on the last connection, and not fetched before it ended. */
export function checkOldClaims(turn: Turn): void {
  const open = [...turn.state.contacts.values()].filter(({ claimed }) => claimed?.judged === false);
  if (open.length > 0)
    checkClaims(
      turn,
      open.map(({ account }) => account),
    );
}

function checkClaims(turn: Turn, accounts: readonly AccountId[]): void {
  fetchChains(turn, accounts, async (later) => {
    for (const account of accounts) judge(later, account);
  });
}

function judge(turn: Turn, account: AccountId): void {
  const known = turn.state.contacts.get(account);
  const claim = known?.claimed;
  if (known === undefined || claim === undefined || claim.judged) return;
  const state = known.states[claim.length - 1];
  if (state === undefined) return disbelieve(turn, known, claim, "chain-withheld");
  if (!equalBytes(state.hash, claim.hash)) return disbelieve(turn, known, claim, "chain-forked");
  turn.putContact({ ...known, claimed: undefined });
}

function disbelieve(turn: Turn, known: Contact, claim: ChainMark, code: "chain-withheld" | "chain-forked"): void {
  if (isSameMark(known.claimed, claim) && known.claimed?.judged) return;
  const claimed = { ...known.claimed, length: claim.length, hash: claim.hash, judged: true };
  // Who invents another chain in each message would stop its rooms with each: it does so once.
  const isTold = claimed.agreed === true || known.conflict !== false;
  turn.putContact({ ...known, claimed, conflict: isTold ? known.conflict : code });
  if (!isTold) turn.update({ type: "warning", code, username: known.name });
}
