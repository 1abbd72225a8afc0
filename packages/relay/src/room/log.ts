/**
 * The log of one room (docs/protocol.md, section 9): what may be put into it, by whom, and what that does. Pure but for
 * its own state: time comes in with the request, and what is to be stored comes out.
 *
 * The log goes ahead of the disk: what it accepts counts at once for the next request, while nobody is told before it
 * is durable. When writing fails the whole object is thrown away and read again, so nothing in it may be kept elsewhere.
 */
import {
  type AppendBody,
  assert,
  type CommitBody,
  type CommitHeader,
  type DeviceId,
  type DeviceRef,
  EMPTY,
  equalBytes,
  fail,
  type Hash,
  ok,
  parseHeader,
  type Result,
  type RoomId,
  transcriptStart,
  transcriptStep,
  unreachable,
} from "@sotto/wire";
import { equalHashes } from "../crypto.ts";
import { type Refusal, refused } from "../refusal.ts";
import type { EntryMark, KeptEntry, LinkMark, LogChange } from "../store/store.ts";
import type { Access } from "./access.ts";
import { follows, judgeRestore, type Restore } from "./giving-back.ts";
import { type CommitStep, Membership } from "./membership.ts";
import { Recent } from "./recent.ts";

/** After a commit, further commits wait so long, so that messages get in between. */
const BUSY_MS = 250;

/** An entry as it is asked for. */
export type Wanted = ({ readonly type: "append" } & AppendBody) | ({ readonly type: "commit" } & CommitBody);

export type Decision =
  /** It came before: answered like the first time, once that one is durable. */
  | { readonly kind: "repeat"; readonly mark: EntryMark }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** It is in the log; to be stored, then answered and passed on. */
  | Accepted;

export interface Accepted {
  readonly kind: "accepted";
  readonly entry: KeptEntry;
  readonly change: LogChange;
}

export interface LogPort {
  readonly hash: Hash;
  /** How long this sender has to wait before its next message, 0 for not at all; counts the message when it is 0. */
  readonly rate: (sender: Sender, now: number) => number;
}

/** Who an entry comes from, and where from: what is sent too fast is counted by both. */
export interface Sender extends DeviceRef {
  readonly host?: string;
}

interface Start {
  readonly creation: CommitHeader;
  readonly access: Access;
  readonly last: number;
  readonly hash: Uint8Array;
  readonly settled: number;
  readonly link: LinkMark | undefined;
  readonly commits: readonly CommitStep[];
}

export class RoomLog {
  readonly id: RoomId;
  readonly access: Access;
  readonly recent: Recent;
  readonly #port: LogPort;
  readonly #membership: Membership;
  #last: number;
  #head: number;
  #hash: Uint8Array;
  #settled: number;
  #link: LinkMark | undefined;
  #committedAt: number;
  #durable: number;

  constructor(id: RoomId, start: Start, port: LogPort) {
    this.id = id;
    this.#port = port;
    this.access = start.access;
    this.#membership = new Membership(start.creation.adds);
    for (const commit of start.commits) this.#membership.add(commit);
    this.#last = start.last;
    this.#durable = start.last;
    this.#hash = start.hash;
    this.#settled = start.settled;
    this.#link = start.link;
    const newest = start.commits.at(-1);
    this.#head = newest?.seq ?? 0;
    this.#committedAt = newest?.time ?? Number.NEGATIVE_INFINITY;
    this.recent = new Recent(start.last === 0);
  }

  get head(): number {
    return this.#head;
  }

  /** Seq of the newest entry that is on the disk. */
  get durable(): number {
    return this.#durable;
  }

  get link(): LinkMark | undefined {
    return this.#link;
  }

