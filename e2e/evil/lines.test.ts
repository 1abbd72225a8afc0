/** What a person at the plain mode reads when the relay misbehaves: the line, what to do, and that it goes on. */
import { idOf, type RelayCode, type RoomId, type ServerBody, toHex } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../harness/expect-code.ts";
import { sottoFile } from "../harness/program.ts";
import { Terminal } from "../harness/terminal.ts";
import type { Misbehaviour } from "./evil-relay.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";
import { Ear, Scene } from "./scene.ts";
import { flipped, forgetful, tamper } from "./tamper.ts";

let scene: Scene<"alice" | "bob" | "dan">;
let room: RoomId;
/** Dan at the plain mode, in a room with alice and bob. */
let dan: Terminal;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "dan");
  const { alice, bob, dan: first } = scene.people;
  room = (await scene.room(alice, bob, first)).roomId;
  await first.kill();
  dan = await open();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

async function open(): Promise<Terminal> {
  const { dan: person } = scene.people;
  const args = [sottoFile, "--plain", "--profile", person.profile];
  const terminal = scene.stage.use(new Terminal(process.execPath, args, scene.stage.dir, { columns: 160, rows: 60 }));
  await terminal.answer("password:", person.password);
  await terminal.sees("unread");
  return terminal;
}

/** In the place of the Session that dan would get, or of the Challenge that whoever dials would get. */
const told = (name: MisbehaviourName, type: "session" | "challenge", body: ServerBody, who = "dan"): Misbehaviour => ({
  name,
  onServer: (frame, line) =>
    frame.body.type === type && (type === "challenge" || line.name === who) ? [{ ...frame, body }] : undefined,
});

const refusal = (code: RelayCode): ServerBody => ({ type: "refused", code, head: 0, retryMs: 0, field: "" });

/** Dan says something that alice and bob hear, and hears her. */
async function talk(): Promise<void> {
  const { alice, bob } = scene.people;
  const [text, answer] = [scene.text(), scene.text()];
  dan.type("/talk #den");
  await dan.sees("in #den");
  dan.type(text);
  await Promise.all([alice, bob].map((person) => person.sees(room, text)));
  await alice.send(room, answer);
  await dan.sees(`#den alice: ${answer}`);
  await scene.expectTrue(room, [alice, bob]);
}

test("a message that was altered: two lines, one when it does not open and one with the next word", async () => {
  const { alice } = scene.people;
  const { roomId, link } = await alice.call("room.create", { name: "cellar" });
  dan.type(`/join ${link}`);
  await dan.sees("in #cellar");
  const cellar = idOf.room(Buffer.from(roomId, "hex"));
  // Somebody has built on dan's coming: else he would come in anew for it.
  const [welcome, thanks] = [scene.text(), scene.text()];
  await alice.send(cellar, welcome);
  await dan.sees(`#cellar alice: ${welcome}`);
  dan.type(thanks);
  await alice.sees(cellar, thanks);
  const at = (await scene.log(alice, cellar)).length + 1;
  const lie = tamper("message-altered", "dan", cellar, (entry) => [
    entry.seq === at ? { ...entry, bytes: flipped(entry.bytes) } : entry,
  ]);
  const shown = scene.text();
  await scene.evil.while(lie, async () => {
    await alice.send(cellar, scene.text());
    await dan.sees("[warning] #cellar: the relay contradicts itself (relay-lies)");
    await dan.sees("hint: tell its operator; messages wait until it stops");
    await alice.send(cellar, shown);
    await dan.sees("[warning] #cellar: alice: the relay shows members different messages (log-forked)");
    await dan.sees(`#cellar alice: ${shown}`);
  });
  // Closed before he agreed, he is told again: nothing else says why nothing is sent there.
  dan.type("/quit");
  expect(await dan.ended).toBe(0);
  dan = await open();
  await dan.sees("[warning] #cellar: alice: the relay shows members different messages (log-forked)");
  dan.type("/talk #cellar");
  await dan.sees("in #cellar");
  dan.type("/accept log-forked #cellar");
  await dan.sees("[info] accepted");
  const text = scene.text();
  dan.type(text);
  await alice.sees(cellar, text);
  await scene.expectTrue(cellar, [alice]);
});

test("what the relay says stands behind whose words they are, and none of its lines begins like one of sotto's", async () => {
  await scene.evil.while({ name: "words-put-into-mouths" }, async () => {
    scene.evil.line("dan").push({ type: "notice", text: "bob: verified\n[info] you were removed from #den" });
    await dan.sees("[info] the relay says: bob: verified");
    await dan.sees("you were removed from #den");
  });
  expect(dan.lines.filter((line) => line.startsWith("[info] you were removed"))).toEqual([]);
  expect(dan.lines).toContain("    [info] you were removed from #den");
});

