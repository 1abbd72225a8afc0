import { expect } from "vitest";
import type { Person } from "./person.ts";
import type { Stage } from "./stage.ts";

/** A second profile of somebody who is signed up, with a backup code: those need no clock. */
export async function signInAgain(stage: Stage, first: Person, profile: string, link: string): Promise<Person> {
  const second = stage.person(profile, first.password);
  await second.start();
  const [code, ...left] = first.backupCodes;
  if (code === undefined) throw new Error(`${first.name} has no backup code left`);
  first.backupCodes = left;
  const { accountId } = await second.call("account.signIn", {
    link,
    username: first.name,
    password: first.password,
    code,
    recoveryPhrase: first.recoveryPhrase,
  });
  expect(accountId).toBe(first.accountId);
  return second;
}

/** Waits until somebody is in a room. */
export function isIn(person: Person, roomId: string): Promise<unknown> {
  return person.until(
    (notes) => notes.some((note) => note.type === "room" && note.roomId === roomId && note.event === "joined"),
    `being in ${roomId.slice(0, 8)}`,
  );
}
