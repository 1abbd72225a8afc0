/** A relay that lies to who comes in: about links and joins, at sign-up and sign-in, over real sockets. */
import type { RoomId, ServerBody } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf } from "../harness/code.ts";
import { expectRefused } from "../harness/expect-code.ts";
import type { Person } from "../harness/person.ts";
import { cleanEnv } from "../harness/program.ts";
import { isIn } from "../harness/second-device.ts";
import type { Misbehaviour } from "./evil-relay.ts";
import { crypto, invent } from "./forge.ts";
import { type MisbehaviourName, played } from "./misbehaviours.ts";
import { Ear, Scene } from "./scene.ts";

let scene: Scene<"alice" | "bob" | "carol">;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "carol");
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

/** Changes what bob is answered. */
function answering<T extends ServerBody["type"]>(
  name: MisbehaviourName,
  type: T,
  change: (body: Extract<ServerBody, { type: T }>) => ServerBody,
  who = "bob",
): Misbehaviour {
  const isOf = (body: ServerBody): body is Extract<ServerBody, { type: T }> => body.type === type;
  return {
    name,
    onServer: (frame, line) =>
      line.name === who && isOf(frame.body) ? [{ ...frame, body: change(frame.body) }] : undefined,
  };
}

test("a link whose token the relay swapped lets nobody in until it is renewed", async () => {
  const { alice, bob } = scene.people;
  const { roomId } = await scene.room(alice);
  const lie: Misbehaviour = {
    name: "link-token-swapped",
    onClient: (frame, line) => {
      const { body } = frame;
      if (line.name !== "alice" || body.type !== "commit" || !body.link) return undefined;
      return [{ ...frame, body: { ...body, link: { ...body.link, tokenHash: crypto.random(32) } } }];
    },
  };
  const { link } = await scene.evil.while(lie, () => alice.call("room.link", { roomId, renew: true }));
  await expectRefused(bob.call("room.join", { link }), "link-expired");
  await bob.call("room.join", await alice.call("room.link", { roomId, renew: true }));
  await scene.talk(roomId, alice, bob);
  await scene.expectTrue(roomId, [alice, bob]);
});

/** The sealed GroupInfo that came with the making of a room. */
function firstInfo(room: RoomId): Uint8Array {
  const made = scene.evil.of("alice", "room-create").find((body) => body.room === room);
  if (made?.link === undefined || made.link === null) throw new Error("alice made a room with a link");
  return made.link.groupInfo;
}

test.each([
  ["group-info-invented", async () => crypto.random(700)],
  ["group-info-of-another-room", async () => firstInfo((await scene.room(scene.people.alice)).roomId)],
] as const)("a GroupInfo that is not this room's leads nowhere: %s", async (name, make) => {
  const { alice, bob } = scene.people;
  const { roomId, link } = await scene.room(alice);
  const sealed = await make();
  const commits = scene.evil.of("bob", "commit").length;
  const lie = answering(name, "group-info", (body) => ({ ...body, sealed }));
  await scene.evil.while(lie, () => expectRefused(bob.call("room.join", { link }), "bad-link"));
  expect(scene.evil.of("bob", "commit")).toHaveLength(commits);
  await bob.call("room.join", { link });
  await scene.talk(roomId, alice, bob);
  await scene.expectTrue(roomId, [alice, bob]);
});

test("a join on a GroupInfo of before counts for nobody, is named by those inside, and is made again by itself", async () => {
  const { alice, bob, carol } = scene.people;
  const { roomId, link } = await scene.room(alice);
  const sealed = firstInfo(roomId);
  await carol.call("room.join", { link });
  await scene.talk(roomId, alice, carol);
  const [ear, others] = [new Ear(bob), [new Ear(alice), new Ear(carol)]];
  const lie = answering("group-info-stale", "group-info", (body) => ({ ...body, sealed }));
  await scene.evil.while(lie, () => bob.call("room.join", { link }));
  for (const other of others) await other.hears("commit-skipped");
  await alice.send(roomId, scene.text());
  await ear.hears("log-forked");
  await bob.call("warning.accept", { code: "log-forked", roomId });
  await scene.talk(roomId, alice, bob, carol);
  expect(new Set(ear.warnings)).toEqual(new Set(["log-forked"]));
  await scene.expectTrue(roomId, [alice, bob, carol]);
});

