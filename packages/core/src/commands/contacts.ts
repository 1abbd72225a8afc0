/** Commands about whether somebody is who they seem. */
import { type AccountId, userName } from "@sotto/wire";
import type { ContactLine, Params } from "../api.ts";
import { wordsOf } from "../identity/safety-words.ts";
import type { Turn } from "../turn.ts";
import { findUser } from "./people.ts";

export async function listContacts(turn: Turn, command: number): Promise<void> {
  const { contacts, me } = turn.state;
  const others = [...contacts.values()].filter(({ account }) => account !== me?.account);
  turn.answer(
    command,
    others.map(
      ({ name, account, verified, conflict }): ContactLine => ({
        username: name,
        accountId: account,
        verified: verified === true,
        ...(conflict === false ? {} : { doubt: conflict }),
      }),
    ),
  );
}

/** The words to compare with somebody: made once, they take a moment on purpose. */
export async function safetyWords(
  turn: Turn,
  command: number,
  { username }: Params<"contact.safetyWords">,
): Promise<void> {
  await withContact(turn, command, username, async (later, account) => {
    const contact = later.state.contacts.get(account);
    if (contact === undefined) return later.refuse(command, "unknown-user");
    const words = contact.words ?? (await wordsOf(later.ports.stretch, later.me.account, account));
    if (contact.words === undefined) later.putContact({ ...contact, words });
    later.answer(command, { words, verified: contact.verified === true });
  });
}

/** The person compared them: it is said of the account, so it holds for devices that come later. */
export async function verify(turn: Turn, command: number, { username }: Params<"contact.verify">): Promise<void> {
  await withContact(turn, command, username, async (later, account) => {
    const contact = later.state.contacts.get(account);
    if (contact === undefined) return later.refuse(command, "unknown-user");
    if (contact.conflict === "identity-changed") return later.refuse(command, "identity-changed");
    later.putContact({ ...contact, verified: true });
    later.answer(command, {});
  });
}

/**
 * The account that is meant by a name. One in doubt is given too: comparing words is what is to be done about that. A
 * name that was never seen is looked up.
 */
async function withContact(
  turn: Turn,
  command: number,
  username: string,
  use: (turn: Turn, account: AccountId) => Promise<void>,
): Promise<void> {
  const name = userName(username);
  if (name === turn.me.name) {
    return turn.refuse(command, "bad-request", undefined, "safety words are of two people: name somebody else");
  }
  const known = name && turn.state.names.get(name);
  if (known !== undefined && turn.state.contacts.has(known)) return use(turn, known);
  await findUser(turn, command, username, use);
}
