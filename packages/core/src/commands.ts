/** What each method of api.ts does. Parameters were parsed where they came in. */
import {
  type AccountId,
  type Code,
  entryId,
  formatLink,
  isRoomName,
  LIMITS,
  parseLink,
  roomId,
  type RoomId,
  userName,
  utf8,
  type WarningCode,
} from "@sotto/wire";
import { changePassword, confirmOtp, refuseReply, rotateRecovery, signIn, signUp, unlock } from "./account.ts";
import type { Method, Params } from "./api.ts";
import { operate } from "./commits.ts";
import { leaves, roomInfo } from "./group/index.ts";
import { fetchChains } from "./identity/fetch.ts";
import { enqueue, outboxCount } from "./outbox.ts";
import { createRoom, joinRoom, roomLink } from "./rooms/enter.ts";
import { directId, directOf, soundPackages } from "./rooms/direct.ts";
import { owners } from "./rooms/judge.ts";
import { whenOnline } from "./session.ts";
import type { Operation, Room } from "./state.ts";
import { asMessage, markRead } from "./timeline.ts";
import type { Turn } from "./turn.ts";

type Run<M extends Method> = (turn: Turn, command: number, params: Params<M>) => Promise<void>;

/** Before somebody is signed in, and while the first code is missing, these alone are answered. */
const ENTRANCES: ReadonlySet<string> = new Set([
  "account.signUp",
  "account.confirmOtp",
  "account.signIn",
  "account.unlock",
  "account.status",
]);

const COMMANDS: { readonly [M in Method]: Run<M> } = {
  "account.signUp": signUp,
  "account.confirmOtp": confirmOtp,
  "account.signIn": signIn,
  "account.unlock": unlock,
  "account.status": status,
  "account.changePassword": changePassword,
  "account.rotateRecovery": rotateRecovery,
  "users.list": listUsers,
  "room.create": create,
  "room.link": link,
  "room.join": join,
  "room.leave": async (turn, command, params) => leave(turn, command, params.roomId),
  "room.list": listRooms,
  "room.members": members,
  "room.add": add,
  "room.remove": remove,
  "direct.open": openDirect,
  "message.send": send,
  "message.list": list,
  "message.markRead": read,
  "message.search": search,
  "warning.accept": accept,
};

/** Runs one command; its answer comes in this turn or a later one. */
export async function runCommand(turn: Turn, command: number, method: string, params: unknown): Promise<void> {
  if (!Object.hasOwn(COMMANDS, method)) return turn.refuse(command, "bad-request");
  if (!ENTRANCES.has(method)) {
    if (turn.state.me === undefined) return turn.refuse(command, "not-signed-in");
    if (!turn.me.confirmed) return turn.refuse(command, "otp-pending");
  }
  const run = COMMANDS[method as Method] as Run<Method>;
  await run(turn, command, params as Params<Method>);
}

async function status(turn: Turn, command: number): Promise<void> {
  const { me, session, rooms } = turn.state;
  turn.answer(command, { ...(me && { username: me.name }), connection: session.state, outbox: outboxCount(rooms) });
}

async function listUsers(turn: Turn, command: number): Promise<void> {
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    later.ask({ type: "directory", name: "" }, async (next, body) => {
      if (body?.type !== "directory-list") return refuseReply(next, command, body);
      const users = body.accounts.map(({ name, account, online }) => ({ username: name, accountId: account, online }));
      return next.answer(command, users) as undefined;
    });
  });
}

async function create(turn: Turn, command: number, { name }: Params<"room.create">): Promise<void> {
  if (!isRoomName(name)) return turn.refuse(command, "bad-name");
  await whenOnline(turn, async (later, fault) =>
    fault === undefined ? createRoom(later, name, command) : later.refuse(command, fault),
  );
}

