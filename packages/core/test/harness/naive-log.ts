/** A room's log as the simplest relay would keep it: compare-and-set on head, and the newest list of devices. */
import {
  type AccountId,
  type AppendBody,
  type CommitBody,
  type DeviceId,
  type DeviceRef,
  EMPTY,
  type Entry,
  equalBytes,
  parseHeader,
  type RelayCode,
  type RoomId,
  type RoomLink,
  transcriptStart,
  transcriptStep,
  type WelcomeFor,
} from "@sotto/wire";
import { nodeCrypto } from "../../../node/src/crypto.ts";

const sha256 = nodeCrypto().sha256;

export type Wanted = ({ readonly type: "append" } & AppendBody) | ({ readonly type: "commit" } & CommitBody);

export interface Kept extends Entry {
  readonly account: AccountId;
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
}

export type Decision =
  | { readonly kind: "refused"; readonly code: RelayCode; readonly head: number; readonly retryMs: number }
  | { readonly kind: "repeat" | "accepted"; readonly entry: Kept };

interface Member {
  readonly account: AccountId;
  readonly from: number;
  readonly until: number | undefined;
}

export class NaiveLog {
  readonly id: RoomId;
  readonly entries: Kept[] = [];
  readonly members = new Map<DeviceId, Member>();
  link: (RoomLink & { readonly base: number }) | undefined;
  hash: Uint8Array;
  head = 0;
  committedAt = Number.NEGATIVE_INFINITY;
  /** Something new came in: what a relay that went back in time lacks has no place any more. */
  renewed = false;
  /** Creator's request, to know its repeat by. */
  readonly creation: Uint8Array;
  #settled = 0;
  readonly #lists = new Map<number, ReadonlyMap<DeviceId, AccountId>>();
  readonly #commits = new Map<number, { readonly base: number; readonly account: AccountId }>();

  constructor(id: RoomId, creation: Uint8Array) {
    this.id = id;
    this.creation = creation;
    this.hash = transcriptStart(id, sha256);
    const header = parseHeader(creation);
    this.#lists.set(0, new Map(header.ok ? header.value.adds.map((ref) => [ref.device, ref.account]) : []));
    this.#grant(1);
  }

  get last(): number {
    return this.entries.length;
  }

  has(device: DeviceId): boolean {
    const member = this.members.get(device);
    return member !== undefined && member.until === undefined;
  }

  /** Devices of an account that are in. */
  devices(account: AccountId): readonly DeviceId[] {
    return [...this.members].flatMap(([device, member]) =>
      member.account === account && member.until === undefined ? [device] : [],
    );
  }

  readable(device: DeviceId): { readonly from: number; readonly to: number } | undefined {
    const member = this.members.get(device);
    return member && { from: member.from, to: Math.min(member.until ?? this.last, this.last) };
  }

  put(sender: DeviceRef, wanted: Wanted, now: number, busyMs: number): Decision {
    const refuse = (code: RelayCode, retryMs = 0): Decision => ({ kind: "refused", code, head: this.head, retryMs });
    const known = this.entries.find((entry) => entry.device === sender.device && entry.id === wanted.id);
    if (known !== undefined) {
      return equalBytes(known.bytes, wanted.bytes) ? { kind: "repeat", entry: known } : refuse("id-reused");
    }
    const joins = wanted.type === "commit" && wanted.joinToken !== undefined;
    if (!this.has(sender.device)) {
      if (!joins) return refuse("unknown-room");
      if (this.link === undefined) return refuse("not-allowed");
      if (!equalBytes(sha256(wanted.joinToken ?? EMPTY), this.link.tokenHash)) return refuse("link-expired");
    }
    if (wanted.head !== this.head) return refuse("stale-head");
    if (wanted.base > wanted.head || !this.#lists.has(wanted.base)) return refuse("bad-request");
    if (wanted.type === "commit" && this.committedAt + busyMs > now)
      return refuse("busy", this.committedAt + busyMs - now);
    this.renewed = true;
    return { kind: "accepted", entry: this.append(sender, wanted, now) };
  }

  /** Takes an entry without any question. */
  append(sender: DeviceRef, wanted: Wanted, now: number): Kept {
    const isCommit = wanted.type === "commit";
    const { id, base, bytes } = wanted;
    const header = isCommit ? wanted.header : EMPTY;
    const kind = isCommit ? ("commit" as const) : ("message" as const);
    const entry = { seq: this.last + 1, kind, device: sender.device, id, base, header, bytes };
    const previous = this.hash;
    this.hash = transcriptStep(previous, entry, sha256);
    const kept = { ...entry, account: sender.account, previous, hash: this.hash };
    this.entries.push(kept);
    this.#settle(sender.account, base);
    if (isCommit) {
      this.#commits.set(kept.seq, { base, account: sender.account });
      const list = new Map(this.#lists.get(base));
      const parsed = parseHeader(header);
      if (parsed.ok) {
        for (const ref of parsed.value.removes) list.delete(ref.device);
        for (const ref of parsed.value.adds) list.set(ref.device, ref.account);
      }
      this.#lists.set(kept.seq, list);
      this.head = kept.seq;
      this.committedAt = now;
      if (wanted.link !== undefined) this.link = wanted.link === null ? undefined : { ...wanted.link, base: kept.seq };
    }
    this.#grant(kept.seq);
    return kept;
  }

  copy(): NaiveLog {
    const log = new NaiveLog(this.id, this.creation);
    for (const entry of this.entries) {
      const { account, device, kind, id, base, header, bytes } = entry;
      const common = { room: this.id, id, head: 0, base, bytes };
      const wanted: Wanted =
        kind === "message"
          ? { type: "append", ...common, continues: false }
          : { type: "commit", ...common, header, welcomes: [], link: undefined, joinToken: undefined };
      log.append({ account, device }, wanted, this.committedAt);
    }
    log.link = this.link;
    log.committedAt = this.committedAt;
    return log;
  }

  welcomes(wanted: Wanted): readonly WelcomeFor[] {
    return wanted.type === "commit" ? wanted.welcomes : [];
  }

  /** A removal takes effect when an entry of another account builds on it. */
  #settle(account: AccountId, base: number): void {
    for (let seq = base; seq > this.#settled; ) {
      const commit = this.#commits.get(seq);
      if (commit === undefined) return;
      if (commit.account !== account) {
        this.#settled = seq;
        return;
      }
      seq = commit.base;
    }
  }

  #grant(seq: number): void {
    const lists = [this.#lists.get(this.head), this.#lists.get(this.#settled)];
    for (const list of lists) {
      for (const [device, account] of list ?? []) {
        if (this.has(device)) continue;
        // Who comes back before it has read that it was out still reads that first, as at the real relay.
        const from = this.members.get(device)?.from ?? seq;
        this.members.set(device, { account, from, until: undefined });
      }
    }
    for (const [device, member] of this.members) {
      if (member.until !== undefined || lists.some((list) => list?.has(device))) continue;
      this.members.set(device, { ...member, until: Math.max(member.from, this.#removal(device) ?? seq) });
    }
  }

  #removal(device: DeviceId): number | undefined {
    const names = (entry: Kept) => {
      const header = parseHeader(entry.header);
      return header.ok && header.value.removes.some((ref) => ref.device === device);
    };
    return this.entries.findLast((entry) => entry.kind === "commit" && names(entry))?.seq;
  }
}