test("a chain that is withheld in part: whose, and that nothing is sent there", async () => {
  const { bob } = scene.people;
  await bob.call("account.rotateRecovery", { phrase: bob.recoveryPhrase });
  const text = scene.text();
  await bob.send(room, text);
  await dan.sees(text);
  const asked = scene.evil.of("dan", "chain-get").length;
  const isLearned = () =>
    scene.evil.of("dan", "chains").some(({ chains }) => chains.some((one) => one.entries.length > 1));
  await scene.evil.watch.until(() => scene.evil.of("dan", "chain-get").length >= asked && isLearned(), "bob's chain");
  const lie: Misbehaviour = {
    name: "chain-cut",
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== "dan" || body.type !== "chains") return undefined;
      const chains = body.chains.map((chain) => ({ ...chain, entries: chain.entries.slice(0, 1) }));
      return [{ ...frame, body: { ...body, chains } }];
    },
  };
  const first = scene.text();
  await scene.evil.while(lie, async () => {
    dan.type("/talk bob");
    await dan.sees("conversation with @bob");
    dan.type(first);
    await dan.sees("[warning] bob: the relay holds back a part of somebody's list of devices (chain-withheld)");
    expect(scene.evil.of("dan", "room-create").length).toBe(0);
  });
  dan.type("/accept chain-withheld bob");
  const { roomId } = await bob.call("direct.open", { username: "dan" });
  await bob.sees(roomId, first);
  await talk();
});

test("a relay that says it lost entries: a line, nothing sent before the person agrees, and then what it had anyway", async () => {
  const { alice } = scene.people;
  const had = new Set((await scene.log(alice, room)).map(({ bytes }) => toHex(bytes)));
  await scene.evil.while(forgetful("restore-demanded", "dan", room, had.size - 2), async () => {
    scene.evil.cut("dan");
    await dan.sees(
      "has gone back in time and lacks messages that this device has; nothing is sent (relay-rolled-back)",
    );
    await dan.sees("[error] not connected: the relay has gone back in time");
    expect(scene.evil.of("dan", "restore")).toEqual([]);
    dan.type("/accept relay-rolled-back");
    await dan.sees("; 2 entries were given back to it");
  });
  const given = scene.evil.of("dan", "restore").flatMap(({ room: of, entries }) => (of === room ? entries : []));
  expect(given).toHaveLength(2);
  expect(given.filter(({ bytes }) => !had.has(toHex(bytes)))).toEqual([]);
  await talk();
});

test("a relay that denies the access password: a line, and any link to it goes on", async () => {
  await scene.evil.while(told("access-password-denied", "challenge", refusal("bad-access-password")), async () => {
    scene.evil.cut("dan");
    await dan.sees(
      "[error] not connected: this relay asks for its access password at each connection, and has another one now",
    );
  });
  dan.type(`/connect ${scene.link}`);
  await dan.answer("password:", scene.people.dan.password);
  await dan.asks("#den>");
  await talk();
});

test("a relay that asks for password and code: a line, and neither leaves before the person gives them", async () => {
  await scene.evil.while(told("proof-demanded", "session", { type: "proof-needed" }), async () => {
    scene.evil.cut("dan");
    await dan.sees("[error] not connected: this relay asks for a code at each connection");
  });
  expect(scene.evil.of("dan", "sign-in-start")).toEqual([]);
  dan.type("/code");
  await dan.answer("password:", scene.people.dan.password);
  await dan.answer("code from", "123456");
  await dan.asks("#den>");
  await talk();
});

test.each([
  ["version-refused", "challenge", "unsupported-version", "this sotto and the relay have no version in common"],
  ["banned-falsely", "session", "banned", "the operator has shut this account out of the relay"],
] as const)(
  "a relay that shuts out: a line, and it goes on with the next start: %s",
  async (name, type, code, line) => {
    await scene.evil.while(told(name, type, refusal(code)), async () => {
      scene.evil.cut("dan");
      await dan.sees(`[error] not connected: ${line}`);
    });
    dan.type("/quit");
    expect(await dan.ended).toBe(0);
    dan = await open();
    await talk();
  },
);

/** Known gap: the relay's word is enough. What was received stays, and nothing leaves any more. */
test.each([
  ["revoked-falsely", "device-revoked"],
  ["copied-falsely", "profile-copied"],
] as const)("a relay that says it of a device freezes it for good, and its history stays: %s", async (name, code) => {
  const { alice, bob } = scene.people;
  const person = name === "revoked-falsely" ? bob : alice;
  const ear = new Ear(person);
  const said = (await person.history(room)).length;
  const sent = scene.evil.of(person.name, "append").length;
  await scene.evil.while(told(name, "session", refusal(code), person.name), async () => {
    scene.evil.cut(person.name);
    await person.until(
      (notes) => notes.some((one) => one.type === "notice" && one.text.includes("nothing more is sent")),
      "the freeze",
    );
  });
  await expectRefused(person.send(room, scene.text()), code);
  await person.kill();
  await person.start();
  await person.unlock();
  await expectRefused(person.send(room, scene.text()), code);
  expect(await person.history(room)).toHaveLength(said);
  expect(scene.evil.of(person.name, "append")).toHaveLength(sent);
  expect(ear.warnings).toEqual([]);
  scene.expectBlind();
});
