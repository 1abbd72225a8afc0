import { afterEach, describe, expect, test, vi } from "vitest";
import { nodePrimitives } from "../node/index.ts";
import {
  type CommitPlan,
  createGroup,
  difference,
  type Group,
  type Identity,
  joinByWelcome,
  joinFromOutside,
  makeCommit,
  makeGroupInfo,
  open,
  type Profile,
  parseGroupInfo,
  restore,
  seal,
  unspent,
} from "../src/index.ts";
import { openMessage } from "../src/message.ts";
import { openSenderData, readPrivateMessage } from "../src/private-message.ts";
import { attempt } from "../src/refusal.ts";
import { type Seen, search, secretsOf } from "./attack.ts";
import { commit, enter, exchange } from "./exchange.ts";
import {
  GROUP_ID,
  LIFETIME,
  makeWorld,
  memberOf,
  NOW,
  newKeyPackage,
  person,
  profile,
  seeded,
  suite,
  toHex,
  unwrap,
  utf8,
} from "./world.ts";

/** Commits in the open: whoever carries them sees all of them. */
const openly: Profile = { ...profile, publicCommits: true };
const NOTHING = new Uint8Array(0);

/** A group of which every secret that anybody ever held is remembered. */
class Scene {
  readonly random = seeded(7);
  readonly members = new Map<string, { readonly identity: Identity; readonly group: Group }>();
  readonly held = new Map<string, Uint8Array[]>();

  constructor(...names: readonly string[]) {
    const [first = "", ...others] = names;
    const identity = person(first, this.random);
    const group = unwrap(createGroup(openly, identity, GROUP_ID, [], LIFETIME, this.random));
    this.#enter(first, identity, group);
    this.commit(first, { add: others });
    // Some have set paths of their own, so that all have been told of, and have told, keys of the tree.
    for (const name of names.slice(-3)) this.commit(name);
  }

  at(name: string) {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`${name} is out`);
    return member;
  }

  heldBy(...names: readonly string[]): Uint8Array[] {
    return names.flatMap((name) => this.held.get(name) ?? []);
  }

  #enter(name: string, identity: Identity, group: Group, ...more: readonly Uint8Array[]): void {
    this.members.set(name, { identity, group });
    const secrets = [...secretsOf(group), ...more.map((secret) => secret.slice())];
    this.held.set(name, [...(this.held.get(name) ?? []), ...secrets]);
  }

  commit(by: string, { add = [], remove = [] }: { add?: readonly string[]; remove?: readonly string[] } = {}): Seen {
    const { identity, group } = this.at(by);
    const people = add.map((name) => {
      const own = person(name, this.random);
      return { name, own, keyPackage: newKeyPackage(own, this.random) };
    });
    const plan: CommitPlan = {
      adds: people.map(({ keyPackage }) => keyPackage.bytes),
      removes: remove.map((name) => this.at(name).group.own.leaf),
    };
    const made = unwrap(makeCommit(openly, group, identity.signaturePrivateKey, plan, NOW, this.random));
    this.#openAll(by, made.bytes);
    this.#enter(by, identity, made.group);
    for (const { name, own, keyPackage } of people) {
      const joined = unwrap(joinByWelcome(openly, [keyPackage], made.welcome ?? NOTHING));
      this.#enter(name, own, joined.group, keyPackage.initPrivateKey, keyPackage.leafPrivateKey);
    }
    return { before: group, after: made.group, bytes: made.bytes, welcome: made.welcome };
  }

  /** The same device comes in again with its signature key and a GroupInfo. */
  comeBack(name: string, by: string): Seen {
    const host = this.at(by);
    const info = unwrap(makeGroupInfo(openly, host.group, host.identity.signaturePrivateKey));
    const { identity } = this.at(name);
    const outside = unwrap(parseGroupInfo(openly, info));
    const joined = unwrap(joinFromOutside(openly, identity, outside, NOTHING, this.random));
    this.#openAll(name, joined.bytes);
    this.members.set(name, { identity, group: joined.group });
    return { before: host.group, after: joined.group, bytes: joined.bytes, welcome: undefined };
  }

  #openAll(by: string, bytes: Uint8Array): void {
    for (const [name, { identity, group }] of this.members) {
      if (name === by) continue;
      const opened = unwrap(open(openly, group, bytes));
      if (opened.group.isRemoved) this.members.delete(name);
      else this.#enter(name, identity, opened.group);
    }
  }
}

