// core/group: what is opened, and what is refused with the group as it was, byte for byte. The rules of MLS have their
// refusals in packages/mls; here stand those of this application, and that the door between the two passes them on.
import { makeKeyPackage, makeCommit as makeMlsCommit, restore } from "@sotto/mls";
import { LIMITS, ROOM_INFO_EXTENSION } from "@sotto/wire";
import { beforeAll, describe, expect, test } from "vitest";
import { mlsOf } from "../src/group/group.ts";
import {
  authenticatorOf,
  forgetGroup,
  type Group,
  groupDifference,
  isRemoved,
  joinExternal,
  keyPackageLeaf,
  leaves,
  makeCommit,
  mayRepeat,
  openWelcome,
  readGroupInfo,
  restoreGroup,
  seal,
} from "../src/group/index.ts";
import { credentialOf, leafOf, memberOf, type Own } from "../src/group/leaf.ts";
import {
  after,
  authenticated,
  bytesOf,
  careless,
  commit,
  crypto,
  device,
  groupWith,
  infoOf,
  join,
  type Member,
  now,
  opened,
  outside,
  packageOf,
  planOf,
  room,
  say,
  suite,
  text,
} from "./harness/group-world.ts";

const names = (group: Group) => leaves(group)?.map(({ account }) => account);

/** Refused, and nothing changed. */
function refused(group: Group, kind: "message" | "commit", bytes: Uint8Array): void {
  const before = bytesOf(group);
  expect(opened(group, kind, bytes)).toBeUndefined();
  expect(bytesOf(group)).toBe(before);
}

/** The same group again: what it was made from may send once more. */
function again(group: Group): Group {
  return mayRepeat(suite, group);
}

let three: Member[];
beforeAll(() => {
  three = groupWith("ann", "bob", "cat");
});
/** A member, whose group was not used for sending yet. */
const at = (index: number): Member => {
  const { own, group } = three[index] as Member;
  return { own, group: again(group) };
};

describe("the ordinary way", () => {
  test("a message is opened by everybody else, with its sender and what it is bound to", () => {
    const { bytes } = say(at(0), "hello");
    for (const reader of [at(1), at(2)]) {
      const got = opened(reader.group, "message", bytes);
      expect(got).toMatchObject({ type: "message", authenticated: authenticated() });
      expect(got?.type === "message" && got.sender.device).toBe(at(0).own.device);
      expect(got?.type === "message" && got.padded).toEqual(text("hello"));
    }
  });

  test("a group is the same after its way through the vault", () => {
    for (const [index, { own, group }] of three.entries()) {
      const parts = groupDifference(undefined, group).map(({ name, value }) => [name, value as Uint8Array] as const);
      const found = restoreGroup(suite, new Map(parts));
      expect(found && bytesOf(found)).toBe(bytesOf(group));
      const { bytes } = say({ own, group: found ?? group }, "hello");
      expect(opened(at(index === 0 ? 1 : 0).group, "message", bytes)).toBeDefined();
    }
  });

  test("adding, removing, renaming and healing bring everybody to the same epoch", () => {
    let members = [at(0), at(1), at(2)];
    const dan = device("dan");
    const used = packageOf(dan);
    const steps = [
      { by: 0, plan: { adds: [used.bytes] } },
      { by: 1, plan: {} },
      { by: 0, plan: { info: infoOf(at(0).own.account, at(1).own.account) } },
      { by: 1, plan: { removes: [dan.device] } },
    ];
    for (const { by, plan } of steps) {
      const made = commit(members[by] as Member, plan);
      members = members.map(({ own, group }, index) => ({
        own,
        group: index === by ? made.next : after(group, made.bytes),
      }));
      const [ann] = members as [Member];
      for (const { group } of members) expect(authenticatorOf(group)).toEqual(authenticatorOf(ann.group));
      if (made.welcome === undefined) continue;
      const welcomed = openWelcome(suite, [packageOf(dan), used], made.welcome);
      expect(welcomed).toMatchObject({ room, info: infoOf(at(0).own.account), used, joinInfo: text("join") });
      expect(authenticatorOf(welcomed?.group as Group)).toEqual(authenticatorOf(ann.group));
    }
    const { bytes } = say(members[2] as Member, "all there");
    for (const { group } of members.slice(0, 2)) expect(opened(group, "message", bytes)).toBeDefined();
  });

  test("somebody comes in from outside, and comes in again over their own leaf", () => {
    const dan = device("dan");
    const first = join(dan, outside(at(0)));
    const [ann, bob] = [after(at(0).group, first.bytes), after(at(1).group, first.bytes)];
    expect(names(ann)).toContain(dan.account);
    const second = join(dan, outside({ own: at(1).own, group: bob }));
    const got = opened(ann, "commit", second.bytes);
    expect(got).toMatchObject({ type: "commit", external: true });
    expect(got?.type === "commit" && got.removes.map((leaf) => leaf.device)).toEqual([dan.device]);
    const { bytes } = say({ own: dan, group: second.group }, "back");
    expect(opened((got as { next: Group }).next, "message", bytes)).toBeDefined();
    refused(ann, "message", bytes);
  });

  test("after a commit that the log did not take, the next one does not use its key again", () => {
    const ann = at(0);
    const lost = commit(ann);
    const made = commit({ own: ann.own, group: lost.back });
    expect(made.bytes).not.toEqual(lost.bytes);
    expect(bytesOf(lost.back)).not.toBe(bytesOf(ann.group));
    after(at(1).group, made.bytes);
    // From the state before both nothing can be sent again.
    expect(makeCommit(suite, ann.own, ann.group, planOf({}))).toBeUndefined();
  });

  test("a state whose key was used does not send again, until what it made is known to be thrown away", () => {
    const ann = at(0);
    const { bytes } = say(ann, "one");
    expect(() => say(ann, "two")).toThrow("spent");
    const { bytes: other } = say({ own: ann.own, group: again(ann.group) }, "two");
    for (const one of [bytes, other]) expect(opened(at(1).group, "message", one)).toBeDefined();
  });
});

