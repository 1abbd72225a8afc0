/** Any walk of a group of twelve, each of whom has a disk: what is written is all that changed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  difference,
  epochAuthenticator,
  exportSecret,
  forget,
  type Group,
  joinByWelcome,
  joinFromOutside,
  makeCommit,
  makeGroupInfo,
  open,
  type Part,
  parseGroupInfo,
  type Random,
  restore,
  seal,
  unspent,
} from "../src/index.ts";
import { type Disk, names, textOf, whole, write } from "./disk.ts";
import {
  type Device,
  makeWorld,
  NOW,
  newKeyPackage,
  person,
  profile,
  refusalCode,
  seeded,
  toHex,
  unwrap,
  utf8,
} from "./world.ts";

const NOTHING = new Uint8Array(0);

/** A device whose group is on disk. The group in memory is now and then the one that the disk gives back. */
class Stored {
  readonly device: Device;
  readonly disk: Disk;
  group: Group;

  constructor(device: Device) {
    this.device = device;
    this.group = device.group;
    this.disk = whole(device.group);
  }

  /** One step: writes the difference, and holds that the disk then has this group and nothing else. */
  go(after: Group, isRestored: boolean): Part[] {
    const parts = difference(this.group, after);
    write(this.disk, parts);
    const all = textOf(this.disk);
    expect(all).toEqual(textOf(whole(after)));
    const again = unwrap(restore(this.disk));
    expect(all).toEqual(textOf(whole(again)));
    expect(names(this.disk).every((name) => isOfEpoch(name, after.context.epoch))).toBe(true);
    this.group = isRestored ? again : after;
    return parts;
  }
}

/** Secrets of message keys say of which epoch they are. */
const isOfEpoch = (name: string, epoch: bigint) => !name.startsWith("secret/") || name.startsWith(`secret/${epoch}/`);

/** Twelve members and what they do: who is meant stands as a number, which any number of members makes sense of. */
const MEMBERS = Array.from({ length: 12 }, (_, index) => `member ${index}`);
const who = fc.nat({ max: 1000 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("message" as const), by: who, other: who }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("renew" as const), by: who, other: who }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("lost commit" as const), by: who, other: who }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("add" as const), by: who, other: who }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("remove" as const), by: who, other: who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("enter" as const), by: who, other: who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("come back" as const), by: who, other: who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("send again" as const), by: who, other: who }) },
);

/** The members of one group, each with a disk. */
class Walk {
  readonly #random: Random;
  readonly #members: Stored[];
  #count = 0;

  constructor(seed: number) {
    const world = makeWorld(MEMBERS, seed);
    this.#random = world.random;
    this.#members = [...world.members.values()].map((device) => new Stored(device));
  }

  take({ type, by, other }: { type: string; by: number; other: number }, coin: () => boolean): void {
    const members = this.#members;
    const one = members[by % members.length]!;
    const second = members[other % members.length]!;
    const before = one.group;
    switch (type) {
      case "message":
        return this.#say(one, coin);
      case "renew":
        return this.#commit(one, {}, coin);
      case "lost commit": {
        const { back } = this.#make(one, {});
        one.go(back, coin());
        return forget(before, [one.group]);
      }
      case "add": {
        const identity = person(`newcomer ${this.#count++}`, this.#random);
        return this.#commit(one, { add: identity }, coin);
      }
      case "remove":
        if (one !== second) this.#commit(one, { remove: second }, coin);
        return;
      case "enter":
        return this.#enter(person(`guest ${this.#count++}`, this.#random), one, coin);
      case "come back":
        if (one !== second) this.#enter(second.device.identity, one, coin);
        return;
      case "send again": {
        // A message that was never stored nor sent: its key is used by the next one.
        const key = one.device.identity.signaturePrivateKey;
        unwrap(seal(profile, one.group, key, utf8("unsent"), NOTHING, this.#random));
        expect(refusalCode(seal(profile, one.group, key, utf8("twice"), NOTHING, this.#random))).toBe("spent");
        one.go(unspent(profile, one.group), coin());
        return this.#say(one, coin);
      }
    }
  }

  /** All are of one mind, whatever of them came from disk. */
  agree(): void {
    const seen = this.#members.map(({ group }) =>
      [epochAuthenticator(group), exportSecret(profile, group, "a label", NOTHING, 32)].map(toHex),
    );
    for (const one of seen) expect(one).toEqual(seen[0]);
    for (const { group, device } of this.#members) {
      expect(toHex(group.tree.leaf(group.own.leaf)!.identity)).toBe(toHex(device.identity.identity));
    }
  }

  #say(one: Stored, coin: () => boolean): void {
    const { signaturePrivateKey } = one.device.identity;
    const before = one.group;
    const sent = unwrap(seal(profile, before, signaturePrivateKey, utf8("a text"), NOTHING, this.#random));
    one.go(sent.group, coin());
    forget(before, [one.group]);
    for (const receiver of this.#members) if (receiver !== one) this.#open(receiver, sent.bytes, coin);
  }

  #open(receiver: Stored, bytes: Uint8Array, coin: () => boolean): void {
    const before = receiver.group;
    const opened = unwrap(open(profile, before, bytes));
    if (opened.type === "message") expect(toHex(opened.data)).toBe(toHex(utf8("a text")));
    receiver.go(opened.group, coin());
    forget(before, [receiver.group]);
    if (receiver.group.isRemoved) this.#members.splice(this.#members.indexOf(receiver), 1);
  }

  #make(one: Stored, { remove, adds = [] }: { remove?: Stored | undefined; adds?: readonly Uint8Array[] }) {
    const removes = remove === undefined ? [] : [remove.group.own.leaf];
    const key = one.device.identity.signaturePrivateKey;
    return unwrap(makeCommit(profile, one.group, key, { adds, removes }, NOW, this.#random));
  }

  #commit(one: Stored, { add, remove }: { add?: Device["identity"]; remove?: Stored }, coin: () => boolean): void {
    const keyPackage = add && newKeyPackage(add, this.#random);
    const made = this.#make(one, { remove, adds: keyPackage === undefined ? [] : [keyPackage.bytes] });
    // As an application does: the pending commit's state first beside the other one, then in its place.
    const before = one.group;
    one.go(made.back, false);
    forget(before, [made.back, made.group]);
    one.go(made.group, coin());
    forget(made.back, [one.group]);
    for (const receiver of [...this.#members]) if (receiver !== one) this.#open(receiver, made.bytes, coin);
    if (add === undefined || keyPackage === undefined) return;
    const { group } = unwrap(joinByWelcome(profile, [keyPackage], made.welcome ?? NOTHING));
    this.#members.push(new Stored({ identity: add, group }));
  }

  #enter(identity: Device["identity"], host: Stored, coin: () => boolean): void {
    const key = host.device.identity.signaturePrivateKey;
    const outside = unwrap(parseGroupInfo(profile, unwrap(makeGroupInfo(profile, host.group, key))));
    const joined = unwrap(joinFromOutside(profile, identity, outside, NOTHING, this.#random));
    for (const receiver of [...this.#members]) this.#open(receiver, joined.bytes, coin);
    this.#members.push(new Stored({ identity, group: joined.group }));
  }
}

test("any walk of a group of twelve: what is written is what changed, and what comes from disk goes on", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.array(step, { minLength: 10, maxLength: 25 }), (seed, steps) => {
      const walk = new Walk(seed);
      const coins = seeded(seed + 1);
      const coin = () => (coins(1)[0] ?? 0) < 0x80;
      for (const one of steps) {
        walk.take(one, coin);
        walk.agree();
      }
    }),
    { numRuns: 12 },
  );
}, 60_000);