describe("whoever is out has no secret that leads to the next epoch", () => {
  const four = ["ann", "ben", "cem", "dan"];
  const eight = [...four, "eva", "fay", "gil", "hal"];
  test.each([
    { name: "one of four", names: four, by: "ann", remove: ["ben"], add: [] },
    { name: "the first", names: four, by: "cem", remove: ["ann"], add: [] },
    { name: "leaves 0 and 1 by leaf 2 of 4", names: four, by: "cem", remove: ["ann", "ben"], add: [] },
    { name: "the left half by the right", names: eight, by: "fay", remove: four, add: [] },
    { name: "the right half by the left", names: eight, by: "ben", remove: eight.slice(4), add: [] },
    { name: "everybody but one", names: four, by: "ann", remove: ["ben", "cem", "dan"], add: [] },
    { name: "everybody but the last", names: four, by: "dan", remove: ["ann", "ben", "cem"], add: [] },
    { name: "one of two", names: ["ann", "ben"], by: "ben", remove: ["ann"], add: [] },
    { name: "one whose place is filled at once", names: four, by: "dan", remove: ["ben"], add: ["eva"] },
    {
      name: "all but one, their places filled at once",
      names: four,
      by: "ann",
      remove: ["ben", "cem"],
      add: ["eva", "fay"],
    },
  ])(
    "$name",
    ({ names, by, remove, add }) => {
      const scene = new Scene(...names);
      const stays = names.find((name) => name !== by && !remove.includes(name));
      const insider = stays === undefined ? [] : scene.heldBy(stays);
      const outsiders = scene.heldBy(...remove);
      const removal = scene.commit(by, { remove, add });
      expect(search(suite, outsiders, removal)).toBeUndefined();
      // The same search finds the way where there is one.
      const { authenticator } = scene.at(by).group.secrets;
      if (stays !== undefined) expect(search(suite, insider, removal)).toEqual(authenticator);
      // Nor later, whoever comes in then.
      const adding = scene.commit(by, { add: ["ivo"] });
      expect(search(suite, outsiders, adding)).toBeUndefined();
      expect(search(suite, scene.heldBy("ivo").slice(-2), adding)).toEqual(scene.at(by).group.secrets.authenticator);
      const last = scene.commit("ivo");
      expect(search(suite, outsiders, last)).toBeUndefined();
      expect(search(suite, scene.heldBy(by), last)).toEqual(scene.at(by).group.secrets.authenticator);
    },
    60_000,
  );

  test("nor has the former state of a device that came in again", () => {
    const scene = new Scene(...four);
    const [former, other] = [scene.heldBy("ben"), scene.heldBy("dan")];
    const back = scene.comeBack("ben", "ann");
    // The former state knows the init secret: it holds the external key of the epoch before. The path is not for it.
    expect(search(suite, former, back)).toBeUndefined();
    expect(search(suite, other, back)).toEqual(scene.at("ben").group.secrets.authenticator);
  }, 60_000);
});

