/**
 * What must hold in every world once it has come to rest. Each check says in words what it found; nothing is well.
 * Longer than 400 lines: the checks are one list, each a few lines, and read the same things.
 */
import type { StoredMessage } from "@sotto/core";
import { leaves } from "@sotto/core/group";
import { nodeCrypto } from "@sotto/node";
import { type AccountId, type DeviceId, parseHeader, type RoomId, transcriptStart, transcriptStep } from "@sotto/wire";
import type { Device } from "./device.ts";
import { accountOn, groupOn, intentsOn, pendingOn, roomOn, viewOf } from "./inside.ts";
import { listAt, logOf, type RoomLog } from "./log-lists.ts";
import type { World } from "./world.ts";

/** A world at rest. */
export interface AtRest {
  readonly world: World;
  /** Devices of which everything may be expected: they run, and nothing happened to them that they cannot undo. */
  readonly well: readonly Device[];
  /** The relay went back in time: what nobody has any more is lost, and named. */
  readonly wentBack: boolean;
  /** Members did what no client of ours would: entries may be skipped, and are named. */
  readonly wasHostile: boolean;
  /** Devices of those members; their persons are never among the well ones. */
  readonly hostile?: readonly Device[];
}

/** How many people there must be beside a member who means ill, so that there is somebody to agree with. */
const HONEST_MIN = 2;

interface Room extends RoomLog {
  /** Devices that are in by their own account, and well. */
  readonly inside: readonly Device[];
}

const ALL = Number.MAX_SAFE_INTEGER;

export type Check = (at: AtRest) => readonly string[];

const short = (room: string): string => room.slice(0, 6);
const { sha256 } = nodeCrypto();

/** A person is alone there with somebody who means ill: whom of the two to believe, nothing can tell. */
export function isForsaken(at: AtRest, room: RoomId): boolean {
  const { well, hostile = [], wentBack } = at;
  // A relay that has lost commits may leave people in epochs of which each is somebody's alone (docs/verification.md).
  if (wentBack && well.some(({ disk }) => roomOn(disk, room)?.astray !== undefined)) return true;
  const people = new Set(hostile.map(({ disk }) => accountOn(disk)?.account));
  const isWithOne = well.some(({ disk }) => people.has(roomOn(disk, room)?.peer ?? undefined));
  const isCulprits = isWithOne || hostile.some(({ disk }) => roomOn(disk, room) !== undefined);
  const inside = well.filter(({ disk }) => roomOn(disk, room)?.status === "member");
  if (!isCulprits) return false;
  return new Set(inside.map(({ memory }) => memory.username)).size < HONEST_MIN || areLeftApart(at, room, inside);
}

/**
 * Whoever means ill has parted two, a third one came to one of the two, and that one left. The two who remain have one
 * honest other in their tree each, and cannot both answer: the newcomer stands in one of the trees alone, and in the
 * other one stands who left. So each hears one voice that is elsewhere, and the culprit is silent. Whoever followed one
 * voice would let any member lead them away from all who are silent (docs/protocol.md, section 14, "Out of step").
 */
function areLeftApart({ world, hostile = [] }: AtRest, room: RoomId, inside: readonly Device[]): boolean {
  const culprits = new Set(accountsOf(hostile));
  const leavers = accountsOf(world.devices.filter(({ left }) => left.has(room)));
  const trees = inside.map((device) => {
    const group = groupOn(device.disk, room);
    const all = new Set((group && leaves(group))?.map(({ account }) => account));
    const [own] = accountsOf([device]);
    const others = [...all].filter((account) => account !== own && !culprits.has(account));
    return { own, others, hasCulprit: [...all].some((account) => culprits.has(account)) };
  });
  const [one, two] = trees;
  if (trees.length !== 2 || one === undefined || two === undefined) return false;
  if (!trees.every(({ others, hasCulprit }) => hasCulprit && others.length === 1)) return false;
  const isDeserted = (old: typeof one, young: typeof one): boolean =>
    old.others.every((account) => leavers.includes(account) && account !== young.own) &&
    young.others.every((account) => account === old.own);
  return isDeserted(one, two) || isDeserted(two, one);
}

