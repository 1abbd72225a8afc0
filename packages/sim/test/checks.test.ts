// Each check is seen to fail: a fault is planted in a world, and the check of that name finds it.
import type { Change } from "@sotto/core";
import { encodeRecord, KEYS } from "@sotto/core/records";
import type { RoomId } from "@sotto/wire";
import { beforeAll, describe, expect, test } from "vitest";
import { CHECKS, makeStarts, type PlayOptions, play, type Starts, type World } from "../src/index.ts";
import { accountOn, roomOn, roomsOn } from "../src/inside.ts";

let starts: Starts;
beforeAll(async () => {
  starts = await makeStarts();
});

/** Somebody in a room that somebody else is in as well, and the place of a message that both have. */
function pair(world: World) {
  for (const device of world.devices) {
    for (const { room, status } of roomsOn(device.disk)) {
      const others = world.devices.filter((one) => one !== device && roomOn(one.disk, room)?.status === "member");
      const message = device.disk.inRoom(room).find(({ seq }) => others[0]?.disk.messages.get(room)?.has(seq));
      if (status === "member" && others[0] !== undefined && message !== undefined)
        return { device, other: others[0], room, message };
    }
  }
  return undefined;
}

/** Alters something once the world is at rest. */
const atRest =
  (alter: (found: NonNullable<ReturnType<typeof pair>>, world: World) => void): ((world: World) => void) =>
  (world) => {
    const found = pair(world);
    if (found !== undefined) alter(found, world);
  };

const alterRoom = (device: World["devices"][number], room: RoomId, change: object): void => {
  device.disk.records.set(KEYS.room(room), encodeRecord({ ...roomOn(device.disk, room), ...change }));
};

interface Plant {
  readonly what: string;
  readonly check: string;
  readonly options: PlayOptions;
}

