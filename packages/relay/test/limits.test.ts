/** Limits as a relay keeps them: what is over one is told to wait and is not lost, and others notice nothing. */
import { get } from "node:https";
import { type ClientBody, encodeFromClient, encodeHeader, parseFromServer, type ServerBody } from "@sotto/wire";
import { afterEach, describe, expect, test } from "vitest";
import type { Request } from "../src/connection/getting-in.ts";
import { Requests } from "../src/connection/requests.ts";
import type { Device, StepContext } from "../src/connection/state.ts";
import { memoryStore, Relay, type RunningRelay, silentJournal, systemRandom } from "../src/index.ts";
import { Pace } from "../src/pace.ts";
import type { Answer } from "../src/room/rooms.ts";
import { login, PASSWORD, Person, register, some, someEntry, someRoom, Wire } from "./client.ts";
import { configOf, identity, running } from "./running.ts";

let relay: (RunningRelay & AsyncDisposable) | undefined;
afterEach(async () => {
  await relay?.stop();
  relay = undefined;
});
const start = async (file: Record<string, Record<string, unknown>>) => {
  relay = await running(file);
  return relay;
};
/** As it is by default. */
const paced = () => start({ security: { max_messages_per_sec: 5, burst: 20 } });

const isLimited = (body: ServerBody): boolean =>
  body.type === "refused" && body.code === "rate-limited" && body.retryMs > 0;

/** Sends all at once. @returns how many were not refused as too fast. */
async function flatOut(wire: Wire, times: number, make: (time: number) => ClientBody): Promise<number> {
  const requests = Array.from({ length: times }, (_, time) => wire.send(make(time)));
  const answers = await Promise.all(requests.map((request) => wire.answer(request)));
  return answers.filter((body) => !isLimited(body)).length;
}

const append = (room: ReturnType<typeof someRoom>): ClientBody => ({
  type: "append",
  room,
  id: someEntry(),
  head: 0,
  base: 0,
  bytes: some(300),
  continues: false,
});
const commit = (joinToken: Uint8Array | undefined): ClientBody => ({
  type: "commit",
  room: someRoom(),
  id: someEntry(),
  head: 0,
  base: 0,
  bytes: some(10),
  header: encodeHeader({ adds: [], removes: [] }),
  welcomes: [],
  link: undefined,
  joinToken,
});

