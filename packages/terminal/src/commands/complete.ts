/** What Tab offers: commands, people and rooms, by where the word stands. */
import type { Completion } from "../screen/editor.ts";
import type { Desk } from "./desk.ts";
import { COMMANDS, commandNamed } from "./table.ts";

export function complete(desk: Desk, before: string): Completion {
  const word = /\S*$/.exec(before)?.[0] ?? "";
  return { word, candidates: candidates(desk, before, word) };
}

function candidates(desk: Desk, before: string, word: string): string[] {
  const sign = /^[/!]/.exec(before)?.[0];
  if (sign !== undefined && word === before)
    return starting(
      COMMANDS.map(({ name }) => `${sign}${name}`),
      word,
    );
  const people = desk.people.map((name) => `@${name}`);
  const rooms = desk.rooms.all.map((room) => desk.tag(room.roomId));
  if (sign !== undefined) {
    const command = commandNamed(/^[/!](\S*)/.exec(before)?.[1]?.toLowerCase() ?? "");
    switch (command?.completes) {
      case "person":
        return starting(desk.people, word);
      case "room":
        return starting(rooms, word);
      case "conversation":
        return starting([...desk.people, ...people, ...rooms], word);
      case "command":
        return starting(
          COMMANDS.map(({ name }) => name),
          word,
        );
      default:
        return [];
    }
  }
  if (word.startsWith("@")) return starting([...people, ...rooms], word);
  if (word.startsWith("#")) return starting(rooms, word);
  return word === "" ? [] : starting(desk.people, word);
}

function starting(names: readonly string[], word: string): string[] {
  return [...new Set(names)].filter((name) => name.toLowerCase().startsWith(word.toLowerCase())).sort();
}
