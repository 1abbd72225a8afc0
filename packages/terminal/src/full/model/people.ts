/** Everybody who is known here: from the relay's list, the contacts of this device and the members of a room. */
import type { Answer } from "@sotto/core";
import type { Member, Person } from "../state.ts";

export type People = ReadonlyMap<string, Person>;

export function afterUsers(people: People, users: Answer<"users.list">): People {
  const listed = new Map(users.map((user) => [user.accountId, user]));
  const after = new Map<string, Person>();
  for (const person of people.values()) after.set(person.accountId, { ...person, online: undefined });
  for (const { accountId, username, online } of listed.values())
    after.set(accountId, { ...(people.get(accountId) ?? stranger(accountId)), username, online });
  return changed(people, after);
}

export function afterContacts(people: People, contacts: Answer<"contact.list">): People {
  const after = new Map<string, Person>();
  for (const person of people.values()) after.set(person.accountId, { ...person, verified: false, doubt: undefined });
  for (const { accountId, username, verified, doubt } of contacts)
    after.set(accountId, { ...(people.get(accountId) ?? stranger(accountId)), username, verified, doubt });
  return changed(people, after);
}

export function afterMembers(people: People, members: readonly Member[]): People {
  const strangers = members.filter(({ accountId }) => !people.has(accountId));
  if (strangers.length === 0) return people;
  const after = new Map(people);
  for (const { accountId, username } of strangers) after.set(accountId, { ...stranger(accountId), username });
  return after;
}

/** Without a connection nobody says who is there. */
export function afterOffline(people: People): People {
  return new Map([...people].map(([id, person]) => [id, { ...person, online: undefined }]));
}

/** @returns the value before where all are as they were: it is asked for once a minute, and nothing is to be drawn then. */
function changed(before: People, after: People): People {
  const isSame = before.size === after.size && [...after.values()].every((person) => isAsBefore(before, person));
  return isSame ? before : after;
}

function isAsBefore(before: People, { accountId, username, online, verified, doubt }: Person): boolean {
  const old = before.get(accountId);
  return old?.username === username && old.online === online && old.verified === verified && old.doubt === doubt;
}

function stranger(accountId: string): Person {
  return { accountId, username: "", online: undefined, verified: false, doubt: undefined };
}
