/** Whether something about the people of a room was found that a person has to look at first. */
import type { AccountId } from "@sotto/wire";
import { leaves } from "../group/index.ts";
import type { Contact } from "../identity/contacts.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";

/** Who in the room came under another's name, or whose device chain was withheld or forked. */
export function doubtful(turn: Turn, room: Room): readonly Contact[] {
  const accounts = new Set(peopleOf(room));
  return [...turn.state.contacts.values()].filter(({ account, conflict }) => conflict && accounts.has(account));
}

export function isDoubtful(turn: Turn, room: Room): boolean {
  const accounts = peopleOf(room);
  return (accounts ?? []).some((account) => turn.state.contacts.get(account)?.conflict);
}

function peopleOf({ peer, group }: Room): readonly AccountId[] | undefined {
  return peer === undefined ? (group && leaves(group))?.map((leaf) => leaf.account) : [peer];
}
