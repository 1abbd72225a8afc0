/** The client's half of OPAQUE against a server that was written from RFC 9807 and shares no code with its library. */
import { client, ready } from "@serenity-kit/opaque";
import { fromBase64url, toBase64url } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type NodeOpaque, nodeOpaque } from "../src/opaque.ts";
import { argon2id, changedBytes, ReferenceClient, ReferenceServer, wrongLengths } from "./opaque-reference/peer.ts";

// Stretching takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const relay = "ab".repeat(32);
const password = "correct horse";
const server = new ReferenceServer(relay);

describe("as the program has it, with all of its stretching", () => {
  let opaque: NodeOpaque;
  let record: Uint8Array;
  const about = { password, name: "ann", relay };

  beforeAll(async () => {
    opaque = nodeOpaque();
    const { state, request } = await opaque.registerStart(password);
    expect(request.length).toBe(32);
    record = await opaque.registerFinish({ ...about, state, response: server.register("ann", request)! });
  });
  afterAll(() => opaque.close());

  async function begin() {
    const { state, request } = await opaque.loginStart(password);
    return { state, request, started: server.start("ann", record, request)! };
  }

  test("who signed up logs in, and every message has the length that the protocol names", async () => {
    const { state, request, started } = await begin();
    const ke3 = await opaque.loginFinish({ ...about, state, response: started.ke2 });
    expect(server.isFinished(started, ke3!)).toBe(true);
    expect([record, request, started.ke2, ke3!].map(({ length }) => length)).toEqual([192, 96, 320, 64]);
  });

  test("its record opens for a client that stretches as RFC 9807 section 7 says, and for no other", () => {
    for (const { stretch, opens } of [
      { stretch: argon2id(), opens: true },
      { stretch: argon2id(65_536, 2), opens: false },
    ]) {
      const other = new ReferenceClient("ann", relay, password, stretch);
      const login = other.start();
      const started = server.start("ann", record, login.ke1)!;
      expect(other.finish(login, started.ke2) !== undefined).toBe(opens);
    }
  });

  test("a wrong password and a name that nobody has are alike", async () => {
    const { state, request, started } = await begin();
    const nobody = server.start("ann", undefined, request)!;
    expect(nobody.ke2.length).toBe(started.ke2.length);
    const wrong = { ...about, state, response: started.ke2, password: "wrong horse" };
    for (const input of [wrong, { ...about, state, response: nobody.ke2 }])
      expect(await opaque.loginFinish(input)).toBeUndefined();
  });

  test("an answer of any other length is none", async () => {
    const { state, started } = await begin();
    for (const response of wrongLengths(started.ke2))
      expect(await opaque.loginFinish({ ...about, state, response })).toBeUndefined();
    const signUp = await opaque.registerStart(password);
    for (const response of wrongLengths(server.register("ann", signUp.request)!))
      await expect(opaque.registerFinish({ ...about, state: signUp.state, response })).rejects.toThrow("not one");
  });

  test.each([
    { part: "masking nonce", at: 32 },
    { part: "server's tag", at: 319 },
  ])("an answer with a byte of the $part changed is a wrong password", async ({ at }) => {
    const { state, started } = await begin();
    const response = started.ke2.with(at, (started.ke2[at] ?? 0) ^ 1);
    expect(await opaque.loginFinish({ ...about, state, response })).toBeUndefined();
  });
});

