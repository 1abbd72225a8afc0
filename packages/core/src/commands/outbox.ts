/** Commands about what waits to be sent. */
import type { Params, WaitingText } from "../api.ts";
import { dropText } from "../outbox.ts";
import type { Turn } from "../turn.ts";

export async function listOutbox(turn: Turn, command: number): Promise<void> {
  const waiting = [...turn.state.rooms.values()].flatMap(({ queue }) => queue);
  waiting.sort((one, other) => one.order - other.order);
  const texts = waiting.flatMap(({ id, room, task, createdAt }): WaitingText[] =>
    task.type === "text" ? [{ messageId: id, roomId: room, text: task.text, at: createdAt }] : [],
  );
  turn.answer(command, texts);
}

export async function dropOutbox(turn: Turn, command: number, params: Params<"outbox.drop">): Promise<void> {
  const waiting = [...turn.state.rooms.values()].flatMap(({ queue }) => queue);
  const intent = waiting.find(({ id, task }) => id === params.messageId && task.type === "text");
  if (intent === undefined) return turn.refuse(command, "not-allowed", undefined, "nothing waits under that id");
  if (!dropText(turn, intent))
    return turn.refuse(command, "not-allowed", undefined, "it may be on its way already: others may read it");
  turn.answer(command, {});
}
