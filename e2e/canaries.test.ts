/** Secrets are planted, everything is done that people do, and everything is searched: files, logs, and the wire. */
import { stat } from "node:fs/promises";
import { formatLink, parseLink } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Canary, canary, filesBelow, found } from "./harness/canary.ts";
import { codeOf, secretOf } from "./harness/code.ts";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";
import { eventually } from "./harness/watch.ts";
import { Wiretap } from "./harness/wiretap.ts";

const SECRET = {
  alicePassword: "plumage-of-the-password-1",
  bobPassword: "plumage-of-the-password-2",
  newPassword: "plumage-of-the-password-3",
  wrongPassword: "plumage-of-the-password-4",
  roomName: "warbler room for nobody else",
  // Longer than what short words could hit by chance, with something that JSON and SQL would have to quote.
  hello: "goldfinch 'one' says \"hello\" to the room",
  answer: "goldfinch two answers in the room",
  direct: "goldfinch three is for alice alone",
  missed: "goldfinch four was said while bob was away",
  after: "goldfinch five came after the relay was killed",
  waiting: "goldfinch six waited in an outbox",
} as const;

/** Three people's passwords are stretched again and again, on a machine that may be busy. */
const BUSY_MS = 360_000;

let stage: Stage;
let tap: Wiretap;
let alice: Person;
let bob: Person;
/** Alice's second device. */
let tablet: Person;
/** The access password that the operator made while the relay ran; it travels to members, and is in no file or log. */
let renewed: Canary;
/** A room with texts of different length. */
let quietRoom: string;
/** In no file, no log, no frame. */
let secrets: Canary[];
/** Handed out by the relay, so each in a frame of its own kind; in no file and no log. */
let totpSecrets: Canary[];
let backupCodes: Canary[];
/** Read while all processes had been killed, before anything could be tidied up. */
let filesAfterKill: Awaited<ReturnType<typeof filesBelow>>;

