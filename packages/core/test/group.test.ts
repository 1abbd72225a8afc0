// core/group: what is opened, and everything that is refused with the group as it was, byte for byte.
// Over 400 lines: the refusals of core/group stand together, one row for each.
import { ROOM_INFO_EXTENSION, toHex } from "@sotto/wire";
import { createProposal, decodeMlsMessage, encodeMlsMessage, type Proposal } from "ts-mls";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { beforeAll, describe, expect, test } from "vitest";
import { groupOf, leavesOf, stateOf } from "../src/group/group.ts";
import {
  decodeGroup,
  encodeGroup,
  type Group,
  groupEpoch,
  isRemoved,
  leaves,
  openWelcome,
} from "../src/group/index.ts";
import { credentialOf } from "../src/group/leaf.ts";
import { CONFIG } from "../src/group/suite.ts";
import {
  after,
  authenticated,
  bytesOf,
  commit,
  device,
  forgeCommit,
  forgeExternal,
  groupWith,
  infoOf,
  join,
  joinOver,
  type Member,
  opened,
  outside,
  packageOf,
  rawCommit,
  room,
  say,
  suite,
  text,
  withLeaf,
} from "./harness/group-world.ts";

const names = (group: Group) => leaves(group)?.map(({ account }) => account);

/** Refused, and nothing changed. */
async function refused(group: Group, kind: "message" | "commit", bytes: Uint8Array): Promise<void> {
  const before = bytesOf(group);
  expect(await opened(group, kind, bytes)).toBeUndefined();
  expect(bytesOf(group)).toEqual(before);
}

/** Each of them refused, and nothing changed by all of them. */
async function allRefused(group: Group, kind: "message" | "commit", spoilt: Iterable<Uint8Array>): Promise<void> {
  const before = bytesOf(group);
  for (const bytes of spoilt) expect(await opened(group, kind, bytes)).toBeUndefined();
  expect(bytesOf(group)).toEqual(before);
}

/** Cut at each length, with a byte after it, and with every `step`th bit turned. */
function* spoilt(bytes: Uint8Array, step: number): Generator<Uint8Array> {
  for (let end = 0; end < bytes.length; end++) yield bytes.slice(0, end);
  yield Uint8Array.from([...bytes, 0]);
  for (let bit = 0; bit < bytes.length * 8; bit += step) yield flipped(bytes, bit);
}

let three: Member[];
beforeAll(async () => {
  three = await groupWith("ann", "bob", "cat");
});
const at = (index: number): Member => three[index] as Member;

