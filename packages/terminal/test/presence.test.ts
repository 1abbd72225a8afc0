/** Who is there is asked for while the chat runs, and not once more after its end. */
import { afterEach, expect, test, vi } from "vitest";
import { Board } from "../src/full/board.ts";
import { modelOf } from "../src/full/model/model.ts";
import { Presence } from "../src/full/presence.ts";
import { FakeClient, ok } from "./fake-client.ts";

const me = { username: "bob", accountId: "11".repeat(32), deviceId: "dd".repeat(16) };

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  { when: "between two questions", isAsking: false },
  { when: "while an answer is awaited", isAsking: true },
])("stopped $when it asks nothing any more", async ({ isAsking }) => {
  vi.useFakeTimers();
  const client = new FakeClient({ "users.list": () => ok([]), "contact.list": () => ok([]) });
  const board = new Board(modelOf(me, 0));
  const presence = new Presence(client, board);
  board.change((model) => ({ ...model, connection: { state: "online", retryAt: undefined, halt: undefined } }));
  if (!isAsking) await vi.advanceTimersByTimeAsync(100);
  presence.stop();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(client.calls.filter(({ method }) => method === "users.list")).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
