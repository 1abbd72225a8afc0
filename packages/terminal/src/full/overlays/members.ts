/** F8: who is in this conversation, whether they are there, and whether they are who they seem. */
import { sanitiseName } from "@sotto/wire";
import { say } from "../../text/index.ts";
import { FuzzyIndex } from "../fuzzy.ts";
import type { Overlay } from "../overlay.ts";
import type { Member, Person } from "../state.ts";
import { personWords, presenceSign, trustSign } from "./people.ts";
import { Picker, type PickerRow } from "./picker.ts";

export interface MembersParts {
  /** `#general` */
  readonly tag: string;
  /** The account of this person. */
  readonly me: string;
  /** Asked at each draw: the list is alive. */
  members(): readonly Member[];
  people(): ReadonlyMap<string, Person>;
  /** The conversation with that person. */
  open(member: Member): void;
  verify(member: Member): void;
}

export function membersOverlay(parts: MembersParts): Overlay {
  return new Picker<Member>({
    name: "members",
    title: () => say().overlays.members.title(parts.tag, parts.members().length),
    hints: () => say().overlays.members.hints,
    isTyped: false,
    placeholder: () => say().overlays.members.placeholder,
    find: (query) => new FuzzyIndex(parts.members(), ({ username }) => ({ text: username })).find(query),
    rows: (member) => [rowOf(member, parts)],
    pick: (member) => {
      if (member.accountId !== parts.me) parts.open(member);
    },
    key: (key, member) => {
      if (key.type === "chord" && key.chord === "f8") return "close";
      if (key.type !== "text" || key.text !== "v") return undefined;
      if (member === undefined || member.accountId === parts.me) return "taken";
      parts.verify(member);
      return "close";
    },
    nothing: () => [say().overlays.members.nothing],
  });
}

function rowOf(member: Member, { people, me }: MembersParts): PickerRow {
  const text = say().overlays.people;
  const person = people().get(member.accountId);
  const isMe = member.accountId === me;
  const known =
    isMe || person === undefined ? (member.role === "owner" ? text.owner : "") : personWords(person, member.role);
  const words = [isMe ? text.you : "", known].filter((word) => word !== "").join(" · ");
  return {
    left: [
      { text: `${presenceSign(person)} `, role: person?.online === true ? "ok" : "dim" },
      { text: `${trustSign(isMe ? undefined : person)} `, role: person?.doubt === undefined ? "ok" : "warning" },
      { text: sanitiseName(member.username), role: "text" },
    ],
    right: [{ text: words, role: person?.doubt === undefined ? "dim" : "warning" }],
  };
}