const accountsOf = (devices: readonly Device[]): readonly AccountId[] =>
  devices.flatMap(({ disk }) => accountOn(disk)?.account ?? []);

/** The newest commit before a place that brought a device in was made by somebody who means ill: it may lead nowhere. */
function isLuredIn({ hostile = [] }: AtRest, room: RoomLog, device: DeviceId, seq = Number.MAX_SAFE_INTEGER): boolean {
  const by = room.entries.findLast((entry) => entry.seq < seq && adds(entry, device))?.device;
  return by !== device && hostile.some((one) => idOf(one) === by);
}

/**
 * An owner who means ill took it out by a commit that the others skip: who goes sees only that it may. It may have come
 * back since, and lacks what was said in between.
 */
const isSentAway = ({ hostile = [] }: AtRest, { updates, disk }: Device, room: RoomId, seq = ALL): boolean =>
  hostile.length > 0 &&
  (roomOn(disk, room)?.joinedAt ?? ALL) >= seq &&
  updates.some((update) => update.type === "room" && update.event === "removed" && update.roomId === room);

function roomsOf({ world, well }: AtRest): readonly Room[] {
  return world.rooms.flatMap((room) => {
    const log = logOf(world.relay.tables, room);
    return log === undefined
      ? []
      : [{ ...log, inside: well.filter(({ disk }) => roomOn(disk, room)?.status === "member") }];
  });
}

const idOf = ({ disk }: Device): DeviceId | undefined => accountOn(disk)?.device;
const messageAt = ({ disk }: Device, room: RoomLog, seq: number): StoredMessage | undefined =>
  disk.messages.get(room.room)?.get(seq);

/** The log has every place once, and its hashes are a chain. */
export const chained: Check = (at) =>
  roomsOf(at).flatMap(({ room, entries }) => {
    let hash = transcriptStart(room, sha256);
    const faults = entries.flatMap((entry, index) => {
      hash = transcriptStep(hash, entry, sha256);
      return entry.seq === index + 1 ? [] : [`the log of ${short(room)} has ${entry.seq} at place ${index + 1}`];
    });
    const kept = at.world.relay.tables.room(room)?.hash;
    return kept !== undefined && Buffer.compare(kept, hash) === 0
      ? faults
      : [...faults, `the hash of ${short(room)} is not that of its log`];
  });

/** Who is in agrees on order, epoch, members and settings. */
export const agreed: Check = (at) =>
  roomsOf(at).flatMap(({ room, inside }) => {
    if (isForsaken(at, room)) return [];
    const views = inside.map((device) => ({ device, view: viewOf(device.disk, room) }));
    return views.flatMap(({ device, view }) => {
      const first = views[0];
      return first === undefined || view === first.view
        ? []
        : [`${device.name} and ${first.device.name} do not agree on ${short(room)}: ${view} and ${first.view}`];
    });
  });

/** Who the log says is in, is in; nobody else is. */
export const present: Check = (at) =>
  roomsOf(at).flatMap((room) => {
    const [first] = room.inside;
    const base = first && roomOn(first.disk, room.room)?.base;
    const list = base === undefined ? undefined : room.lists.get(base);
    if (list === undefined || isForsaken(at, room.room)) return [];
    return at.well.flatMap((device) => {
      const id = idOf(device);
      const [isIn, isListed] = [room.inside.includes(device), id !== undefined && list.has(id)];
      if (isIn === isListed || (isListed && leftUnheard(at, room, device))) return [];
      // It left, and the relay that went back has forgotten that.
      if (isListed && at.wentBack && device.left.has(room.room)) return [];
      if (isListed && id !== undefined && (isLuredIn(at, room, id) || isSentAway(at, device, room.room))) return [];
      return [`${device.name} is ${isIn ? "in" : "not in"} ${short(room.room)}, and the log says otherwise`];
    });
  });

/**
 * Somebody left, and all who had read that left as well, before somebody came by the link: nobody is there to take the
 * first ones out. A known weakness (docs/verification.md), not a fault of the machinery.
 */
