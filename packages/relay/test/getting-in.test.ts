/** What a relay does with frames that do not fit, over real sockets. */
import type { ClientBody } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningRelay } from "../src/index.ts";
import { greet, login, PASSWORD, Person, some, someEntry, someRoom, totp, Wire } from "./client.ts";
import { running } from "./running.ts";

let relay: RunningRelay;
/** Asks for password and code at each connection. */
let strict: RunningRelay;
beforeAll(async () => {
  [relay, strict] = await Promise.all([running(), running({ auth: { otp: "always" } })]);
});
afterAll(async () => await Promise.all([relay.stop(), strict.stop()]));

let people = 0;
const someName = (): string => `person${people++}`;

const hello: ClientBody = { type: "hello", versions: [1], nonce: some(32), accessPassword: "" };
const append: ClientBody = {
  type: "append",
  room: someRoom(),
  id: someEntry(),
  head: 0,
  base: 0,
  bytes: some(10),
  continues: false,
};
const confirm: ClientBody = { type: "sign-up-confirm", code: "123456" };
const signUpFinish: ClientBody = { type: "sign-up-finish", registrationRecord: some(192), chainEntry: some(100) };
const signInFinish: ClientBody = { type: "sign-in-finish", loginFinish: some(64), code: "123456" };

/** A connection at each stage. */
const stages: Record<string, () => Promise<Wire>> = {
  new: () => Wire.dial(relay),
  greeted: async () => {
    const wire = await Wire.dial(relay);
    await greet(wire);
    return wire;
  },
  "signing in": async () => {
    const wire = await Wire.dial(relay);
    const { challenge } = await greet(wire);
    await wire.get(
      { type: "sign-in-start", name: "nobody", loginRequest: login(PASSWORD, "nobody", challenge.relay).request },
      "sign-in-response",
    );
    return wire;
  },
  proved: async () => {
    const person = await Person.signUp(relay, someName());
    const wire = await Wire.dial(relay);
    const { challenge } = await greet(wire);
    const attempt = login(PASSWORD, person.name, challenge.relay);
    const { loginResponse } = await wire.get(
      { type: "sign-in-start", name: person.name, loginRequest: attempt.request },
      "sign-in-response",
    );
    const code = person.backupCodes[0]!;
    await wire.get({ type: "sign-in-finish", loginFinish: attempt.finish(loginResponse)!, code }, "signed-in");
    return wire;
  },
  resumed: async () => {
    const person = await Person.signUp(strict, someName());
    await person.resume();
    return person.wire;
  },
  pending: async () => (await Person.hold(relay, someName())).wire,
  device: async () => (await Person.signUp(relay, someName())).wire,
};

describe("at each stage", () => {
  test.each(Object.keys(stages))(
    "%s: bytes that are no frame are refused with the field, and the connection ends",
    async (stage) => {
      for (const bytes of [some(100), new Uint8Array(0), Uint8Array.of(8, 1), Uint8Array.of(255, 255, 255, 255)]) {
        const wire = await stages[stage]!();
        wire.socket.send(bytes);
        expect(await wire.closed).toMatchObject({ code: 1008 });
        expect(wire.order.at(-1)).toMatchObject({ request: 0, body: { type: "refused", code: "bad-request" } });
      }
    },
  );

  test.each(Object.keys(stages))("%s: a text message is refused, and the connection ends", async (stage) => {
    const wire = await stages[stage]!();
    wire.socket.send("hello");
    expect(await wire.closed).toMatchObject({ code: 1008 });
    expect(wire.pushed.at(-1)).toMatchObject({ type: "refused", code: "bad-request" });
  });

  test.each(Object.keys(stages))("%s: a frame over the limit ends the connection", async (stage) => {
    const wire = await stages[stage]!();
    wire.socket.send(some(stage === "device" ? 1_048_577 : 16_385));
    expect(await wire.closed).toMatchObject({ code: 1009 });
  });

  test.each([
    { stage: "new", body: append, code: "not-signed-in" },
    { stage: "new", body: { type: "ping" } as const, code: "not-signed-in" },
    { stage: "new", body: confirm, code: "not-signed-in" },
    { stage: "greeted", body: append, code: "not-signed-in" },
    { stage: "greeted", body: hello, code: "bad-request" },
    { stage: "greeted", body: confirm, code: "not-signed-in" },
    { stage: "greeted", body: signUpFinish, code: "bad-request" },
    { stage: "greeted", body: signInFinish, code: "bad-request" },
    { stage: "signing in", body: signUpFinish, code: "bad-request" },
    { stage: "proved", body: append, code: "not-allowed" },
    { stage: "proved", body: { type: "chain-append", entry: some(100) } as const, code: "bad-request" },
    { stage: "resumed", body: append, code: "not-signed-in" },
    { stage: "resumed", body: hello, code: "not-signed-in" },
    { stage: "resumed", body: confirm, code: "not-signed-in" },
    { stage: "resumed", body: signInFinish, code: "bad-request" },
    { stage: "resumed", body: { type: "chain-append", entry: some(100) } as const, code: "not-signed-in" },
    { stage: "pending", body: append, code: "otp-pending" },
    { stage: "pending", body: hello, code: "otp-pending" },
    { stage: "pending", body: { type: "directory", name: "" } as const, code: "otp-pending" },
    { stage: "device", body: hello, code: "bad-request" },
    { stage: "device", body: confirm, code: "bad-request" },
  ])(
    "$stage: $body.type is refused with $code, eight times, then the connection ends",
    async ({ stage, body, code }) => {
      const wire = await stages[stage]!();
      for (let time = 1; time <= 8; time++) expect(await wire.ask(body)).toMatchObject({ type: "refused", code });
      expect(await wire.closed).toMatchObject({ code: 1008 });
    },
  );
});