  /** H(0). */
  get start(): Uint8Array {
    return transcriptStart(this.id, this.#port.hash);
  }

  /** Seq of the newest commit that is not above `seq`, 0 for none. */
  headAt(seq: number): number {
    return this.#membership.newest(seq);
  }

  /** Whether a commit above `after` brought the device in, perhaps anew. */
  hasAdded(device: DeviceId, after: number): boolean {
    return this.#membership.hasAdded(this.#head, device, after);
  }

  /** Everything up to `seq` is on the disk. */
  stored(seq: number): void {
    assert(seq <= this.#last, "only what was accepted can be stored");
    this.#durable = Math.max(this.#durable, seq);
  }

  /** The part of the log that a device may read: up to what is durable; undefined when it is nobody here. */
  readable(device: DeviceId): { readonly from: number; readonly to: number } | undefined {
    const member = this.access.member(device);
    return member && { from: member.from, to: Math.min(member.until ?? this.#durable, this.#durable) };
  }

  /** Lets removals that are old enough take effect. @returns what is to be stored, if anything changed. */
  ripen(now: number): LogChange | undefined {
    if (this.#settled >= this.#head) return undefined;
    const settled = this.#membership.ripened(this.#head, this.#settled, now);
    if (settled === this.#settled) return undefined;
    this.#settled = settled;
    return this.#change({ members: this.#grant(this.#last) });
  }

  /**
   * Judges one entry. In this order, because each earlier answer must not depend on the later questions: is the sender
   * here, did it come before, is it too fast, does it know the newest commit, is it well made.
   *
   * @param known - the entry of this id, when the store had one; {@link recent} is asked besides.
   */
  put(sender: Sender, wanted: Wanted, known: EntryMark | undefined, now: number): Decision {
    const mark = known ?? this.recent.find(sender.device, wanted.id);
    if (mark !== undefined) return this.#repeat(sender, wanted, mark);
    const isMember = this.access.has(sender.device);
    switch (wanted.type) {
      case "append": {
        if (!isMember) return refuse("unknown-room");
        const retryMs = this.#port.rate(sender, now);
        if (retryMs > 0) return refuse("rate-limited", { retryMs });
        const fault = this.#place(wanted);
        return fault === undefined ? this.#accept(sender, wanted, undefined, now) : { kind: "refused", refusal: fault };
      }
      case "commit": {
        const header = parseHeader(wanted.header);
        if (!header.ok) return refuse("bad-request", { field: `header.${header.error.field}` });
        const fault = this.#judge(sender, isMember, wanted, header.value, now);
        return fault === undefined
          ? this.#accept(sender, wanted, header.value, now)
          : { kind: "refused", refusal: fault };
      }
      default:
        return unreachable(wanted);
    }
  }

  /**
   * Takes entries back: all of them, or none.
   *
   * @param isLate - something new came since the relay started.
   */
  restore(giver: DeviceRef, wanted: Restore, isLate: boolean, now: number): Result<readonly Accepted[], Refusal> {
    const fault = this.restoreFault(giver, wanted, isLate);
    if (fault !== undefined) return fail(fault);
    const steps = judgeRestore(wanted, this.#membership, this.access);
    if (!steps.ok) return steps;
    const { account } = giver;
    const taken = steps.value.map(({ device, wanted: entry, header }) =>
      this.#accept({ account, device }, entry, header, now),
    );
    const newest = taken.at(-1);
    if (wanted.link === undefined || newest === undefined) return ok(taken);
    const link = { ...wanted.link, base: this.#head };
    this.#link = { tokenHash: Uint8Array.from(link.tokenHash), base: link.base };
    return ok([...taken.slice(0, -1), { ...newest, change: { ...newest.change, link } }]);
  }

  /** What can be said against it at first sight, so that the store is asked about nothing that does not fit anyway. */
  restoreFault(giver: DeviceRef, wanted: Restore, isLate: boolean): Refusal | undefined {
    if (!this.access.has(giver.device)) return refused("unknown-room");
    if (!equalBytes(wanted.previous, this.#hash)) return refused("bad-request", { field: "previous" });
    if (isLate) return refused("not-allowed", { field: "room" });
    return follows(wanted, this.#last) ? undefined : refused("bad-request", { field: "entries" });
  }

  #repeat(sender: DeviceRef, wanted: Wanted, mark: EntryMark): Decision {
    const entry = { ...entryOf(sender, wanted), seq: mark.seq };
    const same = equalBytes(transcriptStep(mark.previous, entry, this.#port.hash), mark.hash);
    return same ? { kind: "repeat", mark } : refuse("id-reused");
  }

  #place(wanted: Wanted): Refusal | undefined {
    if (wanted.head !== this.#head) return refused("stale-head", { head: this.#head });
    if (wanted.base > wanted.head || !this.#membership.isBase(wanted.base))
      return refused("bad-request", { field: "base" });
    return undefined;
  }

  #judge(
    sender: DeviceRef,
    isMember: boolean,
    wanted: CommitBody,
    header: CommitHeader,
    now: number,
  ): Refusal | undefined {
    if (!isMember) {
      const fault = this.#mayJoin(sender, wanted, header);
      if (fault !== undefined) return fault;
    }
    const misplaced = this.#place({ type: "commit", ...wanted });
    if (misplaced !== undefined) return misplaced;
    // A clock that was set back keeps nobody waiting.
    const sinceMs = now - this.#committedAt;
    if (sinceMs >= 0 && sinceMs < BUSY_MS) return refused("busy", { retryMs: BUSY_MS - sinceMs });
    const fault = this.#membership.fault(this.#membership.list(wanted.base), header);
    if (fault !== undefined) return refused(fault.code, { field: fault.field });
    return welcomesFault(wanted, header);
  }

  /** From outside: the token of the link, and nothing but its own device in and devices of its own account out. */
  #mayJoin(sender: DeviceRef, wanted: CommitBody, header: CommitHeader): Refusal | undefined {
    if (wanted.joinToken === undefined) return refused("unknown-room");
    if (this.#link === undefined) return refused("not-allowed");
    if (!this.holdsLink(wanted.joinToken)) return refused("link-expired");
    const [add, ...more] = header.adds;
    if (add?.device !== sender.device || add.account !== sender.account || more.length > 0)
      return refused("not-allowed", { field: "header.adds" });
    const list = this.#membership.list(this.#membership.isBase(wanted.base) ? wanted.base : this.#head);
    const foreign = header.removes.some((ref) => (list.get(ref.device) ?? ref.account) !== sender.account);
    return foreign ? refused("not-allowed", { field: "header.removes" }) : undefined;
  }

  holdsLink(token: Uint8Array): boolean {
    return this.#link !== undefined && equalHashes(this.#port.hash(token), this.#link.tokenHash);
  }

  #accept(sender: DeviceRef, wanted: Wanted, header: CommitHeader | undefined, now: number): Accepted {
    const previous = this.#hash;
    const entry = { ...entryOf(sender, wanted), seq: this.#last + 1 };
    const hash = transcriptStep(previous, entry, this.#port.hash);
    const kept: KeptEntry = { ...entry, account: sender.account, time: now, previous, hash };
    const settled = this.#membership.confirmedBy(sender.account, wanted.base, this.#settled);
    if (header !== undefined)
      this.#membership.add({ seq: kept.seq, base: kept.base, account: sender.account, time: now, header });
    this.#last = kept.seq;
    this.#hash = hash;
    if (header !== undefined) {
      this.#head = kept.seq;
      this.#committedAt = now;
    }
    const moved = header !== undefined || settled !== this.#settled;
    this.#settled = settled;
    const members = moved ? this.#grant(kept.seq) : [];
    this.recent.add(sender.device, kept.id, { seq: kept.seq, previous, hash });
    const more = wanted.type === "commit" ? this.#commitEffects(wanted, kept) : {};
    return { kind: "accepted", entry: kept, change: this.#change({ entry: kept, members, ...more }) };
  }

  #commitEffects({ link, welcomes }: CommitBody, { seq, previous }: KeptEntry): Pick<LogChange, "link" | "welcomes"> {
    if (link !== undefined)
      this.#link = link === null ? undefined : { tokenHash: Uint8Array.from(link.tokenHash), base: seq };
    return {
      link: link === undefined ? undefined : link && { ...link, base: seq },
      welcomes: welcomes.map(({ device, bytes }) => ({ device, bytes, seq, previous })),
    };
  }

  #grant(seq: number): LogChange["members"] {
    const lists = [...new Set([this.#membership.list(this.#head), this.#membership.list(this.#settled)])];
    const gone = (device: DeviceId) =>
      this.#membership.removal(this.#head, device) ?? this.#membership.removal(this.#settled, device) ?? seq;
    return this.access.set(lists, seq, gone);
  }

  #change(part: Partial<LogChange>): LogChange {
    return {
      room: this.id,
      entry: undefined,
      settled: this.#settled,
      members: [],
      link: undefined,
      welcomes: [],
      ...part,
    };
  }
}

function refuse(...why: Parameters<typeof refused>): Decision {
  return { kind: "refused", refusal: refused(...why) };
}

function entryOf(sender: DeviceRef, wanted: Wanted) {
  const { id, base, bytes } = wanted;
  const isCommit = wanted.type === "commit";
  const header = isCommit ? wanted.header : EMPTY;
  return {
    kind: isCommit ? ("commit" as const) : ("message" as const),
    device: sender.device,
    id,
    base,
    header,
    bytes,
  };
}

/** Welcomes go to those whom the commit brings in, one each. */
function welcomesFault({ welcomes }: CommitBody, { adds }: CommitHeader): Refusal | undefined {
  const open = new Set(adds.map((ref) => ref.device));
  const index = welcomes.findIndex((welcome) => !open.delete(welcome.device));
  return index < 0 ? undefined : refused("bad-request", { field: `welcomes[${index}].device` });
}
