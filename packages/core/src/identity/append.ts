/** Entries that this device adds to its account's chain: signed on what is newest, and made again where somebody was faster. */
import { assert, type ChainState, type Code, EMPTY, equalBytes } from "@sotto/wire";
import type { Turn } from "../turn.ts";
import { personal } from "../words.ts";
import { type Contact, readContact } from "./contacts.ts";
import { fetchChains, learn } from "./fetch.ts";

/** How often somebody else of the account may be faster. */
const TRIES = 5;

/**
 * Makes the entry for a chain: "done" when that chain says already what it is to say, or why it cannot be made. It is
 * called again after each fetch, so it must not depend on how often.
 */
export type Draft = (before: ChainState) => Uint8Array | "done" | Code;

/**
 * Adds an entry to the own chain. A lost answer is no answer: the next session has the chain fetched, which tells.
 *
 * @param finished - called once, without a fault when the chain at the relay says it.
 */
export async function extendChain(
  turn: Turn,
  draft: Draft,
  finished: (turn: Turn, fault: Code | undefined) => Promise<void>,
  tries = TRIES,
): Promise<void> {
  const contact = turn.state.contacts.get(turn.me.account);
  const before = contact?.states.at(-1);
  assert(contact !== undefined && before !== undefined, "the own chain is known");
  const entry = draft(before);
  if (typeof entry === "string") return finished(turn, entry === "done" ? undefined : entry);
  const grown = readContact(turn.ports.crypto, turn.me.relay, { ...contact, entries: [...contact.entries, entry] });
  // It is full, or somebody took the right to sign away.
  if (grown === undefined) return finished(turn, "not-allowed");
  const again = (later: Turn, left: number) => {
    const next = (last: Turn) => extendChain(last, draft, finished, left);
    const lost = (last: Turn) => last.undecided((after, fault) => decide(after, draft, finished, fault));
    fetchChains(later, [later.me.account], next, lost);
  };
  turn.ask({ type: "chain-append", entry }, async (later, body) => {
    if (body?.type === "done") {
      adopt(later, grown);
      await finished(later, undefined);
    } else if (body === undefined) {
      later.undecided((next, fault) => decide(next, draft, finished, fault));
    } else if (body.type === "refused" && body.field === "entry" && tries > 0) {
      again(later, tries - 1);
    } else {
      await finished(later, body.type === "refused" ? personal(body.code) : "internal");
    }
    return undefined;
  });
}

/**
 * Gives the relay the entries of the own chain that it lost by going back in time, the same bytes in their order: it
 * would else give others a chain that they know to be longer. Another device of the account may be doing the same.
 *
 * @param length - of the chain that the relay has.
 */
export function giveBackChain(turn: Turn, length: number): void {
  const entry = turn.state.contacts.get(turn.me.account)?.entries[length];
  if (entry === undefined) return turn.notice("chain-given-back", {});
  turn.ask({ type: "chain-append", entry }, async (later, body) => {
    if (body?.type === "done") giveBackChain(later, length + 1);
    else if (body?.type === "refused" && body.field === "entry") goOnBehind(later, length);
    return undefined;
  });
}

/** The relay has more by now: another device's entries, of this chain or of another. */
function goOnBehind(turn: Turn, length: number): void {
  const { account } = turn.me;
  turn.ask({ type: "chain-get", accounts: [account] }, async (later, body) => {
    const known = later.state.contacts.get(account)?.entries ?? [];
    const entries =
      body?.type === "chains" ? body.chains.find((chain) => chain.account === account)?.entries : undefined;
    if (entries === undefined) return undefined;
    const isPart = entries.every((entry, index) => equalBytes(entry, known[index] ?? EMPTY));
    if (isPart && entries.length > length) giveBackChain(later, entries.length);
    else learn(later, account, entries);
    return undefined;
  });
}

/** The relay has it, and perhaps more that was heard of meanwhile. */
function adopt(turn: Turn, { account, entries, states }: Contact): void {
  const known = turn.state.contacts.get(account);
  if (known === undefined || known.entries.length >= entries.length) return;
  turn.putContact({ ...known, entries, states });
  for (const room of turn.state.rooms.keys()) turn.attend(room);
}

/** The next session stands, or none will. */
async function decide(
  turn: Turn,
  draft: Draft,
  finished: (turn: Turn, fault: Code | undefined) => Promise<void>,
  fault: Code | undefined,
): Promise<void> {
  if (fault !== undefined) return finished(turn, fault);
  const next = (later: Turn) => extendChain(later, draft, finished);
  const lost = (later: Turn) => later.undecided((after, why) => decide(after, draft, finished, why));
  fetchChains(turn, [turn.me.account], next, lost);
}