const PLANTS: readonly Plant[] = [
  {
    what: "a log that lacks a place",
    check: "chained",
    options: {
      disturb: (world) => {
        const { tables } = world.relay;
        const entries = tables.entries.bind(tables);
        Object.assign(tables, {
          entries: (...args: Parameters<typeof entries>) => entries(...args).filter((_, index) => index !== 0),
        });
      },
    },
  },
  {
    what: "a device with another place in the log",
    check: "agreed",
    options: { disturb: atRest(({ device, room }) => alterRoom(device, room, { seq: 1 })) },
  },
  {
    what: "somebody who is in without knowing it",
    check: "present",
    options: { disturb: atRest(({ device, room }) => device.disk.records.delete(KEYS.room(room))) },
  },
  {
    what: "a device that tells something else of what happened to a room",
    check: "alike",
    options: {
      disturb: atRest(({ device, room }) => {
        const events = device.disk.events.get(room) ?? [];
        device.disk.events.set(
          room,
          events.map((event) => ({ ...event, event: "renamed" })),
        );
      }),
    },
  },
  {
    what: "a message that one of them lacks",
    check: "delivered",
    options: { disturb: atRest(({ device, room, message }) => device.disk.messages.get(room)?.delete(message.seq)) },
  },
  {
    what: "a message that reads differently",
    check: "delivered",
    options: {
      disturb: atRest(({ device, room, message }) =>
        device.disk.messages.get(room)?.set(message.seq, { ...message, text: "something else" }),
      ),
    },
  },
  {
    what: "a message that somebody has who was never in",
    check: "delivered",
    options: {
      disturb: atRest(({ room, message }, world) => {
        for (const { disk } of world.devices)
          if (roomOn(disk, room) === undefined) disk.messages.set(room, new Map([[message.seq, message]]));
      }),
    },
  },
  {
    what: "an acknowledgement of what stands elsewhere",
    check: "acknowledged",
    options: {
      disturb: (world) => {
        for (const { asked } of world.devices.flatMap((device) => device.said))
          if (asked.outcome?.ok)
            asked.outcome = { ok: true, value: { ...asked.outcome.value, seq: asked.outcome.value.seq + 1 } };
      },
    },
  },
  {
    what: "a text that stands twice",
    check: "acknowledged",
    options: {
      disturb: (world) => {
        for (const { said, disk } of world.devices) {
          for (const { room, text } of said) {
            const messages = disk.inRoom(room as RoomId);
            for (const message of messages) disk.messages.get(room as RoomId)?.set(message.seq, { ...message, text });
          }
        }
      },
    },
  },
  {
    what: "a message that was told twice",
    check: "toldOnce",
    options: {
      disturb: (world) => {
        for (const { updates } of world.devices) updates.push(...updates.filter(({ type }) => type === "message"));
      },
    },
  },
  {
    what: "a message that still waits",
    check: "settled",
    options: {
      disturb: atRest(({ device, room }) =>
        device.disk.records.set(KEYS.intent(1), encodeRecord({ room, task: { type: "text", text: "waits" } })),
      ),
    },
  },
  {
    what: "a warning for which there is no reason",
    check: "quiet",
    options: { disturb: atRest(({ device }) => device.updates.push({ type: "warning", code: "chain-forked" })) },
  },
  {
    what: "a disk that loses the place in a ratchet: after a crash a key is used a second time",
    check: "secret",
    options: {
      arrange: (world) => {
        const isGroup = (change: Change): boolean => change.type === "put" && change.key.startsWith("group/");
        for (const { disk } of world.devices) disk.loses = isGroup;
      },
    },
  },
  {
    what: "a frame with plaintext in it",
    check: "secret",
    options: {
      disturb: (world) => {
        const device = world.devices.find(({ isRunning }) => isRunning);
        world.network.spill(device?.name ?? "", new TextEncoder().encode("a canary"));
      },
    },
  },
  {
    what: "an inbox that nobody empties",
    check: "bounded",
    options: {
      disturb: atRest(({ device }, world) => {
        const { tables } = world.relay;
        const own = tables.devicesOf(roomAccount(device));
        tables.notify(own, { kind: "last-resort-used" });
      }),
    },
  },
  {
    what: "a relay that acknowledges before it has stored",
    check: "acknowledged",
    options: {
      arrange: (world) => {
        world.relay.loses = 6;
      },
    },
  },
  {
    what: "somebody who has no network at the end",
    check: "online",
    options: {
      arrange: (world) => {
        world.network.unreachable.clear = () => undefined;
        world.network.unreachable.add("bob");
      },
    },
  },
  {
    what: "somebody who never stops asking",
    check: "rest",
    options: {
      arrange: (world) => {
        const ask = (): void => {
          world.activity++;
          world.loop.after(5000, "asks again", ask);
        };
        ask();
      },
    },
  },
  {
    what: "somebody who hears nothing of what is said at the end",
    check: "talk",
    options: {
      disturb: (world) => {
        world.network.taps.push({ down: (line) => (line.who === "bob" ? [] : undefined) });
      },
    },
  },
];

const roomAccount = ({ disk }: World["devices"][number]) => {
  const account = accountOn(disk)?.account;
  if (account === undefined) throw new Error("no account");
  return account;
};

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

describe("a planted fault is found", () => {
  test.each(PLANTS)("$check: $what", { timeout: 60_000 }, async ({ check, options }) => {
    const found = new Set<string>();
    for (const seed of SEEDS) {
      const report = await play(starts, seed, options);
      for (const fault of report.faults) found.add(fault.split(":")[0] ?? "");
      if (found.has(check)) break;
    }
    expect([...found]).toContain(check);
  });

  test("every check is among them", () => {
    const planted = new Set(PLANTS.map(({ check }) => check));
    expect(Object.keys(CHECKS).filter((name) => !planted.has(name))).toEqual([]);
  });

  test("without one, nothing is found", { timeout: 60_000 }, async () => {
    for (const seed of SEEDS.slice(0, 12)) expect((await play(starts, seed)).faults).toEqual([]);
  });
});
