/** A relay that lies about who is who: names, device chains and key packages, over real sockets. */
import { type AccountId, makeChainEntry, type ServerBody } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRecovery } from "../../packages/core/src/identity/recovery.ts";
import { expectRefused } from "../harness/expect-code.ts";
import type { Person } from "../harness/person.ts";
import { isIn, signInAgain } from "../harness/second-device.ts";
import type { Misbehaviour } from "./evil-relay.ts";
import { chainOf, crypto, forgedEntry, type Invented, invent, makeKey, packageOf } from "./forge.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";
import { Ear, Scene } from "./scene.ts";

let scene: Scene<"alice" | "bob" | "carol" | "erin">;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "carol", "erin");
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

/** Changes the answers of one kind that one person gets. */
function answering<T extends ServerBody["type"]>(
  name: MisbehaviourName,
  who: string,
  type: T,
  change: (body: Extract<ServerBody, { type: T }>) => ServerBody,
): Misbehaviour {
  return {
    name,
    onServer: (frame, line) => {
      if (line.name !== who || frame.body.type !== type) return undefined;
      return [{ ...frame, body: change(frame.body as Extract<ServerBody, { type: T }>) }];
    },
  };
}

const both = (name: MisbehaviourName, ...all: readonly Misbehaviour[]): Misbehaviour => ({
  name,
  onServer: (frame, line) =>
    all.reduce<ReturnType<NonNullable<Misbehaviour["onServer"]>>>(
      (done, one) => done ?? one.onServer?.(frame, line),
      undefined,
    ),
});

const relayId = (): Uint8Array => {
  const body = scene.evil.seen.find((one) => one.body.type === "challenge")?.body;
  if (body?.type !== "challenge") throw new Error("there was a greeting");
  return body.relay;
};

const idOfPerson = (person: Person) => person.accountId as AccountId;

/** The chain as the honest relay has it. */
async function chainAt(person: Person): Promise<readonly Uint8Array[]> {
  const account = idOfPerson(person);
  const body = await scene.evil.line(person.name).ask({ type: "chain-get", accounts: [account] });
  const entries = body.type === "chains" ? body.chains[0]?.entries : undefined;
  if (entries === undefined) throw new Error("the relay has the chain");
  return entries;
}

/** The directory and the chains of somebody who is not there. */
const presenting = (name: MisbehaviourName, who: string, as: string, account: Invented): Misbehaviour =>
  both(
    name,
    answering(name, who, "directory-list", (body) => ({
      ...body,
      accounts: [{ name: as, account: account.account, online: true }],
    })),
    answering(name, who, "chains", (body) => ({
      ...body,
      chains: [{ account: account.account, entries: account.entries }],
    })),
  );

test("another person's account under a name that one never saw is not taken for them", async () => {
  const { alice, bob, carol } = scene.people;
  const lie = answering("name-of-another", "alice", "directory-list", (body) => ({
    ...body,
    accounts: body.accounts.map((one) => ({ ...one, account: idOfPerson(carol) })),
  }));
  const ear = new Ear(alice);
  await scene.evil.while(lie, () => expectRefused(alice.call("direct.open", { username: "bob" }), "unknown-user"));
  const { roomId } = await alice.call("direct.open", { username: "bob" });
  await scene.talk(roomId, alice, bob);
  expect(ear.warnings).toEqual([]);
});

test("an account that the relay made under a name that one never saw is found out when the true one is met", async () => {
  const { alice, erin, carol } = scene.people;
  const fake = invent("carol", relayId());
  const [ear, text] = [new Ear(erin), scene.text()];
  await scene.evil.while(presenting("account-invented", "erin", "carol", fake), async () => {
    const { roomId } = await erin.call("direct.open", { username: "carol" });
    void erin.send(roomId, text).catch(() => undefined);
    await scene.evil.watch.until(() => scene.evil.of("erin", "key-packages-claim").length > 0, "a claim");
  });
  // The true carol comes into a room with erin: nothing is said there until erin agrees that this is carol.
  const { roomId, link } = await scene.room(alice, carol);
  await erin.call("room.join", { link });
  await ear.hears("identity-changed");
  const said = erin.send(roomId, scene.text());
  await expectRefused(said, "identity-changed");
  await erin.call("warning.accept", { code: "identity-changed", username: "carol" });
  await scene.talk(roomId, erin, carol, alice);
  expect(await carol.call("room.list", {})).not.toContainEqual(expect.objectContaining({ name: "erin" }));
  await scene.expectTrue(roomId, [alice, carol, erin]);
});

