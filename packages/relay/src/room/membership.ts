/**
 * Who is in a room, as far as the relay can know: it cannot judge commits, so it believes their headers until the
 * members show by what they build on that a commit counted (docs/protocol.md, section 10).
 *
 * The list of commit c is the list of its base, without what its header removes, with what it adds. A garbage commit
 * that removes everybody is therefore healed by the next good one, which names another base.
 */
import { type AccountId, assert, type CommitHeader, type DeviceId, type DeviceRef, LIMITS } from "@sotto/wire";

/** What a commit did to the list. */
export interface CommitStep {
  readonly seq: number;
  /** Seq of the commit it builds on, 0 for the creation. */
  readonly base: number;
  readonly account: AccountId;
  readonly time: number;
  readonly header: CommitHeader;
}

export interface HeaderFault {
  readonly code: "bad-request" | "too-long";
  readonly field: "header.adds" | "header.removes";
}

export type DeviceList = ReadonlyMap<DeviceId, AccountId>;

/** After so long a removal takes effect even if nobody else built on it. */
export const REMOVAL_EFFECT_MS = 24 * 60 * 60 * 1000;
/** Devices named by all headers of a room together. They stay in memory, so there must be an end of them. */
export const HEADER_REFS_MAX = 200_000;
/** Lists kept in memory, each of up to a thousand devices. */
const LISTS_MAX = 8;

export class Membership {
  readonly #commits = new Map<number, CommitStep>();
  /** Oldest first. */
  readonly #seqs: number[] = [];
  readonly #lists = new Map<number, DeviceList>();
  readonly #first: DeviceList;
  #refs = 0;

  constructor(creation: readonly DeviceRef[]) {
    this.#first = new Map(creation.map((ref) => [ref.device, ref.account]));
  }

  /** Whether an entry may name `seq` as its base. */
  isBase(seq: number): boolean {
    return seq === 0 || this.#commits.has(seq);
  }

  add(commit: CommitStep): void {
    assert(this.isBase(commit.base) && commit.base < commit.seq, "a commit builds on an earlier one");
    this.#commits.set(commit.seq, commit);
    this.#seqs.push(commit.seq);
    this.#refs += sizeOf(commit.header);
  }

  /**
   * Why a commit with this header may not stand on `base`, if so: it takes out only who is in, so that each device that
   * it names is one that somebody brought in; and there is room for its devices, and for those of `before` (headers that
   * come before it and are not added yet).
   *
   * @param list - of `base`.
   */
  fault(list: DeviceList, header: CommitHeader, before = 0): HeaderFault | undefined {
    if (header.removes.some((ref) => !list.has(ref.device))) return { code: "bad-request", field: "header.removes" };
    const size = sizeOf(header);
    const isTooMuch = size > 0 && this.#refs + before + size > HEADER_REFS_MAX;
    return isTooMuch || applied(list, header).size > LIMITS.roomDevicesMax
      ? { code: "too-long", field: "header.adds" }
      : undefined;
  }

  /** Seq of the newest commit that is not above `seq`, 0 for none. */
  newest(seq: number): number {
    return this.#seqs.findLast((one) => one <= seq) ?? 0;
  }

  /** The commits that `seq` builds on, itself first. */
  *path(seq: number): Generator<CommitStep> {
    for (let commit = this.#commits.get(seq); commit !== undefined; commit = this.#commits.get(commit.base))
      yield commit;
  }

  /** The list of commit `seq`, or of the creation for 0. */
  list(seq: number): DeviceList {
    const steps: CommitStep[] = [];
    let list = this.#first;
    for (const commit of this.path(seq)) {
      const known = this.#lists.get(commit.seq);
      if (known !== undefined) {
        list = known;
        break;
      }
      steps.push(commit);
    }
    for (const step of steps.reverse()) list = applied(list, step.header);
    this.#remember(seq, list);
    return list;
  }

  #remember(seq: number, list: DeviceList): void {
    if (seq === 0) return;
    this.#lists.delete(seq);
    this.#lists.set(seq, list);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > LISTS_MAX && oldest !== undefined) this.#lists.delete(oldest);
  }

  /**
   * The newest commit above `settled` that an entry of `account` confirms by building on `base`: nobody confirms their
   * own. Only the way from `base` back counts; a garbage commit beside it is confirmed by nobody honest.
   */
  confirmedBy(account: AccountId, base: number, settled: number): number {
    for (const commit of this.path(base)) {
      if (commit.seq <= settled) break;
      if (commit.account !== account) return commit.seq;
    }
    return settled;
  }

  /** The newest commit above `settled` on the way back from `head` that is old enough to count by itself. */
  ripened(head: number, settled: number, now: number): number {
    for (const commit of this.path(head)) {
      if (commit.seq <= settled) break;
      if (commit.time + REMOVAL_EFFECT_MS <= now) return commit.seq;
    }
    return settled;
  }

  /** Whether a commit above `after`, on the way back from `seq`, adds `device`. */
  hasAdded(seq: number, device: DeviceId, after: number): boolean {
    for (const commit of this.path(seq)) {
      if (commit.seq <= after) break;
      if (commit.header.adds.some((ref) => ref.device === device)) return true;
    }
    return false;
  }

  /** The newest commit on the way back from `seq` that removes `device`. */
  removal(seq: number, device: DeviceId): number | undefined {
    for (const commit of this.path(seq)) {
      if (commit.header.removes.some((ref) => ref.device === device)) return commit.seq;
    }
    return undefined;
  }
}

export const sizeOf = ({ adds, removes }: CommitHeader): number => adds.length + removes.length;

/** Removals come first: who joins again from outside takes out its old leaf in the same commit. */
export function applied(list: DeviceList, { adds, removes }: CommitHeader): DeviceList {
  if (adds.length === 0 && removes.length === 0) return list;
  const next = new Map(list);
  for (const ref of removes) next.delete(ref.device);
  for (const ref of adds) next.set(ref.device, ref.account);
  return next;
}
