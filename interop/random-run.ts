/** What happens next in a mixed group, decided by dice. */
import type { Dice } from "./dice.ts";
import { agree, type MixedGroup, type Ours, type Party, type Plan, type Theirs } from "./mixed-group.ts";

/** How often each kind comes up, and its name in the counts. */
const WEIGHTS = {
  add: 14,
  remove: 9,
  exchange: 6,
  empty: 10,
  enter: 10,
  reenter: 8,
  extensions: 5,
  race: 9,
  messages: 16,
  pathless: 4,
  restore: 9,
} as const;

type Kind = keyof typeof WEIGHTS;

/** What members do in a race. */
const COMMITS = ["add", "add", "remove", "exchange", "empty", "empty", "extensions"] as const;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const list16 = (types: readonly number[]) => [2 * types.length, ...types.flatMap((type) => [type >> 8, type & 255])];
const required = (...credentials: readonly number[]) => ({
  type: 3,
  data: base64(Uint8Array.from([...list16([]), ...list16([]), ...list16(credentials)])),
});
/** external_senders with one basic one, who has nothing to say in our groups. */
const externalSender = (dice: Dice) => ({
  type: 5,
  data: base64(Uint8Array.from([39, 32, ...dice.bytes(32), 0, 1, 3, ...new TextEncoder().encode("bot")])),
});

/** GroupContexts that both sides can live with: OpenMLS's leaves list no extension types beyond the default ones. */
export function groupExtensions(dice: Dice): NonNullable<Plan["extensions"]> {
  return dice.one([
    () => [required()],
    () => [required(1)],
    () => [required(1, 2)],
    () => [externalSender(dice)],
    () => [externalSender(dice), required(2, 1)],
    () => [required(1, 2), externalSender(dice)],
  ])();
}

export class RandomRun {
  readonly counts = new Map<string, number>();
  readonly #group: MixedGroup;
  readonly #dice: Dice;
  /** Devices on OpenMLS that may come in. */
  readonly #devices: readonly Theirs[];
  readonly #sizeMax: number;
  /** The size that the group is on its way to. */
  #goal: number;

