/** A person in a few words: there or not, verified or not. Signs stand beside words, never in their place. */
import { say } from "../../text/index.ts";
import type { Member, Person } from "../state.ts";

/** `online · verified` */
export function personWords(person: Person, role?: Member["role"]): string {
  const text = say().overlays.people;
  const presence = person.online === undefined ? [] : [person.online ? text.online : text.offline];
  const trust =
    person.doubt === undefined ? (person.verified ? text.verified : text.unverified) : text.doubt[person.doubt];
  return [...(role === "owner" ? [text.owner] : []), ...presence, trust].join(" · ");
}

export function presenceSign(person: Person | undefined): string {
  if (person?.online === undefined) return " ";
  return person.online ? "●" : "○";
}

export function trustSign(person: Person | undefined): string {
  if (person?.doubt !== undefined) return "!";
  return person?.verified === true ? "✔" : " ";
}