describe("the ordinary way", () => {
  test("a message is opened by everybody else, with its sender and what it is bound to", async () => {
    const { bytes } = await say(at(0).group, "hello");
    for (const reader of [at(1), at(2)]) {
      const got = await opened(reader.group, "message", bytes);
      expect(got).toMatchObject({ type: "message", authenticated: authenticated() });
      expect(got?.type === "message" && got.sender.device).toBe(at(0).own.device);
      expect(got?.type === "message" && got.padded).toEqual(text("hello"));
    }
  });

  test("a group is the same after its way through the vault", async () => {
    for (const { group } of three) {
      const again = decodeGroup(encodeGroup(group));
      expect(again && bytesOf(again)).toEqual(bytesOf(group));
      const { bytes } = await say(again ?? group, "hello");
      expect(await opened((group === at(1).group ? at(0) : at(1)).group, "message", bytes)).toBeDefined();
    }
  });

  test("adding, removing, renaming and healing bring everybody to the same epoch", async () => {
    let [ann, bob, cat] = three.map(({ group }) => group) as [Group, Group, Group];
    const dan = device("dan");
    const used = await packageOf(dan);
    const steps = [
      { by: 0, plan: { adds: [used.bytes] } },
      { by: 1, plan: {} },
      { by: 0, plan: { info: infoOf(at(0).own.account, at(1).own.account) } },
      { by: 1, plan: { removes: [dan.device] } },
    ];
    for (const { by, plan } of steps) {
      const made = await commit(by === 0 ? ann : bob, plan);
      [ann, bob, cat] = (await Promise.all(
        [ann, bob, cat].map((group, index) => (index === by ? made.next : after(group, made.bytes))),
      )) as [Group, Group, Group];
      for (const group of [bob, cat]) {
        expect(groupEpoch(group)).toBe(groupEpoch(ann));
        expect(stateOf(group).keySchedule.epochAuthenticator).toEqual(stateOf(ann).keySchedule.epochAuthenticator);
      }
      if (made.welcome !== undefined) {
        const welcomed = await openWelcome(suite, dan, [await packageOf(dan), used], made.welcome);
        expect(welcomed).toMatchObject({ room, info: infoOf(at(0).own.account), used, joinInfo: text("join") });
        expect(stateOf(welcomed?.group as Group).keySchedule.epochAuthenticator).toEqual(
          stateOf(ann).keySchedule.epochAuthenticator,
        );
      }
    }
    const { bytes } = await say(cat, "all there");
    for (const group of [ann, bob]) expect(await opened(group, "message", bytes)).toBeDefined();
  });

  test("somebody comes in from outside, and comes in again over their own leaf", async () => {
    const dan = device("dan");
    const first = await join(dan, await outside(at(0).group));
    const [ann, bob] = [await after(at(0).group, first.bytes), await after(at(1).group, first.bytes)];
    expect(names(ann)).toContain(dan.account);
    const again = await join(dan, await outside(bob), true);
    const got = await opened(ann, "commit", again.bytes);
    expect(got).toMatchObject({ type: "commit", external: true });
    expect(got?.type === "commit" && got.removes.map((leaf) => leaf.device)).toEqual([dan.device]);
    const { bytes } = await say(again.group, "back");
    expect(await opened((got as { next: Group }).next, "message", bytes)).toBeDefined();
    await refused(ann, "message", bytes);
  });

  test("every commit has a path", async () => {
    const plans = [
      {},
      { adds: [(await packageOf(device("dan"))).bytes] },
      { removes: [at(2).own.device] },
      { info: infoOf() },
    ];
    for (const plan of plans) {
      const made = await commit(at(0).group, plan);
      const decoded = decodeMlsMessage(made.bytes, 0)?.[0];
      const state = stateOf(at(1).group);
      if (decoded?.wireformat !== "mls_private_message") throw new Error("a member's commit is private");
      const { content } = await unprotectPrivateMessage(
        state.keySchedule.senderDataSecret,
        decoded.privateMessage,
        state.secretTree,
        state.ratchetTree,
        state.groupContext,
        CONFIG.keyRetentionConfig,
        suite.impl,
      );
      expect(content.content.contentType === "commit" && content.content.commit.path).toBeDefined();
    }
  });

  test("after a commit that the log did not take, the next one does not use its key again", async () => {
    const lost = await commit(at(0).group);
    const made = await commit(lost.back);
    expect(made.bytes).not.toEqual(lost.bytes);
    expect(bytesOf(lost.back)).not.toEqual(bytesOf(at(0).group));
    await after(at(1).group, made.bytes);
  });
});