describe("a stolen copy of a state", () => {
  const copyOf = (group: Group) =>
    unwrap(restore(new Map(difference(undefined, group).flatMap(({ name, value }) => (value ? [[name, value]] : [])))));
  /** A hundred messages of all members in turns, each of them tried with everything in the copy. */
  const hundred = (scene: Scene, copy: Group) => {
    let [reader, read, guessed] = [copy, 0, 0];
    for (let count = 0; count < 100; count++) {
      const names = [...scene.members.keys()];
      const name = names[count % names.length] ?? "";
      const { identity, group } = scene.at(name);
      const key = identity.signaturePrivateKey;
      const sent = unwrap(seal(openly, group, key, utf8(`message ${count}`), NOTHING, scene.random));
      scene.members.set(name, { identity, group: sent.group });
      const opened = open(openly, reader, sent.bytes);
      if (opened.ok) [reader, read] = [opened.value.group, read + 1];
      const message = readPrivateMessage(openMessage(sent.bytes).reader);
      guessed += secretsOf(copy).filter((secret) => attempt(() => openSenderData(suite, secret, message)).ok).length;
    }
    return { read, guessed };
  };

  test("reads none of the next hundred messages after one empty commit of the victim", () => {
    const scene = new Scene("ann", "ben", "cem", "dan");
    const copy = copyOf(scene.at("ben").group);
    const healing = scene.commit("ben");
    expect(search(suite, secretsOf(copy), healing)).toBeUndefined();
    expect(hundred(scene, copy)).toEqual({ read: 0, guessed: 0 });
    const later = scene.commit("cem");
    expect(search(suite, secretsOf(copy), later)).toBeUndefined();
    expect(hundred(scene, copy)).toEqual({ read: 0, guessed: 0 });
  }, 60_000);

  test("reads all that others send until then", () => {
    const scene = new Scene("ann", "ben", "cem", "dan");
    const copy = copyOf(scene.at("ben").group);
    const others = scene.commit("cem");
    expect(search(suite, secretsOf(copy), others)).toEqual(scene.at("ben").group.secrets.authenticator);
    const followed = unwrap(open(openly, copy, others.bytes)).group;
    // All but the victim's own five, which the copy holds for its own.
    expect(hundred(scene, followed)).toEqual({ read: 75, guessed: 100 });
  }, 60_000);
});

describe("no key encrypts twice", () => {
  afterEach(() => vi.restoreAllMocks());

  /** Keys, and keys with their nonces, as they come: they are wiped when they were used. */
  function watch() {
    const [keys, pairs]: [string[], string[]] = [[], []];
    const { aeadSeal } = nodePrimitives;
    vi.spyOn(nodePrimitives, "aeadSeal").mockImplementation((key, nonce, associated, plain) => {
      keys.push(toHex(key));
      pairs.push(`${toHex(key)} ${toHex(nonce)}`);
      return aeadSeal(key, nonce, associated, plain);
    });
    const repeated = (list: readonly string[]) => list.length - new Set(list).size;
    return { count: () => keys.length, repeated: () => ({ keys: repeated(keys), pairs: repeated(pairs) }) };
  }

  test("in a run of 300 operations", () => {
    const sealing = watch();
    const world = makeWorld(["ann", "ben", "cem"], 11);
    const choose = (below: number) => (world.random(1)[0] ?? 0) % below;
    let count = 0;
    for (let operation = 0; operation < 300; operation++) {
      const names = [...world.members.keys()];
      const one = names[choose(names.length)] ?? "";
      const others = names.filter((name) => name !== one);
      const other = others[choose(others.length)] ?? "";
      const dice = choose(10);
      if (dice < 5) exchange(world, one, `message ${operation}`);
      else if (dice === 5 && names.length < 10) commit(world, one, { add: [`member ${count++}`] });
      else if (dice === 6 && names.length > 2) commit(world, one, { remove: [other] });
      else if (dice === 7 && names.length < 10) enter(world, `member ${count++}`, one);
      else if (dice === 8) enter(world, other, one);
      else commit(world, one);
    }
    expect(sealing.count()).toBeGreaterThan(600);
    expect(sealing.repeated()).toEqual({ keys: 0, pairs: 0 });
  }, 30_000);

  test("and where one does, that is seen", () => {
    const sealing = watch();
    const { identity, group } = memberOf(makeWorld(["ann", "ben"]), "ann");
    for (const text of ["one", "another"]) {
      const again = unspent(profile, group);
      unwrap(seal(profile, again, identity.signaturePrivateKey, utf8(text), NOTHING, seeded(1)));
    }
    expect(sealing.repeated()).toEqual({ keys: 1, pairs: 1 });
  });
});