test("another account under a name that is known is named, and the one that was known stays", async () => {
  const { alice, bob } = scene.people;
  const fake = invent("bob", relayId());
  const ear = new Ear(alice);
  await scene.evil.while(presenting("known-name-taken-over", "alice", "zed", fake), async () => {
    const opening = alice.call("direct.open", { username: "zed" });
    await ear.hears("identity-changed");
    await expectRefused(opening, "unknown-user");
  });
  const { roomId } = await alice.call("direct.open", { username: "bob" });
  await scene.talk(roomId, alice, bob);
  expect(ear.warnings).toEqual(["identity-changed"]);
});

test.each([
  ["add", "ghost-device-in-chain"],
  ["revoke", "revocation-forged"],
  ["rotate-recovery", "recovery-key-forged"],
] as const)(
  "an entry of kind %s that the relay put onto a chain is named, and the chain stays as it was",
  async (kind, name) => {
    const { alice, bob } = scene.people;
    const ear = new Ear(alice);
    const { roomId } = await alice.call("room.create", { name: "den" });
    const lie = answering(name, "alice", "chains", (body) => ({
      ...body,
      chains: body.chains.map((chain) => ({ ...chain, entries: [...chain.entries, forgedEntry(chain.entries, kind)] })),
    }));
    await scene.evil.while(lie, () => alice.call("room.add", { roomId, username: "bob" }));
    expect(ear.warnings).toEqual(["relay-lies"]);
    await bob.until((notes) => notes.some((note) => note.type === "room" && note.roomId === roomId), "the room");
    await scene.talk(roomId, alice, bob);
    await scene.expectTrue(roomId, [alice, bob]);
  },
);

test("a chain of another account in the place of the one that was asked for is not learned", async () => {
  const { alice, bob, carol } = scene.people;
  const ear = new Ear(alice);
  const { roomId } = await alice.call("room.create", { name: "den" });
  const entries = await chainAt(carol);
  const lie = answering("chain-of-another", "alice", "chains", (body) => ({
    ...body,
    chains: body.chains.map((chain) => ({ ...chain, entries })),
  }));
  await scene.evil.while(lie, () => alice.call("room.add", { roomId, username: "bob" }));
  expect(ear.warnings).toEqual(["relay-lies"]);
  await bob.until((notes) => notes.some((note) => note.type === "room" && note.roomId === roomId), "the room");
  await scene.talk(roomId, alice, bob);
});

/** Key packages that are not bob's, as the answer to a claim of bob's. */
const packages: readonly {
  readonly name: MisbehaviourName;
  readonly what: string;
  readonly make: () => Promise<Uint8Array>;
}[] = [
  { name: "key-package-of-another", what: "of another account", make: () => claim(scene.people.carol) },
  {
    name: "key-package-of-a-ghost",
    what: "of an account that the relay made",
    make: async () => invent("bob", relayId()).keyPackage,
  },
  {
    name: "key-package-forged",
    what: "that says it is his, signed with the relay's key",
    make: async () => packageOf({ ...(await ownOf(scene.people.bob)), ...makeKey() }),
  },
  {
    name: "key-package-of-a-ghost-device",
    what: "of a device of the relay in his account",
    make: async () => {
      const key = makeKey();
      return packageOf({ ...(await ownOf(scene.people.bob)), ...key, device: invent("x.x", relayId()).device });
    },
  },
  {
    name: "key-package-altered",
    what: "of his, with one bit changed",
    make: async () => flip(await claim(scene.people.bob)),
  },
  { name: "key-package-cut", what: "of his, cut", make: async () => (await claim(scene.people.bob)).slice(0, -1) },
  { name: "key-package-invented", what: "that is none", make: async () => crypto.random(300) },
];

async function ownOf(person: Person) {
  const { account, devices, length, hash } = chainOf(await chainAt(person));
  const device = devices[0]?.id;
  if (device === undefined) throw new Error("an account has a device");
  return { account, device, chainLength: length, chainHash: hash };
}

async function claim(person: Person): Promise<Uint8Array> {
  const account = idOfPerson(person);
  const body = await scene.evil.line("erin").ask({ type: "key-packages-claim", account });
  const bytes = body.type === "key-packages" ? body.packages[0]?.bytes : undefined;
  if (bytes === undefined) throw new Error("there are key packages");
  return bytes;
}

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 150 ? byte ^ 1 : byte));

