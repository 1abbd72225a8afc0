/** What every store does: run by the database and by the one in memory. */
// Over 400 lines: one list of short claims, each about one thing that a store does.
import {
  type Change,
  SHELF,
  type Store,
  type StoredEntry,
  type StoredEvent,
  type StoredItem,
  type StoredMessage,
} from "@sotto/core";
import { type AccountId, accountId, deviceId, entryId, type RoomId, roomId } from "@sotto/wire";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";

export const room = (digit: string): RoomId => roomId(digit.repeat(64))!;
export const account = (digit: string): AccountId => accountId(digit.repeat(64))!;

export function message(seq: number, text: string, change: Partial<StoredMessage> = {}): StoredMessage {
  const id = entryId(seq.toString(16).padStart(32, "0"))!;
  return {
    room: room("a"),
    seq,
    id,
    account: account("1"),
    device: deviceId("d".repeat(32))!,
    sentAt: 1_700_000_000_000,
    text,
    ...change,
  };
}

function entry(seq: number, change: Partial<StoredEntry> = {}): StoredEntry {
  return {
    room: room("a"),
    seq,
    kind: "message",
    id: entryId(seq.toString(16).padStart(32, "0"))!,
    device: deviceId("d".repeat(32))!,
    base: 0,
    header: new Uint8Array(0),
    bytes: Uint8Array.of(1, 2, 3),
    hash: new Uint8Array(32).fill(seq),
    ...change,
  };
}

function event(seq: number, number: number, change: Partial<StoredEvent> = {}): StoredEvent {
  return {
    room: room("a"),
    seq,
    number,
    at: 1_700_000_000_000 + number,
    event: "joined",
    by: account("1"),
    who: undefined,
    name: undefined,
    ...change,
  };
}

const happen = (...events: readonly StoredEvent[]): Change[] => events.map((one) => ({ type: "event", event: one }));
/** `5` for a message, `5.0` for the first event in that place. */
const places = (items: readonly StoredItem[]) =>
  items.map((item) => (item.type === "message" ? `${item.message.seq}` : `${item.event.seq}.${item.event.number}`));
const add = (...messages: readonly StoredMessage[]): Change[] =>
  messages.map((one) => ({ type: "message", message: one }));
const put = (key: string, ...bytes: readonly number[]): Change => ({ type: "put", key, value: Uint8Array.from(bytes) });
const seqs = (messages: readonly StoredMessage[]) => messages.map(({ seq }) => seq);