function leftUnheard(at: AtRest, room: Room, device: Device): boolean {
  if (!device.left.has(room.room)) return false;
  // Another device of the same person may have come back since.
  const isGone = (one: Device): boolean => one.memory === device.memory && !room.inside.includes(one);
  const mine = at.world.devices.filter(isGone).map(idOf);
  const last = room.entries.findLast(({ kind, device: by }) => kind === "message" && mine.includes(by))?.seq ?? 0;
  return room.inside.every((one) => {
    // Another device of the same person does not take its own account out: it waits for the others to do it.
    if (one.memory === device.memory) return true;
    const id = idOf(one);
    const came = id && room.entries.findLast((entry) => adds(entry, id))?.seq;
    return (came ?? 0) > last;
  });
}

/**
 * Who was in when a commit came tells the same of it in the timeline as all others who were. Whom it took out cannot read
 * what the room is from then on, and tells the same of who came and went.
 */
export const alike: Check = (at) =>
  roomsOf(at).flatMap((room) => {
    if (isForsaken(at, room.room)) return [];
    return room.entries.flatMap(({ kind, seq, base }) => {
      if (kind !== "commit") return [];
      const told = room.inside.flatMap((device) => {
        const id = idOf(device);
        const words = wordsAt(device, room.room, seq);
        // Who came in by it again tells how they came, and had told before that they went.
        const isComing = comersAt(device, room.room, seq).has(accountOn(device.disk)?.account);
        const wasIn =
          !isComing &&
          id !== undefined &&
          room.lists.get(base)?.has(id) &&
          device.disk.entries.get(room.room)?.has(seq);
        // Out of step it could not read it, and tells nothing.
        const mayBeOut = (at.wentBack || (at.hostile ?? []).length > 0) && words === "";
        const stays = id !== undefined && room.lists.get(seq)?.has(id) === true;
        const people = wordsAt(device, room.room, seq, ({ event }) => !OF_THE_ROOM.has(event));
        return wasIn && !mayBeOut ? [{ name: device.name, words, people, stays }] : [];
      });
      const first = told.find(({ stays }) => stays) ?? told[0];
      const other = told.find(({ words, people, stays }) =>
        stays ? words !== first?.words : people !== first?.people,
      );
      return other === undefined
        ? []
        : [`of ${short(room.room)} ${seq}, ${first?.name} tells ${first?.words}, and ${other.name} ${other.words}`];
    });
  });

const OF_THE_ROOM: ReadonlySet<string> = new Set(["owner", "renamed", "link"]);

const eventsAt = ({ disk }: Device, room: RoomId, seq: number) =>
  (disk.events.get(room) ?? []).filter((event) => event.seq === seq);

function comersAt(device: Device, room: RoomId, seq: number): ReadonlySet<string | undefined> {
  const came = eventsAt(device, room, seq).filter(({ event }) => event === "joined" || event === "added");
  return new Set(came.map(({ by, who }) => who ?? by));
}

function wordsAt(
  device: Device,
  room: RoomId,
  seq: number,
  isMeant: (event: ReturnType<typeof eventsAt>[number]) => boolean = () => true,
): string {
  const all = eventsAt(device, room, seq).filter(isMeant);
  // That somebody had left who comes again by the same commit is known to those alone who have read the word for it.
  const back = comersAt(device, room, seq);
  const gone = new Set(all.flatMap(({ event, by }) => (event === "left" && back.has(by) ? [by] : [])));
  const events = all.filter(({ by, who }) => !gone.has(who ?? by));
  const inOrder = events.toSorted((one, other) => one.number - other.number);
  return inOrder.map(({ event, by, who, name }) => [event, short(by), who && short(who), name].join(" ")).join(", ");
}

