/** What must hold whatever the relay does. Each check says in words what it found; nothing is well. */
import type { Update } from "@sotto/core";
import { type RoomId, toHex, type WarningCode } from "@sotto/wire";
import { type AtRest, CHECKS } from "../checks.ts";
import type { Device } from "../device.ts";
import { accountOn, roomOn, roomsOn } from "../inside.ts";
import { logOf } from "../log-lists.ts";
import type { EvilRelay, Misbehaviour } from "./evil-relay.ts";
import { everIn } from "./forge.ts";

const short = (room: string): string => room.slice(0, 6);

type Warning = Extract<Update, { type: "warning" }>;

export const warningsOf = ({ updates }: Device): readonly Warning[] =>
  updates.flatMap((update) => (update.type === "warning" ? [update] : []));

/** Said in honest worlds too: a message waits for somebody who is not there, a last resort was needed. */
const EVERYDAY: ReadonlySet<WarningCode> = new Set<WarningCode>(["not-delivered", "last-resort-used"]);

/** Warnings that have to do with a log and who is in it. */
const NAMES_A_FORK: ReadonlySet<WarningCode> = new Set<WarningCode>([
  "log-forked",
  "relay-lies",
  "relay-rolled-back",
  "commit-skipped",
  "chain-withheld",
  "chain-forked",
  "identity-changed",
]);

const isWarnedOf = (device: Device, room: RoomId): boolean =>
  warningsOf(device).some(({ code, roomId }) => NAMES_A_FORK.has(code) && (roomId ?? room) === room);

/** Nobody is told of more than the misbehaviour is expected to show, and nothing is called an internal error. */
export function told({ world }: AtRest, { tells }: Misbehaviour): readonly string[] {
  const allowed = new Set<WarningCode>([...EVERYDAY, ...tells]);
  return world.devices.flatMap((device) => [
    ...warningsOf(device).flatMap(({ code }) =>
      allowed.has(code) ? [] : [`told: ${device.name} was warned: ${code}`],
    ),
    ...device.updates.flatMap((update) =>
      update.type === "notice" && update.text.startsWith("something went wrong") && !update.text.includes("full")
        ? [`told: ${device.name}: ${update.text}`]
        : [],
    ),
  ]);
}

/** What stands in a timeline was said in that room by a device of the account that it names. */
export function spoken({ world }: AtRest): readonly string[] {
  const said = new Set(
    world.devices.flatMap((device) => device.said.map(({ room, text }) => `${device.memory.username} ${room} ${text}`)),
  );
  return world.devices.flatMap(({ name, disk }) =>
    [...disk.messages].flatMap(([room, messages]) =>
      [...messages.values()].flatMap(({ account, text, seq }) =>
        said.has(`${world.nameOf(account)} ${room} ${text}`)
          ? []
          : [`spoken: ${name} reads at ${short(room)} ${seq} what ${world.nameOf(account)} never said: ${text}`],
      ),
    ),
  );
}

/** What a person reads when their device says once more what it holds for lost. */
const SAID_AGAIN = /sent again|went back in time/;

/**
 * No timeline has a message twice, by its id or by its text: no two texts of a world are alike. Where its sender's device
 * was out of step, or the person agreed to go on with a relay that went back in time, it told that it says things again.
 */
export function once({ world }: AtRest): readonly string[] {
  const again = new Set(
    world.devices
      .filter(({ updates }) => updates.some((update) => update.type === "notice" && SAID_AGAIN.test(update.text)))
      .map(({ memory }) => memory.username),
  );
  return world.devices.flatMap(({ name, disk }) =>
    [...disk.messages].flatMap(([room, messages]) => {
      const seen = new Set<string>();
      // What stands in a log that is no more is on a shelf of its own, before all others.
      const standing = [...messages.values()].filter(({ seq }) => seq > 0);
      return standing.flatMap(({ id, text, account }) => {
        const isTwice = seen.has(id) || (seen.has(text) && !again.has(world.nameOf(account)));
        seen.add(id).add(text);
        return isTwice ? [`once: ${name} has twice in ${short(room)}: ${text}`] : [];
      });
    }),
  );
}

/**
 * Two who hold one place of a log hold one history up to there, or at least one of them was warned.
 *
 * @param talked - those who have said something at the end and heard others: what nobody speaks of cannot be noticed.
 */
