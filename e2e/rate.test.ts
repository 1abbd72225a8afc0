/** The limit on messages a second, as it is set by default: it slows down, and drops nothing. */

import { formatLink, parseLink } from "@sotto/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Stage } from "./harness/stage.ts";
import { Wiretap } from "./harness/wiretap.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open({});
});

afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
});

test("thirty messages at once are told to wait by the relay, and all arrive in order, once", async () => {
  const tap = stage.use(await Wiretap.start(stage.relay));
  const direct = parseLink(stage.relay.link);
  if (direct === undefined) throw new Error("the relay's link is a link");
  const [alice, bob] = await Promise.all([
    stage.signUp("alice", formatLink({ ...direct, port: tap.port })),
    stage.signUp("bob"),
  ]);
  const { roomId, link } = await alice.call("room.create", { name: "flood" });
  // The address of the proxy stands in the link; it is one relay all the same.
  await bob.call("room.join", { link });
  const texts = Array.from({ length: 30 }, (_, index) => `drop ${index}`);
  await Promise.all(texts.map((text) => alice.send(roomId, text)));
  await bob.sees(roomId, "drop 29");
  expect(bob.told(roomId).map(({ text }) => text)).toEqual(texts);
  const refusals = tap.fromRelay.flatMap(({ frame }) => (frame?.body.type === "refused" ? [frame.body] : []));
  const limited = refusals.filter(({ code }) => code === "rate-limited");
  expect(limited.length).toBeGreaterThan(0);
  expect(limited.every(({ retryMs }) => retryMs > 0)).toBe(true);
  expect(await alice.call("account.status", {})).toMatchObject({ outbox: 0 });
});
