/**
 * A name that nobody has, one that waits for its first code, one that somebody has, one that is locked: whoever does not
 * know the password sees no difference, neither in what is answered nor in how long that takes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ClientBody,
  encodeFromClient,
  encodeFromServer,
  parseFromServer,
  RELAY_CODES,
  type ServerBody,
  userName,
} from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Relay, type RelayPorts, silentJournal, sqliteStore, systemClock, systemRandom } from "../src/index.ts";
import type { Store } from "../src/store/store.ts";
import { firstEntry, login, makeKey, PASSWORD, register, some, totp } from "./client.ts";
import { configOf, identity } from "./running.ts";

/** Of each name. */
const SAMPLES = 300;
/** In standard deviations: a false alarm in one of ten million comparisons. */
const ALARM = 5.33;

const folder = mkdtempSync(join(tmpdir(), "sotto-equal-"));
const relayId = some(32);
let store: Store;
let ports: RelayPorts;
let relay: Relay;
let totpSecret: Uint8Array;

const KINDS = ["nobody", "held", "somebody", "locked"] as const;
type Name = (typeof KINDS)[number];

beforeAll(async () => {
  store = await sqliteStore({ file: join(folder, "relay.db"), key: some(32), generation: some(16) });
  ports = {
    store,
    clock: systemClock,
    random: systemRandom,
    journal: silentJournal,
    config: configOf({ access: { for: "open" } }),
    ...identity(relayId),
    address: () => "relay.example:7878",
  };
  relay = await Relay.open(ports);
  await signUp("held", false);
  await signUp("somebody", true);
  totpSecret = await signUp("locked", true);
  // Closed to codes by somebody who knows the password.
  for (let time = 0; time < 5; time++) expect(await tryCode("locked", PASSWORD, "no code")).toBe("bad-code");
  expect(await tryCode("locked", PASSWORD, totp(totpSecret))).toBe("locked");
});

