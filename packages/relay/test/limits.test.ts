/** Limits: how fast, how many, how much memory. What is over one waits and is not lost; nobody honest is over one. */
import { get } from "node:https";
import {
  type AccountId,
  type ClientBody,
  encodeFromClient,
  encodeHeader,
  idOf,
  parseFromServer,
  type ServerBody,
} from "@sotto/wire";
import { afterEach, describe, expect, test } from "vitest";
import { Attempts } from "../src/account/attempts.ts";
import { createOpaqueSetup } from "../src/account/opaque.ts";
import { Admission } from "../src/admission.ts";
import { memoryStore, Relay, type RunningRelay, silentJournal, systemRandom } from "../src/index.ts";
import { type Kind, Pace, type Who } from "../src/pace.ts";
import { placeOf } from "../src/place.ts";
import { RateLimit } from "../src/rate.ts";
import { greet, login, PASSWORD, Person, register, some, someEntry, someRoom, Wire } from "./client.ts";
import { configOf, running } from "./running.ts";

const DEFAULTS = { maxMessagesPerSec: 5, burst: 20 };
const HOUR_MS = 3_600_000;

describe("a rate", () => {
  test("lets through a burst and then what it says, whoever asks and however", () => {
    const limit = new RateLimit<string>({ perSecond: 5, burst: 20 });
    const taken: number[] = [];
    // Every 7 ms for a minute: far more than is let through.
    for (let now = 0; now < 60_000; now += 7) if (limit.take("ann", now) === 0) taken.push(now);
    expect(taken.filter((now) => now < 1000)).toHaveLength(20 + 4);
    expect(taken).toHaveLength(20 + 5 * 60 - 1);
  });

  test("says a wait after which it holds, and counts nothing for a refusal", () => {
    const limit = new RateLimit<string>({ perSecond: 3, burst: 2 });
    expect([limit.take("ann", 0), limit.take("ann", 0)]).toEqual([0, 0]);
    const wait = limit.take("ann", 0);
    expect(wait).toBeGreaterThan(0);
    for (let time = 0; time < 100; time++) expect(limit.take("ann", wait - 1)).toBe(1);
    expect(limit.take("ann", wait)).toBe(0);
  });

  test("under a flood of keys keeps twenty thousand at most, and each costs no more than the first", () => {
    const limit = new RateLimit<number>({ perSecond: 0.001, burst: 1 });
    const startedAt = performance.now();
    let most = 0;
    for (let key = 0; key < 300_000; key++) {
      limit.count(key, 0);
      most = Math.max(most, limit.size);
    }
    // A sweep of all keys for each of them would take a minute.
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(most).toBe(20_000);
  });

  test("forgives nobody who comes with fewer than ten thousand other names", () => {
    const limit = new RateLimit<number>({ perSecond: 0.001, burst: 1 });
    limit.count(-1, 0);
    for (let key = 0; key < 10_000; key++) limit.count(key, 0);
    expect(limit.waitMs(-1, 0)).toBeGreaterThan(0);
  });
});

/** How often of `times` at once it is let through; asked of somebody who is somewhere. */
function letThrough(kind: Kind, who: Who, times: number, pace = new Pace(DEFAULTS)): number {
  let count = 0;
  for (let time = 0; time < times; time++) if (pace.take(kind, who, 0) === 0) count++;
  return count;
}