describe("a message is refused", () => {
  test("of another group, of an epoch that is over, and of one to come", () => {
    const [other] = groupWith("ann", "bob", "cat") as [Member];
    refused(at(1).group, "message", say(other, "hello").bytes);
    const made = commit(at(0));
    const bob = after(at(1).group, made.bytes);
    refused(bob, "message", say(at(0), "late").bytes);
    refused(at(1).group, "message", say({ own: at(0).own, group: again(made.next) }, "early").bytes);
    expect(opened(bob, "message", say({ own: at(0).own, group: made.next }, "now").bytes)).toBeDefined();
  });

  test("that is one's own, that comes again, and that is a commit, or the other way round", () => {
    refused(at(0).group, "message", say(at(0), "me").bytes);
    const { bytes } = say(at(0), "once");
    const got = opened(at(1).group, "message", bytes);
    refused((got as { next: Group }).next, "message", bytes);
    refused(at(1).group, "message", commit(at(0)).bytes);
    refused(at(1).group, "commit", say(at(0), "hello").bytes);
  });
});

describe("a commit is refused", () => {
  test("of another group, of another epoch, and that is one's own", () => {
    const [other] = groupWith("ann", "bob", "cat") as [Member];
    refused(at(1).group, "commit", commit(other).bytes);
    const made = commit(at(0));
    const bob = after(at(1).group, made.bytes);
    refused(bob, "commit", commit(at(0)).bytes);
    refused(at(1).group, "commit", commit({ own: at(0).own, group: made.next }).bytes);
    refused(bob, "commit", made.bytes);
    refused(at(0).group, "commit", commit(at(0)).bytes);
  });

  test("by somebody who was removed, and everything else of theirs", () => {
    const made = commit(at(0), { removes: [at(2).own.device] });
    const [bob, cat] = [after(at(1).group, made.bytes), opened(at(2).group, "commit", made.bytes)];
    expect(cat).toMatchObject({ removed: true });
    const gone = (cat as { next: Group }).next;
    expect([isRemoved(gone), isRemoved(at(2).group)]).toEqual([true, false]);
    expect(() => say({ own: at(2).own, group: gone }, "still here")).toThrow("removed");
    refused(bob, "commit", commit(at(2)).bytes);
    refused(bob, "message", say(at(2), "still here").bytes);
    // And the removed opens nothing more.
    const without = say({ own: at(0).own, group: made.next }, "without cat");
    for (const group of [at(2).group, gone]) refused(group, "message", without.bytes);
    refused(at(2).group, "commit", commit({ own: at(0).own, group: without.next }).bytes);
  });

  /** A commit by which ann's leaf says that it is somebody else. */
  const renamed = (identity: Omit<Own, "privateKey" | "publicKey">) => {
    const [was, is] = [credentialOf(at(0).own), credentialOf(identity)].map((bytes) =>
      Buffer.from(bytes).toString("hex"),
    );
    const credentials = {
      ...careless.profile.credentials,
      name: (bytes: Uint8Array) => {
        const name = Buffer.from(bytes).toString("hex");
        return name === is ? was : name;
      },
    };
    const made = makeMlsCommit(
      { ...careless.profile, credentials },
      mlsOf(at(0).group),
      at(0).own.privateKey,
      { identity: credentialOf(identity), authenticated: authenticated() },
      0n,
      crypto.random,
    );
    if (!made.ok) throw new Error(made.error.code);
    return made.value.bytes;
  };

  test("that gives its own leaf another identity; a chain that grew is the one change that there may be", () => {
    const { own } = at(0);
    for (const identity of [
      device("mal"),
      { ...own, device: device("ann", 2).device },
      { ...own, account: device("mal").account },
      { ...own, chainLength: 0 },
    ]) {
      refused(at(1).group, "commit", renamed(identity));
    }
    expect(opened(at(1).group, "commit", renamed({ ...own, chainLength: 2 }))).toMatchObject({
      sender: { chainLength: 2 },
    });
  });

  test.each([
    { what: "bytes that are no info", extensions: [{ type: ROOM_INFO_EXTENSION, data: text("x") }] },
    {
      what: "a list with something beside it",
      extensions: [
        { type: ROOM_INFO_EXTENSION, data: text("x") },
        { type: 3, data: new Uint8Array(3) },
      ],
    },
  ])("that changes the room's info into none: $what", ({ extensions }) => {
    const plan = { extensions, authenticated: authenticated() };
    const { own, group } = at(0);
    const made = makeMlsCommit(suite.profile, mlsOf(group), own.privateKey, plan, 0n, crypto.random);
    refused(at(1).group, "commit", made.ok ? made.value.bytes : new Uint8Array(0));
    expect(made.ok).toBe(true);
  });
});