test.each(packages.map((one) => [one.what, one] as const))(
  "a key package %s lets nobody in, and the true one does",
  async (_what, { name, make }) => {
    const { alice, bob } = scene.people;
    const bytes = await make();
    const { roomId } = await alice.call("room.create", { name: "den" });
    const commits = scene.evil.of("alice", "commit").length;
    const lie = answering(name, "alice", "key-packages", (body) => ({
      ...body,
      packages: body.packages.map((one) => ({ ...one, bytes })),
    }));
    await scene.evil.while(lie, () =>
      expectRefused(alice.call("room.add", { roomId, username: "bob" }), "not-allowed"),
    );
    expect(scene.evil.of("alice", "commit")).toHaveLength(commits);
    await alice.call("room.add", { roomId, username: "bob" });
    await bob.until((notes) => notes.some((note) => note.type === "room" && note.roomId === roomId), "the room");
    await scene.talk(roomId, alice, bob);
  },
);

test("the relay's key package beside the true one brings in the true one alone", async () => {
  const { alice, bob } = scene.people;
  const { roomId } = await alice.call("room.create", { name: "den" });
  const key = makeKey();
  const fake = packageOf({ ...(await ownOf(bob)), ...key, device: invent("x.x", relayId()).device });
  const lie = answering("ghost-key-package-beside", "alice", "key-packages", (body) => ({
    ...body,
    packages: [
      { device: body.packages[0]?.device ?? invent("x.x", relayId()).device, bytes: fake, lastResort: false },
      ...body.packages,
    ],
  }));
  await scene.evil.while(lie, () => alice.call("room.add", { roomId, username: "bob" }));
  expect(scene.evil.of("alice", "commit").at(-1)?.welcomes).toHaveLength(1);
  await bob.until((notes) => notes.some((note) => note.type === "room" && note.roomId === roomId), "the room");
  await scene.talk(roomId, alice, bob);
});

/** All claims above were of his: what is left for others is made new at the next connection. */
async function refill(person: Person): Promise<void> {
  const puts = scene.evil.of(person.name, "key-packages-put").length;
  await scene.reconnect(person);
  const isPut = () => scene.evil.of(person.name, "key-packages-put").length > puts;
  await scene.evil.watch.until(isPut, "fresh key packages");
  await person.call("users.list", {});
}

test("a key package that was used before lets nobody in, and whoever is added again with a fresh one is in", async () => {
  const { alice, bob } = scene.people;
  const [first, second] = [await scene.room(alice), await scene.room(alice)];
  await refill(bob);
  let used: Extract<ServerBody, { type: "key-packages" }> | undefined;
  const lie = answering("key-package-reused", "alice", "key-packages", (body) => {
    used ??= body;
    return used;
  });
  await scene.evil.while(lie, async () => {
    for (const { roomId } of [first, second]) await alice.call("room.add", { roomId, username: "bob" });
  });
  await scene.talk(first.roomId, alice, bob);
  expect((await bob.call("room.list", {})).map(({ roomId }) => roomId)).not.toContain(second.roomId);
  await alice.call("room.remove", { roomId: second.roomId, username: "bob" });
  await alice.call("room.add", { roomId: second.roomId, username: "bob" });
  await bob.until((notes) => notes.some((note) => note.type === "room" && note.roomId === second.roomId), "the room");
  await scene.talk(second.roomId, alice, bob);
});

test("the last resort in the place of the key packages that are left lets in the same person", async () => {
  const { alice, bob } = scene.people;
  const ear = new Ear(bob);
  const bytes = scene.evil.of("bob", "key-packages-put").findLast(({ lastResort }) => lastResort)?.lastResort;
  if (bytes === undefined) throw new Error("he left a last resort");
  const { roomId } = await scene.room(alice);
  const lie = answering("last-resort-untold", "alice", "key-packages", (body) => ({
    ...body,
    packages: body.packages.map((one) => ({ ...one, bytes, lastResort: false })),
  }));
  await scene.evil.while(lie, () => alice.call("room.add", { roomId, username: "bob" }));
  await bob.until((notes) => notes.some((note) => note.type === "room" && note.roomId === roomId), "the room");
  await scene.talk(roomId, alice, bob);
  expect(ear.warnings).toEqual(["last-resort-used"]);
});

