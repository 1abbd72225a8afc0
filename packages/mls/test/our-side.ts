/**
 * Our members of a group that others are in too, told what to do by data: interop/ runs them beside OpenMLS and writes
 * down the steps, open-mls.test.ts takes the same steps again from the file.
 */
import { createHash } from "node:crypto";
import {
  type CommitPlan,
  createGroup,
  difference,
  type Extension,
  exportSecret,
  forget,
  type Group,
  type Identity,
  joinByWelcome,
  joinFromOutside,
  type Lifetime,
  makeCommit,
  makeGroupInfo,
  makeKeyPackage,
  members,
  type OpenedCommit,
  type OpenedMessage,
  type OwnKeyPackage,
  open,
  type Profile,
  parseGroupInfo,
  type Random,
  type Refusal,
  restore,
  seal,
} from "../src/index.ts";
import { profile as plainProfile, seeded, suite, toHex, utf8 } from "./world.ts";

/** OpenMLS takes commits of members as PublicMessage only. */
export const profile: Profile = { ...plainProfile, publicCommits: true };

/** Numbers are persons of ours, in the order of their coming; bytes are in base64, or "#n": what our nth step made. */
export type Step =
  /** @param identity - text of a basic credential. */
  | { readonly do: "person"; readonly identity: string }
  | { readonly do: "key-package"; readonly who: number }
  | { readonly do: "create"; readonly who: number; readonly groupId: string; readonly extensions: SteppedExtensions }
  /** Makes a commit and, if `goOn`, takes it for the next epoch; else it lost a race and is thrown away. */
  | {
      readonly do: "commit";
      readonly who: number;
      readonly goOn: boolean;
      readonly adds?: readonly string[];
      /** Leaf indices. */
      readonly removes?: readonly number[];
      readonly extensions?: SteppedExtensions;
      readonly authenticated?: string;
    }
  | { readonly do: "open"; readonly who: readonly number[]; readonly message: string }
  | { readonly do: "join"; readonly who: number; readonly welcome: string }
  | { readonly do: "group-info"; readonly who: number }
  /** Makes an external commit; what the person had of the group before is gone, unless it does not go on. */
  | { readonly do: "enter"; readonly who: number; readonly goOn: boolean; readonly groupInfo: string }
  | { readonly do: "seal"; readonly who: number; readonly data: string; readonly authenticated: string }
  /** Goes on with what was stored, as after a restart. */
  | { readonly do: "restore"; readonly who: number }
  | { readonly do: "leave"; readonly who: number }
  | { readonly do: "compare"; readonly who: readonly number[] };

type SteppedExtensions = readonly { readonly type: number; readonly data: string }[];

export interface Transcript {
  /** Of all our random bytes. */
  readonly seed: number;
  /** Seconds since 1970. */
  readonly now: number;
  /** Each with what it gave; see {@link OurSide.perform}. */
  readonly steps: readonly (Step & { readonly gives: string })[];
}

/** What stands in a file. */
export interface Recording extends Transcript {
  readonly name: string;
}

export interface Person {
  readonly identity: Identity;
  readonly keyPackages: OwnKeyPackage[];
  group: Group | undefined;
  /** The parts of the group as they would stand on a disk. */
  readonly stored: Map<string, Uint8Array>;
}

export class OurSide {
  readonly people: Person[] = [];
  readonly seed: number;
  readonly #random: Random;
  readonly #now: bigint;
  readonly #lifetime: Lifetime;
  /** What our steps made, in their order. */
  readonly #made: Uint8Array[] = [];
  readonly #names = new Map<string, string>();

  constructor({ seed, now }: Pick<Transcript, "seed" | "now">) {
    this.seed = seed;
    this.#random = seeded(seed);
    this.#now = BigInt(now);
    this.#lifetime = { notBefore: this.#now - 3600n, notAfter: this.#now + 2_592_000n };
  }

  person(who: number): Person {
    const person = this.people[who];
    if (person === undefined) throw new Error(`there is no person ${who}`);
    return person;
  }