describe("the pace", () => {
  const ann = { device: "ann's laptop", account: "ann", address: "192.0.2.1" };

  test.each<{ what: string; kind: Kind; who: Who; times: number }>([
    { what: "joins fifty rooms at once", kind: "join", who: ann, times: 50 },
    { what: "asks for the GroupInfo of fifty rooms, each eight times", kind: "group-info-get", who: ann, times: 400 },
    { what: "makes a hundred rooms for a team", kind: "create", who: ann, times: 100 },
    { what: "revokes a device in three hundred rooms", kind: "commit", who: ann, times: 300 },
    { what: "writes to three hundred people for the first time", kind: "claim", who: ann, times: 300 },
    { what: "is let into a thousand rooms on a new device", kind: "readmit", who: ann, times: 1000 },
    {
      what: "has three hundred friends behind the same address who dial at once",
      kind: "connection",
      who: ann,
      times: 300,
    },
    {
      what: "has three hundred friends behind the same address who say hello at once",
      kind: "hello",
      who: ann,
      times: 300,
    },
    { what: "signs up with a class of a hundred, three names each", kind: "sign-up", who: ann, times: 300 },
    { what: "signs in with a hundred others behind the same address", kind: "sign-in", who: ann, times: 300 },
  ])("keeps nobody waiting who $what", ({ kind, who, times }) => {
    expect(letThrough(kind, who, times)).toBe(times);
  });

  test("of a message is that of the configuration for a device, twice for an account, ten times for an address", () => {
    expect(letThrough("message", { device: "laptop" }, 1000)).toBe(20);
    const pace = new Pace(DEFAULTS);
    const devices = Array.from({ length: 5 }, (_, one) =>
      letThrough("message", { device: `${one}`, account: "ann" }, 100, pace),
    );
    expect(devices).toEqual([20, 20, 0, 0, 0]);
    const people = Array.from({ length: 20 }, (_, one) => ({ device: `${one}`, account: `${one}`, address: "one" }));
    const all = people.map((who) => letThrough("message", who, 30));
    expect(all.every((count) => count === 20)).toBe(true);
    const shared = new Pace(DEFAULTS);
    expect(people.reduce((sum, who) => sum + letThrough("message", who, 30, shared), 0)).toBe(200);
  });

  test("counts nothing anywhere for what one of its limits refuses", () => {
    const pace = new Pace(DEFAULTS);
    expect(letThrough("message", { device: "a", account: "ann", address: "one" }, 1000, pace)).toBe(20);
    expect(letThrough("message", { device: "b", account: "ann", address: "one" }, 1000, pace)).toBe(20);
    expect(letThrough("message", { device: "c", account: "bob", address: "one" }, 1000, pace)).toBe(20);
  });

  test("lets nobody empty the key packages of an offline device: ten, then one an hour", () => {
    const pace = new Pace(DEFAULTS);
    let taken = 0;
    for (let now = 0; now < 10 * HOUR_MS; now += 1000)
      if (pace.take("claim-of-one", { pair: "eve ann" }, now) === 0) taken++;
    expect(taken).toBe(10 + 9);
    expect(pace.take("claim-of-one", { pair: "eve bob" }, 0)).toBe(0);
  });

  test("is off, all of it, when the configuration says 0", () => {
    const pace = new Pace({ maxMessagesPerSec: 0, burst: 1 });
    for (const kind of ["message", "commit", "hello"] as const)
      expect(letThrough(kind, ann, 10_000, pace)).toBe(10_000);
  });
});

describe("wrong codes", () => {
  const account = (one: number): AccountId => idOf.account(new Uint8Array(new Uint32Array(8).fill(one).buffer));

  test("of names that were never confirmed are forgotten after a week", () => {
    const attempts = new Attempts();
    for (let one = 0; one < 1000; one++) attempts.wrong(account(one), 0);
    for (let one = 0; one < 1000; one++) attempts.wrong(account(5000), 8 * 24 * HOUR_MS);
    expect(attempts.size).toBe(1);
  });

  test("of an account that is tried again and again never are", () => {
    const attempts = new Attempts();
    let now = 0;
    let tries = 0;
    for (; now < 365 * 24 * HOUR_MS; now += HOUR_MS) {
      if (attempts.lockedMs(account(1), now) > 0) continue;
      attempts.wrong(account(1), now);
      tries++;
    }
    // Three steps of time count: less than one chance in a thousand a year.
    expect(tries * 3).toBeLessThan(1200);
  });
});

describe("where somebody comes from", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1", "192.0.2.1:7"],
    ["::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1:7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "[2001:db8:1:2:3:4:5:6]:7"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64", "[2001:db8:1:2::9]:7"],
    ["2001:db8::9", "2001:db8:0:0::/64", "[2001:db8::9]:7"],
    ["::1", "0:0:0:0::/64", "[::1]:7"],
    ["fe80::1%eth0", "fe80:0:0:0::/64", "[fe80::1%eth0]:7"],
    [undefined, "unknown", "unknown:7"],
  ])("%s is counted as %s", (address, host, shown) => {
    expect(placeOf(address, 7)).toEqual({ host, address: shown });
  });
});

