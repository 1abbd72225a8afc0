/** What is forgotten is zeros, and what goes on is as it was. */
import { describe, expect, test } from "vitest";
import { epochAuthenticator, forget, type Group, makeCommit, open, seal, unspent } from "../src/index.ts";
import { secretsOf, textOf, treeSecrets, whole } from "./disk.ts";
import { commit, exchange } from "./exchange.ts";
import { makeWorld, memberOf, NOW, profile, suite, toHex, unwrap, utf8 } from "./world.ts";

const NOTHING = new Uint8Array(0);
const MEMBERS = Array.from({ length: 12 }, (_, index) => `member ${index}`);

describe("forget", () => {
  const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

  /** After it, what the kept states hold is as it was, and everything else of the left one is zeros. */
  function expectForgotten(left: Group, keep: readonly Group[]): void {
    const held = new Set(keep.flatMap(secretsOf));
    const before = keep.map((group) => textOf(whole(group)));
    forget(left, keep);
    expect(keep.map((group) => textOf(whole(group)))).toEqual(before);
    for (const secret of secretsOf(left)) if (!held.has(secret)) expect(isZero(secret)).toBe(true);
  }

  test("after a message sent, the spent key alone is gone", () => {
    const world = makeWorld(MEMBERS);
    const { group } = memberOf(world, "member 0");
    const ratchet = treeSecrets(group.secretTree).length;
    exchange(world, "member 0", "a text");
    const after = memberOf(world, "member 0").group;
    expectForgotten(group, [after]);
    expect(secretsOf(group).filter(isZero)).toHaveLength(1);
    expect(treeSecrets(after.secretTree)).toHaveLength(ratchet);
    exchange(world, "member 0", "another");
    exchange(world, "member 3", "another");
  });

  test("after a message received, what its key came from is gone", () => {
    const world = makeWorld(MEMBERS);
    const { group } = memberOf(world, "member 0");
    exchange(world, "member 9", "a text");
    expectForgotten(group, [memberOf(world, "member 0").group]);
    exchange(world, "member 9", "another");
    exchange(world, "member 0", "another");
    commit(world, "member 9");
  });

  test("after a commit, the old epoch is gone but for the keys of nodes that are still there", () => {
    for (const by of ["member 0", "member 11"]) {
      const world = makeWorld(MEMBERS);
      const { group } = memberOf(world, "member 0");
      commit(world, by);
      const after = memberOf(world, "member 0").group;
      expectForgotten(group, [after]);
      expect(Object.values(group.secrets).every(isZero)).toBe(true);
      expect(treeSecrets(group.secretTree).every(isZero)).toBe(true);
      exchange(world, "member 0", "a text");
      commit(world, "member 5", { remove: ["member 11"] });
      commit(world, "member 0");
    }
  });

  test("a pending commit keeps both states: the one that it may lead to, and the one to go back to", () => {
    const { members, random } = makeWorld(["ann", "bob", "cyd"]);
    const [ann, bob] = [members.get("ann")!, members.get("bob")!];
    const key = ann.identity.signaturePrivateKey;
    const made = unwrap(makeCommit(profile, ann.group, key, {}, NOW, random));
    expectForgotten(ann.group, [made.back, made.group]);
    // Somebody else's commit counts: the pending one is dropped.
    const won = unwrap(makeCommit(profile, bob.group, bob.identity.signaturePrivateKey, {}, NOW, random));
    const next = unwrap(open(profile, made.back, won.bytes)).group;
    expectForgotten(made.group, [made.back, next]);
    expectForgotten(made.back, [next]);
    expect(toHex(epochAuthenticator(next))).toBe(toHex(epochAuthenticator(won.group)));
    const sent = unwrap(seal(profile, next, key, utf8("a text"), NOTHING, random));
    expect(unwrap(open(profile, won.group, sent.bytes)).type).toBe("message");
  });

  test("a state that goes on itself is not touched", () => {
    const { group } = memberOf(makeWorld(["ann", "bob"]), "ann");
    const before = textOf(whole(group));
    forget(group, [group]);
    expect(textOf(whole(group))).toEqual(before);
  });

  test("a state that may send again shares its secrets with the one before", () => {
    const world = makeWorld(["ann", "bob"]);
    const { identity, group } = memberOf(world, "ann");
    unwrap(seal(profile, group, identity.signaturePrivateKey, utf8("unsent"), NOTHING, world.random));
    const again = unspent(profile, group);
    expectForgotten(group, [again]);
    const sent = unwrap(seal(profile, again, identity.signaturePrivateKey, utf8("a text"), NOTHING, world.random));
    expect(unwrap(open(profile, memberOf(world, "bob").group, sent.bytes)).type).toBe("message");
  });

  test("with nothing kept, nothing is left", () => {
    const { group } = memberOf(makeWorld(MEMBERS), "member 0");
    expectForgotten(group, []);
    expect(secretsOf(group).every(isZero)).toBe(true);
    expect(secretsOf(group).length).toBeGreaterThan(suite.secretBytes / 4);
  });
});
