/** A group in parts on disk: what a step writes is small, and parts that are not as they were are refused. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAll, Writer } from "../src/codec.ts";
import { createGroup, difference, joinByWelcome, makeCommit, open, type Part, restore, seal } from "../src/index.ts";
import { changed } from "./changes.ts";
import { type Disk, keysOf, names, secretsOf, whole, write } from "./disk.ts";
import { commit, exchange } from "./exchange.ts";
import {
  type Device,
  GROUP_ID,
  LIFETIME,
  makeWorld,
  memberOf,
  NOW,
  newKeyPackage,
  person,
  profile,
  refusalCode,
  seeded,
  toHex,
  unwrap,
} from "./world.ts";

const NOTHING = new Uint8Array(0);
const MEMBERS = Array.from({ length: 12 }, (_, index) => `member ${index}`);

const sizeOf = (parts: readonly Part[]): number =>
  parts.reduce((sum, { name, value }) => sum + name.length + (value?.length ?? 0), 0);

/** A group of so many, of whom two have their states: the first leaf and the last. */
function largeGroup(count: number): readonly [Device, Device] {
  const random = seeded(count);
  const first = person("first", random);
  let group = unwrap(createGroup(profile, first, GROUP_ID, [], LIFETIME, random));
  const others = Array.from({ length: count - 1 }, (_, index) => person(`other ${index}`, random));
  const last = others.at(-1)!;
  const packages = others.map((identity) => newKeyPackage(identity, random));
  let welcome: Uint8Array | undefined;
  for (let at = 0; at < packages.length; at += 400) {
    const adds = packages.slice(at, at + 400).map(({ bytes }) => bytes);
    ({ group, welcome } = unwrap(makeCommit(profile, group, first.signaturePrivateKey, { adds }, NOW, random)));
  }
  const joined = unwrap(joinByWelcome(profile, [packages.at(-1)!], welcome ?? NOTHING));
  return [
    { identity: first, group },
    { identity: last, group: joined.group },
  ];
}

describe.each([2, 50, 600])("in a group of %i", (count) => {
  const messageBytesMax = 1024;

  test("a message writes at most 1 KB, sent or received, the first one of its sender too", () => {
    const random = seeded(5);
    const [first, last] = largeGroup(count);
    const devices = [
      { device: first, state: first.group },
      { device: last, state: last.group },
    ];
    for (let round = 0; round < 4; round++) {
      const [sender, receiver] = round % 2 === 0 ? devices : devices.toReversed();
      if (sender === undefined || receiver === undefined) throw new Error("there are two devices");
      const key = sender.device.identity.signaturePrivateKey;
      const sent = unwrap(seal(profile, sender.state, key, new Uint8Array(10_000), NOTHING, random));
      const opened = unwrap(open(profile, receiver.state, sent.bytes));
      expect(sizeOf(difference(sender.state, sent.group))).toBeLessThanOrEqual(messageBytesMax);
      expect(sizeOf(difference(receiver.state, opened.group))).toBeLessThanOrEqual(messageBytesMax);
      // From the second one on it is the sender's ratchets and nothing else.
      if (round >= 2) expect(difference(receiver.state, opened.group)).toHaveLength(1);
      sender.state = sent.group;
      receiver.state = opened.group;
    }
  }, 30_000);
});

test("a commit writes the nodes that it changed, not the whole tree", () => {
  const [first] = largeGroup(600);
  const { group } = unwrap(makeCommit(profile, first.group, first.identity.signaturePrivateKey, {}, NOW, seeded(6)));
  const nodes = difference(first.group, group).filter(({ name }) => name.startsWith("node/"));
  expect(nodes.map(({ name }) => name)).toEqual([
    "node/0",
    ...[1, 3, 7, 15, 31, 63, 127, 255, 511, 1023].map((node) => `node/${node}`),
  ]);
}, 30_000);

test("nothing at all is written where nothing changed", () => {
  const { group } = memberOf(makeWorld(["ann", "bob"]), "ann");
  expect(difference(group, group)).toEqual([]);
});

test("a group that is left takes everything with it", () => {
  const world = makeWorld(MEMBERS);
  exchange(world, "member 3", "a text");
  const { group } = memberOf(world, "member 5");
  const disk = whole(group);
  write(disk, difference(group, undefined));
  expect(names(disk)).toEqual([]);
});

test("who is removed is so after a restart", () => {
  const world = makeWorld(["ann", "bob", "cyd"]);
  const { identity, group: before } = memberOf(world, "bob");
  const disk = whole(before);
  const { opened } = commit(world, "ann", { remove: ["bob"] });
  const parts = difference(before, opened.get("bob")!.group);
  expect(parts.map(({ name }) => name)).toEqual(["context"]);
  write(disk, parts);
  const again = unwrap(restore(disk));
  const key = identity.signaturePrivateKey;
  expect(refusalCode(seal(profile, again, key, NOTHING, NOTHING, world.random))).toBe("removed");
});

test("no part has a secret of an epoch that is over", () => {
  const world = makeWorld(MEMBERS);
  exchange(world, "member 1", "a text");
  const { group: before } = memberOf(world, "member 0");
  const disk = whole(before);
  commit(world, "member 1");
  const { group: after } = memberOf(world, "member 0");
  write(disk, difference(before, after));
  const written = [...disk.values()].map(toHex).join(" ");
  const held = new Set(keysOf(after).map(toHex));
  const gone = secretsOf(before)
    .map(toHex)
    .filter((secret) => !held.has(secret));
  for (const secret of gone) expect(written).not.toContain(secret);
  expect(gone.length).toBeGreaterThan(10);
});