describe("a relay", () => {
  test.each<{ what: string; at: number; make: (me: Person) => ClientBody }>([
    { what: "commits", at: 300, make: () => commit(undefined) },
    { what: "joins", at: 100, make: () => commit(some(32)) },
    {
      what: "creations",
      at: 100,
      make: ({ ref }) => ({
        type: "room-create",
        room: someRoom(),
        header: encodeHeader({ adds: [ref], removes: [] }),
        link: undefined,
        commit: undefined,
      }),
    },
    { what: "claims", at: 300, make: ({ account }) => ({ type: "key-packages-claim", account }) },
    { what: "questions for chains", at: 300, make: ({ account }) => ({ type: "chain-get", accounts: [account] }) },
    { what: "questions for names", at: 100, make: ({ name }) => ({ type: "directory", name }) },
    {
      what: "questions for a GroupInfo",
      at: 400,
      make: () => ({ type: "group-info-get", room: someRoom(), token: some(32) }),
    },
    { what: "asks to be let in", at: 1000, make: () => ({ type: "readmit", room: someRoom(), signature: some(64) }) },
    {
      what: "gifts of lost entries",
      at: 1000,
      make: () => ({ type: "restore", room: someRoom(), previous: some(32), entries: [], link: undefined }),
    },
    {
      what: "entries for its chain",
      at: 20,
      make: () => ({ type: "chain-append", entry: some(100) }),
    },
    { what: "readings of a room", at: 2000, make: () => ({ type: "fetch", room: someRoom(), from: 1, limit: 1 }) },
    { what: "readings of its inbox", at: 2000, make: () => ({ type: "inbox-fetch", from: 1 }) },
    {
      what: "changes of a password",
      at: 10,
      make: () => ({ type: "password-start", loginRequest: some(96), registrationRequest: some(32) }),
    },
  ])("lets one device send $at $what at once, and tells it to wait with more", async ({ at, make }) => {
    const ann = await Person.signUp(await paced(), "ann");
    const through = await flatOut(ann.wire, at + 200, () => make(ann));
    // Some of the time that the sending takes counts as rest.
    expect(through).toBeGreaterThanOrEqual(at);
    expect(through).toBeLessThan(at + 200);
  });

  test("counts each entry of a Restore", async () => {
    const pace = new Pace({ maxMessagesPerSec: 5, burst: 20 });
    const rooms = { restore: async (_: unknown, __: unknown, answer: Answer) => answer({ type: "done" }) };
    const context = { pace, rooms, clock: { now: () => 0 }, audit: () => undefined } as unknown as StepContext;
    const requests = new Requests(context, { device: "a device", account: "an account" } as unknown as Device);
    const frame = { type: "restore", entries: Array(500).fill(0) } as unknown as Request;
    const answers: ServerBody[] = [];
    for (let time = 0; time < 41; time++) await requests.serve(frame, (body) => answers.push(body));
    expect(answers.slice(0, 40)).toEqual(Array(40).fill({ type: "done" }));
    expect(answers[40]).toMatchObject({ code: "rate-limited" });
  });

  test("lets the people behind one address send ten times as much as one of them", async () => {
    // One a second for the address: how long this takes makes no difference.
    const place = await start({ security: { max_messages_per_sec: 0.1, burst: 20 } });
    let through = 0;
    for (let one = 0; one < 14; one++) {
      const person = await Person.signUp(place, `person${one}`);
      const room = await person.createRoom();
      through += await flatOut(person.wire, 20, () => append(room));
    }
    expect(through).toBeGreaterThanOrEqual(200);
    expect(through).toBeLessThan(280);
  });

  test("gives the last resort to who claims too much of somebody, spends nothing, and others get the rest", async () => {
    const place = await paced();
    const [ann, bob, eve] = [
      await Person.signUp(place, "ann"),
      await Person.signUp(place, "bob"),
      await Person.signUp(place, "eve"),
    ];
    const packages = Array.from({ length: 20 }, (_, one) => Uint8Array.of(1, one));
    const put = { type: "key-packages-put", packages, lastResort: Uint8Array.of(9), replace: false } as const;
    expect(await ann.wire.ask(put)).toEqual({ type: "done" });
    const claim = { type: "key-packages-claim", account: ann.account } as const;
    const given: number[][] = [];
    for (let time = 0; time < 100; time++) {
      const { packages } = await eve.wire.get(claim, "key-packages");
      given.push([...(packages[0]?.bytes ?? [])]);
    }
    expect(given.slice(0, 10)).toEqual(packages.slice(0, 10).map((bytes) => [...bytes]));
    expect(given.slice(10).every((bytes) => bytes.join() === "9")).toBe(true);
    const { packages: next } = await bob.wire.get(claim, "key-packages");
    expect([...(next[0]?.bytes ?? [])]).toEqual([1, 10]);
  });

  test("slows down an address that dials or says hello a thousand times at once, and no other", async () => {
    const { relay: one, answersOf } = await standing();
    for (let time = 0; time < 1000; time++) {
      expect(one.waitMs("192.0.2.1")).toBe(0);
      expect(await answersOf("192.0.2.1")).toMatchObject([{ type: "challenge" }]);
    }
    expect(one.waitMs("192.0.2.1")).toBe(50);
    expect(await answersOf("192.0.2.1")).toMatchObject([{ code: "rate-limited", retryMs: 50 }]);
    expect(one.waitMs("192.0.2.2")).toBe(0);
    expect(await answersOf("192.0.2.2")).toMatchObject([{ type: "challenge" }]);
  });

  test.each<{ body: ClientBody; answer: string; retryMs: number }>([
    {
      body: { type: "sign-in-start", name: "nobody", loginRequest: login(PASSWORD, "nobody", some(32)).request },
      answer: "sign-in-response",
      retryMs: 200,
    },
    {
      body: {
        type: "sign-up-start",
        name: "nobody",
        accessPassword: "",
        registrationRequest: register(PASSWORD, "nobody", some(32)).request,
      },
      answer: "sign-up-response",
      retryMs: 1000,
    },
  ])(
    "slows down an address that sends $body.type three hundred times at once, and no other",
    async ({ body, answer, retryMs }) => {
      const { answersOf } = await standing();
      for (let time = 0; time < 300; time++)
        expect(await answersOf("192.0.2.1", body)).toMatchObject([{}, { type: answer }]);
      expect(await answersOf("192.0.2.1", body)).toMatchObject([{}, { code: "rate-limited", retryMs }]);
      expect(await answersOf("192.0.2.2", body)).toMatchObject([{}, { type: answer }]);
    },
  );

  test("refuses connections above the limit of an address politely, and takes the next when one has gone", async () => {
    const place = await start({ limits: { connections_per_address: 3 } });
    const wires = [await Wire.dial(place), await Wire.dial(place), await Wire.dial(place)];
    const headers = await upgrade(place);
    expect(headers).toMatchObject({ status: 503, "retry-after": "10" });
    await expect(Wire.dial(place)).rejects.toThrow("503");
    await wires[0]?.close();
    await expect.poll(() => upgrade(place)).toMatchObject({ status: 101 });
  });

  test("closes what comes far above the limit without TLS, while who is in stays in", async () => {
    const place = await start({ limits: { connections_per_address: 2 } });
    const ann = await Person.signUp(place, "ann");
    const { connect } = await import("node:net");
    const port = Number(new URL(place.url).port);
    let closed = 0;
    const sockets = Array.from({ length: 60 }, () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.on("close", () => closed++);
      return socket;
    });
    await expect.poll(() => closed).toBe(60 - 33);
    expect(await ann.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => upgrade(place)).toMatchObject({ status: 101 });
  });
});

