/**
 * One turn: what one event does. A handler changes the draft of the state and says what is to be stored, sent and
 * told; the loop commits first and carries the rest out after that.
 */
import {
  type AccountId,
  assert,
  type ClientBody,
  type Code,
  type EntryId,
  encodeFromClient,
  idOf,
  type RoomId,
  type UserName,
} from "@sotto/wire";
import type { Refusal, Update } from "./api.ts";
import { type Group, groupDifference, type Suite } from "./group/index.ts";
import type { Happening } from "./happenings.ts";
import type { Contact } from "./identity/contacts.ts";
import { type NoticeKey, type NoticeValues, noticeOf } from "./notices.ts";
import type { Change, Ports, Store, StoredMessage, Target } from "./ports.ts";
import { type AccountRecord, encodeRecord, KEYS, type RecoveryRecord, type RoomRecord } from "./records.ts";
import { IDLE } from "./rooms/new-room.ts";
import type { Entrance, Intent, Pending, Reply, Room, Session, State } from "./state.ts";
import { WORDS } from "./words.ts";

export type Answered = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Refusal };

export type Effect =
  | { readonly type: "dial"; readonly connection: number; readonly target: Target }
  | { readonly type: "send"; readonly connection: number; readonly bytes: Uint8Array }
  | { readonly type: "close"; readonly connection: number }
  | { readonly type: "answer"; readonly command: number; readonly answer: Answered }
  | { readonly type: "update"; readonly update: Update };

/** What becomes of an answer that says nothing that is needed. */
export const unheard: Reply = async () => undefined;

/** Recent transcript hashes: most comparisons then need no look into the store. A cache, of committed turns or not. */
export class RecentHashes {
  readonly #hashes = new Map<string, Uint8Array>();

  remember(room: RoomId, seq: number, hash: Uint8Array): void {
    this.#hashes.set(`${room} ${seq}`, hash);
    if (this.#hashes.size <= 4096) return;
    for (const oldest of this.#hashes.keys()) {
      this.#hashes.delete(oldest);
      return;
    }
  }

  get(room: RoomId, seq: number): Uint8Array | undefined {
    return this.#hashes.get(`${room} ${seq}`);
  }
}

export class Turn {
  state: State;
  readonly hashes: RecentHashes;
  readonly now: number;
  readonly ports: Ports;
  readonly suite: Suite;
  readonly changes: Change[] = [];
  readonly effects: Effect[] = [];
  /** Groups that changed; stored once at the end, however many entries changed them. */
  readonly #groups = new Set<RoomId>();
  /** Rooms, and groups that were put since, as the store has them. */
  #before: ReadonlyMap<RoomId, Room>;
  readonly #put = new Map<RoomId, Group | undefined>();
  readonly #rooms = new Set<RoomId>();
  /** Rooms in which something changed: what can be applied, fetched and sent there is, before the turn ends. */
  readonly agenda = new Set<RoomId>();

  constructor(state: State, now: number, ports: Ports, suite: Suite, hashes: RecentHashes) {
    this.hashes = hashes;
    this.state = state;
    this.now = now;
    this.ports = ports;
    this.suite = suite;
    this.#before = state.rooms;
  }

  get me(): AccountRecord {
    assert(this.state.me !== undefined, "only asked where somebody is signed in");
    return this.state.me;
  }

  get store(): Store {
    assert(this.state.store !== undefined, "only asked where a vault is open");
    return this.state.store;
  }

  set(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
  }

  update(update: Update): void {
    this.effects.push({ type: "update", update });
  }

  notice<K extends NoticeKey>(key: K, values: NoticeValues<K>): void {
    this.update(noticeOf(key, values));
  }

  answer(command: number, value: unknown): void {
    this.effects.push({ type: "answer", command, answer: { ok: true, value } });
  }

  refuse(command: number, code: Code, retryMs?: number, message?: string): void {
    const error: Refusal = { code, message: message ?? WORDS[code], ...(retryMs === undefined ? {} : { retryMs }) };
    this.effects.push({ type: "answer", command, answer: { ok: false, error } });
  }

  /** Ends a command one way or the other. */
  settle(command: number, fault: Code | undefined, value: unknown = {}): void {
    if (fault === undefined) this.answer(command, value);
    else this.refuse(command, fault);
  }

  session(session: Session): void {
    const before = this.state.session;
    this.set({ session });
    if (session.state === before.state && session.state !== "offline") return;
    const retryAt = session.state === "offline" ? session.retryAt : undefined;
    this.update({ type: "connection", state: session.state, ...(retryAt === undefined ? {} : { retryAt }) });
  }

  /** Dials for `entrance`. */
  dial(entrance: Entrance, attempt: number): void {
    const connection = this.state.requests + 1;
    this.set({ requests: connection });
    this.session({ state: "dialing", connection, attempt, entrance });
    this.effects.push({ type: "dial", connection, target: entrance.target });
  }

