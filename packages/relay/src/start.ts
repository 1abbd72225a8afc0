/** Starts a whole relay in this process: keys, store, relay, sockets. `sottod`, tests and benches go through here. */
import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { type Config, EXIT, formatLink, type SettingInForce, toHex } from "@sotto/wire";
import { Opaque } from "./account/opaque.ts";
import { openAdminSocket } from "./admin/socket.ts";
import { databaseAside, putDatabaseInPlace, removeLeftovers } from "./first-start.ts";
import { databaseFile, makeKeys, openKeys, type RelayKeys } from "./key-file.ts";
import type { Clock, Journal, Random } from "./ports.ts";
import { readPublicCertificate } from "./public-certificate.ts";
import { Relay } from "./relay.ts";
import { type Listener, listen } from "./server.ts";
import { memoryStore } from "./store/memory.ts";
import { OpenError, sqliteStore } from "./store/sqlite.ts";
import type { Store, StoreError } from "./store/store.ts";
import { Trouble } from "./trouble.ts";
import { version } from "./version.ts";

export interface StartOptions {
  readonly config: Config;
  /** The data folder; undefined: everything is kept in memory and forgotten at the end. */
  readonly data: string | undefined;
  readonly journal?: Journal;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Called when the database was lost while running: the relay can only be ended. */
  readonly onLost?: (error: Error) => void;
  /** Called when an operator orders the relay to stop; absent: it stops by itself and the process goes on. */
  readonly onStop?: () => void;
  /** What the operator is shown of the configuration. */
  readonly settings?: readonly SettingInForce[];
}

export interface RunningRelay {
  /** `wss://HOST:PORT/v1`: where it listens. */
  readonly url: string;
  /** What a newcomer is given, with the access password of now. */
  readonly link: string;
  /** undefined: the relay is open. */
  readonly accessPassword: string | undefined;
  /** SHA-256 of the root's SPKI. */
  readonly pin: Uint8Array;
  /** PEM of the root certificate, which a client may trust instead of learning it at first contact. */
  readonly rootCertificate: string;
  /** HOST:PORT in links; `guessed` when it listens everywhere and one of this machine's addresses was taken. */
  readonly publicAddress: { readonly text: string; readonly guessed: boolean };
  /** Reads the files of [tls] again. @throws Trouble, and shows what it showed before. */
  renewCertificate(): void;
  /** Tells everybody, writes what is to be written, and ends. */
  stop(): Promise<void>;
}

export const systemRandom: Random = (length) => new Uint8Array(randomBytes(length));

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    // Waiting for somebody who is slow keeps no process alive.
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const silent = (): void => undefined;
export const silentJournal: Journal = { debug: silent, info: silent, warn: silent, error: silent };

