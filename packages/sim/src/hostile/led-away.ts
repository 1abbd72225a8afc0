/**
 * Who came in by the hand of somebody who means ill, or of somebody whom that one led, and not anew since: it may be in a
 * room of its own with that one, and where hardly anybody else is there nothing tells it. And whoever waits for its person
 * to join again by a link.
 */
import { type DeviceId, parseHeader } from "@sotto/wire";
import type { Device } from "../device.ts";
import { accountOn, roomsOn } from "../inside.ts";
import { logOf } from "../log-lists.ts";
import type { World } from "../world.ts";

const NEEDS_PERSON = "join again by a link";

export function ledAway(world: World, hostile: readonly Device[]): ReadonlySet<Device> {
  const led = new Set<Device>();
  const ids = new Set(hostile.map(({ disk }) => accountOn(disk)?.device));
  for (let before = -1; before < led.size; ) {
    before = led.size;
    for (const device of world.devices) {
      if (hostile.includes(device) || !isLed(world, device, ids)) continue;
      led.add(device);
      ids.add(accountOn(device.disk)?.device);
    }
  }
  return led;
}

function isLed(world: World, { disk, updates }: Device, by: ReadonlySet<DeviceId | undefined>): boolean {
  const id = accountOn(disk)?.device;
  const inside = roomsOn(disk).filter(({ status }) => status === "member");
  if (id === undefined) return false;
  const isTold = updates.some((update) => update.type === "notice" && update.text.includes(NEEDS_PERSON));
  return (
    (isTold && inside.some(({ astray }) => astray !== undefined)) ||
    inside.some(({ room }) => by.has(whoBrought(world, room, id)))
  );
}

function whoBrought({ relay }: World, room: Parameters<typeof logOf>[1], device: DeviceId): DeviceId | undefined {
  return logOf(relay.tables, room)?.entries.findLast(({ kind, header }) => {
    const parsed = kind === "commit" ? parseHeader(header) : undefined;
    return parsed?.ok === true && parsed.value.adds.some((ref) => ref.device === device);
  })?.device;
}