test("a chain that is withheld in part is named, and nothing is sent to its account until the person agrees", async () => {
  const { alice, bob, carol } = scene.people;
  await bob.call("account.rotateRecovery", { phrase: bob.recoveryPhrase });
  const { roomId } = await scene.room(alice, bob, carol);
  const ear = new Ear(alice);
  const next = await scene.room(alice);
  // She learns the chain as it is now, then is told that it is shorter.
  await alice.call("room.add", { roomId: next.roomId, username: "bob" });
  const another = await scene.room(alice);
  const lie = answering("chain-cut", "alice", "chains", (body) => ({
    ...body,
    chains: body.chains.map((chain) => ({ ...chain, entries: chain.entries.slice(0, 1) })),
  }));
  await scene.evil.while(lie, async () => {
    await alice.call("room.add", { roomId: another.roomId, username: "bob" }).catch(() => undefined);
    await ear.hears("chain-withheld");
  });
  await expectRefused(alice.send(roomId, scene.text()), "identity-changed");
  await alice.call("warning.accept", { code: "chain-withheld", username: "bob" });
  await scene.talk(roomId, alice, bob, carol);
  expect(new Set(ear.warnings)).toEqual(new Set(["chain-withheld"]));
});

test("another chain of the same account is named, though both hold, and nothing is sent to it until the person agrees", async () => {
  const { alice, bob, carol } = scene.people;
  const ear = new Ear(alice);
  const { roomId } = await scene.room(alice, bob, carol);
  const entries = await chainAt(bob);
  // Whoever has his phrase of before can make one with the relay's help.
  const recovery = readRecovery(crypto, bob.recoveryPhrase);
  if (recovery === undefined) throw new Error("the phrase is one");
  const key = makeKey();
  const sign = (bytes: Uint8Array) => crypto.sign(recovery.signKey, bytes);
  const draft = { kind: "rotate-recovery", recoveryKey: key.publicKey } as const;
  const other = makeChainEntry(chainOf(entries.slice(0, 1)), draft, Date.now(), sign, key.sign);
  const lie = answering("chain-forked", "alice", "chains", (body) => ({
    ...body,
    chains: body.chains.map((chain) => ({ ...chain, entries: [...chain.entries.slice(0, 1), other] })),
  }));
  const another = await scene.room(alice);
  await scene.evil.while(lie, async () => {
    await alice.call("room.add", { roomId: another.roomId, username: "bob" }).catch(() => undefined);
    await ear.hears("chain-forked");
  });
  await expectRefused(alice.send(roomId, scene.text()), "identity-changed");
  await alice.call("warning.accept", { code: "chain-forked", username: "bob" });
  await scene.talk(roomId, alice, bob, carol);
  expect(new Set(ear.warnings)).toEqual(new Set(["chain-forked"]));
});

test("people whom the relay invents stand in its list of users, and nowhere else", async () => {
  const { alice } = scene.people;
  const ear = new Ear(alice);
  const fake = invent("mallory", relayId());
  const lie = answering("people-invented", "alice", "directory-list", (body) => ({
    ...body,
    accounts: [...body.accounts, { name: "mallory", account: fake.account, online: true }],
  }));
  await scene.evil.while(lie, async () => {
    expect((await alice.call("users.list", {})).map(({ username }) => username)).toContain("mallory");
    await expectRefused(alice.call("direct.open", { username: "mallory" }), "unknown-user");
  });
  expect((await alice.call("users.list", {})).map(({ username }) => username)).not.toContain("mallory");
  expect(ear.warnings).toEqual([]);
  scene.expectBlind();
});

test("a revocation that is withheld from one member is named there, and the revoked device says nothing more", async () => {
  const { alice, carol } = scene.people;
  const { roomId } = await scene.room(alice, carol);
  const tablet = await signInAgain(scene.stage, carol, "carol-tablet", scene.link);
  await isIn(tablet, roomId);
  await scene.talk(roomId, alice, carol, tablet);
  const ear = new Ear(alice);
  const known = (await chainAt(carol)).length;
  const [first] = await tablet.call("device.list", {});
  if (first === undefined) throw new Error("she has a first device");
  const lie = answering("revocation-withheld", "alice", "chains", (body) => ({
    ...body,
    chains: body.chains.map((chain) => ({ ...chain, entries: chain.entries.slice(0, known) })),
  }));
  await scene.evil.while(lie, async () => {
    await tablet.call("device.revoke", { deviceId: first.deviceId });
    await ear.hears("chain-withheld");
    await ear.hears("commit-skipped");
  });
  expect(new Set(ear.warnings)).toEqual(new Set(["chain-withheld", "commit-skipped"]));
  await expectRefused(carol.send(roomId, scene.text()), "device-revoked");
});