/** @throws Trouble when it cannot start, in words for the operator. */
export async function startRelay(options: StartOptions): Promise<RunningRelay> {
  const { config, data, journal = silentJournal, clock = systemClock, random = systemRandom } = options;
  const publicCertificate = readPublicCertificate(config);
  const keys = data === undefined ? await makeKeys(random, clock.now()) : await keysOf(options, data, random);
  const store = await openStore(options, keys, random, failures(journal, clock));
  if (data !== undefined) removeLeftovers(data);
  let address = "";
  let stop = async (): Promise<void> => undefined;
  const opening = Relay.open({
    store,
    clock,
    random,
    journal,
    config,
    relay: keys.relay,
    opaque: new Opaque(keys.opaqueSetup, toHex(keys.relay)),
    address: () => address,
    stop: options.onStop ?? (() => void stop()),
  });
  try {
    const listener = await listen(
      { ...config.server, limits: config.limits, keys, publicCertificate, journal },
      opening,
    );
    const publicAddress = addressFor(config, listener);
    address = publicAddress.text;
    const relay = await opening;
    const url = `wss://${bracketed(listener.address)}:${listener.port}/v1`;
    const place = { ...split(publicAddress.text, listener.port), room: undefined };
    // Whom an authority vouches for needs no pin in links: they lead through a proxy that ends TLS, too.
    const pin = publicCertificate === undefined ? keys.pin : undefined;
    const link = (): string => formatLink({ ...place, pin, accessPassword: relay.accessPassword });
    const facts = { version: version(), pid: process.pid, url, link, startedAt: clock.now() };
    const desk = relay.desk({ ...facts, settings: options.settings ?? [] });
    const adminSocket = data === undefined ? undefined : await openAdminSocket(data, desk);
    const stopOnce = async (): Promise<void> => {
      relay.drain();
      await listener.close();
      await adminSocket?.[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    };
    let stopping: Promise<void> | undefined;
    stop = () => {
      stopping ??= stopOnce();
      return stopping;
    };
    return {
      url,
      get link() {
        return link();
      },
      get accessPassword() {
        return relay.accessPassword;
      },
      pin: keys.pin,
      rootCertificate: keys.rootCertificate,
      publicAddress,
      renewCertificate: () => listener.replaceCertificate(readPublicCertificate(config)),
      stop,
    };
  } catch (error) {
    await opening.then(
      (relay) => relay.drain(),
      () => undefined,
    );
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** The keys of a data folder, beside which its database is from now on. */
async function keysOf(options: StartOptions, data: string, random: Random): Promise<RelayKeys> {
  const now = (options.clock ?? systemClock).now();
  const keys = await openKeys(data, random, now, async (made) => {
    await using _ = await openStore(options, made, random, () => undefined, databaseAside(data, made));
  });
  putDatabaseInPlace(data, keys);
  expectDatabase(data);
  return keys;
}

/** SQLite's smallest page. */
const DATABASE_BYTES_MIN = 512;

/** SQLite makes a new database where there is none: every account and every room would be gone without a word. */
function expectDatabase(data: string): void {
  const file = databaseFile(data);
  if (existsSync(file) && statSync(file).size >= DATABASE_BYTES_MIN) return;
  throw new Trouble(
    `${file} is ${existsSync(file) ? "empty" : "missing"}, and relay.key beside it belongs to a relay that had one`,
    "put it back from a backup; if this relay never ran before, remove relay.key as well and start again",
  );
}

/** How often a failing database is written about: who asks it a thousand times a second must not fill the journal. */
const FAILURE_EVERY_MS = 10_000;

/** What the operator is told of a full disk or a damaged page; whoever asked is told a code. */
function failures(journal: Journal, clock: Clock): (error: StoreError) => void {
  let quietUntil = 0;
  return (error) => {
    if (clock.now() < quietUntil) return;
    quietUntil = clock.now() + FAILURE_EVERY_MS;
    journal.error({ code: error.code, reason: error.message }, "the database did not store");
  };
}

async function openStore(
  { data, config, onLost }: StartOptions,
  keys: RelayKeys,
  random: Random,
  onFailed: (error: StoreError) => void,
  place?: string,
): Promise<Store> {
  const generation = random(16);
  if (data === undefined) return memoryStore({ generation });
  const file = place ?? databaseFile(data);
  const { diskMb } = config.limits;
  const bytesMax = diskMb === 0 ? undefined : diskMb * 1024 * 1024;
  try {
    return await sqliteStore({ file, key: keys.databaseKey, generation, bytesMax }, onLost, onFailed);
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    if (error.fault === "in-use") {
      throw new Trouble(
        `another sottod is running on ${data}`,
        "stop it first, or choose another data folder with --data DIR",
        EXIT.failed,
        error,
      );
    }
    if (error.fault === "damaged") {
      throw new Trouble(
        `${file} is damaged: ${error.message}`,
        "put it back from a backup, together with relay.key; nothing was changed",
        EXIT.failed,
        error,
      );
    }
    if (error.fault === "wrong-key") {
      throw new Trouble(
        `${file} is damaged or belongs to another key file`,
        "put both back from the same backup; nothing was changed",
        EXIT.failed,
        error,
      );
    }
    throw new Trouble(
      `cannot open ${file}: ${error.message}`,
      "check that the folder belongs to the user that runs sottod, and that the disk has room",
      EXIT.failed,
      error,
    );
  }
}

function addressFor(config: Config, listener: Pick<Listener, "address" | "port">): RunningRelay["publicAddress"] {
  const { public: given } = config.server;
  if (given !== undefined) {
    const hasPort = /^(\[[^\]]*\]|[^:]*):[0-9]+$/.test(given);
    return { text: hasPort ? given : `${given}:${listener.port}`, guessed: false };
  }
  const isEverywhere = listener.address === "0.0.0.0" || listener.address === "::";
  const host = isEverywhere ? (firstAddress() ?? "127.0.0.1") : listener.address;
  return { text: `${bracketed(host)}:${listener.port}`, guessed: isEverywhere };
}

function firstAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const others = all.filter((one) => !one.internal && !one.address.startsWith("fe80:"));
  return (others.find((one) => one.family === "IPv4") ?? others[0])?.address;
}

function split(address: string, port: number): { readonly host: string; readonly port: number } {
  const match = /^(.*):([0-9]+)$/.exec(address);
  return { host: match?.[1] ?? address, port: Number(match?.[2] ?? port) };
}

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);
