/** The relay over real sockets with a store in memory: what a device can do from its first frame on. */
import { parseConfig } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningRelay, startRelay } from "../src/index.ts";
import { Person, some, someEntry } from "./client.ts";

const config = (() => {
  const parsed = parseConfig({ file: { server: { port: 0 }, security: { max_messages_per_sec: 0 } } });
  if (!parsed.ok) throw new Error("the configuration of this test is wrong");
  return parsed.value;
})();
let relay: RunningRelay;

beforeAll(async () => {
  relay = await startRelay({ config, data: undefined });
});
afterAll(async () => await relay.stop());

test("sign-up, resume, a room, messages and a fetch", async () => {
  const ann = await Person.signUp(relay, "ann");
  expect(ann.backupCodes).toHaveLength(10);
  expect(await ann.resume()).toMatchObject({ type: "session", confirmed: true, admin: true, rooms: [] });
  const room = await ann.createRoom();
  for (const seq of [1, 2, 3]) {
    const ack = await ann.wire.ask({
      type: "append",
      room,
      id: someEntry(),
      head: 0,
      base: 0,
      bytes: some(300),
      continues: false,
    });
    expect(ack).toMatchObject({ type: "ack", seq });
  }
  const fetched = await ann.wire.get({ type: "fetch", room, from: 2, limit: 500 }, "fetched");
  expect(fetched.entries.map((entry) => entry.seq)).toEqual([2, 3]);
  expect(fetched.last).toBe(3);
  expect(await ann.resume()).toMatchObject({ rooms: [{ room, last: 3, head: 0 }] });
});
