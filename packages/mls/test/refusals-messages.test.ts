import { describe, expect, test } from "vitest";
import { forgeCommit, forgeKeyPackage } from "../forge/index.ts";
import {
  createGroup,
  difference,
  forget,
  type Group,
  LIMITS,
  makeCommit,
  makeGroupInfo,
  type OpenedMessage,
  open,
  type Random,
  restore,
  seal,
  unspent,
} from "../src/index.ts";
import type { Ratchet, SecretNode } from "../src/secret-tree.ts";
import { Tree } from "../src/tree.ts";
import { alice, bob, carol, expectLife, forger, random, refused, snapshot, stored } from "./refused.ts";
import { GROUP_ID, LIFETIME, NOW, newKeyPackage, person, profile, suite, unwrap, utf8 } from "./world.ts";

const NOTHING = new Uint8Array(0);
const key = (device: typeof alice) => device.identity.signaturePrivateKey;
const say = (group: Group, text = "hello", from: Random = random) =>
  seal(profile, group, key(bob), utf8(text), NOTHING, from);
const commit = (group: Group, plan = {}, from: Random = random) =>
  makeCommit(profile, group, key(bob), plan, NOW, from);
const fresh = () => unspent(profile, bob.group);
const hear = (group: Group, bytes: Uint8Array): OpenedMessage => {
  const opened = unwrap(open(profile, group, bytes));
  if (opened.type !== "message") throw new Error("a message was expected");
  return opened;
};

/** One attempt, for which the state is as it was, and the group goes on. */
function expectRefused(device: typeof alice, group: Group, attempt: () => unknown, refusal: object): void {
  const before = snapshot(group);
  expect(attempt()).toEqual({ ok: false, error: refusal });
  expect(snapshot(group)).toBe(before);
  expectLife({ ...device, group: unspent(profile, group) }, device === alice ? carol : alice);
}

describe("a key is used once", () => {
  test("for the second message from one state: spent", () => {
    const group = fresh();
    expect(say(group, "one").ok).toBe(true);
    expectRefused(bob, group, () => say(group, "two"), { code: "spent", section: "9.1" });
  });

  test("for the second commit from one state, and for one from the state to go back to: spent", () => {
    const group = fresh();
    const made = unwrap(commit(group));
    expectRefused(bob, group, () => commit(group), { code: "spent", section: "9.1" });
    expect(commit(made.back).ok).toBe(true);
    expect(refused(commit(made.back))).toEqual({ code: "spent", section: "9.1" });
  });

  test("a message and a commit have keys of their own", () => {
    const group = fresh();
    expect([say(group).ok, commit(group).ok]).toEqual([true, true]);
  });

  test("also where the state went on by somebody's message in between", () => {
    const group = fresh();
    const heard = unwrap(seal(profile, unspent(profile, carol.group), key(carol), NOTHING, NOTHING, random));
    const next = hear(group, heard.bytes).group;
    expect(say(group).ok).toBe(true);
    expect(refused(say(next))).toEqual({ code: "spent", section: "9.1" });
  });

  test("but for what was said to be thrown away, and after a restart", () => {
    const group = fresh();
    const one = unwrap(say(group, "one", () => new Uint8Array(32).fill(1).subarray(0, 4)));
    const again = unwrap(say(unspent(profile, group), "one", () => new Uint8Array(32).fill(1).subarray(0, 4)));
    expect(again.bytes).toEqual(one.bytes);
    expect(say(stored(group)).ok).toBe(true);
  });

  test("no key is lost by what was refused", () => {
    const group = fresh();
    const long = "x".repeat(LIMITS.messageBytes);
    expectRefused(bob, group, () => say(group, long), { code: "too-long", section: "6" });
    const authenticated = utf8(long);
    expectRefused(bob, group, () => commit(group, { authenticated }), { code: "too-long", section: "6" });
    const welcomeExtensions = [5, 5].map((type) => ({ type, data: NOTHING }));
    const adds = [newKeyPackage(person("trudy", random), random).bytes];
    expectRefused(bob, group, () => commit(group, { adds, welcomeExtensions }), {
      code: "repeated-extension",
      section: "13.4",
    });
    expect([say(group).ok, commit(group).ok]).toEqual([true, true]);
  });

  test("nor by a source of randomness that fails", () => {
    const group = fresh();
    const none: Random = () => {
      throw new Error("no randomness");
    };
    expect(() => say(group, "one", none)).toThrow("no randomness");
    expect(() => commit(group, {}, none)).toThrow("no randomness");
    expect([say(group).ok, commit(group).ok]).toEqual([true, true]);
  });
});

