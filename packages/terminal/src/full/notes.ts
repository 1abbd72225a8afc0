/**
 * What is kept in the vault of what was typed: drafts and refused texts, by room. A draft is written within a second
 * of the last key, and at once when another room is opened or sotto ends.
 */
import type { Client, NoteLine, Refusal } from "@sotto/core";
import { CODES, utf8 } from "@sotto/wire";
import { composerOf, textOf } from "../screen/composer.ts";
import { editingOf } from "../screen/editing.ts";
import type { Board } from "./board.ts";
import { withDraft } from "./model/composing.ts";
import type { Model } from "./model/model.ts";
import type { OwnText } from "./model/own.ts";

const WAIT_MS = 800;
/** What could not be kept is tried again after so long. */
const RETRY_MS = 5000;
const NOTE_BYTES_MAX = 65_536;
/** A draft of more than this many notes is not kept whole: it could never be sent, and was never typed by hand. */
const PARTS_MAX = 16;
/** Where no conversation is open. */
const NOWHERE = "none";
/** The conversation that was open last. */
const LAST_OPEN = "open";

export class Notes {
  readonly #client: Client;
  readonly #board: Board;
  readonly #told: (refusal: Refusal | undefined) => void;
  /** What could not be kept, by key: the disk may have room again. */
  readonly #unkept = new Map<string, string>();
  #isFailing = false;
  #retry: NodeJS.Timeout | undefined;
  /** What changed since it was written, by place. */
  readonly #changed = new Set<string>();
  /** Notes that the draft of a place has. */
  readonly #parts = new Map<string, number>();
  /** Another conversation was opened since. */
  #isElsewhere = false;
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<unknown> = Promise.resolve();

  /** @param told - once why something that was typed could not be kept, and with undefined when all of it is. */
  constructor(client: Client, board: Board, told: (refusal: Refusal | undefined) => void) {
    this.#client = client;
    this.#board = board;
    this.#told = told;
    board.watch((model, before) => this.#watch(model, before));
  }

  /** Puts drafts back, and gives the texts that were refused. Before anything is typed. */
  restore(notes: readonly NoteLine[]): readonly (OwnText & { readonly roomId: string })[] {
    const drafts = new Map<string, string[]>();
    for (const { key, text } of notes) {
      const [, place = "", part = "0"] = /^draft\/([0-9a-f]{64}|none)(?:\/([0-9]{1,2}))?$/.exec(key) ?? [];
      if (place === "") continue;
      const parts = drafts.get(place) ?? [];
      parts[Number(part)] = text;
      drafts.set(place, parts);
    }
    for (const [place, parts] of drafts) {
      this.#parts.set(place, parts.length);
      this.#board.change((model) =>
        withDraft(model, place === NOWHERE ? "" : place, editingOf(composerOf(parts.join("")))),
      );
    }
    this.#changed.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return notes.flatMap((note) => failedOf(note) ?? []);
  }

