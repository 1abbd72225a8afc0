/** Commands about people. */
import { type AccountId, userName } from "@sotto/wire";
import { refuseReply } from "../account.ts";
import type { Params } from "../api.ts";
import { fetchChains } from "../identity/fetch.ts";
import { directId } from "../rooms/direct.ts";
import { whenOnline } from "../session.ts";
import type { Turn } from "../turn.ts";

export async function listUsers(turn: Turn, command: number): Promise<void> {
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    later.ask({ type: "directory", name: "" }, async (next, body) => {
      if (body?.type !== "directory-list") return refuseReply(next, command, body);
      const users = body.accounts.map(({ name, account, online }) => ({ username: name, accountId: account, online }));
      return next.answer(command, users) as undefined;
    });
  });
}

export async function openDirect(turn: Turn, command: number, params: Params<"direct.open">): Promise<void> {
  if (params.username.toLowerCase() === turn.me.name) return turn.refuse(command, "bad-request");
  await findUser(turn, command, params.username, async (later, account) => {
    const id = directId(later, account);
    const known = later.room(id);
    // Somebody made a room of that id and brought this device in before the other side was known: it is not theirs.
    const isTheirs = known === undefined || known.peer === account;
    if (isTheirs) later.answer(command, { roomId: id });
    else
      later.refuse(
        command,
        "identity-changed",
        undefined,
        "a room of somebody else stands where that conversation belongs; leave it first",
      );
  });
}

/**
 * Finds the account of a name: the one that was first seen under it, else the relay's word, pinned from now on.
 * Refuses the command when there is none.
 */
export async function findUser(
  turn: Turn,
  command: number,
  text: string,
  use: (turn: Turn, account: AccountId) => Promise<void>,
) {
  const name = userName(text);
  if (name === undefined) return turn.refuse(command, "unknown-user");
  const known = turn.state.names.get(name);
  const contact = known && turn.state.contacts.get(known);
  if (contact?.conflict) return turn.refuse(command, "identity-changed");
  if (known !== undefined) return use(turn, known);
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    later.ask({ type: "directory", name }, async (next, body) => {
      if (body?.type !== "directory-list") return refuseReply(next, command, body);
      const account = body.accounts.find((one) => one.name === name)?.account;
      if (account === undefined) return next.refuse(command, "unknown-user") as undefined;
      const known = async (last: Turn) => {
        const found = last.state.contacts.get(account);
        if (found?.name !== name) return last.refuse(command, "unknown-user");
        if (found.conflict) return last.refuse(command, "identity-changed");
        await use(last, account);
      };
      fetchChains(next, [account], known, (last) => last.refuse(command, "offline"));
      return undefined;
    });
  });
}
