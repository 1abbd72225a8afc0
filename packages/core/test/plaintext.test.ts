/** There is no way on which a text leaves a device other than encrypted: every frame of a busy day is looked at. */
import type { ClientBody } from "@sotto/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { World } from "./harness/world.ts";

const CANARY = "goldfinch";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** RFC 9420 §6: version mls10, then the wire format; 2 is PrivateMessage. */
const PRIVATE_MESSAGE = [0, 1, 0, 2];

const appends = (): Extract<ClientBody, { type: "append" }>[] =>
  world.relay.seen.flatMap(({ way, body }) => (way === "up" && body.type === "append" ? [body] : []));

test("every text leaves as a PrivateMessage: in a room, to one person, while away, again after a crash, and alone", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  await ann.say(room, `${CANARY} in a room`);
  // The first message of a conversation, before the other side has answered anything.
  const { roomId: direct } = await ann.must("direct.open", { username: "bob" });
  await ann.say(direct, `${CANARY} to one person`);
  // Nobody but the sender is in the room.
  const { roomId: alone } = await ann.must("room.create", { name: `${CANARY} alone` });
  await ann.say(alone, `${CANARY} alone`);
  // Written while there is no relay, and sent after a restart.
  world.relay.hold("ann");
  ann.ask("message.send", { roomId: room, text: `${CANARY} while away` });
  await world.settle();
  await ann.restart();
  // Behind a commit of the other, which makes it be encrypted again.
  world.relay.hold("ann");
  ann.ask("message.send", { roomId: room, text: `${CANARY} encrypted again` });
  await world.settle();
  await bob.must("direct.open", { username: "ann" });
  world.relay.release("ann");
  await world.pass(10_000);
  expect(await bob.heard(room)).toEqual([
    `ann: ${CANARY} in a room`,
    `ann: ${CANARY} while away`,
    `ann: ${CANARY} encrypted again`,
  ]);

  expect(appends().length).toBeGreaterThanOrEqual(5);
  for (const { bytes } of appends()) expect([...bytes.subarray(0, 4)]).toEqual(PRIVATE_MESSAGE);
  expect(world.relay.seen.length).toBeGreaterThan(50);
  for (const { body, bytes } of world.relay.seen) {
    expect(Buffer.from(bytes).includes(CANARY), `the text in ${body.type}`).toBe(false);
  }
});