test("a join that is acknowledged with another transcript is named, and nothing is sent until the person agrees", async () => {
  const { alice, bob } = scene.people;
  const { roomId, link } = await scene.room(alice);
  const ear = new Ear(bob);
  const lie = answering("join-with-another-transcript", "ack", (body) => ({ ...body, previous: crypto.random(32) }));
  await scene.evil.while(lie, () => bob.call("room.join", { link }));
  await alice.send(roomId, scene.text());
  await ear.hears("log-forked");
  const waiting = bob.send(roomId, scene.text());
  expect((await bob.call("account.status", {})).outbox).toBe(1);
  await bob.call("warning.accept", { code: "log-forked", roomId });
  await waiting;
  expect(ear.warnings).toEqual(["log-forked"]);
  await scene.expectTrue(roomId, [alice, bob]);
});

test("a join that is acknowledged where it does not stand is named, nothing is sent there, and it is made again", async () => {
  const { alice, bob } = scene.people;
  const { roomId, link } = await scene.room(alice);
  const ear = new Ear(bob);
  const lie = answering("join-misplaced", "ack", (body) => ({ ...body, seq: body.seq + 1 }));
  await scene.evil.while(lie, async () => {
    await bob.call("room.join", { link });
    await ear.hears("relay-lies");
  });
  const waiting = bob.send(roomId, scene.text());
  expect((await bob.call("account.status", {})).outbox).toBe(1);
  scene.evil.cut("bob");
  await ear.hears("relay-rolled-back");
  await bob.call("warning.accept", { code: "relay-rolled-back" });
  await waiting;
  await scene.talk(roomId, alice, bob);
  expect(ear.warnings).toEqual(["relay-lies", "log-forked", "relay-rolled-back"]);
  await scene.expectTrue(roomId, [alice, bob]);
});

let dora: Person;
/** What the relay has and dora was not given. */
let trueCodes: readonly string[] = [];

test("a sign-up that is answered with garbage is refused, and made with the next try", async () => {
  dora = scene.stage.person("dora");
  await dora.start();
  const lie = answering(
    "registration-garbled",
    "sign-up-response",
    (body) => ({ ...body, registrationResponse: crypto.random(64) }),
    "dora",
  );
  await scene.evil.while(lie, () => expectRefused(dora.beginSignUp(scene.link), "offline"));
  expect(dora.run.notes).toContainEqual(
    expect.objectContaining({
      type: "notice",
      text: expect.stringContaining("the relay's answer to the registration"),
    }),
  );
  // The one time that a relay says anywhere: nobody goes by it.
  const clock = answering("clock-forged", "sign-up-pending", (body) => ({ ...body, heldUntil: 1 }), "dora");
  await scene.evil.while(clock, () => dora.beginSignUp(scene.link));
});

test("backup codes that the relay does not have, and key packages that it threw away, show when they are needed", async () => {
  const { alice } = scene.people;
  const invented = Array.from({ length: 10 }, (_, index) => `000000000${index}`);
  played("key-packages-not-stored");
  const lie: Misbehaviour = {
    ...answering("backup-codes-invented", "confirmed", (body) => ({ ...body, backupCodes: invented }), "dora"),
    onClient: ({ request, body }, line) => {
      if (line.name !== "dora" || body.type !== "key-packages-put") return undefined;
      line.toClient({ request, body: { type: "done" } });
      return [];
    },
  };
  await scene.evil.while(lie, async () => {
    await dora.confirm();
    await dora.call("users.list", {});
  });
  trueCodes = scene.evil.of("dora", "confirmed").flatMap(({ backupCodes }) => backupCodes);
  expect(dora.backupCodes.map((code) => code.replace("-", ""))).toEqual(invented);
  const { roomId } = await scene.room(alice);
  await expectRefused(alice.call("room.add", { roomId, username: "dora" }), "not-allowed");
  // The next Session says that none are left.
  await scene.reconnect(dora);
  await scene.evil.watch.until(() => scene.evil.of("dora", "key-packages-put").length > 1, "key packages");
  await dora.call("users.list", {});
  await alice.call("room.add", { roomId, username: "dora" });
  await isIn(dora, roomId);
  await scene.talk(roomId, alice, dora);
});