/** @param open - an empty store; it is closed after each test. */
export function storeSuite(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    const opened: Store[] = [];
    const empty = async () => {
      const store = await open();
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    test("an empty store has nothing", async () => {
      const store = await empty();
      expect(await store.load()).toEqual(new Map());
      expect(await store.messages(room("a"), undefined, 50)).toEqual([]);
      expect(await store.message(room("a"), message(1, "").id)).toBeUndefined();
      expect(await store.search("x", undefined, 10)).toEqual([]);
      expect(await store.unread(room("a"), 0, account("1"))).toEqual(new Map());
      expect(await store.hashAt(room("a"), 1)).toBeUndefined();
      expect(await store.timeline(room("a"), {}, 10)).toEqual([]);
    });

    test("records are put, replaced and deleted, in the order of a commit", async () => {
      const store = await empty();
      await store.commit([put("a", 1), put("b"), put("c", 3)]);
      await store.commit([
        put("a", 4, 5),
        { type: "delete", key: "c" },
        put("c", 6),
        { type: "delete", key: "nobody" },
      ]);
      expect(await store.load()).toEqual(
        new Map([
          ["a", Uint8Array.of(4, 5)],
          ["b", new Uint8Array(0)],
          ["c", Uint8Array.of(6)],
        ]),
      );
    });

    test("a commit that fails leaves nothing of itself, and the store goes on", async () => {
      const store = await empty();
      await store.commit([put("a", 1), ...add(message(1, "first")), { type: "entry", entry: entry(1) }]);
      const broken = { type: "put", key: "b", value: "no bytes" as unknown as Uint8Array } as const;
      await expect(store.commit([put("a", 2), ...add(message(2, "second")), broken])).rejects.toThrow();
      expect(await store.load()).toEqual(new Map([["a", Uint8Array.of(1)]]));
      expect(seqs(await store.messages(room("a"), undefined, 10))).toEqual([1]);
      expect(await store.search("second", undefined, 10)).toEqual([]);
      await store.commit(add(message(2, "second")));
      expect(seqs(await store.search("second", undefined, 10))).toEqual([2]);
    });

    test("a place that is told again keeps the message that was shown and takes the entry that came later", async () => {
      const store = await empty();
      await store.commit([...add(message(1, "first")), { type: "entry", entry: entry(1) }]);
      const later = { ...entry(1), hash: new Uint8Array(32).fill(9) };
      await store.commit([...add(message(1, "again")), { type: "entry", entry: later }]);
      expect((await store.messages(room("a"), undefined, 10)).map(({ text }) => text)).toEqual(["first"]);
      expect(await store.search("again", undefined, 10)).toEqual([]);
      expect(await store.hashAt(room("a"), 1)).toEqual(later.hash);
    });

    test("entries are given as they came, in their order, a room's own alone", async () => {
      const store = await empty();
      const all = [3, 1, 2].map((seq) => entry(seq, { kind: seq === 2 ? "commit" : "message" }));
      await store.commit([...all, entry(1, { room: room("b") })].map((one) => ({ type: "entry", entry: one })));
      expect(await store.entries(room("a"), 2, 10)).toEqual([all[2], all[0]]);
      expect(await store.entries(room("a"), 1, 1)).toEqual([all[1]]);
      expect(await store.entries(room("a"), 4, 10)).toEqual([]);
      expect(await store.entries(room("c"), 1, 10)).toEqual([]);
    });

    test("what is forgotten of a room makes way for others, and is found no more", async () => {
      const store = await empty();
      const texts = [message(1, "first"), message(2, "second"), message(3, "third")];
      await store.commit([
        ...add(...texts, message(3, "third too", { room: room("b") })),
        ...[1, 2, 3].map((seq) => ({ type: "entry", entry: entry(seq) }) as const),
      ]);
      await store.commit([{ type: "forget", room: room("a"), seq: 1 }, ...add(message(2, "another"))]);
      expect((await store.messages(room("a"), undefined, 10)).map(({ text }) => text)).toEqual(["first", "another"]);
      expect((await store.search("third", undefined, 10)).map(({ text }) => text)).toEqual(["third too"]);
      expect(seqs(await store.search("another", undefined, 10))).toEqual([2]);
      expect(await store.search("second", undefined, 10)).toEqual([]);
      expect((await store.entries(room("a"), 1, 10)).map(({ seq }) => seq)).toEqual([1]);
      expect(await store.hashAt(room("a"), 2)).toBeUndefined();
    });

    test("a log that begins anew leaves what was said before it, in its order, below what comes", async () => {
      const store = await empty();
      await store.commit([...add(message(1, "first"), message(2, "second")), { type: "entry", entry: entry(1) }]);
      await store.commit([{ type: "shelve", room: room("a") }, ...add(message(1, "third"))]);
      await store.commit([{ type: "shelve", room: room("a") }, ...add(message(1, "fourth"))]);
      const all = (await store.messages(room("a"), undefined, 10)).map(({ text }) => text);
      expect(all).toEqual(["first", "second", "third", "fourth"]);
      expect((await store.search("first", undefined, 10)).map(({ text }) => text)).toEqual(["first"]);
      expect(await store.entries(room("a"), 1, 10)).toEqual([]);
      expect(await store.unread(room("a"), 0, account("2"))).toEqual(new Map([[account("1"), 1]]));
    });

    test("commits are carried out in the order of the calls, and what is read later sees them", async () => {
      const store = await empty();
      const commits = Array.from({ length: 50 }, (_, index) => store.commit([put("a", index)]));
      expect((await store.load()).get("a")).toEqual(Uint8Array.of(49));
      await Promise.all(commits);
    });

    test("bytes that the caller changes after the call are stored as they were", async () => {
      const store = await empty();
      const value = Uint8Array.of(1);
      const done = store.commit([{ type: "put", key: "a", value }]);
      value[0] = 2;
      await done;
      const read = (await store.load()).get("a")!;
      expect(read).toEqual(Uint8Array.of(1));
      read[0] = 3;
      expect((await store.load()).get("a")).toEqual(Uint8Array.of(1));
    });

    test("messages: the newest below a seq, oldest first, of one room", async () => {
      const store = await empty();
      const other = message(4, "elsewhere", { room: room("b") });
      await store.commit(add(message(7, "c"), message(3, "a"), other, message(5, "b"), message(9, "d")));
      expect(seqs(await store.messages(room("a"), undefined, 50))).toEqual([3, 5, 7, 9]);
      expect(seqs(await store.messages(room("a"), undefined, 2))).toEqual([7, 9]);
      expect(seqs(await store.messages(room("a"), 7, 2))).toEqual([3, 5]);
      expect(seqs(await store.messages(room("a"), 3, 2))).toEqual([]);
      expect(seqs(await store.messages(room("a"), undefined, 0))).toEqual([]);
      expect(await store.messages(room("b"), undefined, 50)).toEqual([other]);
    });

    test("a message comes back as it was, found by its id in its room", async () => {
      const store = await empty();
      const text = "a\u0000b \u001b[2J ‮ 👩‍👩‍👧 \r\n 'quote\" ; --";
      const stored = message(Number.MAX_SAFE_INTEGER, text, { sentAt: Number.MAX_SAFE_INTEGER, account: account("2") });
      await store.commit(add(stored, message(2, "", { sentAt: 0 })));
      expect(await store.message(room("a"), stored.id)).toEqual(stored);
      expect(await store.message(room("b"), stored.id)).toBeUndefined();
      expect(await store.messages(room("a"), undefined, 1)).toEqual([stored]);
    });

    test("an id that is used twice names the first of the two", async () => {
      const store = await empty();
      const first = message(5, "first");
      await store.commit(add(first, message(9, "second", { id: first.id })));
      expect(await store.message(room("a"), first.id)).toEqual(first);
    });

    describe("the timeline", () => {
      const filled = async () => {
        const store = await empty();
        const texts = [1, 2, 4, 6, 7].map((seq) => message(seq, `text ${seq}`));
        const events = [
          event(0, 0, { event: "made" }),
          event(3, 0),
          event(5, 2),
          event(5, 0),
          event(5, 1),
          event(8, 0),
        ];
        await store.commit([...add(...texts), ...happen(...events)]);
        await store.commit([
          ...add(message(9, "elsewhere", { room: room("b") })),
          ...happen(event(10, 0, { room: room("b") })),
        ]);
        return store;
      };
      const ALL = ["0.0", "1", "2", "3.0", "4", "5.0", "5.1", "5.2", "6", "7", "8.0"];

      test.each([
        { window: {}, limit: 50, found: ALL },
        { window: {}, limit: 1, found: ["8.0"] },
        { window: {}, limit: 3, found: ["6", "7", "8.0"] },
        { window: { before: 4 }, limit: 2, found: ["2", "3.0"] },
        { window: { before: 0 }, limit: 2, found: [] },
        { window: { before: 1 }, limit: 2, found: ["0.0"] },
        { window: { after: 2 }, limit: 2, found: ["3.0", "4"] },
        { window: { after: 7 }, limit: 2, found: ["8.0"] },
        { window: { after: 8 }, limit: 2, found: [] },
        { window: { after: -1 }, limit: 2, found: ["0.0", "1"] },
        // Events of one place are not torn apart: neither by the limit nor by their number.
        { window: { before: 6 }, limit: 1, found: ["5.0", "5.1", "5.2"] },
        { window: { before: 6 }, limit: 2, found: ["5.0", "5.1", "5.2"] },
        { window: { before: 6 }, limit: 4, found: ["4", "5.0", "5.1", "5.2"] },
        { window: { before: 7 }, limit: 2, found: ["5.0", "5.1", "5.2", "6"] },
        { window: { after: 4 }, limit: 1, found: ["5.0", "5.1", "5.2"] },
        { window: { after: 3 }, limit: 2, found: ["4", "5.0", "5.1", "5.2"] },
        { window: { after: 4 }, limit: 4, found: ["5.0", "5.1", "5.2", "6"] },
      ])("$limit items of $window", async ({ window, limit, found }) => {
        const store = await filled();
        expect(places(await store.timeline(room("a"), window, limit))).toEqual(found);
      });

      test("is of one room, and an item comes back as it was", async () => {
        const store = await empty();
        const [made, brought] = [
          event(0, 0, { event: "renamed", name: "a\u0000'\"; ‮ 👩‍👩‍👧", at: 0 }),
          event(2, 0, { event: "added", who: account("2") }),
        ];
        const text = message(1, "text");
        await store.commit([...happen(brought, made), ...add(text)]);
        expect(await store.timeline(room("b"), {}, 10)).toEqual([]);
        expect(await store.timeline(room("a"), {}, 10)).toEqual([
          { type: "event", event: made },
          { type: "message", message: text },
          { type: "event", event: brought },
        ]);
      });

      test("an event that is told again stays as it was first", async () => {
        const store = await empty();
        await store.commit(happen(event(1, 0)));
        await store.commit(happen(event(1, 0, { event: "left" }), event(1, 1, { event: "left" })));
        const items = await store.timeline(room("a"), {}, 10);
        expect(items.map((item) => item.type === "event" && item.event.event)).toEqual(["joined", "left"]);
      });

      test("what is forgotten goes with its events, and what is shelved keeps its order", async () => {
        const store = await filled();
        await store.commit([{ type: "forget", room: room("a"), seq: 4 }]);
        expect(places(await store.timeline(room("a"), {}, 50))).toEqual(ALL.slice(0, 5));
        await store.commit([{ type: "shelve", room: room("a") }, ...happen(event(0, 0)), ...add(message(1, "anew"))]);
        await store.commit([{ type: "shelve", room: room("a") }, ...happen(event(0, 0))]);
        const below = (place: string, shelves: number) => {
          const [seq = "", number] = place.split(".");
          const lower = String(Number(seq) - shelves * SHELF);
          return number === undefined ? lower : `${lower}.${number}`;
        };
        const all = [...ALL.slice(0, 5).map((place) => below(place, 2)), below("0.0", 1), below("1", 1), "0.0"];
        expect(places(await store.timeline(room("a"), {}, 50))).toEqual(all);
        expect(places(await store.timeline(room("a"), { before: 0 }, 2))).toEqual(all.slice(5, 7));
        expect(places(await store.timeline(room("a"), { after: 2 - 2 * SHELF }, 3))).toEqual(all.slice(3, 6));
        expect(places(await store.timeline(room("b"), {}, 50))).toEqual(["9", "10.0"]);
      });

      test("every page of any timeline is a part of it, and pages that follow each other leave nothing out", async () => {
        const plan = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
        await fc.assert(
          fc.asyncProperty(
            plan,
            fc.integer({ min: 1, max: 7 }),
            fc.infiniteStream(fc.nat(3)),
            async (seqs, limit, dice) => {
              const store = await empty();
              const kinds = seqs.map((seq) => ({ seq, events: dice.next().value ?? 0 }));
              await store.commit(
                kinds.flatMap(({ seq, events }) =>
                  events === 0
                    ? add(message(seq, "x"))
                    : happen(...Array.from({ length: events }, (_, number) => event(seq, number))),
                ),
              );
              const all = places(await store.timeline(room("a"), {}, 500));
              const [back, forth]: [string[], string[]] = [[], []];
              const seqOf = (place: string | undefined) => Number(place?.split(".")[0]);
              for (;;) {
                const window = back.length === 0 ? {} : { before: seqOf(back[0]) };
                const page = places(await store.timeline(room("a"), window, limit));
                if (page.length === 0) break;
                back.unshift(...page);
              }
              for (;;) {
                const page = places(
                  await store.timeline(room("a"), { after: forth.length === 0 ? -1 : seqOf(forth.at(-1)) }, limit),
                );
                if (page.length === 0) break;
                forth.push(...page);
              }
              expect([back, forth]).toEqual([all, all]);
            },
          ),
          { numRuns: 15 },
        );
      });
    });

    test("entries: the hash after each, of its room", async () => {
      const store = await empty();
      await store.commit([
        { type: "entry", entry: entry(1) },
        { type: "entry", entry: entry(2, { kind: "commit" }) },
        { type: "entry", entry: entry(1, { room: room("b"), hash: new Uint8Array(32).fill(9) }) },
      ]);
      expect(await store.hashAt(room("a"), 2)).toEqual(new Uint8Array(32).fill(2));
      expect(await store.hashAt(room("b"), 1)).toEqual(new Uint8Array(32).fill(9));
      expect(await store.hashAt(room("b"), 2)).toBeUndefined();
      expect(await store.hashAt(room("c"), 1)).toBeUndefined();
    });

    test("unread: messages above a seq that are not one's own, by account", async () => {
      const store = await empty();
      const by = (seq: number, digit: string) => message(seq, "x", { account: account(digit) });
      await store.commit(add(by(1, "1"), by(2, "2"), by(3, "3"), by(4, "2"), by(5, "1")));
      expect(await store.unread(room("a"), 1, account("1"))).toEqual(
        new Map([
          [account("2"), 2],
          [account("3"), 1],
        ]),
      );
      expect(await store.unread(room("a"), 2, account("2"))).toEqual(
        new Map([
          [account("3"), 1],
          [account("1"), 1],
        ]),
      );
      expect(await store.unread(room("a"), 5, account("9"))).toEqual(new Map());
      expect(await store.unread(room("a"), 1, account("1"), 3)).toEqual(
        new Map([
          [account("2"), 1],
          [account("3"), 1],
        ]),
      );
      expect(await store.unread(room("a"), 3, account("1"), 3)).toEqual(new Map());
    });

    describe("search", () => {
      const texts = [
        "The quick brown fox", // 1
        "Crème brûlée for the fox", // 2
        "an e-mail to foxtrot@example.org", // 3
        "ПРИВЕТ мир, Straße", // 4
        "cre\u0300me again", // 5, the accent as a mark of its own
      ];
      const filled = async () => {
        const store = await empty();
        await store.commit(add(...texts.map((text, index) => message(index + 1, text))));
        await store.commit(add(message(1, "fox in another room", { room: room("b") })));
        return store;
      };

      test.each([
        { query: "quick", found: [1] },
        { query: "FOX brown", found: [1] },
        { query: "fox", found: [1, 2, 3], why: "the last word is a prefix" },
        { query: "fox the", found: [1, 2], why: "the others are whole" },
        { query: "creme", found: [2, 5] },
        { query: "crème", found: [2, 5] },
        { query: "e-mail", found: [3] },
        { query: "привет МИ", found: [4] },
        { query: "strasse", found: [] },
        { query: "nothing", found: [] },
        { query: "", found: [] },
        { query: "  *  \"' - ", found: [] },
      ])("$query", async ({ query, found }) => {
        const store = await filled();
        expect(seqs(await store.search(query, room("a"), 50))).toEqual(found);
      });

      test("only texts are searched, and no number by which a room is kept", async () => {
        const store = await filled();
        for (const query of ["1", "2", "room"]) {
          for (const where of [room("a"), room("b")])
            expect(seqs(await store.search(query, where, 50)), query).toEqual(
              query === "room" && where === room("b") ? [1] : [],
            );
        }
        expect(await store.search("1", undefined, 50)).toEqual([]);
        expect(await store.search("fox", room("c"), 50)).toEqual([]);
        expect(seqs(await store.search("fox", room("b"), 50))).toEqual([1]);
      });

      test("the newest are found first, the oldest of them comes first; over all rooms by arrival", async () => {
        const store = await filled();
        expect(seqs(await store.search("fox", room("a"), 2))).toEqual([2, 3]);
        const everywhere = await store.search("fox", undefined, 2);
        expect(everywhere.map(({ room: place, seq }) => [place, seq])).toEqual([
          [room("a"), 3],
          [room("b"), 1],
        ]);
      });

      test.each([
        '"',
        "fox OR",
        "NOT fox",
        "fox*",
        "text:fox",
        "{text} : fox",
        "NEAR(fox the)",
        "^fox",
        "fox + the",
        "\0fox",
        "'; DROP TABLE message",
      ])("syntax is text: %j", async (query) => {
        const store = await filled();
        await store.search(query, undefined, 10);
        expect(seqs(await store.search("quick", undefined, 10))).toEqual([1]);
      });

      test("any query has an answer", async () => {
        const store = await filled();
        await fc.assert(
          fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (query) => {
            expect(Array.isArray(await store.search(query, undefined, 5))).toBe(true);
          }),
          { numRuns: 200 },
        );
        await store.search("x ".repeat(100_000), undefined, 5);
      });
    });

    test("answers come on a later tick", async () => {
      const store = await empty();
      let answered = false;
      const done = store.load().then(() => {
        answered = true;
      });
      await Promise.resolve();
      await Promise.resolve();
      expect(answered).toBe(false);
      await done;
    });

    test("close waits for what was asked before, may be repeated, and ends the store", async () => {
      const store = await open();
      const commit = store.commit([put("a", 1)]);
      await Promise.all([store.close(), store.close()]);
      await commit;
      await expect(store.load()).rejects.toThrow("closed");
    });
  });
}
