/** A store that forgets, for tests: the same answers as the database, also on a later tick. */
import { setImmediate } from "node:timers/promises";
import {
  type Change,
  SHELF,
  type Store,
  type StoredEntry,
  type StoredEvent,
  type StoredItem,
  type StoredMessage,
  VaultError,
  type Window,
} from "@sotto/core";
import type { AccountId } from "@sotto/wire";
import { wordsOf } from "./words.ts";

interface Contents {
  readonly records: Map<string, Uint8Array>;
  readonly entries: Map<string, StoredEntry>;
  /** In the order of arrival. */
  readonly messages: StoredMessage[];
  readonly events: StoredEvent[];
}

export function memoryStore(): Store {
  let contents: Contents = { records: new Map(), entries: new Map(), messages: [], events: [] };
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();
  /** A later tick, and in the order of the calls. */
  const later = <Value>(run: () => Value): Promise<Value> => {
    const value = turn
      .then(() => setImmediate())
      .then(() => {
        if (closed) throw new VaultError("internal", "the vault is closed");
        return run();
      });
    turn = value.catch(() => {});
    return value;
  };
  const inRoom = (room: string) => contents.messages.filter((message) => message.room === room).sort(bySeq);
  return {
    load: () => later(() => new Map([...contents.records].map(([key, value]) => [key, new Uint8Array(value)]))),
    commit(changes) {
      const copied = structuredClone(changes); // who calls may go on to use the bytes
      return later(() => {
        contents = copied.reduce(applied, {
          records: new Map(contents.records),
          entries: new Map(contents.entries),
          messages: [...contents.messages],
          events: [...contents.events],
        });
      });
    },
    messages: (room, before, limit) =>
      later(() =>
        lastOf(
          inRoom(room).filter(({ seq }) => before === undefined || seq < before),
          limit,
        ),
      ),
    timeline: (room, window, limit) => later(() => timelineOf(contents, room, window, limit)),
    message: (room, id) => later(() => inRoom(room).find((message) => message.id === id)),
    search: (query, room, limit) =>
      later(() => {
        const words = wordsOf(query).map(tokensOf);
        const among = contents.messages.filter((message) => room === undefined || message.room === room);
        return words.length === 0
          ? []
          : lastOf(
              among.filter(({ text }) => isFound(tokensOf(text), words)),
              limit,
            );
      }),
    unread: (room, seq, self, last = Number.POSITIVE_INFINITY) =>
      later(() => {
        const counts = new Map<AccountId, number>();
        for (const message of inRoom(room)) {
          if (message.seq <= seq || message.seq > last || message.account === self) continue;
          counts.set(message.account, (counts.get(message.account) ?? 0) + 1);
        }
        return counts;
      }),
    hashAt: (room, seq) => later(() => contents.entries.get(`${room} ${seq}`)?.hash),
    entries: (room, seq, limit) =>
      later(() =>
        [...contents.entries.values()]
          .filter((entry) => entry.room === room && entry.seq >= seq)
          .sort((one, other) => one.seq - other.seq)
          .slice(0, limit),
      ),
    async close() {
      await turn;
      closed = true;
    },
  };
}

function timelineOf(contents: Contents, room: string, { before, after }: Window, limit: number): readonly StoredItem[] {
  const items = [
    ...contents.messages.map((message): StoredItem => ({ type: "message", message })),
    ...contents.events.map((event): StoredItem => ({ type: "event", event })),
  ].filter((item) => {
    const [place, { room: where }] = [seqOf(item), item.type === "message" ? item.message : item.event];
    return where === room && (before === undefined || place < before) && (after === undefined || place > after);
  });
  // Whole places: as many as it takes to have so many.
  const places = [...new Set(items.sort(byPlace).map(seqOf))];
  const part: StoredItem[] = [];
  for (const place of after === undefined ? places.toReversed() : places)
    if (part.length < limit) part.push(...items.filter((item) => seqOf(item) === place));
  return part.sort(byPlace);
}

const bySeq = (one: StoredMessage, other: StoredMessage) => one.seq - other.seq;
const seqOf = (item: StoredItem) => (item.type === "message" ? item.message.seq : item.event.seq);
const byPlace = (one: StoredItem, other: StoredItem) =>
  seqOf(one) - seqOf(other) ||
  (one.type === "event" && other.type === "event" ? one.event.number - other.event.number : 0);
const lastOf = <Item>(items: readonly Item[], limit: number): readonly Item[] => (limit > 0 ? items.slice(-limit) : []);

function applied(contents: Contents, change: Change): Contents {
  switch (change.type) {
    case "put":
      if (!(change.value instanceof Uint8Array)) throw new VaultError("internal", "a record is bytes");
      contents.records.set(change.key, change.value);
      break;
    case "delete":
      contents.records.delete(change.key);
      break;
    case "entry":
      contents.entries.set(`${change.entry.room} ${change.entry.seq}`, change.entry);
      break;
    case "forget": {
      const { room, seq } = change;
      const kept = contents.messages.filter((message) => message.room !== room || message.seq <= seq);
      for (const [key, entry] of contents.entries)
        if (entry.room === room && entry.seq > seq) contents.entries.delete(key);
      contents.messages.splice(0, contents.messages.length, ...kept);
      const events = contents.events.filter((event) => event.room !== room || event.seq <= seq);
      contents.events.splice(0, contents.events.length, ...events);
      break;
    }
    case "shelve": {
      const { room } = change;
      for (const [key, entry] of contents.entries) if (entry.room === room) contents.entries.delete(key);
      for (const [index, message] of contents.messages.entries())
        if (message.room === room) contents.messages[index] = { ...message, seq: message.seq - SHELF };
      for (const [index, event] of contents.events.entries())
        if (event.room === room) contents.events[index] = { ...event, seq: event.seq - SHELF };
      break;
    }
    case "event": {
      const { room, seq, number } = change.event;
      const isStored = contents.events.some((one) => one.room === room && one.seq === seq && one.number === number);
      if (!isStored) contents.events.push(change.event);
      break;
    }
    case "message": {
      const { room, seq } = change.message;
      const isStored = contents.messages.some((message) => message.room === room && message.seq === seq);
      if (!isStored) contents.messages.push(change.message);
      break;
    }
  }
  return contents;
}

/** As unicode61 with remove_diacritics: runs of letters and digits, folded, without marks. */
function tokensOf(text: string): readonly string[] {
  const folded = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return folded.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
}

/** Every word is there (a word of several tokens as a phrase), the last token of the last one as a prefix. */
function isFound(tokens: readonly string[], words: readonly (readonly string[])[]): boolean {
  return words.every((phrase, index) => {
    const isLast = index === words.length - 1;
    return tokens.some((_, at) =>
      phrase.every((part, step) => {
        const token = tokens[at + step];
        return isLast && step === phrase.length - 1 ? (token?.startsWith(part) ?? false) : token === part;
      }),
    );
  });
}
