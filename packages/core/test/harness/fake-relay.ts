/**
 * A relay in process that speaks wire frames, answers on a later tick, and does to them whatever a test wants: every
 * frame passes its `taps`. It believes codes, and keeps everything else that clients rely on.
 */
// Over 400 lines: a whole relay of the naive kind, so that a scenario can be read beside it.
import {
  type AccountId,
  authBytes,
  type ChainState,
  type ClientBody,
  chainStates,
  chainStep,
  type DeviceId,
  type DeviceRef,
  type Entry,
  encodeFromServer,
  type FromClient,
  type InboxEntry,
  parseFromClient,
  parseFromServer,
  type RelayCode,
  type RoomId,
  type ServerBody,
  toHex,
} from "@sotto/wire";
import { nodeCrypto } from "../../../node/src/crypto.ts";
import { chainPort } from "../../src/identity/contacts.ts";
import type { Connection, Target, Transport, TransportEvent } from "../../src/ports.ts";
import type { Shown } from "../../src/state.ts";
import type { FakeClock } from "./clock.ts";
import { type Kept, NaiveLog, type Wanted } from "./naive-log.ts";

const crypto = nodeCrypto();
const fill = (value: number, length = 32) => new Uint8Array(length).fill(value);

export const RELAY_ID = fill(0xee);

interface Account {
  readonly name: string;
  readonly entries: Uint8Array[];
  /** What the fake OPAQUE makes of the password: see world.ts. */
  record: Uint8Array;
  confirmed: boolean;
}

interface Device {
  readonly account: AccountId;
  counter: number;
  packages: Uint8Array[];
  lastResort: Uint8Array | undefined;
  inbox: InboxEntry[];
  inboxLast: number;
}

/** What a tap does to a frame: undefined leaves it as it is. */
export type Verdict =
  | undefined
  /** The frame is lost, which on a connection happens only to who cannot be trusted. */
  | "drop"
  /** The connection ends instead. */
  | "cut"
  /** The connection ends after it. */
  | "pass-and-cut"
  | { readonly instead: readonly { readonly request: number; readonly body: ServerBody }[] }
  /** Upwards: answered at once with this. */
  | { readonly answer: ServerBody };

export interface Passing {
  readonly who: string;
  readonly way: "up" | "down";
  readonly request: number;
  readonly body: ClientBody | ServerBody;
  /** Exactly as it travels. */
  readonly bytes: Uint8Array;
}

interface Line {
  readonly who: string;
  readonly on: (event: TransportEvent) => void;
  open: boolean;
  clientNonce: Uint8Array;
  serverNonce: Uint8Array;
  name: string;
  me: DeviceRef | undefined;
  /** Password and code held: a device of that account may come in by the recovery key. */
  proved: AccountId | undefined;
  /** A good Resume that password and code are still asked of. */
  resumed: DeviceRef | undefined;
  readonly refused: Set<RoomId>;
  held: (() => void)[] | undefined;
}

export class FakeRelay {
  readonly accounts = new Map<AccountId, Account>();
  readonly devices = new Map<DeviceId, Device>();
  readonly rooms = new Map<RoomId, NaiveLog>();
  readonly lines = new Set<Line>();
  /** Every frame that passed, as it was sent. */
  readonly seen: Passing[] = [];
  taps: ((frame: Passing) => Verdict)[] = [];
  generation = fill(1, 16);
  /** The root key that is shown, and why it is believed. */
  shown: Shown = { pin: RELAY_ID, trust: "pinned" };
  busyMs = 250;
  /** Whether password and code are asked for at each connection. */
  otpAlways = false;
  /** What the access password is, where it is asked for at each connection. */
  access: string | undefined;
  /** Codes that are taken; undefined: any. Each counts once. */
  codes: Set<string> | undefined;
  /** Milliseconds that a device has to wait before its next message. */
  rate: (device: DeviceId) => number = () => 0;
  /** Frames on their way, and everything that ever happened. */
  inTransit = 0;
  activity = 0;
  readonly #clock: FakeClock;
  #nonces = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** The same accounts and rooms, nobody connected. */
  copyFrom(other: FakeRelay): void {
    for (const [id, account] of other.accounts) this.accounts.set(id, { ...account, entries: [...account.entries] });
    for (const [id, device] of other.devices)
      this.devices.set(id, { ...device, packages: [...device.packages], inbox: [...device.inbox] });
    for (const [id, log] of other.rooms) this.rooms.set(id, log.copy());
    this.generation = other.generation;
  }