async function join(turn: Turn, command: number, params: Params<"room.join">): Promise<void> {
  const wanted = parseLink(params.link);
  if (wanted?.room === undefined) return turn.refuse(command, "bad-link");
  const { host, port, pin } = turn.me;
  const isHere =
    wanted.pin === undefined ? wanted.host === host && wanted.port === port : wanted.pin.join() === pin.join();
  if (!isHere) return turn.refuse(command, "wrong-pin");
  const known = turn.room(wanted.room.id);
  if (known?.status === "member") return turn.answer(command, { roomId: known.room, name: nameOf(turn, known) });
  if (known !== undefined) return turn.refuse(command, "rate-limited", 1000, "that room is being joined already");
  await whenOnline(turn, async (later, fault) =>
    fault === undefined ? joinRoom(later, wanted, command) : later.refuse(command, fault),
  );
}

/** The room that a command is about; refuses the command when there is none. */
function roomOf(turn: Turn, command: number, id: string): Room | undefined {
  const parsed = roomId(id);
  const room = parsed && turn.room(parsed);
  if (room?.status === "member") return room;
  turn.refuse(command, "unknown-room");
  return undefined;
}

async function link(turn: Turn, command: number, params: Params<"room.link">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  if (room === undefined) return;
  if (room.kind === "direct") return turn.refuse(command, "not-allowed");
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    if (params.renew) {
      if (!isOwner(later, room)) return later.refuse(command, "not-allowed");
      return operate(later, room.room, renewal(room.room, command));
    }
    answerLink(later, room.room, command, undefined);
  });
}

function answerLink(turn: Turn, id: RoomId, command: number, fault: Code | undefined): void {
  const secret = turn.room(id)?.secret;
  if (fault !== undefined) return turn.refuse(command, fault);
  if (secret === undefined)
    return turn.refuse(command, "not-allowed", undefined, "the link's new secret has not come yet");
  turn.answer(command, { link: formatLink(roomLink(turn, id, secret)) });
}

function renewal(id: RoomId, command: number): Operation {
  return {
    name: "renew",
    plan: async () => ({ adds: [], removes: [], renew: true }),
    finished: async (turn, fault) => answerLink(turn, id, command, fault),
  };
}

async function leave(turn: Turn, command: number, id: string): Promise<void> {
  const room = roomOf(turn, command, id);
  if (room === undefined) return;
  if (room.kind === "direct") return turn.refuse(command, "not-allowed");
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    const intent = enqueue(later, room, { type: "leave" });
    answerWhenSent(later, intent.id, command);
    later.attend(room.room);
  });
}

/** Answers the command when the message stands in the log. */
function answerWhenSent(turn: Turn, id: Parameters<Turn["state"]["sending"]["get"]>[0], command: number): void {
  turn.set({ sending: new Map(turn.state.sending).set(id, [...(turn.state.sending.get(id) ?? []), command]) });
}

async function listRooms(turn: Turn, command: number): Promise<void> {
  const lines = [...turn.state.rooms.values()].filter((room) => room.status === "member");
  turn.answer(
    command,
    lines.map((room) => ({
      roomId: room.room,
      name: nameOf(turn, room),
      kind: room.kind,
      unread: [...room.unread.values()].reduce((sum, count) => sum + count, 0),
      members: accountsOf(room).size,
    })),
  );
}

function nameOf(turn: Turn, room: Room): string {
  if (room.kind === "direct") return room.peer === undefined ? "" : turn.nameOf(room.peer);
  const info = room.group && roomInfo(room.group);
  return info?.kind === "room" ? info.name : "";
}

function accountsOf(room: Room): ReadonlySet<AccountId> {
  return new Set((room.group && leaves(room.group))?.map((leaf) => leaf.account));
}

function isOwner(turn: Turn, room: Room): boolean {
  const info = room.group && roomInfo(room.group);
  const members = room.group && leaves(room.group);
  return info !== undefined && members !== undefined && owners(info, members).includes(turn.me.account);
}

async function members(turn: Turn, command: number, params: Params<"room.members">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  const all = room?.group && leaves(room.group);
  const info = room?.group && roomInfo(room.group);
  if (room === undefined || all === undefined || info === undefined) return;
  const owning = owners(info, all);
  const lines = [...accountsOf(room)].map((accountId) => ({
    username: turn.nameOf(accountId),
    accountId,
    role: owning.includes(accountId) ? "owner" : "member",
  }));
  turn.answer(command, lines);
}