  group(who: number): Group {
    const { group } = this.person(who);
    if (group === undefined) throw new Error(`person ${who} is in no group`);
    return group;
  }

  /** How a step names these bytes. */
  nameOf(bytes: Uint8Array): string {
    const text = Buffer.from(bytes).toString("base64");
    return this.#names.get(text) ?? text;
  }

  #bytes(name: string): Uint8Array {
    const made = name.startsWith("#") ? this.#made[Number(name.slice(1))] : undefined;
    return made ?? new Uint8Array(Buffer.from(name, "base64"));
  }

  #extensions(stepped: SteppedExtensions): Extension[] {
    return stepped.map(({ type, data }) => ({ type, data: this.#bytes(data) }));
  }

  /** @returns what the step gave in words (refusals too, and hashes of what was made), and what it made. */
  perform(step: Step): { readonly gives: string; readonly made: readonly Uint8Array[] } {
    const got = this.#perform(step);
    if (typeof got === "string") return { gives: got, made: [] };
    for (const bytes of got) {
      this.#names.set(Buffer.from(bytes).toString("base64"), `#${this.#made.length}`);
      this.#made.push(bytes);
    }
    return { gives: got.map(digest).join(" "), made: got };
  }

  #perform(step: Step): string | readonly Uint8Array[] {
    switch (step.do) {
      case "person":
        return this.#enlist(step.identity);
      case "key-package": {
        const { identity, keyPackages } = this.person(step.who);
        const made = makeKeyPackage(suite, identity, this.#lifetime, this.#random);
        keyPackages.push(made);
        return [made.bytes];
      }
      case "create":
        return this.#create(step);
      case "commit":
        return this.#commit(step);
      case "open":
        return oneOf(step.who.map((who) => this.#open(who, this.#bytes(step.message))));
      case "join":
        return this.#join(step.who, this.#bytes(step.welcome));
      case "group-info": {
        const { identity } = this.person(step.who);
        const made = makeGroupInfo(profile, this.group(step.who), identity.signaturePrivateKey);
        return made.ok ? [made.value] : no(made.error);
      }
      case "enter":
        return this.#enter(step);
      case "seal":
        return this.#seal(step);
      case "restore":
        return this.#restore(step.who);
      case "leave":
        this.#go(step.who, undefined);
        return this.person(step.who).stored.size === 0 ? "nothing is left" : "FAULT: something is left";
      case "compare":
        return oneOf(step.who.map((who) => stateOf(this.group(who))));
    }
  }

  #enlist(name: string): string {
    const signaturePrivateKey = this.#random(32);
    const identity = {
      identity: utf8(name),
      signatureKey: suite.signatureKey(signaturePrivateKey),
      signaturePrivateKey,
      capabilities: { versions: [1], suites: [suite.id], extensions: [], proposals: [], credentials: [1, 2] },
    };
    this.people.push({ identity, keyPackages: [], group: undefined, stored: new Map() });
    return `person ${this.people.length - 1}`;
  }

  #create({ who, groupId, extensions }: Extract<Step, { do: "create" }>): string {
    const { identity } = this.person(who);
    const id = this.#bytes(groupId);
    const said = this.#extensions(extensions);
    const made = createGroup(profile, identity, id, said, this.#lifetime, this.#random);
    if (!made.ok) return no(made.error);
    this.#go(who, made.value);
    return "a group";
  }

  #commit({ who, goOn, ...step }: Extract<Step, { do: "commit" }>): string | readonly Uint8Array[] {
    const { identity } = this.person(who);
    const plan: CommitPlan = {
      adds: (step.adds ?? []).map((name) => this.#bytes(name)),
      removes: step.removes ?? [],
      authenticated: this.#bytes(step.authenticated ?? ""),
      ...(step.extensions && { extensions: this.#extensions(step.extensions) }),
    };
    const key = identity.signaturePrivateKey;
    const made = makeCommit(profile, this.group(who), key, plan, this.#now, this.#random);
    if (!made.ok) return no(made.error);
    const { bytes, welcome, group, back } = made.value;
    this.#go(who, goOn ? group : back);
    if (!goOn) forget(group, [back]);
    return welcome === undefined ? [bytes] : [bytes, welcome];
  }

  #open(who: number, bytes: Uint8Array): string {
    const before = this.group(who);
    const opened = open(profile, before, bytes);
    if (!opened.ok) return isStored(this.person(who)) ? no(opened.error) : "FAULT: a refusal changed the state";
    this.#go(who, opened.value.group);
    return inWords(opened.value);
  }

  #join(who: number, welcome: Uint8Array): string {
    const { keyPackages } = this.person(who);
    const joined = joinByWelcome(profile, keyPackages, welcome);
    if (!joined.ok) return no(joined.error);
    keyPackages.splice(joined.value.used, 1);
    this.#go(who, joined.value.group);
    return `added by ${joined.value.adder}`;
  }

  #enter({ who, goOn, groupInfo }: Extract<Step, { do: "enter" }>): string | readonly Uint8Array[] {
    const { identity } = this.person(who);
    const outside = parseGroupInfo(profile, this.#bytes(groupInfo));
    if (!outside.ok) return no(outside.error);
    const joined = joinFromOutside(profile, identity, outside.value, new Uint8Array(0), this.#random);
    if (!joined.ok) return no(joined.error);
    if (goOn) {
      this.#go(who, undefined);
      this.#go(who, joined.value.group);
    }
    return [joined.value.bytes];
  }

  #seal({ who, data, authenticated }: Extract<Step, { do: "seal" }>): string | readonly Uint8Array[] {
    const key = this.person(who).identity.signaturePrivateKey;
    const said = [this.#bytes(data), this.#bytes(authenticated)] as const;
    const sealed = seal(profile, this.group(who), key, ...said, this.#random);
    if (!sealed.ok) return no(sealed.error);
    this.#go(who, sealed.value.group);
    return [sealed.value.bytes];
  }

  #restore(who: number): string {
    const person = this.person(who);
    const restored = restore(person.stored);
    if (!restored.ok) return no(restored.error);
    if (person.group !== undefined) forget(person.group, []);
    person.group = restored.value;
    return isStored(person) ? `${person.stored.size} parts` : "FAULT: the parts are not those of the state";
  }

  /** Stores the difference, and wipes what is left behind. */
  #go(who: number, group: Group | undefined): void {
    const person = this.person(who);
    for (const { name, value } of difference(person.group, group)) {
      if (value === undefined) person.stored.delete(name);
      else person.stored.set(name, value);
    }
    if (person.group !== undefined) forget(person.group, group === undefined ? [] : [group]);
    person.group = group;
  }
}

/** Whether the parts that were stored step by step are those of the state as a whole. */
function isStored({ group, stored }: Person): boolean {
  const parts = difference(undefined, group);
  return (
    parts.length === stored.size &&
    parts.every(({ name, value }) => value && Buffer.compare(stored.get(name) ?? new Uint8Array(0), value) === 0)
  );
}

export const exporterSecret = (group: Group): Uint8Array =>
  exportSecret(profile, group, "exporter", new Uint8Array(0), 32);

function stateOf(group: Group): string {
  const leaves = members(group).map(({ index }) => index);
  return `epoch ${group.context.epoch}, leaves ${leaves.join(" ")}, ${toHex(exporterSecret(group))}`;
}

const no = ({ code, section }: Refusal): string => `refused: ${code} (section ${section})`;
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
const oneOf = (all: readonly string[]): string => [...new Set(all)].join(" | ");

function inWords(opened: OpenedCommit | OpenedMessage): string {
  const { sender, authenticated } = opened;
  const beside = authenticated.length === 0 ? "" : `, beside it ${toHex(authenticated)}`;
  if (opened.type === "message") {
    return `message ${opened.generation} of ${sender.index}: ${digest(opened.data)}${beside}`;
  }
  const [added, removed] = [opened.added, opened.removed].map((list) => list.map(({ index }) => index).join(" "));
  const kind = opened.isExternal ? "external commit" : "commit";
  return `${kind} of ${sender.index}, adds (${added}), removes (${removed})${beside}`;
}