beforeAll(async () => {
  stage = await Stage.open();
  tap = stage.use(await Wiretap.start(stage.relay));
  const direct = parseLink(stage.relay.link);
  if (direct === undefined) throw new Error("the relay's link is a link");
  const link = formatLink({ ...direct, port: tap.port });
  alice = stage.person("alice", SECRET.alicePassword);
  bob = stage.person("bob", SECRET.bobPassword);
  // The first one is the operator.
  await alice.signUp(link);
  await bob.signUp(link);
  const phrases = [alice.recoveryPhrase, bob.recoveryPhrase];
  const roomLink = await talk(link);
  await comeWithAnotherDevice(link);
  renewed = canary("renewed access password", (await alice.call("admin.regen", {})).accessPassword);
  const { recoveryPhrase } = await alice.call("account.rotateRecovery", { phrase: alice.recoveryPhrase });
  phrases.push(recoveryPhrase);
  const room = parseLink(roomLink)?.room;
  if (room === undefined) throw new Error("the room's link has a room in it");
  secrets = [
    ...Object.entries(SECRET).map(([what, text]) => canary(what, text)),
    ...phrases.map((phrase, index) => canary(`recovery phrase ${index}`, phrase)),
    canary("secret of the room's link", room.secret),
  ];
  totpSecrets = [alice, bob].flatMap(({ name, totpUri }) => {
    const { base32, bytes } = secretOf(totpUri);
    return [{ what: `TOTP secret of ${name}`, spellings: [...canary("", bytes).spellings, Buffer.from(base32)] }];
  });
  backupCodes = [...alice.backupCodes, ...bob.backupCodes].map((code) => canary(`backup code ${code}`, code));
  await Promise.all([alice.kill(), bob.kill(), tablet.kill(), stage.relay.kill()]);
  filesAfterKill = await filesBelow(stage.dir);
  // Once more, with orderly ends.
  await stage.relay.start();
  const everybody = [alice, bob, tablet];
  await Promise.all(everybody.map((person) => person.comeBack()));
  await Promise.all(everybody.map((person) => person.kill("SIGTERM")));
  await stage.relay.kill("SIGTERM");
}, BUSY_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** What people do in a day. @returns the link of the room. */
async function talk(link: string): Promise<string> {
  const { roomId, link: roomLink } = await alice.call("room.create", { name: SECRET.roomName });
  await bob.call("room.join", { link: roomLink });
  await alice.send(roomId, SECRET.hello);
  await bob.sees(roomId, SECRET.hello);
  await bob.send(roomId, SECRET.answer);
  const { roomId: direct } = await bob.call("direct.open", { username: "alice" });
  await bob.send(direct, SECRET.direct);
  await alice.sees(direct, SECRET.direct);
  expect(await alice.call("message.search", { query: "goldfinch" })).toHaveLength(3);

  quietRoom = (await alice.call("room.create", { name: "quiet" })).roomId;
  // The first in a log has smaller numbers beside it than all others.
  for (const text of ["first", "ok"]) await alice.send(quietRoom, text);
  await alice.send(quietRoom, "a".repeat(150));

  await bob.kill();
  await alice.send(roomId, SECRET.missed);
  await bob.start();
  await expectRefused(bob.call("account.unlock", { password: SECRET.wrongPassword }), "bad-credentials");
  await bob.unlock();
  await bob.sees(roomId, SECRET.missed);

  await stage.relay.kill();
  const waiting = alice.send(roomId, SECRET.waiting);
  await stage.relay.start();
  await waiting;
  await bob.sees(roomId, SECRET.waiting);
  await bob.send(roomId, SECRET.after);
  await alice.sees(roomId, SECRET.after);
  await eventually(async () => (await bob.call("account.status", {})).connection === "online", "bob to be online");

  await bob.call("account.changePassword", { old: bob.password, new: SECRET.newPassword });
  bob.password = SECRET.newPassword;
  await alice.call("room.link", { roomId, renew: true });
  const elsewhere = stage.person("elsewhere");
  await elsewhere.start();
  const signIn = (password: string) => {
    return elsewhere.call("account.signIn", { link, username: "bob", password, code: codeOf(bob.totpUri, 1) });
  };
  await expectRefused(signIn(SECRET.wrongPassword), "bad-credentials");
  await expectRefused(signIn(SECRET.newPassword), "approval-needed");
  return (await alice.call("room.link", { roomId })).link;
}

/** The recovery phrase signs the new device's entry, and is asked for nowhere else. */
async function comeWithAnotherDevice(link: string): Promise<void> {
  tablet = stage.person("tablet", alice.password);
  await tablet.start();
  const { password, recoveryPhrase } = alice;
  const code = codeOf(alice.totpUri, 1);
  await tablet.call("account.signIn", { link, username: "alice", password, code, recoveryPhrase });
  const others = async () => (await tablet.call("room.list", {})).some(({ name }) => name === SECRET.roomName);
  await eventually(others, "the tablet to be let into the room");
  await alice.call("contact.verify", { username: "bob" });
}

describe("the search itself", () => {
  test("finds what stands in a file, on the wire, and in every spelling", async () => {
    const keyFile = canary("key file", "the keys of a sotto relay");
    expect(filesAfterKill.filter(({ bytes }) => found([keyFile], bytes).length > 0).map(({ path }) => path)).toEqual([
      `${stage.relay.data}/relay.key`,
    ]);
    const name = canary("user name", "alice");
    const signUps = tap.fromClients.filter(({ frame }) => frame?.body.type === "sign-up-start");
    expect(signUps.filter(({ bytes }) => found([name], bytes).length > 0)).toHaveLength(1);
    const text = "a canary that sings";
    for (const spelled of [
      text,
      Buffer.from(`--${text}--`).toString("base64"),
      Buffer.from(`-${text}`).toString("base64url"),
      Buffer.from(text).toString("hex"),
    ]) {
      expect(found([canary("it", text)], Buffer.from(`xx${spelled}yy`))).toEqual(["it"]);
    }
    expect(found(secrets, alice.runs[0]!.program.stdout)).toContain("answer");
  });

  test("read every frame of the whole run, in both directions", () => {
    for (const tapped of [tap.fromClients, tap.fromRelay]) {
      expect(tapped.length).toBeGreaterThan(30);
      expect(tapped.filter(({ frame, bytes }) => frame === undefined && bytes.length > 125)).toEqual([]);
    }
    const kinds = new Set([...tap.fromClients, ...tap.fromRelay].map(({ frame }) => frame?.body.type));
    for (const kind of [
      "hello",
      "resume",
      "append",
      "commit",
      "room-create",
      "event",
      "sign-in-finish",
      "password-finish",
      "sign-in-start",
      "signed-in",
      "chain-append",
      "admin",
      "access-password",
    ]) {
      expect(kinds).toContain(kind);
    }
  });

  test("read the databases of the relay and of both people", () => {
    const databases = filesAfterKill.filter(({ path, bytes }) => path.endsWith(".db") && bytes.length > 0);
    expect(databases.length).toBeGreaterThanOrEqual(3);
  });
});

test("no secret is in any file below the folders of relay and people, after kill -9 or after an orderly end", async () => {
  const all = [...secrets, ...totpSecrets, ...backupCodes, renewed];
  for (const { path, bytes } of [...filesAfterKill, ...(await filesBelow(stage.dir))]) {
    expect(found(all, bytes), path).toEqual([]);
  }
});

test("the databases do not even show a user name", async () => {
  const names = [canary("alice", "alice"), canary("elsewhere", "elsewhere"), canary("SQLite", "SQLite format 3")];
  for (const { path, bytes } of filesAfterKill.filter(({ path }) => /\.db(-wal|-journal)?$/.test(path))) {
    expect(found(names, bytes), path).toEqual([]);
  }
});

test("every file is its owner's alone", async () => {
  for (const { path, mode } of filesAfterKill) expect(mode & 0o077, path).toBe(0);
  for (const folder of [stage.relay.data, alice.profile, bob.profile, tablet.profile]) {
    expect((await stat(folder)).mode & 0o077, folder).toBe(0);
  }
});

test("no secret is in a log or on standard error", () => {
  const all = [...secrets, ...totpSecrets, ...backupCodes, renewed];
  expect(found(all, stage.relay.stderr)).toEqual([]);
  expect(found(all, stage.relay.stdout)).toEqual([]);
  for (const person of [alice, bob, tablet]) expect(found(all, person.stderr), person.name).toEqual([]);
  // The access password is printed once, on standard output, on purpose.
  expect(found([canary("access password", stage.relay.said.accessPassword)], stage.relay.stderr)).toEqual([]);
});

test("no secret is in any frame, though TLS was broken", () => {
  for (const { bytes } of [...tap.fromClients, ...tap.fromRelay]) expect(found(secrets, bytes)).toEqual([]);
  for (const bytes of tap.around) expect(found([...secrets, ...totpSecrets, ...backupCodes], bytes)).toEqual([]);
});

test("a TOTP secret and a backup code are in the one frame that hands them out", () => {
  const handedOut = [
    ...totpSecrets.map((secret) => ({ secret, by: "sign-up-pending" })),
    ...backupCodes.map((secret) => ({ secret, by: "confirmed" })),
  ];
  expect(handedOut).toHaveLength(22);
  for (const { secret, by } of handedOut) {
    expect(tap.fromClients.filter(({ bytes }) => found([secret], bytes).length > 0)).toEqual([]);
    const frames = tap.fromRelay.filter(({ bytes }) => found([secret], bytes).length > 0);
    expect(frames.map(({ frame }) => frame?.body.type)).toEqual([by]);
  }
});

test("the frames of a text of two letters and of one of 150 have the same length", () => {
  const appends = tap.fromClients.flatMap(({ frame, bytes }) => {
    return frame?.body.type === "append"
      ? [{ room: frame.body.room, sealed: frame.body.bytes.length, frame: bytes.length }]
      : [];
  });
  const inQuiet = appends.filter(({ room }) => room === quietRoom);
  expect(inQuiet).toHaveLength(3);
  expect(inQuiet[2]).toEqual(inQuiet[1]);
});