/**
 * Finds the account of a name: the one that was first seen under it, else the relay's word, pinned from now on.
 * Refuses the command when there is none.
 */
async function findUser(
  turn: Turn,
  command: number,
  text: string,
  use: (turn: Turn, account: AccountId) => Promise<void>,
) {
  const name = userName(text);
  if (name === undefined) return turn.refuse(command, "unknown-user");
  const known = turn.state.names.get(name);
  const contact = known && turn.state.contacts.get(known);
  if (contact?.conflict) return turn.refuse(command, "identity-changed");
  if (known !== undefined) return use(turn, known);
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    later.ask({ type: "directory", name }, async (next, body) => {
      if (body?.type !== "directory-list") return refuseReply(next, command, body);
      const account = body.accounts.find((one) => one.name === name)?.account;
      if (account === undefined) return next.refuse(command, "unknown-user") as undefined;
      fetchChains(next, [account], async (last) => {
        const found = last.state.contacts.get(account);
        if (found?.name !== name) return last.refuse(command, "unknown-user");
        if (found.conflict) return last.refuse(command, "identity-changed");
        await use(last, account);
      });
      return undefined;
    });
  });
}

async function add(turn: Turn, command: number, params: Params<"room.add">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  if (room === undefined) return;
  if (room.kind === "direct") return turn.refuse(command, "not-allowed");
  await findUser(turn, command, params.username, async (found, account) => {
    if (accountsOf(found.room(room.room) ?? room).has(account)) return found.answer(command, {});
    await whenOnline(found, async (later, fault) => {
      if (fault !== undefined) return later.refuse(command, fault);
      fetchChains(later, [account], async (next) => {
        next.ask({ type: "key-packages-claim", account }, async (last, body) => {
          if (body?.type !== "key-packages") return refuseReply(last, command, body);
          const adds = soundPackages(last, account, body.packages);
          const none = "nobody can add that person now: their devices have left no key packages that hold";
          if (adds.length === 0) return last.refuse(command, "not-allowed", undefined, none) as undefined;
          await operate(last, room.room, addition(account, adds, command));
          return undefined;
        });
      });
    });
  });
}

function addition(account: AccountId, adds: ReturnType<typeof soundPackages>, command: number): Operation {
  return {
    name: "add",
    plan: async (_turn, room) => (accountsOf(room).has(account) ? "done" : { adds, removes: [], renew: false }),
    finished: async (turn, fault) => turn.settle(command, fault),
  };
}

async function remove(turn: Turn, command: number, params: Params<"room.remove">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  if (room === undefined) return;
  const name = params.username.toLowerCase();
  if (name === turn.me.name) return leave(turn, command, params.roomId);
  const account = [...accountsOf(room)].find((one) => turn.nameOf(one) === name);
  if (account === undefined) return turn.refuse(command, "unknown-user");
  if (!isOwner(turn, room)) return turn.refuse(command, "not-allowed");
  await whenOnline(turn, async (later, fault) =>
    fault === undefined ? operate(later, room.room, removal(account, command)) : later.refuse(command, fault),
  );
}

function removal(account: AccountId, command: number): Operation {
  return {
    name: "remove",
    plan: async (_turn, room) => {
      const removes = ((room.group && leaves(room.group)) ?? []).filter((leaf) => leaf.account === account);
      const info = room.group && roomInfo(room.group);
      return removes.length === 0
        ? "done"
        : { adds: [], removes, renew: info?.kind === "room" && info.linkKey !== undefined };
    },
    finished: async (turn, fault) => turn.settle(command, fault),
  };
}

async function openDirect(turn: Turn, command: number, params: Params<"direct.open">): Promise<void> {
  if (params.username.toLowerCase() === turn.me.name) return turn.refuse(command, "bad-request");
  await findUser(turn, command, params.username, async (later, account) =>
    later.answer(command, { roomId: directId(later, account) }),
  );
}