  /** Writes what is not written yet, and waits until it is. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    this.#timer = undefined;
    this.#retry = undefined;
    for (const [key, text] of this.#unkept) this.#put(key, text);
    // Where a text went to comes before where it was: who is killed in between has it twice, and not nowhere.
    const [emptied, others] = [new Set<string>(), new Set<string>()];
    for (const place of this.#changed) (this.#text(place) === "" ? emptied : others).add(place);
    for (const place of [...others, ...emptied]) this.#write(place);
    this.#changed.clear();
    if (this.#isElsewhere) this.#put(LAST_OPEN, this.#board.model.open?.roomId ?? "");
    this.#isElsewhere = false;
    await this.#written;
  }

  keepFailed(roomId: string, { messageId, text, at, refusal }: OwnText): void {
    if (refusal === undefined) return;
    const kept = JSON.stringify({ text, at, code: refusal.code, message: refusal.message });
    this.#put(`failed/${roomId}/${messageId}`, kept);
  }

  dropFailed(roomId: string, messageId: string): void {
    this.#put(`failed/${roomId}/${messageId}`, "");
  }

  #watch(model: Model, before: Model): void {
    if (model.editings !== before.editings) {
      for (const [place, { composer }] of model.editings) {
        // A cursor that moved counts too: the engine writes nothing that it has already.
        if (composer !== before.editings.get(place)?.composer) this.#changed.add(place);
      }
      if (this.#changed.size > 0) this.#timer ??= setTimeout(() => void this.flush(), WAIT_MS);
    }
    if (model.open?.roomId === before.open?.roomId) return;
    if (this.#changed.size > 0) void this.flush();
    this.#isElsewhere = true;
    this.#timer ??= setTimeout(() => void this.flush(), WAIT_MS);
  }

  #text(room: string): string {
    const editing = this.#board.model.editings.get(room);
    return editing === undefined ? "" : textOf(editing.composer);
  }

  #write(room: string): void {
    const place = room === "" ? NOWHERE : room;
    const parts = partsOf(this.#text(room));
    const had = this.#parts.get(place) ?? 0;
    for (let part = 0; part < Math.max(had, parts.length); part++) {
      const key = part === 0 ? `draft/${place}` : `draft/${place}/${part}`;
      this.#put(key, parts[part] ?? "");
    }
    this.#parts.set(place, parts.length);
  }

  #put(key: string, text: string): void {
    const put = this.#client.request("note.put", { key, text }).then((answer) => {
      if (answer.ok) this.#kept(key);
      else this.#missed(key, text, answer.error);
    });
    this.#written = Promise.all([this.#written, put]);
  }

  #kept(key: string): void {
    this.#unkept.delete(key);
    if (!this.#isFailing || this.#unkept.size > 0) return;
    this.#isFailing = false;
    this.#told(undefined);
  }

  #missed(key: string, text: string, refusal: Refusal): void {
    // Who ends sotto is told nothing any more, and nothing is tried again.
    if (refusal.code === "offline") return;
    this.#unkept.set(key, text);
    this.#retry ??= setTimeout(() => void this.flush(), RETRY_MS);
    this.#retry.unref();
    if (!this.#isFailing) this.#told(refusal);
    this.#isFailing = true;
  }
}

/** The conversation that was open when sotto ended, or died. */
export function lastOpen(notes: readonly NoteLine[]): string | undefined {
  return notes.find(({ key }) => key === LAST_OPEN)?.text;
}

/** In notes of the size that the engine takes, each of whole characters. */
function partsOf(text: string): string[] {
  const whole = text.toWellFormed();
  if (whole === "") return [];
  if (utf8(whole).length <= NOTE_BYTES_MAX) return [whole];
  const parts: string[] = [];
  // No code unit has more than three bytes.
  const step = Math.floor(NOTE_BYTES_MAX / 3);
  for (let from = 0; from < whole.length && parts.length < PARTS_MAX; ) {
    let until = Math.min(whole.length, from + step);
    const last = whole.charCodeAt(until - 1);
    if (until < whole.length && last >= 0xd800 && last < 0xdc00) until--;
    parts.push(whole.slice(from, until));
    from = until;
  }
  return parts;
}

function failedOf({ key, text }: NoteLine): (OwnText & { readonly roomId: string }) | undefined {
  const [, roomId, messageId] = /^failed\/([0-9a-f]{64})\/([0-9a-f]{32})$/.exec(key) ?? [];
  if (roomId === undefined || messageId === undefined) return undefined;
  const kept = jsonOf(text);
  const code = CODES.find((known) => known === kept.code);
  if (typeof kept.text !== "string" || typeof kept.at !== "number" || code === undefined) return undefined;
  const message = typeof kept.message === "string" ? kept.message : "";
  return { roomId, messageId, text: kept.text, at: kept.at, refusal: { code, message } };
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