  constructor(group: MixedGroup, dice: Dice, devices: readonly Theirs[], sizeMax: number) {
    this.#group = group;
    this.#dice = dice;
    this.#devices = devices;
    this.#sizeMax = sizeMax;
    this.#goal = dice.between(2, sizeMax);
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  async begin(): Promise<void> {
    const dice = this.#dice;
    const extensions = dice.chance(50) ? groupExtensions(dice) : [];
    if (dice.chance(50)) {
      const first = this.#group.person();
      await this.#group.begin(first, extensions);
    } else {
      const first = dice.one(this.#devices);
      await this.#group.begin(first);
      await this.#group.commit(first, {});
      const info = this.#group.theirInfo;
      agree(info !== undefined, "OpenMLS gives no GroupInfo with its commit");
      await this.#group.enter(this.#group.person(), info);
    }
  }

  /** Does one operation, the first that can be done. */
  async step(): Promise<void> {
    while (!(await this.#try(this.#next()))) {}
  }

  /** Mostly what brings the group nearer to the size that it is on its way to. */
  #next(): Kind {
    const size = this.#group.members.length;
    if (size === this.#goal) this.#goal = this.#dice.between(2, this.#sizeMax);
    if (size < 2) return this.#dice.one(["add", "enter"]);
    const kind = this.#dice.weighted(WEIGHTS);
    const isGrowing = size < this.#goal;
    if (isGrowing && kind === "remove" && this.#dice.chance(85)) return this.#dice.one(["add", "enter"]);
    if (!isGrowing && (kind === "add" || kind === "enter") && this.#dice.chance(85)) return "remove";
    return kind;
  }

  async #try(kind: Kind): Promise<boolean> {
    switch (kind) {
      case "add":
      case "remove":
      case "exchange":
      case "empty":
      case "extensions":
        return await this.#commit(kind);
      case "enter":
        return await this.#enter();
      case "reenter":
        return await this.#reenter();
      case "race":
        return await this.#race();
      case "messages":
        return await this.#messages();
      case "pathless":
        return await this.#pathless();
      case "restore":
        return this.#restore();
    }
  }

  /** Up to `count` parties who are not in the group, ours and theirs mixed. */
  #newcomers(count: number): Party[] {
    const { members, ourOthers } = this.#group;
    const room = Math.min(count, this.#sizeMax - members.length);
    const devices = this.#devices.filter((device) => !members.includes(device));
    const free = { devices: this.#dice.some(devices, room), people: this.#dice.some(ourOthers, room) };
    return Array.from({ length: room }, () => {
      const device = this.#dice.chance(50) ? free.devices.pop() : undefined;
      // Who was there before mostly comes again, in another leaf.
      return device ?? (this.#dice.chance(60) ? free.people.pop() : undefined) ?? this.#group.person();
    });
  }

  /** Mostly one, often some, now and then half of them. */
  #few(most: number): number {
    if (most <= 1) return most;
    if (this.#dice.chance(60)) return 1;
    return this.#dice.chance(90) ? Math.min(most, this.#dice.between(2, 4)) : Math.ceil(most / 2);
  }

  #planFor(by: Party, kind: Kind): Plan | undefined {
    const dice = this.#dice;
    const others = this.#group.members.filter((member) => member !== by);
    const leavers = () => dice.some(others, this.#few(others.length));
    switch (kind) {
      case "add": {
        const add = by.side === "ours" ? this.#newcomers(this.#few(this.#sizeMax)) : [];
        return add.length > 0 ? { add } : undefined;
      }
      case "remove":
        return others.length > 0 ? { remove: leavers() } : undefined;
      case "exchange": {
        if (by.side === "OpenMLS" || others.length === 0) return undefined;
        const remove = dice.some(others, dice.between(1, 3));
        const plan = { add: this.#newcomers(dice.between(1, 3)), remove };
        return dice.chance(20) ? { ...plan, extensions: groupExtensions(dice) } : plan;
      }
      case "extensions":
        return by.side === "ours" ? { extensions: groupExtensions(dice) } : undefined;
      default:
        return {};
    }
  }

  async #commit(kind: Kind): Promise<boolean> {
    const by = this.#dice.one(this.#group.members);
    const plan = this.#planFor(by, kind);
    if (plan === undefined) return false;
    // A group of OpenMLS alone could do little here, as its additions have no path.
    const left = this.#group.members.filter((member) => !plan.remove?.includes(member));
    if (!left.some(({ side }) => side === "ours") && !this.#dice.chance(20)) return false;
    await this.#group.commit(by, plan);
    this.#count(`${kind} by ${by.side}`);
    return true;
  }

  async #anyInfo(): Promise<{ readonly info: Uint8Array; readonly by: string } | undefined> {
    const { ourMembers, theirInfo } = this.#group;
    if (theirInfo !== undefined && (ourMembers.length === 0 || this.#dice.chance(60))) {
      return { info: theirInfo, by: "OpenMLS" };
    }
    if (ourMembers.length === 0) return undefined;
    return { info: await this.#group.groupInfoOf(this.#dice.one(ourMembers)), by: "ours" };
  }

  async #enter(): Promise<boolean> {
    const [newcomer] = this.#newcomers(1);
    if (newcomer === undefined) return false;
    const found = await this.#anyInfo();
    if (found === undefined) {
      // Nobody of ours is there, and the last one on OpenMLS that committed is gone: one of them commits anew.
      await this.#group.commit(this.#dice.one(this.#group.members), {});
      this.#count("empty by OpenMLS");
      return true;
    }
    await this.#group.enter(newcomer, found.info);
    this.#count(`external join of ${newcomer.side} by ${found.by}`);
    return true;
  }

  async #reenter(): Promise<boolean> {
    const found = await this.#anyInfo();
    if (found === undefined || this.#group.members.length < 2) return false;
    const party = this.#dice.one(this.#group.members);
    if (this.#group.theirMembers.length > 0 && this.#group.hitsGhost(party)) return false;
    await this.#group.enter(party, found.info);
    this.#count(`re-join of ${party.side}`);
    return true;
  }

  /** Some commit at once; only one of them counts. */
  async #race(): Promise<boolean> {
    const dice = this.#dice;
    const late: { readonly bytes: Uint8Array; readonly from: Party }[] = [];
    for (const from of dice.some(this.#group.members, dice.between(1, 3))) {
      const plan = this.#planFor(from, dice.one(COMMITS));
      if (plan === undefined) continue;
      late.push({ bytes: await this.#group.lose(from, plan), from });
      this.#count(`commit of ${from.side} lost`);
    }
    const found = await this.#anyInfo();
    const [outsider] = dice.chance(40) ? this.#newcomers(1) : [];
    if (found !== undefined && outsider !== undefined) {
      late.push({ bytes: await this.#group.enterLate(outsider, found.info), from: outsider });
      this.#count(`external commit of ${outsider.side} lost`);
    }
    if (late.length === 0) return false;
    await this.#group.compare();
    while (!(await this.#commit(dice.one(COMMITS)))) {}
    for (const { bytes, from } of late) await this.#refuseLate(bytes, from);
    await this.#group.compare();
    return true;
  }

  /** A commit of the epoch before is refused by everybody. */
  async #refuseLate(bytes: Uint8Array, from: Party): Promise<void> {
    this.#group.refuse(this.#group.ourMembers, bytes, "wrong-epoch");
    const others = this.#group.theirMembers.filter((member) => member !== from);
    if (others.length > 0) await this.#group.theyRefuse(this.#dice.one(others), bytes);
  }

  async #messages(): Promise<boolean> {
    const dice = this.#dice;
    for (let count = dice.between(1, 3); count > 0; count--) {
      const from = dice.one(this.#group.members);
      const data = dice.bytes(dice.one([0, 1, 20, 200, dice.between(0, 2000)]));
      const authenticated =
        from.side === "ours" && dice.chance(50) ? dice.bytes(dice.between(1, 40)) : data.subarray(0, 0);
      const sealed = await this.#group.seal(from, data, authenticated);
      if (dice.chance(15)) {
        this.#count(`message of ${from.side} lost on the way`);
        continue;
      }
      await this.#group.receive(from, sealed, data);
      this.#count(`message of ${from.side}`);
    }
    await this.#group.compare();
    return true;
  }

  /** OpenMLS adds somebody without a path: ours refuse that, commit and Welcome, and go on. */
  async #pathless(): Promise<boolean> {
    const { theirMembers, ourMembers } = this.#group;
    const [newcomer] = this.#newcomers(1);
    if (theirMembers.length === 0 || ourMembers.length === 0 || newcomer === undefined) return false;
    const { device } = this.#dice.one(theirMembers);
    const keyPackage = await this.#group.keyPackageOf(newcomer);
    const { commit, welcome } = await device.add(this.#group.groupId, [keyPackage], { accept: false });
    this.#group.refuse(ourMembers, commit, "no-path");
    if (newcomer.side === "ours" && welcome !== undefined) {
      const { gives } = this.#group.step({ do: "join", who: newcomer.who, welcome: base64(welcome) });
      agree(gives.startsWith("refused: no-path "), `ours, a Welcome without a path secret: ${gives}`);
      this.#count("Welcome without path refused");
    }
    await this.#group.compare();
    this.#count("add of OpenMLS without path refused");
    return true;
  }

  #restore(): boolean {
    const { ourMembers } = this.#group;
    if (ourMembers.length === 0) return false;
    const some: Ours[] = this.#dice.some(ourMembers, this.#dice.between(1, ourMembers.length));
    for (const member of some) {
      this.#group.restore(member);
      this.#count("restart of ours");
    }
    return true;
  }
}
