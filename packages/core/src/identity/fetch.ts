/** Fetching device chains, and what is found out by it. */
import { type AccountId, LIMITS } from "@sotto/wire";
import type { Turn } from "../turn.ts";
import { type Contact, compareChains, readContact } from "./contacts.ts";
import { isIn } from "./devices.ts";
import { noticesOf } from "./lines.ts";

const AGAIN_MS = 5000;

/**
 * Fetches chains, then goes on.
 *
 * @param lost - called instead when the connection ends before: a command says so; what the log or the inbox needs
 * starts again by itself after the next connect.
 */
export function fetchChains(
  turn: Turn,
  accounts: readonly AccountId[],
  then: (turn: Turn) => Promise<void>,
  lost: (turn: Turn) => void = () => undefined,
): void {
  const [now, rest] = [accounts.slice(0, LIMITS.chainGetMax), accounts.slice(LIMITS.chainGetMax)];
  turn.ask({ type: "chain-get", accounts: now }, async (next, body) => {
    if (body === undefined) {
      lost(next);
    } else if (body.type === "chains") {
      const asked = new Set(now);
      for (const chain of body.chains) if (asked.has(chain.account)) learn(next, chain.account, chain.entries);
      if (rest.length > 0) fetchChains(next, rest, then, lost);
      else await then(next);
    } else if (body.type === "refused" && body.code === "too-long" && now.length > 1) {
      const half = Math.ceil(now.length / 2);
      const second = async (last: Turn) => fetchChains(last, [...now.slice(half), ...rest], then, lost);
      fetchChains(next, now.slice(0, half), second, lost);
    } else if (body.type === "refused" && body.code === "too-long") {
      // It has the chain and will never give it: whoever needs it goes on as if it were withheld.
      if (rest.length > 0) fetchChains(next, rest, then, lost);
      else await then(next);
    } else {
      // No answer is no verdict: whoever needs the chains waits, else one hiccup of the relay would fork a member.
      next.sleep(AGAIN_MS, async (last) => fetchChains(last, accounts, then, lost), lost);
    }
    return undefined;
  });
}

/** Takes a chain as it came from the relay: longer ones of the same beginning count, all else is named. */
export function learn(turn: Turn, account: AccountId, entries: readonly Uint8Array[]): void {
  if (entries.length === 0) return;
  const known = turn.state.contacts.get(account);
  const record = { ...(known ?? { account, conflict: false }), entries };
  const contact = readContact(turn.ports.crypto, turn.me.relay, record);
  if (contact === undefined) return turn.update({ type: "warning", code: "relay-lies" });
  switch (compareChains(known, contact)) {
    case "same":
      return;
    case "shorter":
      return doubt(turn, known, "chain-withheld");
    case "forked":
      return doubt(turn, known, "chain-forked");
    case "longer":
      return known && grow(turn, known, contact);
    case "new": {
      const first = turn.state.names.get(contact.name);
      const conflict = first !== undefined && first !== account;
      if (conflict) turn.update({ type: "warning", code: "identity-changed", username: contact.name });
      return turn.putContact({ ...contact, conflict: conflict && "identity-changed" });
    }
  }
}

/** Devices came or went: people hear of it, and rooms in which one of them is are looked at. */
function grow(turn: Turn, known: Contact, contact: Contact): void {
  const isOwn = contact.account === turn.me.account;
  turn.putContact({ ...contact, claimed: contact.claimed && { ...contact.claimed, agreed: undefined } });
  for (const notice of noticesOf(known, contact, isOwn)) turn.update(notice);
  const newest = contact.states.at(-1);
  if (isOwn && newest !== undefined && !isIn(newest, turn.me)) return turn.halt("device-revoked");
  for (const room of turn.state.rooms.keys()) turn.attend(room);
}

/** The own chain has grown by another device's hand, or so the relay says. */
export function fetchOwn(turn: Turn): void {
  fetchChains(turn, [turn.me.account], async () => undefined);
}

/** Nothing is sent to that account until a person said yes. */
function doubt(turn: Turn, known: Contact | undefined, code: "chain-withheld" | "chain-forked"): void {
  if (known === undefined) return;
  turn.update({ type: "warning", code, username: known.name });
  if (!known.conflict) turn.putContact({ ...known, conflict: code });
}