describe("a message is refused", () => {
  test("of another group", async () => {
    const [other] = await groupWith("ann", "bob", "cat");
    await refused(at(1).group, "message", (await say(other?.group as Group, "hello")).bytes);
  });

  test("of an epoch that is over, and of one to come", async () => {
    const made = await commit(at(0).group);
    const bob = await after(at(1).group, made.bytes);
    await refused(bob, "message", (await say(at(0).group, "late")).bytes);
    await refused(at(1).group, "message", (await say(made.next, "early")).bytes);
    expect(await opened(bob, "message", (await say(made.next, "now")).bytes)).toBeDefined();
  });

  test("whose sender put another group or epoch on it", async () => {
    const state = stateOf(at(0).group);
    const groupId = new Uint8Array(32).fill(0x99);
    for (const part of [
      { groupId },
      { epoch: state.groupContext.epoch + 1n },
      { epoch: state.groupContext.epoch - 1n },
    ]) {
      const doctored = groupOf({ ...state, groupContext: { ...state.groupContext, ...part } });
      await refused(at(1).group, "message", (await say(doctored, "hello")).bytes);
      await refused(at(1).group, "commit", await forgeCommit(doctored, []));
    }
  });

  test("that is one's own", async () => {
    await refused(at(0).group, "message", (await say(at(0).group, "me")).bytes);
  });

  test("that comes again", async () => {
    const { bytes } = await say(at(0).group, "once");
    const got = await opened(at(1).group, "message", bytes);
    await refused((got as { next: Group }).next, "message", bytes);
  });

  test("that is a commit, and the other way round", async () => {
    await refused(at(1).group, "message", (await commit(at(0).group)).bytes);
    await refused(at(1).group, "commit", (await say(at(0).group, "hello")).bytes);
  });

  test("that is 2,000 messages ahead, in bounded time; one less is opened", async () => {
    let group = at(0).group;
    const sent: Uint8Array[] = [];
    for (let index = 0; index < 2003; index++) {
      const made = await say(group, "x");
      group = made.next;
      sent.push(made.bytes);
    }
    const limit = CONFIG.keyRetentionConfig.maximumForwardRatchetSteps;
    expect(await opened(at(1).group, "message", sent[limit - 1] as Uint8Array)).toBeDefined();
    const start = performance.now();
    await refused(at(1).group, "message", sent[limit + 2] as Uint8Array);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test("that is cut anywhere, has a byte after it, or any bit turned", async () => {
    const { bytes } = await say(at(0).group, "hello");
    await allRefused(at(1).group, "message", spoilt(bytes, 5));
  });
});

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const turned = new Uint8Array(bytes);
  turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return turned;
};

describe("a commit is refused", () => {
  test("of another group", async () => {
    const [other] = await groupWith("ann", "bob", "cat");
    await refused(at(1).group, "commit", (await commit(other?.group as Group)).bytes);
  });

  test("of an epoch that is over, and of one to come", async () => {
    const made = await commit(at(0).group);
    const bob = await after(at(1).group, made.bytes);
    await refused(bob, "commit", (await commit(at(0).group)).bytes);
    await refused(at(1).group, "commit", (await commit(made.next)).bytes);
    await refused(bob, "commit", made.bytes);
  });

  test("that is one's own", async () => {
    await refused(at(0).group, "commit", (await commit(at(0).group)).bytes);
  });

  test("by somebody who was removed, and everything else of theirs", async () => {
    const made = await commit(at(0).group, { removes: [at(2).own.device] });
    const [bob, cat] = [await after(at(1).group, made.bytes), await opened(at(2).group, "commit", made.bytes)];
    expect(cat).toMatchObject({ removed: true, next: at(2).group });
    await refused(bob, "commit", (await commit(at(2).group)).bytes);
    await refused(bob, "message", (await say(at(2).group, "still here")).bytes);
    // And the removed opens nothing more.
    await refused(at(2).group, "message", (await say(made.next, "without cat")).bytes);
    await refused(at(2).group, "commit", (await commit(made.next)).bytes);
    expect(isRemoved(at(2).group)).toBe(false);
  });

  test("when it travels as a PublicMessage by a member", async () => {
    await refused(at(1).group, "commit", await rawCommit(at(0).group, [], true));
  });

  test.each([
    { what: "a private one", isPublic: false },
    { what: "a public one", isPublic: true },
  ])("when it is a stand-alone proposal: $what", async ({ isPublic }) => {
    const proposal: Proposal = { proposalType: "remove", remove: { removed: 2 } };
    const { message } = await createProposal(stateOf(at(0).group), isPublic, proposal, suite.impl);
    for (const kind of ["message", "commit"] as const) await refused(at(1).group, kind, encodeMlsMessage(message));
  });

  test("that gives its own leaf another identity", async () => {
    for (const identity of [
      device("mal"),
      { ...at(0).own, device: device("ann", 2).device },
      { ...at(0).own, account: device("mal").account },
      { ...at(0).own, chainLength: 0 },
    ]) {
      const doctored = withLeaf(at(0).group, () => ({ credential: credentialOf(identity) }));
      await refused(at(1).group, "commit", await rawCommit(doctored, []));
    }
    // A chain that grew is the one change that there may be.
    const grown = withLeaf(at(0).group, () => ({ credential: credentialOf({ ...at(0).own, chainLength: 2 }) }));
    expect(await opened(at(1).group, "commit", await rawCommit(grown, []))).toMatchObject({
      sender: { chainLength: 2 },
    });
  });

  test("that gives its own leaf another signature key", async () => {
    const doctored = withLeaf(at(0).group, () => ({ signaturePublicKey: device("mal").publicKey }));
    await refused(at(1).group, "commit", await rawCommit(doctored, []));
  });

  const remove = (removed: number): Proposal => ({ proposalType: "remove", remove: { removed } });
  const rename: Proposal = { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } };
  test.each([
    { what: "a Remove outside the tree", proposals: [remove(0xffff_fff0)] },
    { what: "a Remove of a leaf that is not there", proposals: [remove(3)] },
    { what: "a Remove twice", proposals: [remove(2), remove(2)] },
    { what: "an unknown proposal", proposals: [{ proposalType: 0xf0ff, proposalData: new Uint8Array(4) } as never] },
    { what: "an ExternalInit", proposals: [{ proposalType: "external_init", externalInit: { kemOutput: text("x") } }] },
    { what: "two changes of the group context", proposals: [rename, rename] },
    { what: "513 proposals", proposals: Array.from({ length: 513 }, () => remove(2)) },
  ] as { what: string; proposals: Proposal[] }[])("with $what, in bounded time", async ({ proposals }) => {
    const bytes = await forgeCommit(at(0).group, proposals);
    const start = performance.now();
    await refused(at(1).group, "commit", bytes);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test("without a path, or with a proposal by reference", async () => {
    await refused(at(1).group, "commit", await forgeCommit(at(0).group, [remove(2)], { path: false }));
    await refused(at(1).group, "commit", await forgeCommit(at(0).group, [], { reference: true }));
  });

  test("whose tag is garbage, although all else holds", async () => {
    await refused(at(1).group, "commit", await forgeCommit(at(0).group, []));
    // Who is removed by it cannot check the tag, and is told by the room's rules alone.
    expect(await opened(at(2).group, "commit", await forgeCommit(at(0).group, [remove(2)]))).toMatchObject({
      removed: true,
    });
  });

  test.each([
    { what: "an empty list", extensions: [] },
    { what: "bytes that are no info", extensions: [{ extensionType: ROOM_INFO_EXTENSION, extensionData: text("x") }] },
  ])("that changes the room's info into none: $what", async ({ extensions }) => {
    const proposal: Proposal = { proposalType: "group_context_extensions", groupContextExtensions: { extensions } };
    await refused(at(1).group, "commit", await rawCommit(at(0).group, [proposal]));
  });

  test("that is cut anywhere, has a byte after it, or a bit turned", async () => {
    const { bytes } = await commit(at(0).group, { removes: [at(2).own.device] });
    await allRefused(at(1).group, "commit", spoilt(bytes, 37));
  });
});

describe("an external commit is refused", () => {
  let info: Uint8Array;
  beforeAll(async () => {
    info = await outside(at(0).group);
  });

  test("that takes out somebody else's leaf", async () => {
    await refused(at(1).group, "commit", await joinOver(device("mal"), info, at(2).own));
    await refused(at(2).group, "commit", await joinOver(device("mal"), info, at(2).own));
  });

  test("that takes out another device of one's own account", async () => {
    await refused(at(1).group, "commit", await joinOver(device("cat", 2), info, at(2).own));
  });

  test("under a device that is in already, without taking its leaf out", async () => {
    await refused(at(1).group, "commit", await forgeExternal(at(2).own, info, (init) => [init]));
    const thief = { ...device("mal"), device: at(2).own.device };
    await refused(at(1).group, "commit", await forgeExternal(thief, info, (init) => [init]));
  });

  test("under another's signature key", async () => {
    const thief = { ...at(2).own, account: device("mal").account, device: device("mal").device };
    await refused(at(1).group, "commit", await forgeExternal(thief, info, (init) => [init]));
  });

  test.each([
    { what: "no ExternalInit", change: () => [] },
    { what: "two ExternalInit", change: (init: Proposal) => [init, init] },
    {
      what: "a Remove outside the tree",
      change: (init: Proposal) => [init, { proposalType: "remove", remove: { removed: 0xffff_fff0 } } as Proposal],
    },
    {
      what: "an unknown proposal",
      change: (init: Proposal) => [init, { proposalType: 0xf0ff, proposalData: new Uint8Array(4) } as never],
    },
    {
      what: "a change of the group context",
      change: (init: Proposal) => [
        init,
        { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } } as Proposal,
      ],
    },
  ])("with $what", async ({ change }) => {
    await refused(at(1).group, "commit", await forgeExternal(device("dan"), info, change));
  });

  test("but one that is forged to be right is taken: the forgeries fail for their reason", async () => {
    const bytes = await forgeExternal(device("dan"), info, (init) => [init]);
    expect(await opened(at(1).group, "commit", bytes)).toMatchObject({ external: true });
  });

  test("of an epoch that is over, of another group, and as a message", async () => {
    const bytes = (await join(device("dan"), info)).bytes;
    const [other] = await groupWith("ann", "bob");
    await refused(other?.group as Group, "commit", bytes);
    await refused((await commit(at(1).group)).next, "commit", bytes);
    await refused(at(1).group, "message", bytes);
  });

  test("that is cut anywhere, has a byte after it, or a bit turned", async () => {
    const { bytes } = await join(device("dan"), info);
    await allRefused(at(1).group, "commit", spoilt(bytes, 37));
  });
});

describe("a tree", () => {
  const tree = () => [...stateOf(at(0).group).ratchetTree];
  const leaf = (index: number) => {
    const node = tree()[index * 2];
    if (node?.nodeType !== "leaf") throw new Error("no leaf");
    return node.leaf;
  };
  test.each([
    { what: "a signature key", part: () => ({ signaturePublicKey: leaf(0).signaturePublicKey }) },
    { what: "an encryption key", part: () => ({ hpkePublicKey: leaf(0).hpkePublicKey }) },
    { what: "a device", part: () => ({ credential: leaf(0).credential }) },
  ])("in which two leaves share $what is none", ({ part }) => {
    const doctored = tree();
    doctored[4] = { nodeType: "leaf", leaf: { ...leaf(2), ...part() } as never };
    expect(leavesOf(tree())).toHaveLength(3);
    expect(leavesOf(doctored)).toBeUndefined();
  });

  test("in which a leaf has the key of a node above is none", () => {
    const doctored = tree();
    const root = doctored.find((node) => node?.nodeType === "parent");
    if (root?.nodeType !== "parent") throw new Error("no parent");
    doctored[4] = { nodeType: "leaf", leaf: { ...leaf(2), hpkePublicKey: root.parent.hpkePublicKey } as never };
    expect(leavesOf(doctored)).toBeUndefined();
  });

  test("in which a credential is none of ours is none", () => {
    const doctored = tree();
    const identity = text("cat");
    doctored[4] = {
      nodeType: "leaf",
      leaf: { ...leaf(2), credential: { credentialType: "basic", identity } } as never,
    };
    expect(leavesOf(doctored)).toBeUndefined();
  });
});

describe("a Welcome is refused", () => {
  test("for another package, cut, with a byte after it, or a bit turned", async () => {
    const dan = device("dan");
    const used = await packageOf(dan);
    const { welcome = new Uint8Array(0) } = await commit(at(0).group, { adds: [used.bytes] });
    const open = (bytes: Uint8Array, packages = [used], own = dan) => openWelcome(suite, own, packages, bytes);
    expect(await open(welcome)).toBeDefined();
    expect(await open(welcome, [await packageOf(dan)])).toBeUndefined();
    expect(await open(welcome, [await packageOf(device("eve"))], device("eve"))).toBeUndefined();
    for (let end = 0; end < welcome.length; end += 7) expect(await open(welcome.slice(0, end))).toBeUndefined();
    expect(await open(Uint8Array.from([...welcome, 0]))).toBeUndefined();
    for (let bit = 0; bit < welcome.length * 8; bit += 61) {
      const got = await open(flipped(welcome, bit));
      // The HPKE library reads X25519 keys with the highest bit masked (RFC 7748 section 5): the one bit that says nothing.
      if (got !== undefined)
        expect(toHex(encodeGroup(got.group))).toBe(toHex(encodeGroup((await open(welcome))!.group)));
    }
  });

  test("when a key package that is added copies a member's keys", async () => {
    const thief = { ...at(2).own, account: device("mal").account, device: device("mal").device };
    const { bytes } = await packageOf(thief);
    await expect(commit(at(0).group, { adds: [bytes] })).rejects.toThrow("could not be made");
    await expect(commit(at(0).group, { adds: [(await packageOf(at(2).own)).bytes] })).rejects.toThrow();
    await expect(commit(at(0).group, { adds: [bytes.slice(0, -1)] })).rejects.toThrow();
    await expect(commit(at(0).group, { adds: [Uint8Array.from([...bytes, 0])] })).rejects.toThrow();
  });
});