export function undivided({ world }: AtRest, talked: readonly Device[]): readonly string[] {
  const faults: string[] = [];
  for (const room of world.rooms) {
    const inside = talked.filter(({ disk }) => roomOn(disk, room)?.status === "member");
    for (const [index, one] of inside.entries()) {
      for (const other of inside.slice(index + 1)) {
        const place = partingOf(one, other, room);
        if (place === undefined || isWarnedOf(one, room) || isWarnedOf(other, room)) continue;
        faults.push(`undivided: ${one.name} and ${other.name} hold two histories at ${short(room)} ${place}, unwarned`);
      }
    }
  }
  return faults;
}

/** The first place that both hold and hold differently. */
function partingOf(one: Device, other: Device, room: RoomId): number | undefined {
  const [entries, others] = [one.disk.entries.get(room), other.disk.entries.get(room)];
  const places = [...(entries?.keys() ?? [])].filter((seq) => others?.has(seq)).sort((left, right) => left - right);
  return places.find((seq) => {
    const [left, right] = [entries?.get(seq), others?.get(seq)];
    return left === undefined || right === undefined || toHex(left.hash) !== toHex(right.hash);
  });
}

/** Whoever holds one entry under one history reads one text of one sender there, warned or not. */
export function alike({ world }: AtRest): readonly string[] {
  const faults: string[] = [];
  const read = new Map<string, { readonly by: string; readonly what: string }>();
  for (const { name, disk } of world.devices) {
    for (const [room, entries] of disk.entries) {
      for (const { seq, hash } of entries.values()) {
        const message = disk.messages.get(room)?.get(seq);
        if (message === undefined) continue;
        const place = `${room} ${seq} ${toHex(hash)}`;
        const what = `${message.id} ${message.account} ${message.text}`;
        const known = read.get(place);
        if (known === undefined) read.set(place, { by: name, what });
        else if (known.what !== what)
          faults.push(`alike: ${name} and ${known.by} read two things at ${short(room)} ${seq}`);
      }
    }
  }
  return faults;
}

/** Nobody brings in a device that no person has; but one who never saw a name cannot know whose it is. */
export function honest({ world }: AtRest, evil: EvilRelay, { name }: Misbehaviour): readonly string[] {
  if (name === "account-invented") return [];
  const devices = new Set(world.devices.map(({ disk }) => accountOn(disk)?.device));
  // A sign-in that came to nothing leaves a device in its chain, which its vault has forgotten.
  const listed = new Set(
    world.relay.tables.directory().flatMap(({ id }) => everIn(world.relay.tables.chain(id)).map((one) => String(one))),
  );
  return evil.brought.flatMap(({ device }) =>
    devices.has(device) || listed.has(device) ? [] : [`honest: a member brings in ${short(device)}, which nobody has`],
  );
}

/** Whoever lacks what was acknowledged to its sender was warned, or another in the room was. */
export function named({ world, well }: AtRest): readonly string[] {
  return world.rooms.flatMap((room) => {
    const log = logOf(world.relay.tables, room);
    const inside = well.filter(({ disk }) => roomOn(disk, room)?.status === "member");
    if (log === undefined || world.devices.some((device) => isWarnedOf(device, room))) return [];
    // Who left in a log of their own is heard by nobody any more, and hears nobody: that is withholding.
    const senders = world.devices.filter(({ disk }) => roomOn(disk, room)?.status === "member");
    return senders.flatMap((by) =>
      by.said.flatMap(({ room: where, text, asked }) => {
        if (where !== room || !asked.outcome?.ok) return [];
        const { seq } = asked.outcome.value;
        const list = log.lists.get(log.entries[seq - 1]?.base ?? 0);
        return inside.flatMap(({ name, disk }) => {
          const id = accountOn(disk)?.device;
          const isFor = id !== undefined && list?.has(id) === true && disk.entries.get(room)?.has(seq) === true;
          const has = disk.inRoom(room).some((message) => message.text === text);
          return !isFor || has ? [] : [`named: ${name} lacks "${text}" of ${by.name}, and nobody was warned`];
        });
      }),
    );
  });
}

/** All that holds in an honest world, but for what people are told. */
export function asBefore(at: AtRest): readonly string[] {
  return Object.entries(CHECKS).flatMap(([name, check]) =>
    name === "quiet" ? [] : check(at).map((fault) => `${name}: ${fault}`),
  );
}

/** Those who can be heard: in some room as members. */
export const talkers = ({ well }: AtRest): readonly Device[] =>
  well.filter(({ disk }) => roomsOn(disk).some(({ status }) => status === "member"));