describe("places", () => {
  const limits = { connections: 100, connectionsPerAddress: 10, diskMb: 0 };

  test("are given up to the limit, told about above it, and far above it not even that", () => {
    const admission = new Admission(limits);
    const leave = Array.from({ length: 10 }, () => admission.enter("a"));
    expect(admission.waitMs("a")).toBe(0);
    const more = Array.from({ length: 100 }, () => admission.enter("a"));
    expect(more.filter((one) => one !== undefined)).toHaveLength(32);
    expect(admission.waitMs("a")).toBeGreaterThan(0);
    expect(admission.waitMs("b")).toBe(0);
    for (const one of [...leave, ...more]) one?.();
    admission.enter("a");
    expect(admission.waitMs("a")).toBe(0);
  });

  test("are counted for everybody together too", () => {
    const admission = new Admission(limits);
    const entered = Array.from({ length: 1000 }, (_, one) => admission.enter(`${one}`));
    expect(entered.filter((one) => one !== undefined)).toHaveLength(100 + 256);
    expect(admission.waitMs("1")).toBeGreaterThan(0);
  });
});

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
      what: "changes of a password",
      at: 10,
      make: () => ({ type: "password-start", loginRequest: some(96), registrationRequest: some(32) }),
    },
  ])("lets one device send $at $what at once, and tells it to wait with more", async ({ at, make }) => {
    const ann = await Person.signUp(await paced(), "ann");
    const through = await flatOut(ann.wire, at + 20, () => make(ann));
    // Some of the time that the sending takes counts as rest.
    expect(through).toBeGreaterThanOrEqual(at);
    expect(through).toBeLessThan(at + 20);
  });

  test("lets the people behind one address send ten times as much as one of them", async () => {
    const place = await paced();
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

  test.each(["sign-in-start", "sign-up-start"] as const)(
    "slows down an address that sends %s without end",
    async (type) => {
      const place = await paced();
      const accessPassword = place.accessPassword ?? "";
      const body: ClientBody =
        type === "sign-in-start"
          ? { type, name: "nobody", loginRequest: login(PASSWORD, "nobody", place.pin).request }
          : {
              type,
              name: "nobody",
              accessPassword,
              registrationRequest: register(PASSWORD, "nobody", place.pin).request,
            };
      let asked = 0;
      let isSlowed = false;
      while (!isSlowed && asked < 500) {
        const wire = await Wire.dial(place);
        await greet(wire);
        for (let time = 0; time < 30 && !isSlowed; time++, asked++) isSlowed = isLimited(await wire.ask(body));
        wire.socket.terminate();
      }
      expect(isSlowed).toBe(true);
      expect(asked).toBeGreaterThan(300);
    },
  );

  test("slows down an address that dials or says hello a thousand times at once, and no other", async () => {
    const one = await Relay.open({
      store: memoryStore({ generation: some(16) }),
      clock: { now: () => 0, after: () => () => undefined },
      random: systemRandom,
      journal: silentJournal,
      config: configOf({ access: { for: "open" }, security: { max_messages_per_sec: 5 } }),
      relay: some(32),
      opaqueSetup: createOpaqueSetup(),
      address: () => "relay.example:7878",
    });
    const hello = { type: "hello", versions: [1], nonce: some(32), accessPassword: "" } as const;
    const bytes = encodeFromClient({ request: 1, body: hello });
    const answerTo = async (host: string): Promise<ServerBody | undefined> => {
      const answers: ServerBody[] = [];
      const take = (frame: Uint8Array): void => {
        const read = parseFromServer(frame);
        if (read.ok) answers.push(read.value.body);
      };
      const ignore = (): void => undefined;
      const peer = {
        host,
        address: `${host}:1`,
        waitingBytes: 0,
        send: take,
        close: ignore,
        pause: ignore,
        resume: ignore,
      };
      one.connect(peer).receive(bytes);
      await new Promise((resolve) => setImmediate(resolve));
      return answers[0];
    };
    for (let time = 0; time < 1000; time++) {
      expect(one.waitMs("192.0.2.1")).toBe(0);
      expect(await answerTo("192.0.2.1")).toMatchObject({ type: "challenge" });
    }
    expect(one.waitMs("192.0.2.1")).toBe(50);
    expect(await answerTo("192.0.2.1")).toMatchObject({ code: "rate-limited", retryMs: 50 });
    expect(one.waitMs("192.0.2.2")).toBe(0);
    expect(await answerTo("192.0.2.2")).toMatchObject({ type: "challenge" });
  });

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