test("a stranger who only asks for signs of life is hung up on after 32 frames", async () => {
  const wire = await stages.greeted!();
  for (let time = 2; time <= 32; time++) expect(await wire.ask({ type: "ping" })).toEqual({ type: "pong" });
  wire.send({ type: "ping" });
  expect(await wire.closed).toMatchObject({ code: 1008 });
});

test("who waits for the first code may ask for signs of life as often as it takes", async () => {
  const wire = await stages.pending!();
  for (let time = 0; time < 100; time++) expect(await wire.ask({ type: "ping" })).toEqual({ type: "pong" });
});

test("no common version is said, and ends the connection", async () => {
  const wire = await Wire.dial(relay);
  expect(await wire.ask({ ...hello, versions: [7, 9] })).toMatchObject({ code: "unsupported-version" });
  expect(await wire.closed).toMatchObject({ code: 1008 });
});

test("the highest common version is chosen and the nonces differ each time", async () => {
  const nonces = new Set<string>();
  for (let time = 0; time < 3; time++) {
    const { challenge } = await greet(await Wire.dial(relay));
    expect(challenge).toMatchObject({ version: 1, accessNeeded: true, relay: relay.pin });
    nonces.add(challenge.nonce.join());
  }
  expect(nonces.size).toBe(3);
});

test("frames that come together with the one that signs in are served after it", async () => {
  const person = await Person.hold(relay, someName());
  const confirmed = person.wire.send({ type: "sign-up-confirm", code: totp(person.totpSecret) });
  const asked = person.wire.send({ type: "directory", name: person.name });
  expect(await person.wire.answer(asked)).toMatchObject({
    type: "directory-list",
    accounts: [{ name: person.name, online: true }],
  });
  expect(await person.wire.answer(confirmed, 1)).toMatchObject({ type: "session", confirmed: true });
});

test("a message in more than 64 parts ends the connection of a device too", async () => {
  const person = await Person.signUp(relay, someName());
  for (let part = 0; part < 200; part++) person.wire.socket.send(Uint8Array.of(1), { binary: true, fin: false });
  const open = new Promise<string>((resolve) => setTimeout(() => resolve("still open"), 3000).unref());
  expect(await Promise.race([person.wire.closed, open])).toMatchObject({ code: 1008 });
});

test("GET /healthz says ok, everything else is not found, and TLS 1.2 is refused", async () => {
  const { get } = await import("node:https");
  const base = relay.url.replace("wss:", "https:").replace("/v1", "");
  const fetch = (path: string, more = {}) =>
    new Promise<string>((resolve, reject) => {
      get(`${base}${path}`, { ca: relay.rootCertificate, servername: "sotto.invalid", ...more }, (response) => {
        let text = `${response.statusCode} `;
        response.on("data", (part) => {
          text += part;
        });
        response.on("end", () => resolve(text.trim()));
      }).on("error", reject);
    });
  expect(await fetch("/healthz")).toBe("200 ok");
  expect(await fetch("/")).toBe("404 not found");
  expect(await fetch("/v1")).toBe("404 not found");
  await expect(fetch("/healthz", { maxVersion: "TLSv1.2" })).rejects.toThrow();
  await expect(Wire.dial({ ...relay, url: relay.url.replace("/v1", "/v2") })).rejects.toThrow("404");
});

test("the relay shows leaf and root, and the pin is the hash of the root's key", async () => {
  const { connect } = await import("node:tls");
  const { createHash } = await import("node:crypto");
  const port = Number(new URL(relay.url).port);
  const pin = await new Promise<Buffer>((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", ca: relay.rootCertificate, servername: "sotto.invalid" }, () => {
      const root = socket.getPeerX509Certificate()?.issuerCertificate;
      resolve(
        createHash("sha256")
          .update(root!.publicKey.export({ type: "spki", format: "der" }))
          .digest(),
      );
      socket.destroy();
    });
    socket.on("error", reject);
  });
  expect(new Uint8Array(pin)).toEqual(relay.pin);
});
