/** A profile that was copied: the second one freezes for good, and its person comes back as a new device. */
import { cp } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";

let stage: Stage;
let alice: Person;
let bob: Person;
let copy: Person;
let roomId: string;

beforeAll(async () => {
  stage = await Stage.open();
  [alice, bob] = await stage.signUpAll("alice", "bob");
  const made = await alice.call("room.create", { name: "den" });
  roomId = made.roomId;
  await bob.call("room.join", { link: made.link });
  await alice.send(roomId, "before the copy");
  await bob.sees(roomId, "before the copy");
  await alice.kill("SIGTERM");
  copy = stage.person("alice-copy", alice.password);
  await cp(alice.profile, copy.profile, { recursive: true });
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

const frozen = (person: Person) =>
  person.until(
    (notes) => notes.some((note) => note.type === "notice" && /copy of this profile/.test(note.text)),
    "the notice",
  );

test("the one that comes second is told, sends nothing, and can be read; after a restart too", async () => {
  await copy.comeBack();
  await copy.send(roomId, "from the copy");
  await bob.sees(roomId, "from the copy");
  await alice.start();
  await alice.unlock();
  await frozen(alice);
  for (let start = 0; start < 2; start++) {
    await expectRefused(alice.send(roomId, "from the original"), "profile-copied");
    expect((await alice.history(roomId)).map(({ text }) => text)).toEqual(["before the copy"]);
    await alice.kill("SIGTERM");
    await alice.start();
    await alice.unlock();
  }
});

test("its person signs in as a new device, is let into the room, and shuts the copied one out", async () => {
  const fresh = stage.person("alice-fresh", alice.password);
  await fresh.start();
  await fresh.call("account.signIn", {
    link: stage.relay.link,
    username: "alice",
    password: alice.password,
    code: alice.backupCodes[0] ?? "",
    recoveryPhrase: alice.recoveryPhrase,
  });
  await fresh.until((notes) => notes.some((note) => note.type === "room" && note.event === "joined"), "being let in");
  await fresh.send(roomId, "it is really me");
  await bob.sees(roomId, "it is really me");
  const old = (await fresh.call("device.list", {})).find(({ own }) => !own);
  await fresh.call("device.revoke", { deviceId: old?.deviceId ?? "" });
  await copy.until(
    (notes) => notes.some((note) => note.type === "notice" && /revoked/.test(note.text)),
    "the revocation",
  );
  await expectRefused(copy.send(roomId, "one more word"), "device-revoked");
  await fresh.send(roomId, "without the copy");
  await bob.sees(roomId, "without the copy");
  await bob.send(roomId, "welcome back");
  await fresh.sees(roomId, "welcome back");
  expect(copy.told(roomId).map(({ text }) => text)).not.toContain("without the copy");
});
