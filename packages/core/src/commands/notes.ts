/** What an interface keeps in the vault: drafts, muted rooms, settings. The engine knows nothing of what they mean. */
import { utf8 } from "@sotto/wire";
import type { Params } from "../api.ts";
import type { Turn } from "../turn.ts";

const KEY = /^[a-z0-9][a-z0-9/._-]{0,127}$/;
const TEXT_BYTES_MAX = 65_536;
const NOTES_MAX = 2000;

export async function putNote(turn: Turn, command: number, { key, text = "" }: Params<"note.put">): Promise<void> {
  const { notes } = turn.state;
  if (!KEY.test(key) || !text.isWellFormed()) return turn.refuse(command, "bad-request");
  if (utf8(text).length > TEXT_BYTES_MAX)
    return turn.refuse(command, "too-long", undefined, `a note has at most ${TEXT_BYTES_MAX} bytes`);
  if (text !== "" && !notes.has(key) && notes.size >= NOTES_MAX)
    return turn.refuse(command, "too-long", undefined, `there are ${NOTES_MAX} notes already, and no more are kept`);
  // What is there already need not be written: an interface may put a draft as often as it likes.
  if (text !== (notes.get(key) ?? "")) turn.putNote(key, text);
  turn.answer(command, {});
}

export async function listNotes(turn: Turn, command: number): Promise<void> {
  turn.answer(
    command,
    [...turn.state.notes].map(([key, text]) => ({ key, text })),
  );
}
