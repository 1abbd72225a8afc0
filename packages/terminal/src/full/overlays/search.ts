/** Ctrl-R and Ctrl-F: results as one types, newest first, and a jump into what was said around one of them. */
import type { Answer, Client, Message, Refusal } from "@sotto/core";
import { ok, type Result } from "@sotto/wire";
import { error, type Line } from "../../output.ts";
import { senderWord, shortDayOf, timeOf } from "../../plain/lines.ts";
import { textWidth } from "../../screen/width.ts";
import { say } from "../../text/index.ts";
import { refusalWords } from "../../words.ts";
import type { Overlay, Overlays } from "../overlay.ts";
import { Picker, type PickerRow } from "./picker.ts";
import { type Piece, type Row, spoken, textOfRow } from "./rows.ts";
import { snippetOf, wordsOf } from "./snippet.ts";

export interface SearchParts {
  readonly client: Pick<Client, "request">;
  readonly overlays: Overlays;
  /** The account of this person. */
  readonly me: string;
  /** The conversation that is open: without one it is searched everywhere. */
  readonly room: { readonly roomId: string; readonly tag: string } | undefined;
  readonly everywhere: boolean;
  /** To begin with. */
  readonly words?: string;
  tag(roomId: string): string;
  /** `words` are to be marked where one arrives. */
  jump(found: { readonly roomId: string; readonly seq: number; readonly words: readonly string[] }): void;
}

type Found = Message & { readonly roomId: string };
interface Question {
  readonly query: string;
  readonly everywhere: boolean;
}

const LIMIT = 100;
/** Under this a result takes two rows: where and when, then what. */
const ONE_ROW_COLUMNS = 64;

export function searchOverlay(parts: SearchParts): Overlay {
  return new Search(parts).picker;
}

class Search {
  readonly picker: Picker<Found>;
  readonly #parts: SearchParts;
  #everywhere: boolean;
  #found: readonly Found[] = [];
  /** What {@link #found} and {@link #fault} answer. */
  #answered: Question;
  #fault: Line | undefined;
  #isAsking = false;

  constructor(parts: SearchParts) {
    this.#parts = parts;
    this.#everywhere = parts.everywhere || parts.room === undefined;
    this.#answered = { query: "", everywhere: this.#everywhere };
    const text = () => say().overlays.search;
    this.picker = new Picker<Found>({
      name: "search",
      title: () => (this.#everywhere ? text().everywhere : text().inRoom(parts.room?.tag ?? "")),
      hints: () => (parts.room === undefined ? text().hints : `${text().hints} · ${text().tab}`),
      isTyped: true,
      query: parts.words ?? "",
      placeholder: () => text().placeholder,
      find: () => this.#found,
      height: (columns) => (columns < ONE_ROW_COLUMNS ? 2 : 1),
      rows: (found, query, columns) => this.#rowsOf(found, query, columns),
      pick: ({ roomId, seq }) => parts.jump({ roomId, seq, words: wordsOf(this.picker.query) }),
      key: (key) => {
        if (key.type !== "chord" || (key.chord !== "tab" && key.chord !== "shift+tab")) return undefined;
        if (parts.room !== undefined) this.#everywhere = !this.#everywhere;
        void this.#ask();
        return "taken";
      },
      changed: () => void this.#ask(),
      nothing: (query) => this.#nothing(query),
    });
    void this.#ask();
  }

  /** One request at a time: what was typed meanwhile is asked after it, the newest alone. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (!isSame(this.#answered, this.#question())) {
      const question = this.#question();
      const result = await this.#request(question);
      this.#take(question, result);
    }
    this.#isAsking = false;
  }

  #question(): Question {
    return { query: this.picker.query.trim(), everywhere: this.#everywhere };
  }

  async #request({ query, everywhere }: Question): Promise<Result<Answer<"message.search">, Refusal>> {
    if (wordsOf(query).length === 0) return ok([]);
    const { client, room } = this.#parts;
    const where = everywhere || room === undefined ? {} : { roomId: room.roomId };
    return client.request("message.search", { query, limit: LIMIT, ...where });
  }

  #take(question: Question, result: Result<Answer<"message.search">, Refusal>): void {
    const isOther = !isSame(this.#answered, question);
    this.#answered = question;
    // The engine gives the oldest first.
    this.#found = result.ok ? result.value.toReversed() : [];
    this.#fault = undefined;
    if (!result.ok) {
      const words = refusalWords(result.error);
      this.#fault = error(words.what, ": ", words.hint);
    }
    if (isOther) this.picker.reset();
    this.#parts.overlays.redraw();
  }

  #nothing(query: string): Line {
    const text = say().overlays.search;
    if (wordsOf(query).length === 0) return [text.how];
    if (!isSame(this.#answered, this.#question())) return [text.asking];
    return this.#fault === undefined ? [text.nothing(query.trim())] : spoken(this.#fault);
  }

  #rowsOf(found: Found, query: string, columns: number): readonly PickerRow[] {
    const isMine = found.senderId === this.#parts.me;
    const when = `${shortDayOf(found.sentAt)} ${timeOf(found.sentAt)}`;
    const who = senderWord(found, this.#parts.me);
    const meta: Row = [
      ...(this.#everywhere ? [{ text: `${this.#parts.tag(found.roomId)} `, role: "title" as const }] : []),
      { text: `${when} `, role: "time" },
      { text: `${who}: `, role: isMine ? "own" : "title" },
    ];
    const words = wordsOf(query);
    if (columns < ONE_ROW_COLUMNS)
      return [{ left: meta }, { left: [INDENT, ...snippetOf(found.text, words, columns - 2)] }];
    const room = Math.max(1, columns - textWidth(textOfRow(meta)));
    return [{ left: [...meta, ...snippetOf(found.text, words, room)] }];
  }
}

const INDENT: Piece = { text: "  ", role: "text" };

function isSame(one: Question, other: Question): boolean {
  return one.query === other.query && one.everywhere === other.everywhere;
}
