/** kill -9 of a sender's process: what was answered is there once, what was stored is sent by the next process. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Answered, expectOneLog } from "./harness/one-log.ts";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";
import { stream } from "./harness/stream.ts";
import { eventually, Watch } from "./harness/watch.ts";

let stage: Stage;
let alice: Person;
let bob: Person;
let roomId: string;

beforeAll(async () => {
  stage = await Stage.open();
  [alice, bob] = await stage.signUpAll("alice", "bob");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

// Each test has a room of its own; one that failed may have left somebody dead.
beforeEach(async () => {
  for (const person of [alice, bob]) if (!person.isRunning) await person.comeBack();
  const made = await alice.call("room.create", { name: "sender" });
  roomId = made.roomId;
  await bob.call("room.join", { link: made.link });
});

test("through three kill -9 of a sender every answered message is there exactly once and in order", async () => {
  const answered: Answered[] = [];
  for (const life of ["first", "second", "third"]) {
    const progress = new Watch();
    const texts = Array.from({ length: 200 }, (_, index) => `${life} ${index}`);
    const before = answered.length;
    const sending = stream(bob, roomId, texts, (answer) => {
      answered.push(answer);
      progress.changed();
    });
    const died = expect(sending).rejects.toMatchObject({ code: "gone" });
    await progress.until(() => answered.length >= before + 30, "30 answers");
    expect(await bob.kill("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
    await died;
    await bob.comeBack();
    // Goes into the same queue, so all that was stored before stands in the log before it.
    const fence = `after ${life}`;
    answered.push({ text: fence, sender: "bob", ...(await bob.send(roomId, fence)) });
  }
  expect(answered.length).toBeGreaterThanOrEqual(93);
  await alice.sees(roomId, "after third");
  const log = await expectOneLog(roomId, [alice, bob], answered);
  expectOrderKept(answered, log);
  // What was stored without an answer came as it was asked for: in the order of the requests.
  for (const life of ["first", "second", "third"]) {
    const numbers = log.filter(({ text }) => text.startsWith(`${life} `)).map(({ text }) => Number(text.split(" ")[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  }
});

test("what a killed process had stored without an answer is sent after the next unlock, once", async () => {
  await bob.send(roomId, "while all was well");
  await alice.sees(roomId, "while all was well");
  await stage.relay.kill();
  const ids = Array.from({ length: 5 }, (_, index) => `${index}`.repeat(32));
  const texts = ids.map((_, index) => `stored ${index}`);
  const lost = ids.map((id, index) => bob.call("message.send", { roomId, text: texts[index]!, id }));
  await eventually(async () => (await bob.call("account.status", {})).outbox === 5, "five in the outbox");
  await bob.kill();
  for (const one of lost) await expect(one).rejects.toMatchObject({ code: "gone" });

  // They survive another death while the relay is still away.
  await bob.start();
  await bob.unlock();
  expect(await bob.call("account.status", {})).toMatchObject({ outbox: 5 });
  await bob.kill();

  await stage.relay.start();
  await bob.start();
  await bob.unlock();
  await alice.sees(roomId, "stored 4");
  await bob.settled();
  // Asked again with the same ids, they are what they were.
  const answers = await Promise.all(
    ids.map((id, index) => bob.call("message.send", { roomId, text: texts[index]!, id })),
  );
  await bob.send(roomId, "end");
  await alice.sees(roomId, "end");
  const answered = answers.map((answer, index) => ({ text: texts[index]!, sender: "bob", ...answer }));
  const log = await expectOneLog(roomId, [alice, bob], answered);
  expect(log.map(({ text }) => text)).toEqual(["while all was well", ...texts, "end"]);
});

test("a receiver that is killed again and again is told of every message once", async () => {
  const answered: Answered[] = [];
  const texts = Array.from({ length: 150 }, (_, index) => `to alice ${index}`);
  const sending = stream(bob, roomId, texts, (answer) => answered.push(answer));
  for (const least of [20, 40, 60]) {
    const heard = () => alice.runs.reduce((sum, run) => sum + alice.told(roomId, run).length, 0);
    await alice.until(() => heard() >= least, `${least} messages`);
    await alice.kill();
    await alice.comeBack();
  }
  await sending;
  const log = await eventually(async () => {
    const all = await alice.history(roomId);
    return all.length >= texts.length && all;
  }, "150 messages at alice");
  expect(log.map(({ text }) => text).toSorted()).toEqual(texts.toSorted());
  // What was stored in the instant of the kill is in the history and was perhaps never told; nothing is told twice.
  const told = alice.runs.flatMap((run) => alice.told(roomId, run)).map(({ seq }) => seq);
  expect(new Set(told).size).toBe(told.length);
  expect(told).toEqual(told.toSorted((one, other) => one - other));
});

function expectOrderKept(answered: readonly Answered[], log: readonly { messageId: string }[]): void {
  const wanted = answered.toSorted((one, other) => one.seq - other.seq).map(({ messageId }) => messageId);
  const kept = new Set(wanted);
  expect(log.map(({ messageId }) => messageId).filter((id) => kept.has(id))).toEqual(wanted);
}