async function send(turn: Turn, command: number, params: Params<"message.send">): Promise<void> {
  const { text } = params;
  if (text === "") return turn.refuse(command, "bad-request");
  if (utf8(text).length > LIMITS.textBytesMax) return turn.refuse(command, "too-long");
  const id = params.id === undefined ? turn.newId() : entryId(params.id);
  const parsed = roomId(params.roomId);
  const room = parsed && directOf(turn, parsed);
  if (id === undefined) return turn.refuse(command, "bad-request");
  if (room === undefined || room.status === "joining") return turn.refuse(command, "unknown-room");
  if (turn.state.halted !== undefined) return turn.refuse(command, turn.state.halted);
  if (isDoubtful(turn, room)) return turn.refuse(command, "identity-changed");
  if (await isRepeat(turn, command, room, id, text)) return;
  if (!turn.state.rooms.has(room.room)) turn.addRoom(room);
  enqueue(turn, room, { type: "text", text }, id);
  answerWhenSent(turn, id, command);
  turn.attend(room.room);
}

/** Somebody in the room came under a name that was another's. */
function isDoubtful(turn: Turn, room: Room): boolean {
  const accounts = room.peer === undefined ? [...accountsOf(room)] : [room.peer];
  return accounts.some((account) => turn.state.contacts.get(account)?.conflict);
}

/** A repeat of an id: the same text gets the first answer again, another text is refused. */
async function isRepeat(
  turn: Turn,
  command: number,
  room: Room,
  id: NonNullable<ReturnType<typeof entryId>>,
  text: string,
) {
  const waiting = [...turn.state.rooms.values()].flatMap((one) => one.queue).find((intent) => intent.id === id);
  if (waiting !== undefined) {
    if (waiting.room === room.room && waiting.task.type === "text" && waiting.task.text === text)
      answerWhenSent(turn, id, command);
    else turn.refuse(command, "id-reused");
    return true;
  }
  const stored = await turn.store.message(room.room, id);
  if (stored === undefined) return false;
  if (stored.text === text && stored.device === turn.me.device)
    turn.answer(command, { messageId: id, seq: stored.seq });
  else turn.refuse(command, "id-reused");
  return true;
}

async function list(turn: Turn, command: number, params: Params<"message.list">): Promise<void> {
  const parsed = roomId(params.roomId);
  const room = parsed && directOf(turn, parsed);
  if (room === undefined || room.status === "joining") return turn.refuse(command, "unknown-room");
  const found = await turn.store.messages(room.room, params.before, params.limit ?? 50);
  turn.answer(
    command,
    found.map((message) => asMessage(turn, message)),
  );
}

async function read(turn: Turn, command: number, params: Params<"message.markRead">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  if (room === undefined) return;
  await markRead(turn, room.room, params.seq);
  turn.answer(command, {});
}

async function search(turn: Turn, command: number, params: Params<"message.search">): Promise<void> {
  const room = params.roomId === undefined ? undefined : roomOf(turn, command, params.roomId);
  if (params.roomId !== undefined && room === undefined) return;
  const found = await turn.store.search(params.query, room?.room, params.limit ?? 50);
  turn.answer(
    command,
    found.map((message) => ({ ...asMessage(turn, message), roomId: message.room })),
  );
}

/** The person has read a warning and says: go on. */
async function accept(turn: Turn, command: number, params: Params<"warning.accept">): Promise<void> {
  const code = params.code as WarningCode;
  if (code === "log-forked") {
    const room = params.roomId === undefined ? undefined : roomOf(turn, command, params.roomId);
    if (room === undefined) return params.roomId === undefined ? turn.refuse(command, "bad-request") : undefined;
    turn.patch(room.room, { forked: false });
    turn.attend(room.room);
  }
  if (code === "identity-changed") {
    for (const contact of turn.state.contacts.values()) {
      if (contact.name !== params.username?.toLowerCase() || !contact.conflict) continue;
      turn.putContact({ ...contact, conflict: false });
      turn.set({ names: new Map(turn.state.names).set(contact.name, contact.account) });
    }
  }
  turn.answer(command, {});
}