/** Every message is at all who were in, once, in its place and with its text; nobody else has it. */
export const delivered: Check = (at) =>
  roomsOf(at).flatMap((room) => {
    if (isForsaken(at, room.room)) return [];
    const present = presence(at, room);
    const told = new Map(at.well.map((device) => [device, missedAsTold(at, device)]));
    return room.entries.flatMap((entry) => {
      if (entry.kind !== "message") return [];
      const list = room.lists.get(entry.base);
      const texts = new Set<string>();
      const faults: string[] = [];
      for (const device of at.world.devices) {
        const id = idOf(device);
        const isFor = id !== undefined && list?.has(id) === true;
        const message = messageAt(device, room, entry.seq);
        if (message !== undefined && message.id === entry.id) {
          texts.add(message.text);
          if (!isFor) faults.push(`${device.name} has ${short(room.room)} ${entry.seq}, which is not for it`);
        }
      }
      if (texts.size > 1) faults.push(`${short(room.room)} ${entry.seq} reads ${[...texts].join(" and ")}`);
      if (texts.size === 0) return faults;
      for (const device of at.well) {
        const id = idOf(device);
        // Who was out by then does not get what was said by those who had not heard of that.
        const isFor = id !== undefined && list?.has(id) === true && present(entry.seq, id);
        if (id !== undefined && (isLuredIn(at, room, id, entry.seq) || isSentAway(at, device, room.room, entry.seq)))
          continue;
        if (!isFor || messageAt(device, room, entry.seq) !== undefined) continue;
        // It had read it before the relay went back, told its person so, and cannot open it a second time.
        if ([...texts].some((text) => lostFor(device).has(text))) continue;
        if (hasElsewhere(at, device, room, texts) || wereApart(at, device, entry.device)) continue;
        const left = told.get(device) ?? 0;
        told.set(device, left - 1);
        if (left <= 0) faults.push(`${device.name} lacks ${short(room.room)} ${entry.seq}: ${[...texts][0]}`);
      }
      return faults;
    });
  });

/**
 * Entries that a device was told it could not read: a commit can be made so that one member alone cannot read it, and who
 * goes on without it is not understood by the others; nor are those whose commits a relay that went back has lost.
 */
function missedAsTold({ hostile = [], wentBack }: AtRest, { updates }: Device): number {
  if (hostile.length === 0 && !wentBack) return 0;
  const isLie = (update: Device["updates"][number]): boolean =>
    update.type === "warning" && update.code === "relay-lies";
  const lies = hostile.length === 0 ? 0 : updates.filter(isLie).length;
  return lies + toldInNumbers(updates, /(\d+) entr(?:y|ies) could not be read here/);
}

/** It was sent again by who found out that it had reached nobody. */
const hasElsewhere = (
  { hostile = [] }: AtRest,
  { disk }: Device,
  { room }: Room,
  texts: ReadonlySet<string>,
): boolean => hostile.length > 0 && disk.inRoom(room).some(({ text }) => texts.has(text));

/**
 * The sender found out that it was out of step. What it said before it could know is lost for those who were elsewhere,
 * where a second commit that one alone cannot read hides where they parted: docs/verification.md.
 */
const wereApart = ({ world, hostile = [] }: AtRest, reader: Device, sender: DeviceId): boolean =>
  hostile.length > 0 &&
  [reader, ...world.devices.filter((one) => idOf(one) === sender)].some(({ updates }) =>
    updates.some((update) => update.type === "notice" && update.text.startsWith("this device was out of step")),
  );

/** Messages of which a device said that they reached nobody, and which it sent again under new ids. */
const sentAgain = ({ hostile = [] }: AtRest, { updates }: Device): number =>
  hostile.length === 0 ? 0 : toldInNumbers(updates, /(\d+) of your messages reached nobody/);

function toldInNumbers(updates: Device["updates"], said: RegExp): number {
  return updates.reduce(
    (sum, update) => sum + Number((update.type === "notice" ? said.exec(update.text)?.[1] : undefined) ?? 0),
    0,
  );
}