describe("parts that are not as they were written", () => {
  const world = makeWorld(MEMBERS);
  exchange(world, "member 7", "a text");
  commit(world, "member 2", { remove: ["member 4", "member 5"] });
  exchange(world, "member 7", "a text");
  const disk = whole(memberOf(world, "member 0").group);
  const withPart = (name: string, value: Uint8Array): Disk => new Map(disk).set(name, value);
  const code = (parts: Disk) => refusalCode(restore(parts));

  test("whole, they are a group", () => {
    expect(code(disk)).toBeUndefined();
  });

  test.each([
    { name: "nothing", parts: new Map(), expected: "malformed" },
    { name: "no context", parts: without("context"), expected: "malformed" },
    { name: "no secrets", parts: without("secrets"), expected: "malformed" },
    { name: "no keys", parts: without("keys"), expected: "malformed" },
  ])("$name is refused", ({ parts, expected }) => {
    expect(code(parts)).toBe(expected);
  });

  function without(name: string): Disk {
    const parts = new Map(disk);
    parts.delete(name);
    return parts;
  }

  test("each secret of the secret tree is needed", () => {
    const secrets = names(disk).filter((name) => name.startsWith("secret/"));
    expect(secrets.length).toBeGreaterThan(4);
    for (const name of secrets) expect(code(without(name))).toBe("malformed");
  });

  test.each(names(disk))("%s is refused when it is cut, longer or of another version", (name) => {
    const value = disk.get(name)!;
    for (let length = 0; length < value.length; length++) {
      const got = code(withPart(name, value.slice(0, length)));
      if (got === undefined) expect.fail(`cut to ${length} bytes it was taken`);
    }
    expect(code(withPart(name, Uint8Array.of(...value, 0)))).toBe("malformed");
    for (const version of [0, 2, 255]) {
      expect(code(withPart(name, Uint8Array.of(version, ...value.slice(1))))).toBe("wrong-version");
    }
  });

  test("a secret of a kind that is none is refused", () => {
    for (const name of names(disk).filter((one) => one.startsWith("secret/"))) {
      const [version = 0, , ...rest] = disk.get(name)!;
      expect(code(withPart(name, Uint8Array.of(version, 2, ...rest)))).toBe("malformed");
    }
  });

  test("a second spelling is refused: another byte for yes, a key that stands there twice", () => {
    const [context, keys] = [disk.get("context")!, disk.get("keys")!];
    for (const [byte, expected] of [
      [0, undefined],
      [1, undefined],
      [2, "malformed"],
      [255, "malformed"],
    ] as const) {
      expect(code(withPart("context", context.with(context.length - 5, byte)))).toBe(expected);
    }
    const all = readAll(keys.subarray(1), (reader) => reader.opaque());
    const twice = new Writer()
      .uint8(1)
      .opaque(Uint8Array.of(...all, ...all))
      .done();
    expect(code(withPart("keys", twice))).toBe("malformed");
  });

  test("a number of leaves that no tree has is refused, and takes no time", () => {
    const value = disk.get("context")!;
    for (const leaves of [0, 3, 5, 17, 0x20000, 0x80000000, 0xffffffff]) {
      const bytes = value.slice();
      new DataView(bytes.buffer).setUint32(bytes.length - 4, leaves);
      expect(code(withPart("context", bytes))).toBeDefined();
    }
  });

  test("any change of any part is refused or restored, and nothing is thrown", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names(disk)).chain((name) => fc.tuple(fc.constant(name), changed(disk.get(name)!))),
        ([name, value]) => {
          restore(withPart(name, value));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("parts that do not belong together", () => {
  const world = makeWorld(MEMBERS.slice(0, 5), 9);
  const { group } = memberOf(world, "member 1");
  const before = whole(group);
  const { group: next } = open1(group);
  const after = whole(next);

  /** The group after another member's empty commit. */
  function open1(at: typeof group) {
    const { identity, group: sender } = memberOf(world, "member 3");
    const made = unwrap(makeCommit(profile, sender, identity.signaturePrivateKey, {}, NOW, world.random));
    return unwrap(open(profile, at, made.bytes));
  }

  test("a whole group does", () => {
    for (const parts of [before, after]) expect(restore(parts, profile.suite).ok).toBe(true);
  });

  test.each([
    { what: "a member is missing", spoil: (parts: Disk) => parts.delete("node/4"), code: "bad-tree-hash" },
    { what: "the own leaf is missing", spoil: (parts: Disk) => parts.delete("node/2"), code: "bad-tree-hash" },
    {
      what: "a leaf is of before",
      spoil: (parts: Disk) => parts.set("node/6", before.get("node/6")!),
      code: "bad-tree-hash",
    },
    {
      what: "the context is of before",
      spoil: (parts: Disk) => parts.set("context", before.get("context")!),
      code: "malformed",
    },
    {
      what: "the keys are somebody else's",
      spoil: (parts: Disk) => parts.set("keys", whole(memberOf(world, "member 2").group).get("keys")!),
      code: "bad-key",
    },
    {
      what: "the own key is cut",
      spoil: (parts: Disk) => parts.set("keys", Uint8Array.of(1, 9, 0, 0, 0, 2, 4, 1, 2, 3, 4)),
      code: "bad-key",
    },
  ])("where $what: $code", ({ spoil, code }) => {
    const parts = new Map(after);
    spoil(parts);
    expect(refusalCode(restore(parts, profile.suite))).toBe(code);
  });
});
