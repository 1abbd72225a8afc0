/** Commands about what was said: reading back, finding, and what stands around a finding. */
import type { Message, RoomLine } from "@sotto/core";
import { error, hint, info, type Line } from "../output.ts";
import { senderWord, shortDayOf, timeOf } from "../plain/lines.ts";
import { say } from "../text/index.ts";
import { type Command, focused, isWord, missing } from "./command.ts";
import type { Desk } from "./desk.ts";
import { pageOf } from "./page.ts";

const HISTORY = { usual: 20, max: 500 } as const;

export const PAST_COMMANDS: readonly Command[] = [
  { name: "history", section: "talk", argument: "[N|more]", completes: ["more"], run: history },
  { name: "search", section: "talk", argument: "[ROOM] WORDS", completes: "conversation", run: search },
  { name: "context", section: "talk", argument: "N", run: context },
];

async function history(desk: Desk, argument: string): Promise<void> {
  const room = focused(desk);
  if (room === undefined) return;
  const text = say().commands.history;
  const isMore = isWord(argument, "more");
  const limit = argument === "" || isMore ? HISTORY.usual : Number(argument);
  if (!Number.isInteger(limit) || limit < 1 || limit > HISTORY.max) return desk.print(error(text.range));
  const before = isMore ? desk.recall.oldest.get(room.roomId) : undefined;
  const items = await pageOf(desk.client, room.roomId, limit, before);
  const [first] = items;
  if (first !== undefined) desk.recall.oldest.set(room.roomId, first.seq);
  if (first === undefined && before !== undefined) desk.print(info(text.start));
  else desk.history(room.roomId, items);
}

async function search(desk: Desk, argument: string): Promise<void> {
  if (missing(desk, argument, "search", "WORDS")) return;
  const asked = within(desk, argument);
  if (asked === undefined) return;
  const { query, room } = asked;
  const found = await desk.ask("message.search", room === undefined ? { query } : { query, roomId: room.roomId });
  if (found === undefined) return;
  const text = say().commands.search;
  desk.recall.found = found.map(({ roomId, seq }) => ({ roomId, seq }));
  found.forEach((message, index) => {
    desk.print(findingLine(desk, index + 1, message));
  });
  if (found.length === 0) desk.print(info(text.none));
  else desk.print(info(text.found(found.length)), hint(text.hint));
}

/** What is looked for, and where: `here WORDS`, `#room WORDS`, `@name WORDS`, or all rooms. */
export function within(desk: Desk, argument: string): { query: string; room?: RoomLine } | undefined {
  const [, first = "", query = ""] = /^(\S+)\s+(\S[\s\S]*)$/.exec(argument) ?? [];
  if (query === "") return { query: argument };
  const room = isWord(first, "here") ? focused(desk) : /^[#@]/.test(first) ? desk.find(first) : "all";
  if (room === "all") return { query: argument };
  return room && { query, room };
}

/** ` 1  Sat 21 Nov 09:40 #general carol: text` */
function findingLine(desk: Desk, number: number, message: Message & { readonly roomId: string }): Line {
  const sender = senderWord(message, desk.me.accountId);
  return [
    `${String(number).padStart(2)}  `,
    { text: `${shortDayOf(message.sentAt)} ${timeOf(message.sentAt)}`, style: "dim" },
    ` ${desk.tag(message.roomId)} `,
    { text: sender, style: "bold" },
    ": ",
    { text: message.text, lines: true },
  ];
}

async function context(desk: Desk, word: string): Promise<void> {
  if (missing(desk, word, "context", "N")) return;
  const found = desk.recall.found[Number(word) - 1];
  const text = say().commands.context;
  if (found === undefined) return desk.print(error(text.unknown(word)), hint(text.hint));
  await desk.around(found.roomId, found.seq);
}