/** Dora signs in with a second profile, again and again. */
function signIn(profile: Person, code: string): Promise<unknown> {
  const { password, recoveryPhrase } = dora;
  return profile.call("account.signIn", { link: scene.link, username: "dora", password, code, recoveryPhrase });
}

test("a sign-in that the relay answers for another account, or with garbage, leaves nothing, and the true one is made", async () => {
  const { bob } = scene.people;
  const relay = scene.evil.seen.find((one) => one.body.type === "challenge")?.body;
  if (relay?.type !== "challenge") throw new Error("there was a greeting");
  const ghost = invent("dora", relay.relay);
  const bobs = await scene.evil.line("bob").ask({ type: "chain-get", accounts: [scene.evil.ref("bob").account] });
  const chain = bobs.type === "chains" ? (bobs.chains[0]?.entries ?? []) : [];
  const tablet = scene.stage.person("dora-tablet", dora.password);
  await tablet.start();
  const [first = "", second = "", third = ""] = trueCodes;
  const garbled = answering(
    "login-garbled",
    "sign-in-response",
    (body) => ({ ...body, loginResponse: crypto.random(320) }),
    "dora",
  );
  await scene.evil.while(garbled, () => expectRefused(signIn(tablet, first), "bad-credentials"));
  const toGhost = answering(
    "sign-in-to-a-ghost",
    "signed-in",
    () => ({ type: "signed-in", account: ghost.account, chain: ghost.entries }),
    "dora",
  );
  await scene.evil.while(toGhost, () => expectRefused(signIn(tablet, first), "bad-credentials"));
  const ear = new Ear(tablet);
  const toBob = answering(
    "sign-in-to-another",
    "signed-in",
    () => ({ type: "signed-in", account: scene.evil.ref("bob").account, chain }),
    "dora",
  );
  await scene.evil.while(toBob, () => expectRefused(signIn(tablet, second), "internal"));
  expect(ear.warnings).toEqual(["relay-lies"]);
  // Codes that the relay made up do not count at an honest one.
  await expectRefused(signIn(tablet, dora.backupCodes[0] ?? ""), "bad-code");
  await signIn(tablet, third);
  expect(await tablet.call("device.list", {})).toHaveLength(2);
  expect((await bob.call("account.status", {})).connection).toBe("online");
  scene.expectBlind();
});

test("a password that the relay says it has and threw away is found out at the next use of it", async () => {
  const lie: Misbehaviour = {
    name: "password-not-stored",
    onClient: ({ request, body }, line) => {
      if (line.name !== "dora" || body.type !== "password-finish") return undefined;
      line.toClient({ request, body: { type: "done" } });
      return [];
    },
  };
  const ear = new Ear(dora);
  const [before, after] = [dora.password, "another staple 54321"];
  await scene.evil.while(lie, () => dora.call("account.changePassword", { old: before, new: after }));
  expect(ear.warnings).toEqual([]);
  await expectRefused(dora.call("account.changePassword", { old: after, new: before }), "bad-credentials");
  // The one that the relay has still counts there.
  await dora.call("account.changePassword", { old: before, new: after });
});

test("key packages that have expired let nobody in", async () => {
  const { alice } = scene.people;
  // Whose clock is 91 days behind: what they made then is what a relay of today gives out.
  const late = scene.stage.person("late");
  const behind = "const now=Date.now;Date.now=()=>now()-91*86400000;";
  const { NODE_OPTIONS = "" } = cleanEnv("");
  late.env = { NODE_OPTIONS: `${NODE_OPTIONS} --import data:text/javascript,${encodeURIComponent(behind)}` };
  await late.start();
  await late.beginSignUp(scene.link);
  await late.call("account.confirmOtp", { code: codeOf(late.totpUri) });
  await late.call("users.list", {});
  played("key-package-expired");
  const { roomId } = await scene.room(alice);
  await expectRefused(alice.call("room.add", { roomId, username: "late" }), "not-allowed");
  await late.kill();
  late.env = {};
  await late.comeBack();
  await late.call("users.list", {});
  await alice.call("room.add", { roomId, username: "late" });
  await isIn(late, roomId);
  await scene.talk(roomId, alice, late);
});
