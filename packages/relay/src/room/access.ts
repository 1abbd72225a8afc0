/** Which device may read which part of a room's log. */
import type { DeviceId } from "@sotto/wire";
import type { Member } from "../store/store.ts";
import type { DeviceList } from "./membership.ts";

export class Access {
  readonly #members: Map<DeviceId, Member>;

  constructor(members: readonly Member[]) {
    this.#members = new Map(members.map((member) => [member.device, member]));
  }

  member(device: DeviceId): Member | undefined {
    return this.#members.get(device);
  }

  /** Whether the device may read what is new, and write. */
  has(device: DeviceId): boolean {
    const member = this.#members.get(device);
    return member !== undefined && member.until === undefined;
  }

  *[Symbol.iterator](): Generator<Member> {
    yield* this.#members.values();
  }

  /**
   * Makes the devices of `lists` those that have access.
   *
   * @param from - first seq that newcomers may read.
   * @param removal - seq of the commit that took a device out, which is the last that it may read.
   * @returns the members that came or changed, which the store must learn.
   */
  set(lists: readonly DeviceList[], from: number, removal: (device: DeviceId) => number): readonly Member[] {
    const changed: Member[] = [];
    for (const list of lists) {
      for (const [device, account] of list) {
        if (this.has(device)) continue;
        // Who comes back before it has read that it was out still reads that first.
        changed.push(this.#put({ account, device, from: this.#members.get(device)?.from ?? from, until: undefined }));
      }
    }
    for (const member of this.#members.values()) {
      const stays = member.until !== undefined || lists.some((list) => list.has(member.device));
      // Who came and went within what it may not read keeps at least the one entry that tells it.
      if (!stays) changed.push(this.#put({ ...member, until: Math.max(member.from, removal(member.device)) }));
    }
    return changed;
  }

  #put(member: Member): Member {
    this.#members.set(member.device, member);
    return member;
  }

  forget(device: DeviceId): void {
    this.#members.delete(device);
  }
}
