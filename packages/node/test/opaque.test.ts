import { client, ready, server } from "@serenity-kit/opaque";
import { fromBase64url, toBase64url } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type NodeOpaque, nodeOpaque } from "../src/opaque.ts";

// Processes, threads and passwords take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const relay = "ab".repeat(32);
const password = "correct horse";
const identifiers = { client: "ann", server: relay };
const bytes = (text: string) => fromBase64url(text)!;

let opaque: NodeOpaque;
let setup: string;
let record: string;

beforeAll(async () => {
  await ready;
  opaque = nodeOpaque();
  setup = server.createSetup();
  record = toBase64url(await register("ann", password));
});
afterAll(() => opaque.close());

async function register(name: string, chosen: string): Promise<Uint8Array> {
  const { state, request } = await opaque.registerStart(chosen);
  const { registrationResponse } = server.createRegistrationResponse({
    serverSetup: setup,
    userIdentifier: name,
    registrationRequest: toBase64url(request),
  });
  return opaque.registerFinish({ state, response: bytes(registrationResponse), password: chosen, name, relay });
}

async function begin(typed: string, registrationRecord: string | null = record) {
  const { state, request } = await opaque.loginStart(typed);
  const started = server.startLogin({
    serverSetup: setup,
    userIdentifier: "ann",
    registrationRecord,
    startLoginRequest: toBase64url(request),
    identifiers,
  });
  return {
    state,
    started,
    input: { state, response: bytes(started.loginResponse), password: typed, name: "ann", relay },
  };
}

describe("against the library's server half", () => {
  test("the right password signs in", async () => {
    const { started, input } = await begin(password);
    const last = await opaque.loginFinish(input);
    expect(
      server.finishLogin({
        serverLoginState: started.serverLoginState,
        finishLoginRequest: toBase64url(last!),
        identifiers,
      }).sessionKey,
    ).not.toBe("");
  });

  test.each([
    { name: "another password", change: { password: "wrong horse" } },
    { name: "another user name", change: { name: "bob" } },
    { name: "another relay", change: { relay: "cd".repeat(32) } },
    { name: "an answer that is no OPAQUE message", change: { response: new Uint8Array(320) } },
    { name: "an empty answer", change: { response: new Uint8Array(0) } },
  ])("$name is undefined and not a throw", async ({ change }) => {
    const { input } = await begin(password);
    expect(await opaque.loginFinish({ ...input, ...change })).toBeUndefined();
  });

  test("an account that the relay does not have looks like a wrong password", async () => {
    const known = await begin("wrong horse");
    const unknown = await begin("wrong horse", null);
    expect(unknown.input.response.length).toBe(known.input.response.length);
    expect(await opaque.loginFinish(unknown.input)).toBeUndefined();
  });

  test("the last message of one sign-in does not finish another", async () => {
    const first = await begin(password);
    const last = await opaque.loginFinish(first.input);
    const second = await begin(password);
    expect(() =>
      server.finishLogin({
        serverLoginState: second.started.serverLoginState,
        finishLoginRequest: toBase64url(last!),
        identifiers,
      }),
    ).toThrow();
  });

  test("an answer to another sign-in is refused", async () => {
    const first = await begin(password);
    const second = await begin(password);
    expect(await opaque.loginFinish({ ...second.input, response: first.input.response })).toBeUndefined();
  });

  test("a registration answer that is none is refused aloud", async () => {
    const { state } = await opaque.registerStart(password);
    const input = { state, response: Uint8Array.of(1, 2), password, name: "ann", relay };
    await expect(opaque.registerFinish(input)).rejects.toThrow("not one");
  });
});

test("the stretching is Argon2id with 64 MiB, three passes and four lanes", async () => {
  const { started, input } = await begin(password);
  const stretched = (memory: number) =>
    client.finishLogin({
      clientLoginState: input.state,
      loginResponse: started.loginResponse,
      password,
      identifiers,
      keyStretching: { "argon2id-custom": { memory, iterations: 3, parallelism: 4 } },
    });
  expect(stretched(65_536)).toBeDefined();
  expect(stretched(32_768)).toBeUndefined();
});

test("the caller's thread goes on while a password is stretched", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const { input } = await begin(password);
  turns = 0;
  await opaque.loginFinish(input);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

test("calls overlap, and what is called after the end is refused", async () => {
  const own = nodeOpaque();
  const started = await Promise.all([own.loginStart("one one one"), own.registerStart("two two two")]);
  expect(started.map(({ request }) => request.length)).toEqual([96, 32]);
  await own.close();
  await expect(own.loginStart("x")).rejects.toThrow("closed");
});
