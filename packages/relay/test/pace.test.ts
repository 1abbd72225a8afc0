/** The arithmetic of limits: rates, the table of paces, wrong codes, places. Nobody honest is over one. */
import { type AccountId, idOf } from "@sotto/wire";
import { describe, expect, test } from "vitest";
import { Attempts } from "../src/account/attempts.ts";
import { Admission } from "../src/admission.ts";
import { type Kind, Pace, type Who } from "../src/pace.ts";
import { placeOf } from "../src/place.ts";
import { RateLimit } from "../src/rate.ts";

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

  test.each<Kind>([
    "commit",
    "join",
    "create",
    "chain-get",
    "chain-append",
    "directory",
    "group-info-get",
    "readmit",
    "restore",
    "restored-entry",
    "fetch",
    "inbox-fetch",
    "password-start",
  ])("of %s is for all devices of an account together twice that of one", (kind) => {
    const one = letThrough(kind, { device: "0", account: "ann" }, 100_000);
    const pace = new Pace(DEFAULTS);
    const all = ["0", "1", "2", "3"].map((device) => letThrough(kind, { device, account: "ann" }, 100_000, pace));
    expect(one).toBeLessThan(100_000);
    expect(all).toEqual([one, one, 0, 0]);
  });

  test("of what is given back counts each entry", () => {
    const pace = new Pace(DEFAULTS);
    let taken = 0;
    while (taken < 1000 && pace.take("restored-entry", { device: "0", account: "ann" }, 0, 500) === 0) taken++;
    expect(taken).toBe(40);
    expect(pace.take("restored-entry", { device: "0", account: "ann" }, 0)).toBe(20);
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