describe("a message is read once", () => {
  const first = unwrap(say(fresh(), "one"));
  const second = unwrap(say(first.group, "two"));

  test("a replay: generation-used", () => {
    const heard = hear(alice.group, first.bytes);
    expectRefused(alice, heard.group, () => open(profile, heard.group, first.bytes), {
      code: "generation-used",
      section: "9.2",
    });
  });

  test("an earlier message after a later one: generation-used", () => {
    const heard = hear(alice.group, second.bytes);
    expect(heard.generation).toBe(first.group === second.group ? 0 : 1);
    expectRefused(alice, heard.group, () => open(profile, heard.group, first.bytes), {
      code: "generation-used",
      section: "9.2",
    });
  });

  test("a commit that is over: wrong-epoch", () => {
    const made = unwrap(commit(fresh()));
    const opened = unwrap(open(profile, alice.group, made.bytes));
    const before = snapshot(opened.group);
    expect(refused(open(profile, opened.group, made.bytes))).toEqual({ code: "wrong-epoch", section: "12.4.2" });
    expect(refused(open(profile, opened.group, first.bytes))).toEqual({ code: "wrong-epoch", section: "12.4.2" });
    expect(snapshot(opened.group)).toBe(before);
    expectLife({ ...alice, group: opened.group }, { ...bob, group: made.group });
  });

  test("one's own: own-message", () => {
    expect(refused(open(profile, first.group, first.bytes))).toEqual({ code: "own-message", section: "6.3" });
  });

  test("2,000 messages that never came are passed over, 2,001 are not", () => {
    const at = (generation: number) => {
      let group = fresh();
      for (let count = 0; count < generation; count++) group = unwrap(say(group)).group;
      return unwrap(say(group)).bytes;
    };
    expect(hear(alice.group, at(LIMITS.generationsAhead)).generation).toBe(LIMITS.generationsAhead);
    const before = snapshot(alice.group);
    const late = open(profile, alice.group, at(LIMITS.generationsAhead + 1));
    expect(refused(late)).toEqual({ code: "generation-ahead", section: "9.1" });
    expect(snapshot(alice.group)).toBe(before);
  });

  test("the last of all generations is not used: generation-ahead", () => {
    const at = (node: SecretNode, change: (ratchet: Ratchet) => Ratchet): SecretNode => {
      if (node.type === "split") return { ...node, left: at(node.left, change), right: at(node.right, change) };
      if (node.type === "whole") return node;
      return { ...node, handshake: change(node.handshake), application: change(node.application) };
    };
    const last = (generation: number) => {
      const group = fresh();
      return { ...group, secretTree: at(group.secretTree, (ratchet) => ({ ...ratchet, generation })) };
    };
    expect(say(last(0xfffffffe)).ok).toBe(true);
    expect(refused(say(last(0xffffffff)))).toEqual({ code: "generation-ahead", section: "9.1" });
    expect(refused(commit(last(0xffffffff)))).toEqual({ code: "generation-ahead", section: "9.1" });
  });
});

describe("a state that is of no more use", () => {
  const uses = (device: typeof alice): Record<string, () => { ok: boolean }> => ({
    "a message": () => seal(profile, device.group, key(device), utf8("x"), NOTHING, random),
    "a commit": () => makeCommit(profile, device.group, key(device), {}, NOW, random),
    "a GroupInfo": () => makeGroupInfo(profile, device.group, key(device)),
    "somebody's message": () => open(profile, device.group, unwrap(say(fresh())).bytes),
    "somebody's commit": () => open(profile, device.group, unwrap(commit(fresh())).bytes),
  });
  const removal = forgeCommit(forger, { proposals: [{ type: "remove", removed: 0 }] });
  const out = { ...alice, group: unwrap(open(profile, alice.group, removal.bytes)).group };
  const restarted = { ...alice, group: stored(out.group) };
  const again = { ...alice, group: unspent(profile, out.group) };

  test.each(Object.keys(uses(alice)))("of a member that is out, %s: removed", (use) => {
    for (const device of [out, restarted, again]) {
      const before = snapshot(device.group);
      expect(uses(device)[use]?.()).toEqual({ ok: false, error: { code: "removed", section: "12.4.2" } });
      expect(snapshot(device.group)).toBe(before);
    }
  });

  test.each(Object.keys(uses(alice)))("of a state whose secrets were wiped, %s: spent", (use) => {
    const group = stored(alice.group);
    forget(group, []);
    const device = { ...alice, group };
    expect(uses(device)[use]?.()).toEqual({ ok: false, error: { code: "spent", section: "9.2" } });
    expect(uses({ ...device, group: unspent(profile, group) })[use]?.()).toMatchObject({ error: { code: "spent" } });
  });

  test("of a state whose next key was wiped, a message: spent", () => {
    const group = stored(bob.group);
    const sent = unwrap(say(group));
    forget(group, [sent.group]);
    expect(refused(say(unspent(profile, group)))).toEqual({ code: "spent", section: "9.2" });
    expect(say(sent.group).ok).toBe(true);
  });

  test("of a state that has lost its private keys, somebody's commit: unreadable", () => {
    const group = { ...alice.group, own: { ...alice.group.own, privateKeys: new Map() } };
    const opened = open(profile, group, unwrap(commit(fresh())).bytes);
    expect(refused(opened)).toEqual({ code: "unreadable", section: "7.5" });
  });
});