describe("who comes in from outside", () => {
  test("is not let in as another device, nor over another's leaf", () => {
    const info = outside(at(0));
    const found = readGroupInfo(suite, info);
    const thief = { ...device("mal"), account: at(2).own.account, device: at(2).own.device };
    expect(found && joinExternal(suite, thief, found, authenticated())).toBeUndefined();
    // What a careless program makes of it, the others refuse: cat's device stands there already.
    const forced = found && joinExternal(careless, thief, found, authenticated());
    expect(forced).toBeDefined();
    for (const member of [at(1), at(2)]) refused(member.group, "commit", forced?.bytes ?? new Uint8Array(0));
  });

  test("as another account finds no room", () => {
    const { own } = at(2);
    const found = readGroupInfo(suite, outside(at(0)));
    const other = { ...own, account: device("mal").account };
    expect(found && joinExternal(suite, other, found, authenticated())).toBeUndefined();
  });
});

describe("a leaf is none", () => {
  test("with a credential of another length", () => {
    const leaf = { signatureKey: new Uint8Array(32), encryptionKey: new Uint8Array(32), index: 0 };
    const identity = credentialOf(at(0).own);
    expect(leafOf({ ...leaf, identity } as never)).toMatchObject({ account: at(0).own.account });
    for (const other of [identity.slice(1), Uint8Array.from([...identity, 0]), new Uint8Array(0)]) {
      expect(leafOf({ ...leaf, identity: other } as never)).toBeUndefined();
    }
  });

  test("and a key package with one is none, nor one that is too long", () => {
    const { bytes } = packageOf(device("dan"));
    expect(keyPackageLeaf(suite, bytes, now)?.device).toBe(device("dan").device);
    expect(keyPackageLeaf(suite, bytes.slice(0, -1), now)).toBeUndefined();
    // A device that was away for long must not keep the others of its account out.
    for (const days of [91, -2]) expect(keyPackageLeaf(suite, bytes, now + days * 86_400_000)).toBeUndefined();
    const lifetime = { notBefore: 0n, notAfter: 1n };
    const long = { ...memberOf(device("dan")), identity: new Uint8Array(LIMITS.keyPackageBytesMax) };
    expect(() => makeKeyPackage(suite.profile.suite, long, lifetime, crypto.random)).toThrow();
    const odd = { ...memberOf(device("dan")), identity: text("dan") };
    const made = makeKeyPackage(suite.profile.suite, odd, lifetime, crypto.random);
    expect(keyPackageLeaf(suite, made.bytes, now)).toBeUndefined();
    expect(makeCommit(suite, at(0).own, at(0).group, planOf({ adds: [made.bytes] }))).toBeUndefined();
  });
});

