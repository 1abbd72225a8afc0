/**
 * Being let in by members: a device that is new in its account, or out of step where no link helps, asks; the first
 * member in rank takes its former leaf out, if it has one, and adds it anew in the same commit. docs/protocol.md,
 * section 15.
 */
import { type AccountId, type Code, EMPTY, type InboxEntry, type RoomId, readmitBytes } from "@sotto/wire";
import { waitOf } from "../bounds.ts";
import { operate, READMIT } from "../commits.ts";
import { type Leaf, leafOfDevice, leaves, roomInfo } from "../group/index.ts";
import { fetchChains } from "../identity/fetch.ts";
import type { Ask, Operation, Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { personal } from "../words.ts";
import { soundPackages } from "./direct.ts";
import { owners } from "./judge.ts";
import { leavingAccounts } from "./leavers.ts";
import { isReadmitWord } from "./readmit-words.ts";
import { isStranded } from "./stranded.ts";

/** How long the next in rank waits for the one before. */
const RANK_MS = 3000;
/** How often a room that nobody let this device into is asked for again. */
const AGAIN_MS = 600_000;
const ASKS_MAX = 100;

/** Asks for every room of the account in which this device is not, now and until it is. */
export function askForRooms(turn: Turn, rooms: readonly RoomId[]): void {
  const absent = rooms.filter((room) => turn.room(room)?.status !== "member" && turn.room(room)?.status !== "joining");
  if (absent.length === 0) return;
  for (const room of absent) askToBeIn(turn, room, async () => undefined);
  turn.sleep(
    AGAIN_MS,
    async (later) => askForRooms(later, absent),
    () => undefined,
  );
}

/** @param answered - what the relay said; undefined: members were told, or there was no answer. */
export function askToBeIn(
  turn: Turn,
  room: RoomId,
  answered: (turn: Turn, fault: Code | undefined) => Promise<void>,
): void {
  const { account, device, privateKey } = turn.me;
  const leafKey = leafKeyForOthers(turn, room);
  const signature = turn.ports.crypto.sign(privateKey, readmitBytes({ room, account, device, leafKey }));
  turn.ask({ type: "readmit", room, signature }, async (later, body) => {
    if (body?.type === "refused" && body.code === "rate-limited") {
      later.sleep(
        waitOf(body.retryMs),
        async (woken) => askToBeIn(woken, room, answered),
        () => undefined,
      );
      return undefined;
    }
    await answered(later, body?.type === "refused" ? personal(body.code) : undefined);
    return undefined;
  });
}

/** The leaf that the others have of this device: behind a split its own commits changed it for itself alone. */
function leafKeyForOthers(turn: Turn, id: RoomId): Uint8Array {
  const lost = turn.state.leaves.get(id);
  if (lost !== undefined) return lost;
  const room = turn.room(id);
  if (room === undefined || room.status !== "member") return EMPTY;
  const own = room.group && leafOfDevice(room.group, turn.me.device);
  return room.split?.leafKey ?? own?.encryptionKey ?? EMPTY;
}

/**
 * A device asks to be let in: whoever is in the room and believes it answers when its turn comes.
 *
 * @returns false when chains have to be fetched first.
 */
export function hearAsk(turn: Turn, entry: Extract<InboxEntry, { kind: "readmit" }>, isFetched: boolean): boolean {
  const { who, signature } = entry;
  const room = turn.room(entry.room);
  if (room === undefined || !isMember(turn, room, who.account)) return true;
  const key = keyOf(turn, who.account, who.device);
  if (key === undefined) return isFetched;
  const ask = { ...who, signature, dueAt: 0 };
  if (!holds(turn, room, ask)) return true;
  const rank = rankFor(turn, room, ask);
  if (rank === undefined) return true;
  const others = room.asks.filter((one) => one.device !== who.device).slice(-ASKS_MAX + 1);
  turn.patch(room.room, { asks: [...others, { ...ask, dueAt: turn.now + rank * RANK_MS }] });
  turn.attend(room.room);
  return true;
}

function isMember(turn: Turn, room: Room, account: AccountId): boolean {
  const members = (room.group && leaves(room.group)) ?? [];
  if (room.status !== "member" || (room.astray !== undefined && !isStranded(room))) return false;
  const leaving = leavingAccounts(turn.ports.crypto, room.room, members, room.leavers);
  // The other side of a conversation and an owner belong to a room also while they have no device there.
  const info = room.group && roomInfo(room.group);
  const isOwner = info !== undefined && owners(info).includes(account);
  const isThere = room.peer === account || isOwner || members.some((leaf) => leaf.account === account);
  return isThere && !leaving.has(account);
}

const keyOf = (turn: Turn, account: AccountId, device: Ask["device"]): Uint8Array | undefined =>
  turn.state.contacts
    .get(account)
    ?.states.at(-1)
    ?.devices.find((one) => one.id === device)?.key;

function holds(turn: Turn, room: Room, ask: Ask): boolean {
  const key = keyOf(turn, ask.account, ask.device);
  const leaf = room.group && leafOfDevice(room.group, ask.device);
  return key !== undefined && isReadmitWord(turn.ports.crypto, room.room, { account: ask.account, key, leaf }, ask);
}

/** The asking account's other devices come first, then all by their place. */
function rankFor(turn: Turn, room: Room, ask: Ask): number | undefined {
  const members = ((room.group && leaves(room.group)) ?? []).filter((leaf) => leaf.device !== ask.device);
  const leaving = leavingAccounts(turn.ports.crypto, room.room, members, room.leavers);
  const isOwn = (leaf: Leaf) => leaf.account === ask.account;
  const able = members.filter((leaf) => !leaving.has(leaf.account));
  const ranked = [...able.filter(isOwn), ...able.filter((leaf) => !isOwn(leaf))];
  const rank = ranked.findIndex((leaf) => leaf.device === turn.me.device);
  return rank < 0 ? undefined : rank;
}

/** Begins to answer the asks whose time has come; what was answered by another meanwhile holds no more. */
export function answerAsks(turn: Turn, id: RoomId): void {
  const room = turn.room(id);
  const due = room?.asks.filter((ask) => ask.dueAt <= turn.now) ?? [];
  if (room === undefined || due.length === 0) return;
  turn.patch(id, { asks: room.asks.filter((ask) => ask.dueAt > turn.now) });
  for (const ask of due) if (holds(turn, room, ask)) letIn(turn, id, ask);
}

/** The relay gives a package of each device of the account; those of the others are spent in vain. */
function letIn(turn: Turn, id: RoomId, ask: Ask): void {
  fetchChains(turn, [ask.account], async (later) => {
    later.ask({ type: "key-packages-claim", account: ask.account }, async (next, body) => {
      if (body?.type === "refused" && body.code === "rate-limited") {
        next.sleep(
          waitOf(body.retryMs),
          async (woken) => letIn(woken, id, ask),
          () => undefined,
        );
      }
      const packages = body?.type === "key-packages" ? body.packages : [];
      const add = soundPackages(next, ask.account, packages).find((one) => one.device === ask.device);
      if (add !== undefined && next.room(id) !== undefined) await operate(next, id, admission(ask, add));
      return undefined;
    });
  });
}

function admission(ask: Ask, add: ReturnType<typeof soundPackages>[number]): Operation {
  return {
    name: READMIT,
    finished: async () => undefined,
    plan: async (turn, room) => {
      if (!isMember(turn, room, ask.account) || !holds(turn, room, ask)) return "done";
      const leaf = room.group && leafOfDevice(room.group, ask.device);
      const { device, signature } = ask;
      const removes = leaf === undefined ? [] : [leaf];
      return { adds: [add], removes, renew: false, readmits: leaf === undefined ? [] : [{ device, signature }] };
    },
  };
}