describe("what others would refuse is not sent", () => {
  const twice = [5, 5].map((type) => ({ type, data: NOTHING }));
  const key5 = key(bob);
  test.each([
    {
      name: "a context with an extension twice",
      result: () => commit(fresh(), { extensions: twice }),
      code: "repeated-extension",
    },
    { name: "a context without extensions", result: () => commit(fresh(), { extensions: [] }), code: "no-extensions" },
    {
      name: "a context that somebody does not support",
      result: () => commit(fresh(), { extensions: [{ type: 0xff01, data: NOTHING }] }),
      code: "missing-capability",
    },
    { name: "a removal of oneself", result: () => commit(fresh(), { removes: [1] }), code: "removes-itself" },
    { name: "a removal of nobody", result: () => commit(fresh(), { removes: [6] }), code: "unknown-leaf" },
    { name: "a removal twice", result: () => commit(fresh(), { removes: [0, 0] }), code: "removed-twice" },
    { name: "another name", result: () => commit(fresh(), { identity: utf8("bobby") }), code: "unwanted-credential" },
    {
      name: "an identity that is none",
      result: () => commit(fresh(), { identity: Uint8Array.of(0xff) }),
      code: "bad-credential",
    },
    {
      name: "a leaf of more than 2 KB",
      result: () => commit(fresh(), { identity: new Uint8Array(2048) }),
      code: "too-long",
    },
    { name: "no key package", result: () => commit(fresh(), { adds: [utf8("?")] }), code: "malformed" },
    {
      name: "a member's name",
      result: () => commit(fresh(), { adds: [newKeyPackage(person("carol", random), random).bytes] }),
      code: "duplicate-member",
    },
    {
      name: "a GroupInfo with an extension twice",
      result: () => makeGroupInfo(profile, fresh(), key5, twice),
      code: "repeated-extension",
    },
    {
      name: "a new group with an extension twice",
      result: () => createGroup(profile, bob.identity, GROUP_ID, twice, LIFETIME, random),
      code: "repeated-extension",
    },
    {
      name: "a new group that its founder does not support",
      result: () => createGroup(profile, bob.identity, GROUP_ID, [{ type: 0xff01, data: NOTHING }], LIFETIME, random),
      code: "missing-capability",
    },
    {
      name: "a message signed with another key, to oneself at least",
      result: () =>
        createGroup(profile, { ...bob.identity, signaturePrivateKey: random(32) }, GROUP_ID, [], LIFETIME, random),
      code: "bad-signature",
    },
  ])("$name: $code", ({ result, code }) => {
    expect(refused(result())).toMatchObject({ code });
    expectLife(bob, alice);
  });

  test("somebody for whom there is no leaf left: too-long", () => {
    const { keyPackage, bytes } = forgeKeyPackage(suite, person("trudy", random), LIFETIME, random);
    const nodes = Array.from({ length: 2 * LIMITS.leaves - 1 }, (_, index) =>
      index % 2 === 0 ? ({ type: "leaf", leaf: keyPackage.leaf } as const) : undefined,
    );
    const full = { ...fresh(), tree: Tree.of(nodes) };
    expect(refused(commit(full, { adds: [bytes] }))).toEqual({ code: "too-long", section: "7.7" });
  });

  test.each([
    { name: "of zeros", from: (length: number) => new Uint8Array(length) },
    { name: "of too few bytes", from: (length: number) => random(length).subarray(1) },
  ])("a source of randomness $name is none", ({ from }) => {
    expect(() => commit(fresh(), {}, from)).toThrow("the source of randomness is none");
    expect(() => createGroup(profile, bob.identity, GROUP_ID, [], LIFETIME, from)).toThrow("randomness");
    expect(() => newKeyPackage(bob.identity, from)).toThrow("randomness");
    expectLife(bob, alice);
  });
});

describe("a state on disk", () => {
  const parts = () => new Map(difference(undefined, alice.group).map(({ name, value }) => [name, value ?? NOTHING]));
  const { epoch } = alice.group.context;
  const names = ["context", "secrets", "keys", "node/0", `secret/${epoch}/0`];
  test.each(names)("of another version, %s: wrong-version", (name) => {
    const changed = parts();
    changed.set(name, changed.get(name)?.with(0, 2) ?? NOTHING);
    expect(refused(restore(changed))).toEqual({ code: "wrong-version", section: "6" });
  });

  test.each(["context", "secrets", "keys"])("without %s: malformed", (name) => {
    const changed = parts();
    changed.delete(name);
    expect(refused(restore(changed))).toEqual({ code: "malformed", section: "6" });
  });

  test("without a sender's secret, or with one of no known kind: malformed", () => {
    const changed = parts();
    changed.set(`secret/${epoch}/0`, Uint8Array.of(1, 2, 0));
    expect(refused(restore(changed))).toEqual({ code: "malformed", section: "9" });
    changed.delete(`secret/${epoch}/0`);
    expect(refused(restore(changed))).toEqual({ code: "malformed", section: "9" });
  });
});
