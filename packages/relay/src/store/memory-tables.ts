/** {@link Tables} in plain maps: short enough to be read as the specification of the others. */
import {
  type AccountId,
  type DeviceId,
  type DeviceRef,
  type Entry,
  type EntryId,
  equalBytes,
  type InboxEntry,
  type RoomId,
  type UserName,
} from "@sotto/wire";
import { MemoryOperator } from "./memory-operator.ts";
import {
  type AccountRecord,
  type ChainChange,
  type ClaimedPackage,
  type CommitMark,
  type Delivery,
  type DeviceRecord,
  type InboxNotice,
  type KeptEntry,
  type LogChange,
  type Member,
  type NewAccount,
  type NewRoom,
  type RoomRecord,
  StoreError,
  type Tables,
  type UserRecord,
} from "./store.ts";

interface AccountRow {
  readonly record: AccountRecord;
  readonly step: number;
  readonly chain: readonly Uint8Array[];
  readonly codes: readonly Uint8Array[];
}

interface DeviceRow {
  readonly record: DeviceRecord;
  counter: number;
  inboxLast: number;
  inbox: InboxEntry[];
  packages: Uint8Array[];
  lastResort: Uint8Array | undefined;
}

interface RoomRow {
  readonly id: RoomId;
  readonly creator: DeviceId;
  readonly header: Uint8Array;
  readonly firstHash: Uint8Array;
  readonly entries: KeptEntry[];
  readonly members: Map<DeviceId, Member>;
  readonly cursors: Map<DeviceId, number>;
  settled: number;
  link: Exclude<LogChange["link"], null>;
}

export class MemoryTables extends MemoryOperator implements Tables {
  readonly #generation: Uint8Array;
  readonly #accounts = new Map<AccountId, AccountRow>();
  readonly #devices = new Map<DeviceId, DeviceRow>();
  readonly #rooms = new Map<RoomId, RoomRow>();

  constructor(generation: Uint8Array) {
    super();
    this.#generation = generation;
  }

  generation(): Uint8Array {
    return this.#generation;
  }