  /** Everything as it was when `before` was copied, in the middle of a day. */
  goBack(before: FakeRelay, generation = before.generation): void {
    for (const line of this.lines) this.#close(line);
    for (const map of [this.accounts, this.devices, this.rooms]) map.clear();
    this.copyFrom(before);
    this.generation = generation;
  }

  transport(who: string): Transport {
    return { dial: (target, on) => this.#dial(who, target, on) };
  }

  /** Ends every connection of somebody. */
  cut(who: string): void {
    for (const line of this.lines) if (line.who === who) this.#close(line);
  }

  /** Keeps what somebody sends until it is released; other people's frames go on. */
  hold(who: string): void {
    for (const line of this.lines) if (line.who === who) line.held = [];
  }

  /** Lets the first `count` of the held frames arrive, and after the last one everything again. */
  release(who: string, count = Number.POSITIVE_INFINITY): void {
    for (const line of this.lines) {
      if (line.who !== who || line.held === undefined) continue;
      for (const frame of line.held.splice(0, count)) frame();
      if (count === Number.POSITIVE_INFINITY) line.held = undefined;
    }
  }

  held(who: string): number {
    return [...this.lines].reduce((sum, line) => sum + (line.who === who ? (line.held?.length ?? 0) : 0), 0);
  }

  isOnline(who: string): boolean {
    return [...this.lines].some((line) => line.who === who && line.me !== undefined);
  }

  log(room: RoomId): NaiveLog {
    const log = this.rooms.get(room);
    if (log === undefined) throw new Error("no such room");
    return log;
  }

  /** Puts an entry into a log as if a device had sent it, by the rules of the log. */
  put(sender: DeviceRef, wanted: Wanted, rules = true): ReturnType<NaiveLog["put"]> {
    const log = this.log(wanted.room);
    const now = this.#clock.now();
    const decision = rules
      ? log.put(sender, wanted, now, this.busyMs)
      : ({ kind: "accepted", entry: log.append(sender, wanted, now) } as const);
    if (decision.kind === "accepted") this.#publish(log, wanted, decision.entry);
    return decision;
  }

  push(who: string, body: ServerBody): void {
    for (const line of this.lines) if (line.who === who && line.me !== undefined) this.#send(line, 0, body);
  }

  /** Puts something into a device's inbox, and pushes it unless told otherwise. */
  deliver(
    device: DeviceId,
    entry: InboxEntry extends infer E ? (E extends unknown ? Omit<E, "number"> : never) : never,
  ) {
    const box = this.devices.get(device);
    if (box === undefined) return;
    const numbered = { ...entry, number: ++box.inboxLast } as InboxEntry;
    box.inbox.push(numbered);
    for (const line of this.lines)
      if (line.me?.device === device) this.#send(line, 0, { type: "inbox-event", entry: numbered });
  }

  #later(run: () => void): void {
    this.inTransit++;
    setImmediate(() => {
      this.inTransit--;
      this.activity++;
      run();
    });
  }

