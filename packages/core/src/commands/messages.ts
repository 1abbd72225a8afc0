/** Commands about messages. */
import { entryId, LIMITS, roomId, utf8 } from "@sotto/wire";
import type { Params } from "../api.ts";
import { answerWhenSent, enqueue } from "../outbox.ts";
import { isWaitingForPerson } from "../proof.ts";
import { directOf } from "../rooms/direct.ts";
import { isDoubtful } from "../rooms/doubt.ts";
import type { Room } from "../state.ts";
import { asMessage } from "../timeline.ts";
import type { Turn } from "../turn.ts";
import { markRead } from "../unread.ts";
import { roomOf } from "./views.ts";

export async function send(turn: Turn, command: number, params: Params<"message.send">): Promise<void> {
  const { text } = params;
  // Half a character has no UTF-8: others would read something else than what is kept here.
  if (text === "" || !text.isWellFormed()) return turn.refuse(command, "bad-request");
  if (utf8(text).length > LIMITS.textBytesMax) return turn.refuse(command, "too-long");
  const id = params.id === undefined ? turn.newId() : entryId(params.id);
  const parsed = roomId(params.roomId);
  const room = parsed && directOf(turn, parsed);
  if (id === undefined) return turn.refuse(command, "bad-request");
  if (room === undefined || room.status === "joining") return turn.refuse(command, "unknown-room");
  const { halted } = turn.state;
  if (halted !== undefined && !isWaitingForPerson(halted)) return turn.refuse(command, halted);
  if (isDoubtful(turn, room)) return turn.refuse(command, "identity-changed");
  if (await isRepeat(turn, command, room, id, text)) return;
  // Behind the word that one leaves, others would read what the person is told was not sent.
  if (room.queue.some(({ task }) => task.type === "leave"))
    return turn.refuse(command, "unknown-room", undefined, "you are leaving this room");
  if (!turn.state.rooms.has(room.room)) turn.addRoom(room);
  enqueue(turn, room, { type: "text", text }, id);
  answerWhenSent(turn, id, command);
  turn.attend(room.room);
}

/** A repeat of an id: the same text gets the first answer again, another text is refused. */
async function isRepeat(
  turn: Turn,
  command: number,
  room: Room,
  id: NonNullable<ReturnType<typeof entryId>>,
  text: string,
) {
  const waiting = [...turn.state.rooms.values()].flatMap((one) => one.queue).find((intent) => intent.id === id);
  if (waiting !== undefined) {
    if (waiting.room === room.room && waiting.task.type === "text" && waiting.task.text === text)
      answerWhenSent(turn, id, command);
    else turn.refuse(command, "id-reused");
    return true;
  }
  const stored = await turn.store.message(room.room, id);
  if (stored === undefined) return false;
  if (stored.text === text && stored.device === turn.me.device)
    turn.answer(command, { messageId: id, seq: stored.seq });
  else turn.refuse(command, "id-reused");
  return true;
}

export async function list(turn: Turn, command: number, params: Params<"message.list">): Promise<void> {
  const parsed = roomId(params.roomId);
  const room = parsed && directOf(turn, parsed);
  if (room === undefined || room.status === "joining") return turn.refuse(command, "unknown-room");
  const found = await turn.store.messages(room.room, params.before, params.limit ?? 50);
  turn.answer(
    command,
    found.map((message) => asMessage(turn, message)),
  );
}

export async function read(turn: Turn, command: number, params: Params<"message.markRead">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  if (room === undefined) return;
  await markRead(turn, room.room, params.seq);
  turn.answer(command, {});
}

export async function search(turn: Turn, command: number, params: Params<"message.search">): Promise<void> {
  const room = params.roomId === undefined ? undefined : roomOf(turn, command, params.roomId);
  if (params.roomId !== undefined && room === undefined) return;
  const found = await turn.store.search(params.query, room?.room, params.limit ?? 50);
  turn.answer(
    command,
    found.map((message) => ({ ...asMessage(turn, message), roomId: message.room })),
  );
}