  hold(account: NewAccount, now: number): "held" | "name-taken" {
    this.dropLapsed(now);
    if (this.accountNamed(account.name) !== undefined || this.#accounts.has(account.id)) return "name-taken";
    const { id, name, registration, totpSecret, heldUntil, chainEntry, device } = account;
    const record = { id, name, registration, totpSecret, heldUntil, confirmed: false, admin: false };
    this.#accounts.set(id, { record, step: -1, chain: [chainEntry], codes: [] });
    this.#addDevice(id, device);
    return "held";
  }

  dropLapsed(now: number): void {
    for (const { record } of this.#accounts.values()) {
      if (record.confirmed || record.heldUntil > now) continue;
      this.#accounts.delete(record.id);
      for (const [id, row] of this.#devices) if (row.record.account === record.id) this.#dropDevice(id);
    }
  }

  #dropDevice(id: DeviceId): void {
    this.#devices.delete(id);
    for (const { members, cursors } of this.#rooms.values()) {
      members.delete(id);
      cursors.delete(id);
    }
  }

  account(id: AccountId): AccountRecord | undefined {
    return this.#accounts.get(id)?.record;
  }

  accountNamed(name: UserName): AccountRecord | undefined {
    for (const { record } of this.#accounts.values()) if (record.name === name) return record;
    return undefined;
  }

  accountToTry(name: UserName): AccountRecord | undefined {
    return this.accountNamed(name) ?? this.#accounts.values().next().value?.record;
  }

  confirm(
    id: AccountId,
    step: number,
    codes: readonly Uint8Array[],
    now: number,
  ): { readonly admin: boolean } | undefined {
    const row = this.#accounts.get(id);
    if (row === undefined || row.record.confirmed || row.record.heldUntil <= now || step <= row.step) return undefined;
    const admin = this.directory().length === 0;
    this.#accounts.set(id, { ...row, step, codes, record: { ...row.record, confirmed: true, admin } });
    return { admin };
  }

  acceptStep(id: AccountId, step: number): boolean {
    const row = this.#accounts.get(id);
    if (row === undefined || step <= row.step) return false;
    this.#accounts.set(id, { ...row, step });
    return true;
  }

  acceptBackupCode(id: AccountId, hash: Uint8Array): boolean {
    const row = this.#accounts.get(id);
    if (row?.codes.some((code) => equalBytes(code, hash)) !== true) return false;
    this.#accounts.set(id, { ...row, codes: row.codes.filter((code) => !equalBytes(code, hash)) });
    return true;
  }

  setRegistration(id: AccountId, registration: Uint8Array): void {
    const row = this.#accounts.get(id);
    if (row !== undefined) this.#accounts.set(id, { ...row, record: { ...row.record, registration } });
  }

  directory(): readonly { readonly name: UserName; readonly id: AccountId }[] {
    const confirmed = [...this.#accounts.values()].filter(({ record }) => record.confirmed);
    return confirmed
      .map(({ record: { name, id } }) => ({ name, id }))
      .sort((one, two) => (one.name < two.name ? -1 : 1));
  }

  chain(account: AccountId): readonly Uint8Array[] {
    return this.#accounts.get(account)?.chain ?? [];
  }

  appendChain(account: AccountId, length: number, entry: Uint8Array, change: ChainChange): boolean {
    const row = this.#accounts.get(account);
    if (row?.chain.length !== length) return false;
    this.#accounts.set(account, { ...row, chain: [...row.chain, entry] });
    if (change.add !== undefined) this.#addDevice(account, change.add);
    const gone = change.revoke === undefined ? undefined : this.#devices.get(change.revoke);
    if (gone !== undefined) {
      this.#devices.set(gone.record.device, {
        ...gone,
        packages: [],
        lastResort: undefined,
        record: { ...gone.record, revoked: true },
      });
    }
    return true;
  }

  #addDevice(account: AccountId, { id, key }: { readonly id: DeviceId; readonly key: Uint8Array }): void {
    const before = this.#devices.get(id) ?? {
      counter: 0,
      inboxLast: 0,
      inbox: [],
      packages: [],
      lastResort: undefined,
    };
    this.#devices.set(id, { ...before, record: { account, device: id, key, revoked: false } });
  }

  device(id: DeviceId): DeviceRecord | undefined {
    return this.#devices.get(id)?.record;
  }

  devicesOf(account: AccountId): readonly DeviceId[] {
    const rows = [...this.#devices.values()].filter(({ record }) => record.account === account && !record.revoked);
    return rows.map(({ record }) => record.device);
  }

  resume(device: DeviceId, counter: number): boolean {
    const row = this.#devices.get(device);
    if (row === undefined || row.record.revoked || counter <= row.counter) return false;
    row.counter = counter;
    return true;
  }

  createRoom(room: NewRoom): readonly Delivery[] | false {
    if (this.#rooms.has(room.id)) return false;
    const { id, creator, header, hash } = room;
    this.#rooms.set(id, {
      id,
      creator,
      header,
      firstHash: hash,
      entries: [],
      members: new Map(),
      cursors: new Map(),
      settled: 0,
      link: undefined,
    });
    return this.change(room.change);
  }

  room(id: RoomId): RoomRecord | undefined {
    const row = this.#rooms.get(id);
    if (row === undefined) return undefined;
    const commits: CommitMark[] = row.entries.filter((entry) => entry.kind === "commit");
    const link = row.link === undefined ? undefined : { tokenHash: row.link.tokenHash, base: row.link.base };
    const newest = row.entries.at(-1);
    return {
      id,
      creator: row.creator,
      header: row.header,
      last: row.entries.length,
      hash: newest?.hash ?? row.firstHash,
      settled: row.settled,
      link,
      commits,
      members: [...row.members.values()],
    };
  }

  countRooms(account: AccountId): number {
    const isTheirs = ({ creator }: RoomRow): boolean => this.#devices.get(creator)?.record.account === account;
    return [...this.#rooms.values()].filter(isTheirs).length;
  }

  roomsOf(device: DeviceId): readonly RoomId[] {
    return [...this.#rooms.values()].filter((row) => row.members.has(device)).map((row) => row.id);
  }

  roomsWithout(account: AccountId, device: DeviceId): readonly RoomId[] {
    const inside = ({ members }: RoomRow, is: (member: Member) => boolean): boolean =>
      [...members.values()].some((member) => member.until === undefined && is(member));
    const rooms = [...this.#rooms.values()].filter(
      (row) => inside(row, (one) => one.account === account) && !inside(row, (one) => one.device === device),
    );
    return rooms.map((row) => row.id);
  }

  changeAll(changes: readonly LogChange[]): readonly Delivery[] {
    const seqs = new Map<RoomId, number>();
    for (const { room, entry } of changes) {
      const last = seqs.get(room) ?? this.#rooms.get(room)?.entries.length;
      if (last === undefined || (entry !== undefined && entry.seq !== last + 1))
        throw new StoreError("gap", "the entries are not the next of their room");
      seqs.set(room, entry?.seq ?? last);
    }
    return changes.flatMap((change) => this.change(change));
  }

  change(change: LogChange): readonly Delivery[] {
    const row = this.#rooms.get(change.room);
    if (row === undefined) throw new StoreError("gap", "the room is not there");
    if (change.entry !== undefined) {
      if (change.entry.seq !== row.entries.length + 1)
        throw new StoreError("gap", "the entry is not the next of its room");
      row.entries.push(change.entry);
    }
    row.settled = change.settled;
    for (const member of change.members) row.members.set(member.device, member);
    if (change.link !== undefined) row.link = change.link ?? undefined;
    return change.welcomes.flatMap(({ device, seq, previous, bytes }) =>
      this.#deliver(device, (number) => ({ number, kind: "welcome", room: change.room, seq, previous, bytes })),
    );
  }

  #deliver(device: DeviceId, make: (number: number) => InboxEntry): readonly Delivery[] {
    const row = this.#devices.get(device);
    if (row === undefined) return [];
    row.inboxLast++;
    const entry = make(row.inboxLast);
    row.inbox.push(entry);
    return [{ device, entry }];
  }

  entryMark(room: RoomId, device: DeviceId, id: EntryId): KeptEntry | undefined {
    return this.#rooms.get(room)?.entries.find((entry) => entry.device === device && entry.id === id);
  }

  entries(room: RoomId, from: number, to: number, limit: number, bytesMax: number): readonly Entry[] {
    const range = this.#rooms.get(room)?.entries.slice(from - 1, Math.min(to, from - 1 + limit)) ?? [];
    return upTo(range, bytesMax, (entry) => entry.bytes.length + entry.header.length);
  }

  groupInfo(room: RoomId): { readonly base: number; readonly sealed: Uint8Array } | undefined {
    const link = this.#rooms.get(room)?.link;
    return link === undefined ? undefined : { base: link.base, sealed: link.groupInfo };
  }

  unknownDevices(refs: readonly DeviceRef[]): readonly DeviceRef[] {
    const isKnown = (ref: DeviceRef): boolean =>
      this.#devices.get(ref.device)?.record.account === ref.account &&
      this.#accounts.get(ref.account)?.record.confirmed === true;
    return refs.filter((ref) => !isKnown(ref));
  }

  setCursor(room: RoomId, device: DeviceId, seq: number): boolean {
    const row = this.#rooms.get(room);
    const member = row?.members.get(device);
    if (row === undefined || member === undefined) return false;
    row.cursors.set(device, Math.max(seq, row.cursors.get(device) ?? 0));
    if (member.until === undefined || seq < member.until) return false;
    row.members.delete(device);
    row.cursors.delete(device);
    return true;
  }

  inboxLast(device: DeviceId): number {
    return this.#devices.get(device)?.inboxLast ?? 0;
  }

  inbox(device: DeviceId, from: number, limit: number, bytesMax: number): readonly InboxEntry[] {
    const all =
      this.#devices
        .get(device)
        ?.inbox.filter((entry) => entry.number >= from)
        .slice(0, limit) ?? [];
    return upTo(all, bytesMax, (entry) => (entry.kind === "welcome" ? entry.bytes.length : 0));
  }

  dropInbox(device: DeviceId, upTo: number): void {
    const row = this.#devices.get(device);
    if (row !== undefined) row.inbox = row.inbox.filter((entry) => entry.number > upTo);
  }

  notify(devices: readonly DeviceId[], notice: InboxNotice): readonly Delivery[] {
    return devices.flatMap((device) => this.#deliver(device, (number) => ({ number, ...notice })));
  }

  putKeyPackages(
    device: DeviceId,
    packages: readonly Uint8Array[],
    lastResort: Uint8Array | undefined,
    max: number,
    replace: boolean,
  ): boolean {
    const row = this.#devices.get(device);
    const before = replace ? [] : row?.packages;
    if (row === undefined || before === undefined || before.length + packages.length > max) return false;
    row.packages = [...before, ...packages];
    row.lastResort = lastResort ?? (replace ? undefined : row.lastResort);
    return true;
  }

  countKeyPackages(device: DeviceId): number {
    return this.#devices.get(device)?.packages.length ?? 0;
  }

  claimKeyPackages(account: AccountId, isSpared = false) {
    if (this.#accounts.get(account)?.record.confirmed !== true) return undefined;
    const packages: ClaimedPackage[] = [];
    const notices: Delivery[] = [];
    for (const [device, row] of this.#devices) {
      if (row.record.account !== account || row.record.revoked) continue;
      const bytes = isSpared ? undefined : row.packages.shift();
      if (bytes !== undefined) packages.push({ device, bytes, lastResort: false });
      else if (row.lastResort !== undefined) {
        packages.push({ device, bytes: row.lastResort, lastResort: true });
        const told = row.inbox.some((entry) => entry.kind === "last-resort-used");
        if (!told) notices.push(...this.#deliver(device, (number) => ({ number, kind: "last-resort-used" })));
      }
    }
    return { packages, notices };
  }

  users(): readonly UserRecord[] {
    return this.usersOf([...this.#accounts.values()].map(({ record }) => record));
  }
}

/** As many as fit into `bytesMax`, but the first in any case. */
function upTo<T>(rows: readonly T[], bytesMax: number, size: (row: T) => number): readonly T[] {
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    bytes += size(row);
    return index > 0 && bytes > bytesMax;
  });
  return end < 0 ? rows : rows.slice(0, end);
}