describe("a Welcome is refused", () => {
  test("for another package, cut, and with a byte after it", () => {
    const dan = device("dan");
    const used = packageOf(dan);
    const { welcome = new Uint8Array(0) } = commit(at(0), { adds: [used.bytes] });
    const open = (bytes: Uint8Array, packages = [used]) => openWelcome(suite, packages, bytes);
    expect(open(welcome)).toBeDefined();
    expect(open(welcome, [packageOf(dan)])).toBeUndefined();
    expect(open(welcome, [])).toBeUndefined();
    for (let end = 0; end < welcome.length; end += 7) expect(open(welcome.slice(0, end))).toBeUndefined();
    expect(open(Uint8Array.from([...welcome, 0]))).toBeUndefined();
  });

  test("when a leaf is so long that a room of many could not be told to newcomers any more", () => {
    const lifetime = { notBefore: 0n, notAfter: 8_000_000n };
    const mal = memberOf(device("mal"));
    const made = (extensions: number[]) => {
      const member = { ...mal, capabilities: { ...mal.capabilities, extensions } };
      return makeKeyPackage(suite.profile.suite, member, lifetime, crypto.random).bytes;
    };
    const adding = (bytes: Uint8Array) =>
      makeCommit(suite, at(0).own, at(0).group, { ...planOf({ adds: [bytes] }), now: 1 });
    expect(adding(made([ROOM_INFO_EXTENSION]))).toBeDefined();
    expect(
      adding(made([ROOM_INFO_EXTENSION, ...Array.from({ length: 100 }, (_, index) => index + 100)])),
    ).toBeUndefined();
  });

  test("when a key package that is added copies a member's keys or device, is expired, or is cut", () => {
    const thief = { ...at(2).own, account: device("mal").account, device: device("mal").device };
    const { bytes } = packageOf(thief);
    const late = { ...planOf({ adds: [packageOf(device("dan")).bytes] }), now: now + 91 * 86_400_000 };
    expect(makeCommit(suite, at(0).own, at(0).group, late)).toBeUndefined();
    for (const spoilt of [bytes, packageOf(at(2).own).bytes, bytes.slice(0, -1), Uint8Array.from([...bytes, 0])]) {
      expect(() => commit(at(0), { adds: [spoilt] })).toThrow("could not be made");
    }
  });
});

test("a vault with a part missing, cut or of another version gives no group", () => {
  const parts = new Map(groupDifference(undefined, at(0).group).map(({ name, value }) => [name, value as Uint8Array]));
  const spoil = (name: string, value: Uint8Array | undefined) => {
    const spoilt = new Map(parts);
    if (value === undefined) spoilt.delete(name);
    else spoilt.set(name, value);
    return restore(spoilt);
  };
  for (const [name, value] of parts) {
    if (!name.startsWith("node/")) expect(spoil(name, undefined).ok, `${name} missing`).toBe(false);
    expect(spoil(name, value.slice(0, -1)).ok, `${name} cut`).toBe(false);
    expect(spoil(name, Uint8Array.from([2, ...value.slice(1)])).ok, `${name} of another version`).toBe(false);
  }
});

test("what a group forgets is gone from it, and not from the one that goes on", () => {
  const ann = at(0);
  const { next } = seal(suite, ann.own, ann.group, text("one"), authenticated());
  const made = commit({ own: ann.own, group: next });
  const bob = after(at(1).group, made.bytes);
  const isWiped = (group: Group) =>
    Object.values(mlsOf(group).secrets).every((secret: Uint8Array) => secret.every((byte) => byte === 0));
  forgetGroup(next, [next]);
  expect(isWiped(next)).toBe(false);
  // `back` is of the same epoch as `next`, and still waits for what becomes of the commit.
  forgetGroup(next, [made.back, made.next]);
  expect([isWiped(next), isWiped(made.back)]).toEqual([false, false]);
  forgetGroup(made.back, [made.next]);
  expect([isWiped(made.back), isWiped(made.next)]).toEqual([true, false]);
  expect(opened(bob, "message", say({ own: ann.own, group: made.next }, "on").bytes)).toBeDefined();
});