afterAll(async () => {
  relay.drain();
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface Answered {
  readonly body: ServerBody;
  readonly length: number;
  readonly ms: number;
}

let lines = 0;

/** A connection, each from an address of its own, so that no guess slows down another. */
class Line {
  readonly #receive: (bytes: Uint8Array) => void;
  #answer = Promise.withResolvers<Answered>();
  #askedAt = 0;

  constructor(at: Relay) {
    const host = `192.0.2.${lines++}`;
    const ignore = (): void => undefined;
    const send = (bytes: Uint8Array): void => {
      const ms = performance.now() - this.#askedAt;
      const read = parseFromServer(bytes);
      if (read.ok) this.#answer.resolve({ body: read.value.body, length: bytes.length, ms });
    };
    const peer = { host, address: `${host}:1`, waitingBytes: 0, send, close: ignore, pause: ignore, resume: ignore };
    const receiver = at.connect(peer);
    this.#receive = (bytes) => receiver.receive(bytes);
  }

  async ask(body: ClientBody): Promise<Answered> {
    const bytes = encodeFromClient({ request: 1, body });
    this.#answer = Promise.withResolvers<Answered>();
    this.#askedAt = performance.now();
    this.#receive(bytes);
    return await this.#answer.promise;
  }
}

async function greeted(at = relay): Promise<Line> {
  const line = new Line(at);
  await line.ask({ type: "hello", versions: [1], nonce: some(32), accessPassword: "" });
  return line;
}

async function signUp(wanted: Name, isConfirmed: boolean): Promise<Uint8Array> {
  const name = userName(wanted)!;
  const line = await greeted();
  const registration = register(PASSWORD, name, relayId);
  const start = { type: "sign-up-start", name, accessPassword: "", registrationRequest: registration.request } as const;
  const { body } = await line.ask(start);
  if (body.type !== "sign-up-response") throw new Error(body.type);
  const [key, recovery] = [makeKey(), makeKey()];
  const chainEntry = firstEntry(name, relayId, key, recovery);
  const registrationRecord = registration.finish(body.registrationResponse);
  const pending = (await line.ask({ type: "sign-up-finish", registrationRecord, chainEntry })).body;
  if (pending.type !== "sign-up-pending") throw new Error(pending.type);
  if (isConfirmed) await line.ask({ type: "sign-up-confirm", code: totp(pending.totpSecret) });
  return pending.totpSecret;
}

async function tryCode(name: Name, password: string, code: string): Promise<string> {
  const line = await greeted();
  const attempt = login(password, name, relayId);
  const { body } = await line.ask({ type: "sign-in-start", name, loginRequest: attempt.request });
  if (body.type !== "sign-in-response") throw new Error(body.type);
  const loginFinish = attempt.finish(body.loginResponse) ?? some(64);
  const answer = (await line.ask({ type: "sign-in-finish", loginFinish, code })).body;
  return answer.type === "refused" ? answer.code : answer.type;
}

/** One attempt of somebody who does not know the password. */
async function guess(at: Relay, name: string): Promise<{ readonly start: Answered; readonly finish: Answered }> {
  const line = await greeted(at);
  const loginRequest = login("a guess", name, relayId).request;
  const start = await line.ask({ type: "sign-in-start", name, loginRequest });
  const finish = await line.ask({ type: "sign-in-finish", loginFinish: some(64), code: totp(totpSecret) });
  return { start, finish };
}

type Times = { readonly [N in Name]: { readonly start: readonly number[]; readonly finish: readonly number[] } };

/**
 * Guesses at all names in turn, each time in another order, so that what else the machine does falls on all alike. Of the
 * rounds the quieter half counts: which they are is found by the sum over all names, so it favours none.
 */
async function timesOf(at: Relay): Promise<Times> {
  const rounds: { readonly sum: number; readonly ms: ReadonlyMap<Name, readonly [number, number]> }[] = [];
  for (let round = -20; round < SAMPLES; round++) {
    const order = KINDS.map((name) => ({ name, place: some(1)[0] ?? 0 })).sort((one, other) => one.place - other.place);
    const ms = new Map<Name, readonly [number, number]>();
    for (const { name } of order) {
      const { start, finish } = await guess(at, name);
      ms.set(name, [start.ms, finish.ms]);
    }
    const sum = [...ms.values()].reduce((all, [start, finish]) => all + start + finish, 0);
    if (round >= 0) rounds.push({ sum, ms });
  }
  const quiet = rounds.sort((one, other) => one.sum - other.sum).slice(0, SAMPLES / 2);
  const of = (name: Name) => ({
    start: quiet.map(({ ms }) => ms.get(name)?.[0] ?? Number.NaN),
    finish: quiet.map(({ ms }) => ms.get(name)?.[1] ?? Number.NaN),
  });
  return { nobody: of("nobody"), held: of("held"), somebody: of("somebody"), locked: of("locked") };
}

/** How far apart two samples are, in standard deviations: Wilcoxon's rank sum (Mann and Whitney's U). */
function apart(ones: readonly number[], others: readonly number[]): number {
  const all = [...ones.map((ms) => ({ ms, isOne: 1 })), ...others.map((ms) => ({ ms, isOne: 0 }))];
  all.sort((one, other) => one.ms - other.ms);
  const rankSum = all.reduce((sum, { isOne }, rank) => sum + isOne * (rank + 1), 0);
  const [n, m] = [ones.length, others.length];
  return Math.abs(rankSum - (n * (n + m + 1)) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

const PAIRS = KINDS.flatMap((one, index) => KINDS.slice(index + 1).map((other) => [one, other] as const));

describe("a guess at a password", () => {
  test("is answered with the same frames of the same sizes, whatever the name", async () => {
    const seen = new Set<string>();
    for (const name of [...KINDS, "no name at all", "a\u0301\u001b[2J", "x".repeat(200)]) {
      const { start, finish } = await guess(relay, name);
      const { type } = start.body;
      seen.add(JSON.stringify([type, start.length, { ...finish.body }, finish.length]));
    }
    expect([...seen]).toEqual([
      JSON.stringify([
        "sign-in-response",
        768,
        { type: "refused", code: "bad-credentials", head: 0, retryMs: 0, field: "" },
        256,
      ]),
    ]);
  });

  test("says locked and bad-code to nobody who does not know the password", async () => {
    for (const name of KINDS) expect(await tryCode(name, "a guess", "123456")).toBe("bad-credentials");
    expect(await tryCode("locked", PASSWORD, totp(totpSecret))).toBe("locked");
  });

  test("takes as long for a name that nobody has as for any other", { timeout: 120_000 }, async () => {
    const times = await timesOf(relay);
    for (const [one, other] of PAIRS) {
      expect.soft(apart(times[one].start, times[other].start), `start: ${one}, ${other}`).toBeLessThan(ALARM);
      expect.soft(apart(times[one].finish, times[other].finish), `finish: ${one}, ${other}`).toBeLessThan(ALARM);
    }
  });

  test("would be seen to take 2 ms longer for one name", { timeout: 120_000, retry: 2 }, async () => {
    const accountToTry: Store["accountToTry"] = async (name) => {
      const account = await store.accountToTry(name);
      const until = performance.now() + (account?.name === "somebody" ? 2 : 0);
      while (performance.now() < until);
      return account;
    };
    const slow = new Proxy(store, {
      get: (target, key) => (key === "accountToTry" ? accountToTry : Reflect.get(target, key)),
    });
    const times = await timesOf(await Relay.open({ ...ports, store: slow }));
    expect(apart(times.nobody.start, times.somebody.start)).toBeGreaterThan(ALARM);
    expect(apart(times.nobody.start, times.locked.start)).toBeLessThan(ALARM);
  });
});

test("every refusal of somebody who is not signed in is as long as every other, and as a done or a pong", () => {
  const lengths = RELAY_CODES.map((code) => {
    const body = { type: "refused", code, head: 0, retryMs: 86_400_000, field: "registration_request" } as const;
    return encodeFromServer({ request: 7, body }).length;
  });
  const others = ["done", "pong"] as const;
  for (const type of others) lengths.push(encodeFromServer({ request: 7, body: { type } }).length);
  expect(new Set(lengths)).toEqual(new Set([256]));
});
