/**
 * Guessing a password without ever sending the last message of a login: whether it fits shows the client before that,
 * so a relay that counts only what was ended counts no guess at all.
 */
import { expect, test } from "vitest";
import { createOpaqueSetup, Opaque } from "../src/account/opaque.ts";
import { Requests } from "../src/connection/requests.ts";
import type { Device, StepContext } from "../src/connection/state.ts";
import type { RunningRelay } from "../src/index.ts";
import { greet, login, PASSWORD, Person, register, some, Wire } from "./client.ts";
import { running } from "./running.ts";

/** One guess, as somebody who guesses makes it. @returns whether it fits, or the refusal. */
async function guess(wire: Wire, relay: RunningRelay, name: string, password: string): Promise<string> {
  const attempt = login(password, name, relay.pin);
  const answer = await wire.ask({ type: "sign-in-start", name, loginRequest: attempt.request });
  if (answer.type !== "sign-in-response") return answer.type === "refused" ? answer.code : answer.type;
  return attempt.finish(answer.loginResponse) === undefined ? "wrong" : "right";
}

async function greeted(relay: RunningRelay): Promise<Wire> {
  const wire = await Wire.dial(relay);
  await greet(wire);
  return wire;
}

const TEN_THEN_SLOWER = [...Array<string>(10).fill("wrong"), "rate-limited"];

test("guesses on one connection that end nothing are slowed down as if they had", async () => {
  await using relay = await running();
  await Person.signUp(relay, "ann");
  const wire = await greeted(relay);
  const answers: string[] = [];
  // The eleventh begins before the tenth is given up for it.
  for (let time = 0; time < 12; time++) answers.push(await guess(wire, relay, "ann", `guess number ${time}`));
  expect(answers.slice(0, 11).filter((answer) => answer === "wrong").length).toBeGreaterThanOrEqual(10);
  expect(answers.at(-1)).toBe("rate-limited");
});

test("guesses that each hang up are slowed down, and an honest person elsewhere is not", async () => {
  await using relay = await running();
  await Person.signUp(relay, "ann");
  const bob = await Person.signUp(relay, "bob");
  const answers: string[] = [];
  for (let time = 0; time < 11; time++) {
    const wire = await greeted(relay);
    answers.push(await guess(wire, relay, "ann", `guess number ${time}`));
    await wire.close();
  }
  expect(answers).toEqual(TEN_THEN_SLOWER);
  expect(await guess(await greeted(relay), relay, "bob", PASSWORD)).toBe("right");
  expect(await bob.resume()).toMatchObject({ type: "session" });
});

test("guesses at the old password of a device that is signed in are slowed down", async () => {
  await using relay = await running();
  const ann = await Person.signUp(relay, "ann");
  const answers: string[] = [];
  for (let time = 0; time < 12; time++) {
    const answer = await ann.wire.ask({
      type: "password-start",
      loginRequest: login(`guess number ${time}`, "ann", relay.pin).request,
      registrationRequest: register(PASSWORD, "ann", relay.pin).request,
    });
    answers.push(answer.type === "refused" ? answer.code : answer.type);
  }
  expect(answers.at(0)).toBe("password-response");
  expect(answers.at(-1)).toBe("rate-limited");
});

test("guesses at the old password that begin side by side are counted each", async () => {
  await using relay = await running();
  const ann = await Person.signUp(relay, "ann");
  const start = (time: number) =>
    ann.wire.send({
      type: "password-start",
      loginRequest: login(`guess number ${time}`, "ann", relay.pin).request,
      registrationRequest: register(PASSWORD, "ann", relay.pin).request,
    });
  const requests = Array.from({ length: 10 }, (_, time) => start(time));
  for (const request of requests) expect(await ann.wire.answer(request)).toMatchObject({ type: "password-response" });
  await ann.wire.close();
  await ann.resume();
  expect(await ann.wire.answer(start(10))).toMatchObject({ code: "rate-limited" });
});

test("a guess whose answer is made when the connection has ended counts", async () => {
  const counted: string[] = [];
  let found: (account: undefined) => void = () => undefined;
  const context = {
    pace: { take: () => 0 },
    clock: { now: () => 0 },
    guesses: { waitMs: () => 0, wrong: (host: string, name: string) => counted.push(`${host} ${name}`) },
    store: { account: () => new Promise((resolve) => (found = resolve)) },
    opaque: new Opaque(createOpaqueSetup(), "relay"),
    audit: () => undefined,
    host: "192.0.2.1",
  } as unknown as StepContext;
  const requests = new Requests(context, { name: "ann" } as unknown as Device);
  const frame = {
    type: "password-start",
    loginRequest: login("a guess", "ann", some(32)).request,
    registrationRequest: register(PASSWORD, "ann", some(32)).request,
  } as const;
  const answers: string[] = [];
  const served = requests.serve(frame, ({ type }) => answers.push(type));
  requests.closed();
  expect(counted).toEqual([]);
  found(undefined);
  await served;
  expect(answers).toEqual(["password-response"]);
  expect(counted).toEqual(["192.0.2.1 ann"]);
});

test("a name is the same for guesses however it is written", async () => {
  await using relay = await running();
  await Person.signUp(relay, "ann");
  const answers: string[] = [];
  const names = ["ann", "Ann", "aNn", "anN", "ANn", "AnN", "aNN", "ANN"];
  for (let time = 0; time < 14; time++) {
    const wire = await greeted(relay);
    answers.push(await guess(wire, relay, names[time % names.length] ?? "", `guess number ${time}`));
    await wire.close();
  }
  expect(answers.slice(10)).toEqual(Array(4).fill("rate-limited"));
});

test.each([{ gate: "connect" }, { gate: "sign-up" }])(
  "who guesses at what $gate needs is slowed down, and keeps nobody out at that address who is right",
  async (row) => {
    await using relay = await running({ access: { for: row.gate, password: "open sesame" } });
    const codes: string[] = [];
    for (let one = 0; one < 5; one++) {
      const wire = await Wire.dial(relay);
      if (row.gate === "sign-up") await greet(wire);
      for (let time = 0; time < 15; time++) {
        const answer = await wire.ask(
          row.gate === "connect"
            ? { type: "hello", versions: [1], nonce: some(32), accessPassword: "sesame" }
            : { type: "sign-up-start", name: "eve", accessPassword: "sesame", registrationRequest: some(32) },
        );
        codes.push(answer.type === "refused" ? answer.code : answer.type);
      }
    }
    expect(codes.slice(0, 60)).toEqual(Array(60).fill("bad-access-password"));
    expect(codes.at(-1)).toBe("rate-limited");
    expect((await greet(await Wire.dial(relay), row.gate === "connect" ? "open sesame" : "")).challenge.version).toBe(
      1,
    );
  },
);
