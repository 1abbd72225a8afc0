/** The Session of a device in more rooms than a frame takes. */
import { encodeFromServer, idOf, LIMITS, parseFromServer } from "@sotto/wire";
import { expect, test } from "vitest";
import { sessionOf } from "../src/connection/session.ts";
import type { Device } from "../src/connection/state.ts";
import type { Services } from "../src/services.ts";

const room = (one: number) => idOf.room(new Uint8Array(new Uint32Array(8).fill(one).buffer));
const rooms = (count: number, first = 0) => Array.from({ length: count }, (_, one) => room(first + one));

async function session(inside: number, without: number, seq: number) {
  const log = (id: ReturnType<typeof room>) => ({
    id,
    access: { has: () => true },
    readable: () => ({ from: 1, to: seq }),
    headAt: () => seq,
  });
  const services = {
    store: {
      chain: async () => [],
      countKeyPackages: async () => 0,
      inboxLast: async () => 0,
      roomsWithout: async () => rooms(without, 1_000_000),
    },
    rooms: { of: async () => () => rooms(inside).map(log) },
    gate: { shared: "an access password" },
    address: () => "relay.example:7878",
  } as unknown as Services;
  const body = (await sessionOf(services, {} as Device, { confirmed: true, admin: false }))();
  if (body.type !== "session") throw new Error(body.type);
  const frame = encodeFromServer({ request: 1, body });
  expect(parseFromServer(frame).ok).toBe(true);
  return { body, bytes: frame.length };
}

test.each([
  { inside: 40_000, without: 0, seq: 100, least: 24_500 },
  { inside: 40_000, without: 40_000, seq: Number.MAX_SAFE_INTEGER, least: 18_000 },
  { inside: 10, without: 40_000, seq: 1, least: 10 },
])("fits a frame: $inside rooms at seq $seq and $without of the account", async ({ inside, without, seq, least }) => {
  const { body, bytes } = await session(inside, without, seq);
  expect(bytes).toBeLessThanOrEqual(LIMITS.frameBytesMax);
  expect(bytes).toBeGreaterThan(LIMITS.frameBytesMax * 0.9);
  expect(body.rooms.length).toBeGreaterThanOrEqual(least);
  // The newest, none left out in between.
  expect(body.rooms.map((one) => one.room)).toEqual(rooms(inside).slice(-body.rooms.length));
});

test("names every room while they fit", async () => {
  const { body } = await session(5000, 5000, 1_000_000);
  expect([body.rooms.length, body.accountRooms.length]).toEqual([5000, 5000]);
});
