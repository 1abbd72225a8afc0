import type { Message } from "@sotto/core";
import { ok } from "@sotto/wire";
import { describe, expect, test, vi } from "vitest";
import { searchOverlay } from "../src/full/overlays/search.ts";
import { snippetOf } from "../src/full/overlays/snippet.ts";
import { FakeClient, refusal } from "./fake-client.ts";
import { drawAtAllSizes, expectGolden, Stage } from "./overlay-stage.ts";

type Found = Message & { readonly roomId: string };
const AT = new Date(2026, 10, 21, 9, 12).getTime();

function found(seq: number, text: string, more: Partial<Found> = {}): Found {
  const base = { messageId: `m${seq}`, seq, sender: "bob", senderId: "a-bob", sentAt: AT + seq * 60_000, text };
  return { ...base, roomId: "r1", ...more };
}

function bench(options: { room?: boolean; everywhere?: boolean } = {}) {
  const stage = new Stage();
  const waiting: { query: string; roomId: string | undefined; answer(all: readonly Found[]): void }[] = [];
  const client = new FakeClient({
    "message.search": ({ query, roomId }) =>
      new Promise((resolve) => waiting.push({ query, roomId, answer: (all) => resolve(ok(all)) })),
  });
  const jumps: unknown[] = [];
  stage.open(
    searchOverlay({
      client,
      overlays: stage,
      me: "a-me",
      room: options.room === false ? undefined : { roomId: "r1", tag: "#general" },
      everywhere: options.everywhere === true,
      tag: (roomId) => (roomId === "r1" ? "#general" : "#ops"),
      jump: (where) => jumps.push(where),
    }),
  );
  /** Answers the request that is under way, and waits until that is seen. */
  const answer = async (all: readonly Found[]): Promise<void> => {
    await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    const { draws } = stage;
    waiting.shift()?.answer(all);
    await vi.waitFor(() => expect(stage.draws).toBeGreaterThan(draws));
  };
  return { stage, client, waiting, jumps, answer };
}

const queries = (client: FakeClient) => client.calls.map(({ params }) => (params as { query: string }).query);

describe("searching", () => {
  test("shows the newest first with room, day, time, sender, and what was found marked", async () => {
    const { stage, answer } = bench({ everywhere: true });
    stage.press("rele");
    await answer([]);
    await answer([
      found(1, "the release is on Friday"),
      found(2, `a long way to it: ${"and so on ".repeat(20)} until the Release`, { roomId: "r2", senderId: "a-me" }),
    ]);
    expectGolden("search", stage);
    expect(stage.drawnIn("match")).toContain("rele");
    stage.press("<down>");
    expect(stage.drawnIn("match")).toContain("Rele");
  });

  test("has one request under way, and the newest query wins", async () => {
    const { stage, client, answer, waiting } = bench();
    stage.press("release");
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    expect(queries(client)).toEqual(["r"]);
    await answer([found(1, "rabbits")]);
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    expect(queries(client)).toEqual(["r", "release"]);
    await answer([found(2, "the release")]);
    expect(stage.see().join("\n")).toContain("the release");
    expect(stage.see().join("\n")).not.toContain("rabbits");
    expect(waiting).toEqual([]);
  });

  test("goes where the chosen one stands, with the words that are to be marked", async () => {
    const { stage, jumps, answer } = bench();
    stage.press("o");
    await answer([found(4, "one"), found(9, "other")]);
    expect(stage.press("<down><enter>")).toBe("close");
    expect(jumps).toEqual([{ roomId: "r1", seq: 4, words: ["o"] }]);
  });

  test("Tab switches between this room and everywhere, with the same words", async () => {
    const { stage, client, answer } = bench();
    stage.press("x");
    await answer([]);
    stage.press("<tab>");
    await answer([found(1, "x in another", { roomId: "r2" })]);
    expect(client.calls.map(({ params }) => (params as { roomId?: string }).roomId)).toEqual(["r1", undefined]);
    expect(stage.see().join("\n")).toContain("#ops");
    stage.press("<tab>");
    await answer([]);
    expect(stage.see().join("\n")).toContain("nothing found for x");
  });

  test("other results begin at the first of them", async () => {
    const { stage, jumps, answer } = bench();
    stage.press("x");
    await answer([found(1, "x one"), found(2, "x two")]);
    stage.press("<down><tab>");
    await answer([found(3, "x three"), found(4, "x four")]);
    stage.press("<enter>");
    expect(jumps).toEqual([{ roomId: "r1", seq: 4, words: ["x"] }]);
  });

  test("without an open conversation it is everywhere, and stays so", async () => {
    const { stage, client, answer } = bench({ room: false });
    stage.press("x<tab>");
    await answer([]);
    expect(client.calls.map(({ params }) => params)).toEqual([{ query: "x", limit: 100 }]);
  });

  test("asks nothing for text without a letter, and says how it works", async () => {
    const { stage, client } = bench();
    stage.press(" ?!<backspace>");
    expect(stage.see().join("\n")).toContain("all of the words");
    expect(client.calls).toEqual([]);
  });

  test("a refusal is said in words", async () => {
    const stage = new Stage();
    const client = new FakeClient({ "message.search": () => refusal("not-signed-in") });
    stage.open(
      searchOverlay({
        client,
        overlays: stage,
        me: "a-me",
        room: undefined,
        everywhere: true,
        tag: () => "#x",
        jump: () => {},
      }),
    );
    stage.press("x");
    await vi.waitFor(() => expect(stage.see().join("\n")).toContain("not signed in here yet"));
    expect(stage.press("<enter>")).toBe("taken");
    expect(stage.press("<escape>")).toBe("close");
  });

  test("draws hostile findings at any size", async () => {
    const { stage, answer } = bench({ everywhere: true });
    stage.press("e");
    const hostile = "\u001b[2Jevil\u202e\u0007 👨‍👩‍👧‍👦 日本語 Z\u0300\u0301\n\n\tend";
    await answer([found(1, hostile.repeat(100), { sender: hostile, sentAt: Number.NaN }), found(2, "")]);
    drawAtAllSizes(stage);
  });
});

test.each([
  { text: "the release", words: ["rel"], columns: 20, shown: "the [rel]ease" },
  { text: "RELÉASE à", words: ["releas"], columns: 20, shown: "[RELÉAS]E à" },
  { text: "unrelated release", words: ["rel"], columns: 20, shown: "unrelated [rel]ease" },
  { text: "two words, words two", words: ["two", "wo"], columns: 30, shown: "[two] [wo]rds, [wo]rds [two]" },
  { text: "한국어 텍스트", words: ["한국"], columns: 30, shown: "[한국]어 텍스트" },
  { text: "日本の話", words: ["日本"], columns: 4, shown: "[日]…" },
  { text: "nothing here", words: ["x"], columns: 7, shown: "nothin…" },
  { text: "a line\nand\tanother", words: [], columns: 30, shown: "a line and another" },
  { text: `${"far ".repeat(9)}needle`, words: ["needle"], columns: 24, shown: "…far far far far [needle]" },
  { text: "anything", words: ["any"], columns: 0, shown: "…" },
])("$text, searched for $words, is seen as $shown", ({ text, words, columns, shown }) => {
  const row = snippetOf(text, words, columns);
  expect(row.map((piece) => (piece.role === "match" ? `[${piece.text}]` : piece.text)).join("")).toBe(shown);
});
