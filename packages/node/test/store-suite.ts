/** What every store does: run by the database and by the one in memory. */
import type { Change, Store, StoredEntry, StoredMessage } from "@sotto/core";
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