  /** Sends a request; `reply` gets the answer, or undefined when the connection is lost before it. */
  ask(body: ClientBody, reply: Reply): void {
    const { session } = this.state;
    if (session.state === "offline") {
      this.set({ parked: [...this.state.parked, async (turn) => void (await reply(turn, undefined))] });
      return;
    }
    const request = this.state.requests + 1;
    const waiting = new Map(this.state.waiting).set(request, reply);
    this.set({ requests: request, waiting });
    this.effects.push({ type: "send", connection: session.connection, bytes: encodeFromClient({ request, body }) });
  }

  /** Sends a request whose answer says nothing that is needed. */
  tell(body: ClientBody): void {
    this.ask(body, unheard);
  }

  /** Looks after a room before this turn ends. */
  attend(room: RoomId): void {
    this.agenda.add(room);
  }

  /** Stops for good: nothing is sent until a person acts. History stays. */
  halt(code: Code, notice: Update = noticeOf("halted", { code, why: WORDS[code] })): void {
    if (this.state.halted !== code) this.update(notice);
    this.set({ halted: code });
    // A second copy at work does not end with a restart, nor does a revocation.
    const isFrozen = code === "profile-copied" || code === "device-revoked";
    if (this.state.me !== undefined && isFrozen) this.putMe({ halted: code });
    // What waits to be sent never will be from here: who asked for it is told, and the text stays where it is.
    if (isFrozen) for (const command of [...this.state.sending.values()].flat()) this.refuse(command, code);
    if (isFrozen) this.set({ sending: new Map() });
    this.hangUp();
  }

  /** Goes on after a wait; `lost` is called instead when the connection ends before. */
  sleep(ms: number, wake: (turn: Turn) => Promise<void>, lost: (turn: Turn) => void): void {
    this.set({ sleepers: [...this.state.sleepers, { at: this.now + ms, wake, lost }] });
  }

  /** The answer was lost, not the request: `decide` runs when the next session stands, or with the reason why none will. */
  undecided(decide: (turn: Turn, fault: Code | undefined) => Promise<void>): void {
    this.set({ undecided: [...this.state.undecided, decide] });
  }

  hangUp(): void {
    const { session } = this.state;
    if (session.state === "offline") return;
    this.effects.push({ type: "close", connection: session.connection });
    this.set({ leaving: session.connection });
  }

  random(length: number): Uint8Array {
    return this.ports.crypto.random(length);
  }

  newId(): EntryId {
    return idOf.entry(this.random(16));
  }

  put(key: string, record: object): void {
    this.changes.push({ type: "put", key, value: encodeRecord(record) });
  }

  delete(key: string): void {
    this.changes.push({ type: "delete", key });
  }

  putMe(part: Partial<AccountRecord>): void {
    const me = { ...this.me, ...part };
    this.set({ me });
    this.put(KEYS.account, me);
  }

  putContact(contact: Contact): void {
    const { states: _states, name: _name, ...record } = contact;
    this.set({ contacts: new Map(this.state.contacts).set(contact.account, contact) });
    if (!this.state.names.has(contact.name)) this.bindName(contact.name, contact.account);
    this.put(KEYS.contact(contact.account), record);
  }

  putRecovery(recovery: RecoveryRecord | undefined): void {
    this.set({ recovery });
    if (recovery === undefined) this.delete(KEYS.recovery);
    else this.put(KEYS.recovery, recovery);
  }

  /** Keeps which account is meant by a name, over restarts too. */
  bindName(name: UserName, account: AccountId): void {
    this.set({ names: new Map(this.state.names).set(name, account) });
    this.put(KEYS.name(name), { name, account });
  }

  /** The user name of an account, or the beginning of its id where its chain is not known. */
  nameOf(account: AccountId): string {
    return this.state.contacts.get(account)?.name ?? account.slice(0, 8);
  }

  room(room: RoomId): Room | undefined {
    return this.state.rooms.get(room);
  }

  /** Changes a room; what the vault keeps of it is stored at the end of the turn. */
  patch(id: RoomId, part: Partial<Room>): Room {
    const before = this.state.rooms.get(id);
    assert(before !== undefined, "a room that is changed is known");
    const room = { ...before, ...part };
    this.#setRoom(room, Object.keys(part).some(isKept));
    if (room.group !== before.group) this.#groups.add(id);
    return room;
  }

  addRoom(room: Room): void {
    this.#setRoom(room, true);
    if (room.group !== undefined) this.#groups.add(room.room);
  }

  #setRoom(room: Room, isKeptChanged: boolean): void {
    this.set({ rooms: new Map(this.state.rooms).set(room.room, room) });
    if (isKeptChanged) this.#rooms.add(room.room);
  }

