/** Updates that come before anybody draws them. */
import type { Update } from "@sotto/core";
import { expect, test } from "vitest";
import { holdUpdates } from "../src/plain/hold.ts";
import { FakeClient, tick } from "./fake-client.ts";

const roomId = "aa".repeat(32);
const sent = (seq: number): Update => ({ type: "sent", roomId, messageId: "bb".repeat(16), seq });

test("are given out in order, of the connection only how it stands, then as they come", async () => {
  const client = new FakeClient();
  const held = holdUpdates(client.updates());
  await tick();
  client.emit({ type: "connection", state: "dialing" });
  client.emit(sent(1));
  client.emit({ type: "connection", state: "online" });
  await tick();
  const got: Update[] = [];
  const reading = (async () => {
    for await (const update of held.release()) got.push(update);
  })();
  await tick();
  expect(got).toEqual([sent(1), { type: "connection", state: "online" }]);
  client.emit({ type: "connection", state: "offline", retryAt: 1 });
  client.emit({ type: "connection", state: "dialing" });
  await client.close();
  await reading;
  expect(got.slice(2)).toEqual([
    { type: "connection", state: "offline", retryAt: 1 },
    { type: "connection", state: "dialing" },
  ]);
});

test("a hundred thousand of them are given out as fast as a few: none is moved for another", async () => {
  const count = 200_000;
  const come = Promise.withResolvers<void>();
  async function* many(): AsyncGenerator<Update> {
    for (let seq = 1; seq <= count; seq++) yield sent(seq);
    come.resolve();
  }
  const held = holdUpdates(many());
  await come.promise;
  let last = 0;
  for await (const update of held.release()) if (update.type === "sent") last = update.seq;
  expect(last).toBe(count);
});
