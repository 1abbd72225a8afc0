/**
 * How fast anybody may ask, in one table. A limit is there for who wants to do harm: nobody honest reaches one, a bot
 * that sends flat out excepted, which waits. What is over a limit is refused `rate-limited` with the wait, and nothing
 * is counted for it.
 *
 * Each number of an account is twice that of a device, so that one device of somebody leaves something for the others.
 * Guessing of passwords is slowed down apart from this (account/guesses.ts), and cannot be turned off.
 */
import type { Config } from "@sotto/wire";
import { type Rate, RateLimit } from "./rate.ts";

/** Whose limit it is; `pair` is who asks together with whom it is about. */
export type By = "device" | "account" | "address" | "pair";
export type Who = { readonly [B in By]?: string | undefined };
type Rates = { readonly [B in By]?: Rate };

const rate = (perSecond: number, burst: number): Rate => ({ perSecond, burst });

const TABLE = {
  // Who revokes a device or comes back after a month owes a commit to every room; some hundred of them at once.
  commit: { device: rate(5, 300), account: rate(10, 600) },
  // A person who is let into fifty rooms in one evening pastes fifty links.
  join: { device: rate(1, 100), account: rate(2, 200) },
  // Somebody who moves a whole team here writes a script.
  create: { device: rate(1, 100), account: rate(2, 200) },
  // A first word to everybody of a large relay, or somebody new added to all rooms.
  claim: { account: rate(2, 300) },
  // Beyond this the packages of that account are spared and the last resort is given: no wait, and nothing to empty. A
  // device keeps twenty at the relay.
  "claim-of-one": { pair: rate(1 / 3600, 10) },
  // One for each five hundred people, and one for each stranger in a room, after a long absence.
  "chain-get": { device: rate(10, 300), account: rate(20, 600) },
  // Some devices added or revoked in an evening. Each is verified, and all others of the account are told.
  "chain-append": { device: rate(0.2, 20), account: rate(0.4, 40) },
  // A person who looks people up, or a script that does so for a list of names.
  directory: { device: rate(5, 100), account: rate(10, 200) },
  // One for each join, and again for each that somebody else's commit overtook.
  "group-info-get": { device: rate(5, 400), account: rate(10, 800) },
  // A new device asks once for each room of its account; the relay keeps one ask open for each.
  readmit: { device: rate(5, 1000), account: rate(10, 2000) },
  // A relay that lost a month is given that much back, a room at a time.
  restore: { device: rate(5, 1000), account: rate(10, 2000) },
  // The entries in these, each of them. A relay of a small team that lost a year gets it back within the hour.
  "restored-entry": { device: rate(50, 20_000), account: rate(100, 40_000) },
  // Once for each room after an absence, and again for each part of five hundred entries.
  fetch: { device: rate(50, 2000), account: rate(100, 4000) },
  "inbox-fetch": { device: rate(50, 2000), account: rate(100, 4000) },
  // A password is changed once a year. Each costs the relay milliseconds of arithmetic.
  "password-start": { device: rate(0.1, 10), account: rate(0.2, 20) },
  // A hundred people behind one address whose relay has started again, each with three devices, some of them in vain.
  connection: { address: rate(20, 1000) },
  hello: { address: rate(20, 1000) },
  // A class of a hundred that signs up in the same minute, each trying some names. Each costs arithmetic and a place.
  "sign-up": { address: rate(1, 300) },
  // Two arithmetic steps of milliseconds before anybody has shown anything.
  "sign-in": { address: rate(5, 300) },
} as const satisfies Record<string, Rates>;

export type Kind = keyof typeof TABLE | "message";

/** What is sent from one address may be that of many people. */
const PEOPLE_BEHIND_ADDRESS = 10;

/** The limits of one relay. With `security.max_messages_per_sec = 0` there are none. */
export class Pace {
  readonly #limits = new Map<Kind, readonly (readonly [By, RateLimit<string>])[]>();

  constructor({ maxMessagesPerSec, burst }: Config["security"]) {
    if (maxMessagesPerSec === 0) return;
    this.#set("message", {
      device: rate(maxMessagesPerSec, burst),
      account: rate(2 * maxMessagesPerSec, 2 * burst),
      address: rate(PEOPLE_BEHIND_ADDRESS * maxMessagesPerSec, PEOPLE_BEHIND_ADDRESS * burst),
    });
    for (const kind of KINDS) this.#set(kind, TABLE[kind]);
  }

  #set(kind: Kind, rates: Rates): void {
    const limits: (readonly [By, RateLimit<string>])[] = [];
    for (const by of BYS) {
      const one = rates[by];
      if (one !== undefined) limits.push([by, new RateLimit<string>(one)]);
    }
    this.#limits.set(kind, limits);
  }

  /**
   * Counts one against each limit of `who` and gives 0, or says how long to wait and counts nothing.
   *
   * @param times - counts as so many, all of which may come when the first may.
   */
  take(kind: Kind, who: Who, now: number, times = 1): number {
    const limits = this.#limits.get(kind) ?? [];
    let waitMs = 0;
    for (const [by, limit] of limits) {
      const key = who[by];
      if (key !== undefined) waitMs = Math.max(waitMs, limit.waitMs(key, now));
    }
    if (waitMs > 0) return waitMs;
    for (const [by, limit] of limits) {
      const key = who[by];
      if (key !== undefined) limit.count(key, now, times);
    }
    return 0;
  }
}

const BYS: readonly By[] = ["device", "account", "address", "pair"];
const isKind = (name: string): name is keyof typeof TABLE => Object.hasOwn(TABLE, name);
const KINDS = Object.keys(TABLE).filter(isKind);