  /** Forgets a room but for its messages, which are the person's own. */
  dropRoom(id: RoomId): void {
    const room = this.state.rooms.get(id);
    const rooms = new Map(this.state.rooms);
    rooms.delete(id);
    this.set({ rooms });
    if (room !== undefined && room.status === "member") {
      // Who commits a removal has read the entry before it, who carries out a leave has read that.
      const seq = room.seq === room.head ? room.seq - 1 : room.seq;
      this.set({ left: new Map(this.state.left).set(id, seq) });
      this.put(KEYS.left(id), { room: id, seq });
    }
    this.#rooms.delete(id);
    this.#groups.delete(id);
    for (const key of [KEYS.room(id), KEYS.pending(id), KEYS.tally(id)]) this.delete(key);
    this.#putGroup(id, undefined);
    for (const intent of room?.queue ?? []) this.delete(KEYS.intent(intent.order));
  }

  /** The leaf that this device has in a room although it could not come in; undefined: it came in. */
  putLeaf(room: RoomId, leafKey: Uint8Array | undefined): void {
    if (leafKey === undefined && !this.state.leaves.has(room)) return;
    const leaves = new Map(this.state.leaves);
    if (leafKey === undefined) leaves.delete(room);
    else leaves.set(room, leafKey);
    this.set({ leaves });
    if (leafKey === undefined) this.delete(KEYS.leaf(room));
    else this.put(KEYS.leaf(room), { room, leafKey });
  }

  /** An empty text takes the note away. */
  putNote(key: string, text: string): void {
    const notes = new Map(this.state.notes);
    if (text === "") notes.delete(key);
    else notes.set(key, text);
    this.set({ notes });
    if (text === "") this.delete(KEYS.note(key));
    else this.put(KEYS.note(key), { key, text });
  }

  putPending(id: RoomId, pending: Pending | undefined): void {
    this.patch(id, { pending });
    if (pending === undefined) {
      this.delete(KEYS.pending(id));
    } else {
      const { group, flying: _flying, stale: _stale, ...record } = pending;
      const before = pending.kind === "join" ? undefined : this.room(id)?.group;
      this.put(KEYS.pending(id), { ...record, next: groupDifference(before, group) });
    }
  }

  putIntent(intent: Intent): void {
    const { flying: _flying, stale: _stale, ...record } = intent;
    this.put(KEYS.intent(intent.order), record);
  }

  message(message: StoredMessage): void {
    this.changes.push({ type: "message", message });
  }

  /** What happened to a room by one entry, in its order. It counts as heard of now. */
  events(room: RoomId, seq: number, happenings: readonly Happening[]): void {
    for (const [number, { event, by, who, name }] of happenings.entries())
      this.changes.push({ type: "event", event: { room, seq, number, at: this.now, event, by, who, name } });
  }

  /** Rooms that were read from the store, with their groups. */
  loaded(rooms: ReadonlyMap<RoomId, Room>): void {
    this.set({ rooms });
    this.#before = rooms;
  }

  /** Stores what changed of a group. */
  #putGroup(id: RoomId, group: Group | undefined): void {
    const before = this.#put.has(id) ? this.#put.get(id) : this.#before.get(id)?.group;
    for (const { name, value } of groupDifference(before, group)) {
      const key = KEYS.group(id, name);
      this.changes.push(value === undefined ? { type: "delete", key } : { type: "put", key, value });
    }
    this.#put.set(id, group);
  }

  /** Everything that is to be stored, in one commit. */
  finish(): readonly Change[] {
    for (const id of this.#rooms) {
      const room = this.state.rooms.get(id);
      if (room !== undefined) this.put(KEYS.room(id), recordOf(room));
    }
    for (const id of this.#groups) this.#putGroup(id, this.state.rooms.get(id)?.group);
    this.#rooms.clear();
    this.#groups.clear();
    return this.changes;
  }
}

/** Whether the vault keeps that part of a room; the rest is made anew after a start. */
const isKept = (key: string): boolean => !(key in IDLE);

function recordOf(room: Room): RoomRecord {
  const { kind, status, peer, seq, hash, base, head, joinedAt, secret, read, leavers, forked, sent, renewedAt } = room;
  const { split, missed, forkedBy, heldForLiars, diverged, astray, returned, voices } = room;
  const elsewhere = [...voices].flatMap(([voice, where]) => (where === "elsewhere" ? [voice] : []));
  return {
    room: room.room,
    kind,
    status,
    peer,
    seq,
    hash,
    base,
    head,
    joinedAt,
    secret,
    read,
    leavers,
    forked,
    sent,
    renewedAt,
    split,
    elsewhere: split === undefined || elsewhere.length === 0 ? undefined : elsewhere,
    missed,
    forkedBy,
    heldForLiars,
    diverged,
    astray,
    returned,
  };
}