// What is changed byte by byte is judged by the library itself: through the program each try would cost a quarter second.
describe("the library, hardly stretching", async () => {
  await ready;
  const keyStretching = { "argon2id-custom": { memory: 8, iterations: 1, parallelism: 1 } };
  const identifiers = { client: "ann", server: relay };
  const bytes = (text: string) => fromBase64url(text)!;

  function register(response = (made: Uint8Array): Uint8Array | undefined => made): Uint8Array | undefined {
    const { clientRegistrationState, registrationRequest } = client.startRegistration({ password });
    const registrationResponse = response(server.register("ann", bytes(registrationRequest))!);
    return registrationResponse && finishRegistration(clientRegistrationState, registrationResponse);
  }
  function finishRegistration(clientRegistrationState: string, response: Uint8Array): Uint8Array | undefined {
    const registrationResponse = toBase64url(response);
    return attempt(() => {
      const given = { password, clientRegistrationState, registrationResponse, identifiers, keyStretching };
      return bytes(client.finishRegistration(given).registrationRecord);
    });
  }
  function start() {
    const { clientLoginState, startLoginRequest } = client.startLogin({ password });
    return { state: clientLoginState, ke1: bytes(startLoginRequest) };
  }
  function finish(clientLoginState: string, ke2: Uint8Array, change = {}) {
    const given = { password, clientLoginState, loginResponse: toBase64url(ke2), identifiers, keyStretching };
    return attempt(() => client.finishLogin({ ...given, ...change }));
  }
  function logsIn(stored: Uint8Array): boolean {
    const { state, ke1 } = start();
    const started = server.start("ann", stored, ke1);
    const finished = started && finish(state, started.ke2);
    return (
      started !== undefined && finished !== undefined && server.isFinished(started, bytes(finished.finishLoginRequest))
    );
  }
  const record = register()!;

  test("both sides come to the same session key, and the client to the same export key each time", () => {
    const [one, other] = [start(), start()].map(({ state, ke1 }) => {
      const started = server.start("ann", record, ke1)!;
      const { sessionKey, exportKey } = finish(state, started.ke2)!;
      expect(bytes(sessionKey)).toEqual(started.agreed.sessionKey);
      return { sessionKey, exportKey };
    });
    expect(one!.exportKey).toBe(other!.exportKey);
    expect(one!.sessionKey).not.toBe(other!.sessionKey);
  });

  test("another password, another name and another relay are refused", () => {
    const { state, ke1 } = start();
    const { ke2 } = server.start("ann", record, ke1)!;
    for (const change of [
      { password: "wrong horse" },
      { identifiers: { client: "bob", server: relay } },
      { identifiers: { client: "ann", server: "cd".repeat(32) } },
      { identifiers: { client: "ann" } },
    ])
      expect(finish(state, ke2, change)).toBeUndefined();
  });

  test("takes no KE2 with one byte changed", () => {
    const { state, ke1 } = start();
    const { ke2 } = server.start("ann", record, ke1)!;
    for (const changed of changedBytes(ke2)) expect(finish(state, changed)).toBeUndefined();
    expect(finish(state, ke2)).toBeDefined();
  });

  test("takes no answer to a KE1 of which one byte was changed", () => {
    const { state, ke1 } = start();
    for (const changed of changedBytes(ke1)) {
      const started = server.start("ann", record, changed);
      if (started !== undefined) expect(finish(state, started.ke2)).toBeUndefined();
    }
  });

  test("logs in nobody after a sign-up of which one byte was changed", () => {
    const { clientRegistrationState, registrationRequest } = client.startRegistration({ password });
    const [request, response] = [bytes(registrationRequest), server.register("ann", bytes(registrationRequest))!];
    const answers = [...changedBytes(request)].map((changed) => server.register("ann", changed));
    const made = [...answers, ...changedBytes(response)].map(
      (changed) => changed && finishRegistration(clientRegistrationState, changed),
    );
    expect(made).toHaveLength(96);
    for (const stored of made) if (stored !== undefined) expect(logsIn(stored)).toBe(false);
    expect(logsIn(finishRegistration(clientRegistrationState, response)!)).toBe(true);
  });

  test("takes no identity, and nothing that is no element, for what the server evaluated, its key or its key share", () => {
    const { state, ke1 } = start();
    const { ke2 } = server.start("ann", record, ke1)!;
    for (const bad of [new Uint8Array(32), new Uint8Array(32).fill(255)]) {
      for (const at of [0, 224]) {
        const changed = ke2.slice();
        changed.set(bad, at);
        expect(finish(state, changed)).toBeUndefined();
      }
      expect(register((made) => Uint8Array.from([...bad, ...made.slice(32)]))).toBeUndefined();
      expect(register((made) => Uint8Array.from([...made.slice(0, 32), ...bad]))).toBeUndefined();
    }
  });
});

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