async function upgrade(place: RunningRelay): Promise<Readonly<Record<string, unknown>>> {
  const url = place.url.replace("wss:", "https:");
  const headers = {
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.from(some(16)).toString("base64"),
  };
  return await new Promise((resolve, reject) => {
    const request = get(url, { ca: place.rootCertificate, servername: "sotto.invalid", headers, agent: false });
    request.on("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode, ...response.headers });
    });
    request.on("upgrade", (_, socket) => {
      socket.destroy();
      resolve({ status: 101 });
    });
    request.on("error", reject);
  });
}

/** A relay whose clock stands still, and what it answers to a hello, and to something after it, on a new connection. */
async function standing() {
  const relay = await Relay.open({
    store: memoryStore({ generation: some(16) }),
    clock: { now: () => 0, after: () => () => undefined },
    random: systemRandom,
    journal: silentJournal,
    config: configOf({ access: { for: "open" }, security: { max_messages_per_sec: 5 } }),
    ...identity(),
    address: () => "relay.example:7878",
  });
  const hello = { type: "hello", versions: [1], nonce: some(32), accessPassword: "" } as const;
  const answersOf = async (host: string, body?: ClientBody): Promise<readonly ServerBody[]> => {
    const answers: ServerBody[] = [];
    const send = (frame: Uint8Array): void => {
      const read = parseFromServer(frame);
      if (read.ok) answers.push(read.value.body);
    };
    const ignore = (): void => undefined;
    const peer = { host, address: `${host}:1`, waitingBytes: 0, send, close: ignore, pause: ignore, resume: ignore };
    const receiver = relay.connect(peer);
    const asked = [hello, ...(body === undefined ? [] : [body])];
    for (const [index, one] of asked.entries()) {
      receiver.receive(encodeFromClient({ request: index + 1, body: one }));
      while (answers.length <= index) await new Promise((resolve) => setImmediate(resolve));
    }
    return answers;
  };
  return { relay, answersOf };
}