/** Whether a device was in at a place, and had not left of its own will. */
function presence(at: AtRest, room: Room): (seq: number, device: DeviceId) => boolean {
  const list = listAt(room, tipOf(room));
  const leavers = at.world.devices.filter(({ left }) => left.has(room.room)).map(({ memory }) => memory.username);
  const accountOf = new Map(at.world.devices.map((device) => [idOf(device), device.memory.username]));
  const isAbsent = (seq: number, device: DeviceId): boolean => {
    const name = accountOf.get(device) ?? "";
    if (!leavers.includes(name)) return false;
    // The relay that went back may have forgotten the word by which it left.
    if (at.wentBack && !room.inside.some((one) => idOf(one) === device)) return true;
    const came = room.entries.findLast((entry) => entry.seq < seq && adds(entry, device))?.seq ?? 0;
    // Its word is a message that nobody reads as a text.
    return room.entries.some(
      (entry) =>
        entry.seq > came &&
        entry.seq < seq &&
        entry.kind === "message" &&
        accountOf.get(entry.device) === name &&
        at.world.devices.every((other) => messageAt(other, room, entry.seq)?.id !== entry.id),
    );
  };
  return (seq, device) => list(seq)?.has(device) === true && !isAbsent(seq, device);
}

function adds({ kind, header }: RoomLog["entries"][number], device: DeviceId): boolean {
  const parsed = kind === "commit" ? parseHeader(header) : undefined;
  return parsed?.ok === true && parsed.value.adds.some((ref) => ref.device === device);
}

/** The commit that a room stands at: as those who are in say, else the newest that an entry is built on. */
function tipOf({ room, entries, inside: [first] }: Room): number {
  const base = first && roomOn(first.disk, room)?.base;
  return base ?? Math.max(0, ...entries.map((entry) => entry.base));
}

/** What a person was told is sent stands in the log in that place; nothing that was said stands twice. */
export const acknowledged: Check = (at) => {
  const faults: string[] = [];
  const rooms = new Map(roomsOf(at).map((room) => [room.room as string, room]));
  const lost = new Set(at.world.devices.flatMap((device) => [...lostFor(device)]));
  for (const device of at.world.devices) {
    let again = sentAgain(at, device);
    for (const { room, text, asked } of device.said) {
      const log = rooms.get(room);
      const places = log === undefined ? [] : placesOf(at, log, text);
      // Two copies of a profile have one outbox, until one of them is frozen.
      const isDoubled = at.world.seals.doubled.has(device.name);
      if (places.length > 1 && !isDoubled && again-- <= 0)
        faults.push(`"${text}" stands ${places.length} times in ${short(room)}`);
      if (!asked.outcome?.ok) continue;
      const { messageId, seq } = asked.outcome.value;
      const entry = log?.entries[seq - 1];
      if (entry?.id === messageId) continue;
      // It stood in a conversation that the relay has lost whole, which both were told.
      if (at.wentBack && hasLostConversation(device, room)) continue;
      // Who has left a room or was taken out keeps nothing of it, and is told nothing of it any more.
      if (at.wentBack && (device.left.has(room) || roomOn(device.disk, room as RoomId) === undefined)) continue;
      // Whose client has ended to do harm by hand is not there to give it back.
      if (at.wentBack && at.hostile?.includes(device)) continue;
      // It was sent again, and once more where its sender was out of step when it did: how often it stands is asked above.
      if (at.wentBack && (places.length > 0 || lost.has(text) || log === undefined || isForsaken(at, log.room)))
        continue;
      faults.push(`"${text}" of ${device.name} was acknowledged as ${short(room)} ${seq} and is not there`);
    }
  }
  return faults;
};

const hasLostConversation = ({ updates, disk }: Device, room: string): boolean =>
  roomOn(disk, room as RoomId)?.kind === "direct" &&
  updates.some((one) => one.type === "notice" && one.text.startsWith("the relay has lost the conversation with "));

/** Places of a room in which anybody read this text. */
function placesOf(at: AtRest, room: RoomLog, text: string): readonly number[] {
  const places = new Set<number>();
  for (const { disk } of at.world.devices) {
    for (const message of disk.messages.get(room.room)?.values() ?? [])
      if (message.text === text && room.entries[message.seq - 1]?.id === message.id) places.add(message.seq);
  }
  return [...places];
}

/** Texts that a device's person was told are lost. */
function lostFor({ updates }: Device): ReadonlySet<string> {
  const told = updates.flatMap((update) =>
    update.type === "notice" ? (/^lost from .*?: .*?: (.*)$/s.exec(update.text)?.[1] ?? []) : [],
  );
  return new Set(told);
}

