/**
 * One group of our members and members on OpenMLS. Every operation reaches everybody, and is compared at everybody:
 * what one of them refuses or sees otherwise is a {@link Disagreement}.
 */
import { members } from "../packages/mls/src/index.ts";
import { OurSide, type Step, type Transcript } from "../packages/mls/test/our-side.ts";
import type { OpenMlsDevice, Received } from "./open-mls.ts";
import { OpenMlsRefusal } from "./open-mls.ts";

export class Disagreement extends Error {}

export interface Ours {
  readonly side: "ours";
  /** Number in {@link OurSide}. */
  readonly who: number;
  readonly identity: string;
}

export interface Theirs {
  readonly side: "OpenMLS";
  readonly device: OpenMlsDevice;
  readonly identity: string;
}

export type Party = Ours | Theirs;

export interface Plan {
  readonly add?: readonly Party[];
  readonly remove?: readonly Party[];
  readonly extensions?: Extract<Step, { do: "commit" }>["extensions"];
}

const decoder = new TextDecoder();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export const theirs = (device: OpenMlsDevice): Theirs => ({
  side: "OpenMLS",
  device,
  identity: decoder.decode(device.identity),
});

export function agree(claim: boolean, what: string): asserts claim {
  if (!claim) throw new Disagreement(what);
}

export class MixedGroup {
  readonly groupId: Uint8Array;
  readonly ours: OurSide;
  readonly transcript: Transcript["steps"][number][] = [];
  #members: Party[] = [];
  /** Persons of ours so far, whether they are in the group or not. */
  readonly #persons: Ours[] = [];
  /** Who is in the group on OpenMLS and made its present epoch: it has the GroupInfo. */
  #theirInfo: Uint8Array | undefined;

  constructor(groupId: Uint8Array, options: Pick<Transcript, "seed" | "now">) {
    this.groupId = groupId;
    this.ours = new OurSide(options);
  }

  get members(): readonly Party[] {
    return this.#members;
  }

  get ourMembers(): Ours[] {
    return this.#members.filter((member) => member.side === "ours");
  }

  get theirMembers(): Theirs[] {
    return this.#members.filter((member) => member.side === "OpenMLS");
  }

  /** Persons of ours who are not in the group. */
  get ourOthers(): Ours[] {
    return this.#persons.filter((person) => !this.#members.includes(person));
  }

  /** GroupInfo of this epoch by somebody on OpenMLS, if one of them began it. */
  get theirInfo(): Uint8Array | undefined {
    return this.#theirInfo;
  }

