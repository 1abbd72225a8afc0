/** What Tab offers: commands, people, rooms and emoji, by where the word stands. */
import type { Completion } from "../screen/editor.ts";
import { argumentWords } from "./command.ts";
import type { Desk } from "./desk.ts";
import { EMOJI } from "./emoji.ts";
import { COMMANDS, commandNamed } from "./table.ts";

export function complete(desk: Desk, before: string): Completion {
  const word = /\S*$/.exec(before)?.[0] ?? "";
  return emoji(word) ?? { word, candidates: candidates(desk, before, word) };
}

/** Two letters at least: a colon alone is no wish for one. */
function emoji(word: string): Completion | undefined {
  const name = /^:([a-z0-9_+-]{2,}):?$/.exec(word)?.[1];
  if (name === undefined) return undefined;
  const exact = word.endsWith(":") ? EMOJI.get(name) : undefined;
  if (exact !== undefined) return { word, candidates: [exact] };
  const found = [...EMOJI].filter(([known]) => known.startsWith(name));
  return {
    word,
    candidates: found.map(([, sign]) => sign),
    labels: found.map(([known, sign]) => `${sign} :${known}:`),
  };
}

function candidates(desk: Desk, before: string, word: string): readonly string[] {
  const sign = /^[/!]/.exec(before)?.[0];
  const people = desk.people.map((name) => `@${name}`);
  const rooms = desk.rooms.all.map((room) => desk.tag(room.roomId));
  if (sign !== undefined && word === before) return starting(names(sign), word);
  if (sign !== undefined) {
    const [name = "", ...words] = before.slice(1).split(/\s+/);
    return starting(ofArgument(desk, name.toLowerCase(), words.length, [people, rooms]), word);
  }
  if (word.startsWith("@")) return starting([...people, ...rooms], word);
  if (word.startsWith("#")) return starting(rooms, word);
  return word === "" ? [] : starting(desk.people, word);
}

function names(sign: string): readonly string[] {
  return COMMANDS.map(({ name }) => `${sign}${name}`);
}

/** @param place - 1 for the first word behind the command. */
function ofArgument(
  desk: Desk,
  name: string,
  place: number,
  [people, rooms]: readonly [readonly string[], readonly string[]],
): readonly string[] {
  const command = commandNamed(name);
  if (typeof command?.completes === "object") return place === 1 ? command.completes.map(argumentWords) : [];
  switch (command?.completes) {
    case "person":
      return desk.people;
    case "room":
      return rooms;
    case "conversation":
      return [...desk.people, ...people, ...rooms];
    case "command":
      return names("");
    case undefined:
      return [];
  }
}

function starting(all: readonly string[], word: string): readonly string[] {
  return [...new Set(all)].filter((name) => name.toLowerCase().startsWith(word.toLowerCase())).sort();
}