/** Nobody was told of a message twice; but who was put back to an older copy has forgotten. */
export const toldOnce: Check = ({ well, wentBack }) =>
  well.flatMap(({ name, updates }) => {
    const seen = new Set<string>();
    return updates.flatMap((update) => {
      if (update.type !== "message") return [];
      const place = `${update.roomId} ${update.messageId}`;
      if (!seen.has(place) || wentBack) {
        seen.add(place);
        return [];
      }
      return [`${name} was told of ${update.text} twice`];
    });
  });

/** Nothing waits: outboxes are empty, no commit is unanswered, everybody is online. */
export const settled: Check = (at) =>
  at.well.flatMap(({ name, disk }) => [
    ...intentsOn(disk)
      .filter(({ room }) => !isForsaken(at, room))
      .map(({ task }) => `${name} still has to send a ${task.type}`),
    ...pendingOn(disk)
      .filter(({ room }) => !isForsaken(at, room))
      .map(({ room }) => `${name} still waits for a commit in ${short(room)}`),
  ]);

/** Warnings that an honest relay and honest members never cause; and nothing is called an internal error. */
export const quiet: Check = ({ well, wentBack, hostile, world }) => {
  const allowed = new Set<string>(["not-delivered", "last-resort-used"]);
  if (wentBack)
    for (const code of ["relay-rolled-back", "log-forked", "relay-lies", "commit-skipped", "chain-withheld"])
      allowed.add(code);
  const warned = well.flatMap(({ name, updates }) =>
    updates.flatMap((update) =>
      update.type === "warning" &&
      !allowed.has(update.code) &&
      !isOfCulprit(update, hostile) &&
      !(wentBack && isSignedInAnew(world, update))
        ? [`${name} was warned: ${update.code}`]
        : [],
    ),
  );
  const broken = world.devices.flatMap(({ name, updates }) =>
    updates.flatMap((update) =>
      update.type === "notice" && update.text.startsWith("something went wrong") && !update.text.includes("full")
        ? [`${name}: ${update.text}`]
        : [],
    ),
  );
  return [...warned, ...broken];
};

/** Who signs in while the relay lacks a device of that account takes its place in the chain: there are two chains then. */
const isSignedInAnew = (world: World, { code, username }: Named): boolean =>
  code === "chain-forked" && world.devices.filter(({ memory }) => memory.username === username).length > 1;

interface Named {
  readonly code: string;
  readonly username?: string | undefined;
}

/** What a member can bring about, each of which names that member where it names anybody. */
const OF_CULPRITS: ReadonlySet<string> = new Set([
  "commit-skipped",
  "relay-lies",
  "log-forked",
  "chain-withheld",
  "chain-forked",
]);

function isOfCulprit({ code, username }: Named, hostile: readonly Device[] = []): boolean {
  if (hostile.length === 0 || !OF_CULPRITS.has(code)) return false;
  // A commit may show for a removal a chain that is not: the one whose chain it would be is named.
  return (
    username === undefined || code === "chain-withheld" || hostile.some(({ memory }) => memory.username === username)
  );
}

/** No key and nonce twice, no plaintext in what devices handed to the network. */
export const secret: Check = ({ world }) => [
  ...world.seals.faults,
  ...world.leaks.map((where) => `plaintext left a device ${where}`),
];

/** What waits for somebody was taken: at most the last word that it was, is lost with a connection. */
export const bounded: Check = ({ world, well }) =>
  well.flatMap(({ name, disk }) => {
    const me = accountOn(disk);
    const waiting = me === undefined ? [] : world.relay.tables.inbox(me.device, me.inbox + 1, 10_000, ALL);
    return waiting.length > 0 ? [`${waiting.length} inbox entries of ${name} were never taken`] : [];
  });

export const CHECKS: Readonly<Record<string, Check>> = {
  chained,
  agreed,
  present,
  alike,
  delivered,
  acknowledged,
  toldOnce,
  settled,
  quiet,
  secret,
  bounded,
};