  #dial(who: string, _target: Target, on: (event: TransportEvent) => void): Connection {
    const line: Line = {
      who,
      on,
      open: true,
      clientNonce: fill(0),
      serverNonce: fill(0),
      name: "",
      me: undefined,
      proved: undefined,
      resumed: undefined,
      refused: new Set(),
      held: undefined,
    };
    this.lines.add(line);
    this.activity++;
    this.#later(() => line.open && on({ type: "opened", ...this.shown }));
    return {
      send: (bytes) => {
        const copy = new Uint8Array(bytes);
        this.activity++;
        const arrive = () => this.#later(() => this.#arrived(line, copy));
        if (line.held === undefined) arrive();
        else line.held.push(arrive);
      },
      close: () => this.#close(line),
    };
  }

  #close(line: Line): void {
    if (!line.open) return;
    line.open = false;
    this.lines.delete(line);
    this.#later(() => line.on({ type: "closed", reason: "ended", detail: "" }));
  }

  #verdict(frame: Passing): Verdict {
    for (const tap of this.taps) {
      const verdict = tap(frame);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  #arrived(line: Line, bytes: Uint8Array): void {
    if (!line.open) return;
    const parsed = parseFromClient(bytes);
    if (!parsed.ok) throw new Error(`a client sent what is no frame: ${JSON.stringify(parsed.error)}`);
    const { request, body } = parsed.value;
    const passing = { who: line.who, way: "up", request, body, bytes } as const;
    this.seen.push(passing);
    const verdict = this.#verdict(passing);
    if (verdict === "drop") return;
    if (verdict === "cut") return this.#close(line);
    if (verdict !== undefined && verdict !== "pass-and-cut") {
      return "answer" in verdict ? this.#send(line, request, verdict.answer) : undefined;
    }
    this.#serve(line, parsed.value);
    if (verdict === "pass-and-cut") this.#close(line);
  }

  #send(line: Line, request: number, body: ServerBody): void {
    if (!line.open) return;
    const bytes = encodeFromServer({ request, body });
    const passing = { who: line.who, way: "down", request, body, bytes } as const;
    this.seen.push(passing);
    const verdict = this.#verdict(passing);
    if (verdict === "drop") return;
    if (verdict === "cut") return this.#close(line);
    const frames =
      verdict !== undefined && verdict !== "pass-and-cut" && "instead" in verdict
        ? verdict.instead.map((frame) => encodeFromServer(frame))
        : [bytes];
    for (const frame of frames) {
      if (!parseFromServer(frame).ok) throw new Error(`the fake relay made what is no frame: ${body.type}`);
      this.#later(() => line.open && line.on({ type: "frame", bytes: frame }));
    }
    if (verdict === "pass-and-cut") this.#later(() => this.#close(line));
  }

  #serve(line: Line, { request, body }: FromClient): void {
    const answer = (reply: ServerBody) => this.#send(line, request, reply);
    const refuse = (code: RelayCode, head = 0, retryMs = 0, field = "") =>
      answer({ type: "refused", code, head, retryMs, field });
    switch (body.type) {
      case "hello":
        if (this.access !== undefined && body.accessPassword !== this.access) return refuse("bad-access-password");
        line.clientNonce = body.nonce;
        line.serverNonce = fill(++this.#nonces % 256);
        return answer({
          type: "challenge",
          version: 1,
          nonce: line.serverNonce,
          relay: RELAY_ID,
          generation: this.generation,
          accessNeeded: false,
        });
      case "sign-up-start":
        line.name = body.name;
        return answer({ type: "sign-up-response", registrationResponse: fill(1) });
      case "sign-up-finish": {
        const state = chainOf([body.chainEntry]);
        const device = state?.devices[0]?.id;
        if (state === undefined || device === undefined) return refuse("bad-request");
        this.accounts.set(state.account, {
          name: line.name,
          entries: [body.chainEntry],
          record: body.registrationRecord,
          confirmed: false,
        });
        const made = { account: state.account, counter: 0, packages: [], lastResort: undefined };
        this.devices.set(device, { ...made, inbox: [], inboxLast: 0 });
        line.me = { account: state.account, device };
        return answer({ type: "sign-up-pending", totpSecret: fill(2, 20), heldUntil: this.#clock.now() + 900_000 });
      }
      case "sign-up-confirm": {
        const account = line.me && this.accounts.get(line.me.account);
        if (account === undefined) return refuse("not-signed-in");
        account.confirmed = true;
        answer({ type: "confirmed", backupCodes: ["backup"] });
        return answer(this.#session(line));
      }
      case "resume":
        return this.#resume(line, body, answer);
      case "sign-in-start":
        line.name = body.name;
        return answer({ type: "sign-in-response", loginResponse: this.#login(line.name) });
      case "sign-in-finish":
        return this.#signIn(line, body.code, answer, refuse);
      case "chain-append":
        if (line.proved !== undefined) return this.#bringIn(line, line.proved, body.entry, answer, refuse);
        if (line.me === undefined) return refuse("not-signed-in");
        return this.#extend(line.me, body.entry) ? answer({ type: "done" }) : refuse("bad-request", 0, 0, "entry");
      case "chain-get":
        if (line.me === undefined && line.proved === undefined) return refuse("not-signed-in");
        return answer({
          type: "chains",
          chains: body.accounts.map((account) => ({ account, entries: this.accounts.get(account)?.entries ?? [] })),
        });
      default:
        if (line.me === undefined) return refuse("not-signed-in");
        return this.#signedIn(line, line.me, body, answer, refuse);
    }
  }

  #resume(line: Line, body: Extract<ClientBody, { type: "resume" }>, answer: (reply: ServerBody) => void): void {
    const account = this.accounts.get(body.account);
    const device = this.devices.get(body.device);
    const states = statesOf(account?.entries ?? []);
    const key = states.flatMap(({ devices }) => devices).find((one) => one.id === body.device)?.key;
    const { account: id, device: own, counter, signature } = body;
    const bytes = authBytes({
      relay: RELAY_ID,
      account: id,
      device: own,
      clientNonce: line.clientNonce,
      serverNonce: line.serverNonce,
      version: 1,
      generation: this.generation,
      counter,
    });
    const refused = (code: RelayCode) => answer({ type: "refused", code, head: 0, retryMs: 0, field: "" });
    if (device === undefined || key === undefined || !crypto.verify(key, bytes, signature))
      return refused("bad-credentials");
    if (!states.at(-1)?.devices.some((one) => one.id === body.device)) return refused("device-revoked");
    if (counter <= device.counter) return refused("profile-copied");
    device.counter = counter;
    for (const other of this.lines) if (other !== line && other.me?.device === own) this.#close(other);
    if (this.otpAlways) {
      line.resumed = { account: id, device: own };
      return answer({ type: "proof-needed" });
    }
    line.me = { account: id, device: own };
    answer(this.#session(line));
  }

  /** The answer to a login, alike for names that nobody has. */
  #login(name: string | undefined): Uint8Array {
    const response = fill(3, 320);
    const account = [...this.accounts.values()].find((one) => one.name === name);
    response.set(account?.record.subarray(0, 32) ?? []);
    return response;
  }

  /** The password is believed; a code counts once. */
  #signIn(
    line: Line,
    code: string,
    answer: (reply: ServerBody) => void,
    refuse: (code: RelayCode, head?: number, retryMs?: number) => void,
  ): void {
    const [id, account] = [...this.accounts].find(([, one]) => one.name === line.name && one.confirmed) ?? [];
    if (id === undefined || account === undefined) return refuse("bad-credentials");
    if (this.codes !== undefined && !this.codes.delete(code)) return refuse("bad-code");
    if (line.resumed?.account === id) {
      line.me = line.resumed;
      return answer(this.#session(line));
    }
    line.proved = id;
    answer({ type: "signed-in", account: id, chain: account.entries });
  }

  /** The recovery key adds the device that is on this connection. */
  #bringIn(
    line: Line,
    account: AccountId,
    entry: Uint8Array,
    answer: (reply: ServerBody) => void,
    refuse: (code: RelayCode, head?: number, retryMs?: number, field?: string) => void,
  ): void {
    const entries = this.accounts.get(account)?.entries ?? [];
    const before = chainOf(entries);
    const after = before && chainStep(before, entry, chainPort(crypto));
    const isKnown = (id: DeviceId) => before?.devices.some((one) => one.id === id) ?? false;
    const device = after?.ok ? after.value.devices.find(({ id }) => !isKnown(id)) : undefined;
    if (after?.ok !== true || !after.value.byRecovery || device === undefined)
      return refuse("bad-request", 0, 0, "entry");
    const made = { account, counter: 0, packages: [], lastResort: undefined };
    this.devices.set(device.id, { ...made, inbox: [], inboxLast: 0 });
    line.proved = undefined;
    line.me = { account, device: device.id };
    this.#extend(line.me, entry);
    answer({ type: "done" });
    answer(this.#session(line));
  }

  /** Puts an entry on an account's chain if it holds; its other devices are told, a revoked one is cut off. */
  #extend(me: DeviceRef, entry: Uint8Array): boolean {
    const entries = this.accounts.get(me.account)?.entries ?? [];
    const before = chainOf(entries);
    const after = before && chainStep(before, entry, chainPort(crypto));
    if (after?.ok !== true) return false;
    entries.push(entry);
    const isIn = (device: DeviceId) => after.value.devices.some(({ id }) => id === device);
    for (const line of this.lines) if (line.me?.account === me.account && !isIn(line.me.device)) this.#close(line);
    for (const [id, { account }] of this.devices) {
      if (account === me.account && id !== me.device && isIn(id)) this.deliver(id, { kind: "chain-grew" });
    }
    return true;
  }

  #session(line: Line): ServerBody {
    const { account, device } = line.me as DeviceRef;
    const own = this.devices.get(device);
    const rooms = [...this.rooms.values()].flatMap((log) => {
      const part = log.readable(device);
      const head = log.entries.findLast((entry) => entry.kind === "commit" && entry.seq <= (part?.to ?? 0))?.seq ?? 0;
      return part === undefined ? [] : [{ room: log.id, last: part.to, head }];
    });
    return {
      type: "session",
      confirmed: this.accounts.get(account)?.confirmed ?? false,
      admin: false,
      rooms,
      inboxLast: own?.inboxLast ?? 0,
      keyPackages: own?.packages.length ?? 0,
      accessPassword: "",
      address: "relay.test:7878",
      chainLength: this.accounts.get(account)?.entries.length ?? 0,
      accountRooms: [...this.rooms.values()]
        .filter((log) => !log.has(device) && log.devices(account).length > 0)
        .map(({ id }) => id),
    };
  }

  #signedIn(
    line: Line,
    me: DeviceRef,
    body: ClientBody,
    answer: (reply: ServerBody) => void,
    refuse: (code: RelayCode, head?: number, retryMs?: number, field?: string) => void,
  ): void {
    const own = this.devices.get(me.device);
    if (own === undefined) return refuse("internal");
    switch (body.type) {
      case "append": {
        if (!body.continues) line.refused.delete(body.room);
        else if (line.refused.has(body.room)) return refuse("busy");
        const wait = this.rate(me.device);
        if (wait > 0) {
          line.refused.add(body.room);
          return refuse("rate-limited", 0, wait);
        }
        return this.#put(line, me, body, answer, refuse);
      }
      case "commit":
        return this.#put(line, me, body, answer, refuse);
      case "room-create":
        return this.#create(line, me, body, answer, refuse);
      case "fetch": {
        const log = this.rooms.get(body.room);
        const part = log?.readable(me.device);
        if (log === undefined || part === undefined) return refuse("unknown-room");
        const entries = log.entries
          .filter(({ seq }) => seq >= Math.max(body.from, part.from) && seq <= part.to)
          .slice(0, body.limit);
        return answer({ type: "fetched", room: body.room, entries: entries.map(bare), last: part.to });
      }
      case "cursor": {
        const log = this.rooms.get(body.room);
        const member = log?.members.get(me.device);
        if (member?.until !== undefined && body.seq >= member.until) log?.members.delete(me.device);
        return answer({ type: "done" });
      }
      case "inbox-fetch":
        return answer({ type: "inbox-fetched", entries: own.inbox.filter(({ number }) => number >= body.from) });
      case "inbox-cursor":
        own.inbox = own.inbox.filter(({ number }) => number > body.number);
        return answer({ type: "done" });
      case "key-packages-put":
        own.packages = [...(body.replace ? [] : own.packages), ...body.packages];
        own.lastResort = body.lastResort ?? (body.replace ? undefined : own.lastResort);
        return answer({ type: "done" });
      case "key-packages-claim":
        return this.#claim(body.account, answer);
      case "directory": {
        const all = [...this.accounts].map(([account, { name }]) => ({ name, account, online: true }));
        return answer({
          type: "directory-list",
          accounts: all.filter(({ name }) => body.name === "" || name === body.name),
        });
      }
      case "group-info-get": {
        const log = this.rooms.get(body.room);
        if (log === undefined) return refuse("unknown-room");
        if (log.link === undefined) return refuse("not-allowed");
        if (toHex(crypto.sha256(body.token)) !== toHex(log.link.tokenHash)) return refuse("link-expired");
        if (log.link.base !== log.head) return refuse("busy", 0, 1000);
        return answer({ type: "group-info", base: log.link.base, head: log.head, sealed: log.link.groupInfo });
      }
      case "password-start": {
        const loginResponse = this.#login(this.accounts.get(me.account)?.name);
        return answer({ type: "password-response", loginResponse, registrationResponse: fill(1, 64) });
      }
      case "password-finish": {
        const account = this.accounts.get(me.account);
        if (account !== undefined) account.record = body.registrationRecord;
        return answer({ type: "done" });
      }
      case "ping":
        return answer({ type: "pong" });
      case "readmit": {
        const log = this.rooms.get(body.room);
        if (log === undefined || log.devices(me.account).length === 0) return refuse("unknown-room");
        const { room, signature } = body;
        for (const [device] of log.members) {
          if (device !== me.device && log.has(device))
            this.deliver(device, { kind: "readmit", room, who: me, signature });
        }
        return answer({ type: "done" });
      }
      case "restore": {
        const log = this.rooms.get(body.room);
        if (log === undefined || !log.has(me.device)) return refuse("unknown-room");
        if (toHex(body.previous) !== toHex(log.hash)) return refuse("bad-request", 0, 0, "previous");
        if (log.renewed) return refuse("not-allowed", 0, 0, "room");
        for (const { entry, wanted } of body.entries.map((one) => ({ entry: one, wanted: wantedOf(body.room, one) }))) {
          if (entry.seq !== log.last + 1) return refuse("bad-request", 0, 0, "entries");
          this.#publish(log, wanted, log.append({ account: me.account, device: entry.device }, wanted, 0));
        }
        log.renewed = false;
        if (body.link !== undefined) log.link = { ...body.link, base: log.head };
        return answer({ type: "done" });
      }
      default:
        return refuse("bad-request");
    }
  }

  #put(
    line: Line,
    me: DeviceRef,
    wanted: Wanted,
    answer: (reply: ServerBody) => void,
    refuse: (code: RelayCode, head?: number, retryMs?: number) => void,
  ): void {
    const log = this.rooms.get(wanted.room);
    if (log === undefined) return refuse("unknown-room");
    const decision = log.put(me, wanted, this.#clock.now(), this.busyMs);
    if (decision.kind === "refused") {
      if (wanted.type === "append") line.refused.add(wanted.room);
      return refuse(decision.code, decision.code === "stale-head" ? decision.head : 0, decision.retryMs);
    }
    answer({ type: "ack", seq: decision.entry.seq, previous: decision.entry.previous });
    if (decision.kind === "accepted") this.#publish(log, wanted, decision.entry);
  }

  #publish(log: NaiveLog, wanted: Wanted, entry: Kept): void {
    for (const line of this.lines) {
      const part = line.me && log.readable(line.me.device);
      if (part === undefined || entry.seq < part.from || entry.seq > part.to) continue;
      this.#send(line, 0, { type: "event", room: log.id, entries: [bare(entry)] });
    }
    for (const { device, bytes } of log.welcomes(wanted)) {
      this.deliver(device, { kind: "welcome", room: log.id, seq: entry.seq, previous: entry.previous, bytes });
    }
  }

  #create(
    line: Line,
    me: DeviceRef,
    body: Extract<ClientBody, { type: "room-create" }>,
    answer: (reply: ServerBody) => void,
    refuse: (code: RelayCode, head?: number, retryMs?: number) => void,
  ): void {
    const known = this.rooms.get(body.room);
    if (known !== undefined) {
      if (toHex(known.creation) !== toHex(body.header)) return refuse("stale-head", known.head);
      if (body.commit !== undefined) return this.#put(line, me, { type: "commit", ...body.commit }, answer, refuse);
      return answer({ type: "ack", seq: 0, previous: fill(0) });
    }
    const log = new NaiveLog(body.room, body.header);
    this.rooms.set(body.room, log);
    if (body.link !== undefined) log.link = { ...body.link, base: 0 };
    if (body.commit === undefined) return answer({ type: "ack", seq: 0, previous: log.hash });
    this.#put(line, me, { type: "commit", ...body.commit }, answer, refuse);
  }

  #claim(account: AccountId, answer: (reply: ServerBody) => void): void {
    const packages = [...this.devices].flatMap(([device, own]) => {
      const isIn = chainOf(this.accounts.get(account)?.entries ?? [])?.devices.some(({ id }) => id === device);
      if (own.account !== account || !isIn) return [];
      const bytes = own.packages.shift();
      if (bytes !== undefined) return [{ device, bytes, lastResort: false }];
      if (own.lastResort === undefined) return [];
      this.deliver(device, { kind: "last-resort-used" });
      return [{ device, bytes: own.lastResort, lastResort: true }];
    });
    answer({ type: "key-packages", packages });
  }
}

/** An entry that was given back, as if its sender sent it. */
function wantedOf(room: RoomId, { kind, id, base, bytes, header }: Entry): Wanted {
  const common = { room, id, head: base, base, bytes };
  return kind === "message"
    ? { type: "append", ...common, continues: false }
    : { type: "commit", ...common, header, welcomes: [], link: undefined, joinToken: undefined };
}

/** An entry as it travels. */
export function bare({ seq, kind, device, id, base, header, bytes }: Kept) {
  return { seq, kind, device, id, base, header, bytes };
}

function statesOf(entries: readonly Uint8Array[]): readonly ChainState[] {
  const states = chainStates(entries, chainPort(crypto));
  return states.ok ? states.value : [];
}

function chainOf(entries: readonly Uint8Array[]): ChainState | undefined {
  return statesOf(entries).at(-1);
}
