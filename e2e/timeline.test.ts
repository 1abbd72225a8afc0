/** What an interface shows, asked of real programs: the timeline, people, what waits, notes, and where a device stands. */
import type { TimelineItem } from "@sotto/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";
import { eventually } from "./harness/watch.ts";

let stage: Stage;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [alice, bob, carol] = await stage.signUpAll("alice", "bob", "carol");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

const words = (item: TimelineItem): string =>
  item.kind === "message"
    ? `${item.sender}: ${item.text}`
    : [item.by, item.event, item.who].filter((word) => word !== undefined).join(" ");

test("a room's timeline is the same over a restart, page by page, with what happened in it", async () => {
  const { roomId, link } = await alice.call("room.create", { name: "den" });
  await bob.call("room.join", { link });
  await bob.call("room.add", { roomId, username: "carol" });
  await alice.send(roomId, "hello");
  await carol.sees(roomId, "hello");
  await alice.call("room.remove", { roomId, username: "carol" });
  const wanted = ["alice made", "bob joined", "bob added carol", "alice: hello", "alice removed carol"];
  const whole = await alice.call("timeline.list", { roomId });
  expect(whole.items.map(words)).toEqual(wanted);
  expect([whole.atStart, whole.atEnd]).toEqual([true, true]);

  await alice.kill();
  await alice.comeBack();
  expect(await alice.call("timeline.list", { roomId })).toEqual(whole);
  const pages: TimelineItem[] = [];
  for (let before: number | undefined; ; before = pages[0]?.seq) {
    const page = await alice.call("timeline.list", { roomId, limit: 2, ...(before === undefined ? {} : { before }) });
    pages.unshift(...page.items);
    if (page.atStart) break;
  }
  expect(pages).toEqual(whole.items);
  await expectRefused(alice.call("timeline.list", { roomId, before: 1, after: 1 }), "bad-request", -32_602);

  const people = await alice.call("contact.list", {});
  expect(people.map(({ username }) => username).toSorted()).toEqual(["bob", "carol"]);
});

test("what was written without a connection is listed, given up or sent, and told when it is", async () => {
  const { roomId } = await alice.call("direct.open", { username: "bob" });
  await stage.relay.kill();
  await eventually(
    async () => (await alice.call("account.status", {})).connection === "offline",
    "alice to be offline",
  );
  const ids = ["0a", "0b"].map((digits) => digits.repeat(16));
  const [kept, dropped] = ids.map((id) => alice.call("message.send", { roomId, text: `text ${id.slice(0, 2)}`, id }));
  await eventually(async () => (await alice.call("outbox.list", {})).length === 2, "two texts that wait");
  const refused = expectRefused(dropped ?? Promise.resolve(), "not-allowed");
  await alice.call("outbox.drop", { messageId: ids[1] ?? "" });
  await refused;
  expect(await alice.call("outbox.list", {})).toMatchObject([{ messageId: ids[0], roomId, text: "text 0a" }]);
  await stage.relay.start();
  const sent = await kept;
  await bob.sees(roomId, "text 0a");
  const told = await alice.until(
    (notes) => notes.find((note) => note.type === "sent" && note.messageId === ids[0]),
    "that it was sent",
  );
  expect(told).toEqual({ type: "sent", roomId, ...sent });
  expect(await alice.call("outbox.list", {})).toEqual([]);
});

test("notes are in the vault, and the status says where the device stands", async () => {
  await alice.call("note.put", { key: "draft/1", text: "half a thought" });
  await alice.kill();
  await alice.start();
  expect(await alice.call("account.status", {})).toEqual({ connection: "offline", outbox: 0, halted: "not-signed-in" });
  await alice.unlock();
  await alice.caughtUp();
  expect(await alice.call("note.list", {})).toEqual([{ key: "draft/1", text: "half a thought" }]);
  const { relay } = await alice.call("account.status", {});
  expect(relay).toEqual({
    host: expect.any(String),
    port: expect.any(Number),
    fingerprint: expect.stringMatching(/^([0-9a-f]{8} ){7}[0-9a-f]{8}$/),
  });
  await expectRefused(alice.call("note.put", { key: "Not a key", text: "x" }), "bad-request", -32_602);
});