  person(): Ours {
    const number = this.#persons.length;
    // Of the form that core-crypto takes for a client id.
    const identity = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}:${(number + 1).toString(16)}@ours.test`;
    this.step({ do: "person", identity });
    const person: Ours = { side: "ours", who: number, identity };
    this.#persons.push(person);
    return person;
  }

  /** Takes one step of ours and writes it down. */
  step(step: Step): { readonly gives: string; readonly made: readonly Uint8Array[] } {
    const got = this.ours.perform(step);
    agree(!got.gives.includes("FAULT"), `ours, ${step.do}: ${got.gives}`);
    this.transcript.push({ ...step, gives: got.gives });
    return got;
  }

  /** A step that has to make something. */
  #make(step: Step): [Uint8Array, Uint8Array | undefined] {
    const { gives, made } = this.step(step);
    const [first, second] = made;
    agree(first !== undefined, `ours, ${step.do}: ${gives}`);
    return [first, second];
  }

  async begin(first: Party, extensions: Plan["extensions"] = []): Promise<void> {
    if (first.side === "OpenMLS") await first.device.createGroup(this.groupId);
    else this.step({ do: "create", who: first.who, groupId: base64(this.groupId), extensions });
    this.#members = [first];
    await this.compare();
  }

  async keyPackageOf(party: Party): Promise<Uint8Array> {
    if (party.side === "OpenMLS") return await party.device.keyPackage();
    return this.#make({ do: "key-package", who: party.who })[0];
  }

  leafOf(by: Ours, member: Party): number {
    const found = members(this.ours.group(by.who)).find(({ identity }) => decoder.decode(identity) === member.identity);
    agree(found !== undefined, `${by.identity} does not see ${member.identity}`);
    return found.index;
  }

  /** Our member's commit. @param goOn - whether it counts; else it is made and thrown away. */
  async #ourCommit(by: Ours, { add = [], remove = [], extensions }: Plan, goOn: boolean) {
    const adds = await Promise.all(add.map((party) => this.keyPackageOf(party)));
    const removes = remove.map((member) => this.leafOf(by, member));
    const [commit, welcome] = this.#make({
      do: "commit",
      who: by.who,
      goOn,
      adds: adds.map((bytes) => this.ours.nameOf(bytes)),
      removes,
      ...(extensions && { extensions }),
    });
    return { commit, welcome };
  }

  async #theirCommit(by: Theirs, { remove = [] }: Plan, accept: boolean) {
    const identities = remove.map(({ identity }) => new TextEncoder().encode(identity));
    return identities.length === 0
      ? await by.device.update(this.groupId, { accept })
      : await by.device.remove(this.groupId, identities, { accept });
  }

  /** A member's commit that everybody takes. OpenMLS adds nobody here: its commits would have no path then. */
  async commit(by: Party, plan: Plan): Promise<Uint8Array> {
    const { add = [], remove = [] } = plan;
    const made = by.side === "ours" ? await this.#ourCommit(by, plan, true) : await this.#theirCommit(by, plan, true);
    await this.#deliver(made.commit, by, remove);
    this.#theirInfo = "groupInfo" in made ? made.groupInfo : undefined;
    for (const newcomer of add) await this.#welcome(newcomer, made.welcome);
    this.#members.push(...add);
    await this.compare();
    return made.commit;
  }

  async #welcome(newcomer: Party, welcome: Uint8Array | undefined): Promise<void> {
    agree(welcome !== undefined, "a commit that adds came without a Welcome");
    if (newcomer.side === "ours") {
      const { gives } = this.step({ do: "join", who: newcomer.who, welcome: this.ours.nameOf(welcome) });
      agree(gives.startsWith("added by"), `ours, with the Welcome: ${gives}`);
    } else await newcomer.device.joinByWelcome(welcome);
  }

  /** A member's commit that nobody gets: another one was there first. */
  async lose(by: Party, plan: Plan): Promise<Uint8Array> {
    const made = by.side === "ours" ? await this.#ourCommit(by, plan, false) : await this.#theirCommit(by, plan, false);
    return made.commit;
  }

  async groupInfoOf(member: Ours): Promise<Uint8Array> {
    return this.#make({ do: "group-info", who: member.who })[0];
  }

  /** Somebody comes in from outside; if it is a member, then over its own former leaf, having lost everything. */
  async enter(party: Party, groupInfo: Uint8Array): Promise<void> {
    const isMember = this.#members.includes(party);
    let commit: Uint8Array;
    let info: Uint8Array | undefined;
    if (party.side === "ours") {
      const name = this.ours.nameOf(groupInfo);
      [commit] = this.#make({ do: "enter", who: party.who, goOn: true, groupInfo: name });
    } else {
      if (isMember) await party.device.forget(this.groupId);
      ({ commit, groupInfo: info } = await party.device.joinExternal(groupInfo));
    }
    if (!isMember) this.#members.push(party);
    await this.#deliver(commit, party, []);
    this.#theirInfo = info;
    await this.compare();
  }

  /**
   * Whether a member of OpenMLS could not follow if this one came in over its own former leaf. In OpenMLS the former
   * leaf comes back where its removal halves the tree, and the joiner's leaf, further left, makes it as large again:
   * the tree then has the member twice, and OpenMLS itself refuses the next commit. See fixed-cases.ts.
   */
  hitsGhost(party: Party): boolean {
    const [one] = this.ourMembers;
    if (one === undefined) return true;
    const group = this.ours.group(one.who);
    const former = this.leafOf(one, party);
    const after = group.tree.copy();
    after.remove(former);
    after.truncate();
    const { leaves } = after;
    return after.freeLeaf() === leaves && leaves < former && former < 2 * leaves;
  }

  /** An external commit that came too late. */
  async enterLate(party: Party, groupInfo: Uint8Array): Promise<Uint8Array> {
    if (party.side === "OpenMLS") return (await party.device.joinExternal(groupInfo, { accept: false })).commit;
    const name = this.ours.nameOf(groupInfo);
    return this.#make({ do: "enter", who: party.who, goOn: false, groupInfo: name })[0];
  }

  /** Everybody but the sender takes a commit; who is removed by it leaves. */
  async #deliver(commit: Uint8Array, from: Party, removed: readonly Party[]): Promise<void> {
    const others = this.#members.filter((member) => member !== from);
    const ours = others.filter((member) => member.side === "ours").map(({ who }) => who);
    const message = this.ours.nameOf(commit);
    if (ours.length > 0) {
      const { gives } = this.step({ do: "open", who: ours, message });
      agree(/^(external )?commit of [^|]*$/.test(gives), `ours, a commit of ${from.side}: ${gives}`);
    }
    for (const other of others) {
      const isRemoved = removed.includes(other);
      if (other.side === "ours") {
        agree(this.ours.group(other.who).isRemoved === isRemoved, `${other.identity} is wrong about its own removal`);
        if (!isRemoved) continue;
        const { gives } = this.step({ do: "open", who: [other.who], message });
        agree(gives.startsWith("refused: removed"), `ours, out of the group: ${gives}`);
        this.step({ do: "leave", who: other.who });
      } else {
        const got = await other.device.receive(this.groupId, commit);
        expectSame({ kind: "commit", active: !isRemoved, released: [] }, got, `OpenMLS, a commit of ${from.side}`);
      }
    }
    this.#members = this.#members.filter((member) => !removed.includes(member));
  }

  /** @returns a message that nobody has got yet. */
  async seal(from: Party, data: Uint8Array, authenticated: Uint8Array): Promise<Uint8Array> {
    if (from.side === "OpenMLS") return await from.device.seal(this.groupId, data);
    const said = { data: base64(data), authenticated: base64(authenticated) };
    return this.#make({ do: "seal", who: from.who, ...said })[0];
  }

  /** Everybody opens a message. */
  async receive(from: Party, sealed: Uint8Array, data: Uint8Array): Promise<void> {
    const ours = this.ourMembers.filter((member) => member !== from);
    if (ours.length > 0) {
      const { gives } = this.step({ do: "open", who: ours.map(({ who }) => who), message: this.ours.nameOf(sealed) });
      const [one] = ours;
      const leaf = one === undefined ? -1 : this.leafOf(one, from);
      agree(new RegExp(`^message \\d+ of ${leaf}: [^|]*$`).test(gives), `ours, a message of ${from.side}: ${gives}`);
    }
    const sender = new TextEncoder().encode(from.identity);
    for (const { device, identity } of this.theirMembers) {
      if (identity === from.identity) continue;
      const got = await device.receive(this.groupId, sealed);
      expectSame({ kind: "message", plaintext: data, sender }, got, `OpenMLS, a message of ${from.side}`);
    }
  }

  /** Ours refuse something, each for the same reason and with nothing changed. */
  refuse(who: readonly Ours[], bytes: Uint8Array, code: string): void {
    if (who.length === 0) return;
    const { gives } = this.step({ do: "open", who: who.map((one) => one.who), message: this.ours.nameOf(bytes) });
    agree(gives.startsWith(`refused: ${code} `) && !gives.includes("|"), `ours should refuse with ${code}: ${gives}`);
  }

  async theyRefuse({ device }: Theirs, bytes: Uint8Array): Promise<void> {
    try {
      const got = await device.receive(this.groupId, bytes);
      throw new Disagreement(`OpenMLS should refuse: ${JSON.stringify(got)}`);
    } catch (error) {
      if (!(error instanceof OpenMlsRefusal)) throw error;
    }
  }

  restore({ who }: Ours): void {
    const { gives } = this.step({ do: "restore", who });
    agree(gives.endsWith(" parts"), `ours, after a restart: ${gives}`);
  }

  /** Everybody is in the same epoch and has the same secret. */
  async compare(): Promise<void> {
    const seen = new Map<string, string[]>();
    const note = (what: string, who: string) => seen.set(what, [...(seen.get(what) ?? []), who]);
    const ours = this.ourMembers;
    if (ours.length > 0) {
      const { gives } = this.step({ do: "compare", who: ours.map(({ who }) => who) });
      agree(!gives.includes("|"), `ours among themselves: ${gives}`);
      const [, epoch, leaves, secret] = /^epoch (\d+), leaves ([\d ]+), (.*)$/.exec(gives) ?? [];
      const count = leaves?.split(" ").length;
      agree(count === this.#members.length, `ours see ${count} members, not ${this.#members.length}`);
      note(`epoch ${epoch} ${secret}`, "ours");
    }
    for (const { device, identity } of this.theirMembers) {
      const secret = hex(await device.authenticator(this.groupId));
      note(`epoch ${await device.epoch(this.groupId)} ${secret}`, identity);
    }
    agree(seen.size === 1, `epochs or secrets differ: ${JSON.stringify([...seen], undefined, 1)}`);
  }

  /** The group is over: devices that go on elsewhere forget it. */
  async end(): Promise<void> {
    for (const { device } of this.theirMembers) await device.forget(this.groupId);
    this.#members = [];
  }
}

function expectSame(expected: Received, got: Received, what: string): void {
  const [one, other] = [expected, got].map((received) =>
    JSON.stringify(received, (_, value: unknown) => (value instanceof Uint8Array ? hex(value) : value)),
  );
  agree(one === other, `${what}: ${other}, expected ${one}`);
}
