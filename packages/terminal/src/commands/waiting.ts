/** Commands about messages that the relay does not have yet. */
import { error, hint, info } from "../output.ts";
import { shortDayOf, timeOf } from "../plain/lines.ts";
import { say } from "../text/index.ts";
import { type Command, isSure, missing } from "./command.ts";
import type { Desk } from "./desk.ts";

export const WAITING_COMMANDS: readonly Command[] = [
  {
    name: "waiting",
    section: "talk",
    argument: "",
    async run(desk) {
      const waiting = await desk.ask("outbox.list", {});
      if (waiting === undefined) return;
      const text = say().commands.waiting;
      desk.recall.waiting = waiting.map(({ messageId }) => messageId);
      desk.print(info(waiting.length === 0 ? text.none : text.count(waiting.length)));
      waiting.forEach(({ roomId, text: said, at }, index) => {
        const when = `${shortDayOf(at)} ${timeOf(at)}`;
        desk.print([
          `${String(index + 1).padStart(2)}  `,
          { text: when, style: "dim" },
          ` ${desk.tag(roomId)}: `,
          { text: said, lines: true },
        ]);
      });
    },
  },
  { name: "drop", section: "talk", argument: "N", run: drop },
];

async function drop(desk: Desk, word: string): Promise<void> {
  if (missing(desk, word, "drop", "N")) return;
  const text = say().commands.drop;
  const messageId = desk.recall.waiting[Number(word) - 1];
  if (messageId === undefined) return desk.print(error(text.unknown(word)), hint(text.hint));
  if (!(await isSure(desk.screen, text.sure))) return desk.print(info(text.kept));
  const done = await desk.client.request("outbox.drop", { messageId });
  if (done.ok) desk.print(info(text.done));
  else if (done.error.code === "not-allowed") desk.print(error(text.late));
  else desk.refused(done.error);
}
