/** Every frame in every state of a connection: what fits is answered once, what does not is refused and changes nothing. */
// Over 400 lines: a way into each state, and a row for it.
import {
  authBytes,
  type ClientBody,
  chainEntryHash,
  deviceHash,
  encodeFromClient,
  type FromServer,
  idOf,
  parseFromServer,
  type RelayCode,
  type ServerBody,
  userName,
} from "@sotto/wire";
import { beforeEach, describe, expect, test } from "vitest";
import { CLIENT_EXAMPLES } from "../../wire/test/frame-examples.ts";
import { sha256 } from "../src/crypto.ts";
import {
  memoryStore,
  type Peer,
  type Receiver,
  Relay,
  StoreError,
  silentJournal,
  systemClock,
  systemRandom,
} from "../src/index.ts";
import type { Tables } from "../src/store/store.ts";
import { firstEntry, type Key, login, makeKey, PASSWORD, register, some, totp } from "./client.ts";
import { configOf, identity } from "./running.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
let hosts = 0;

class FakePeer implements Peer {
  // Each from elsewhere: wrong guesses of one must not slow the next.
  readonly host = `2001:db8:${(++hosts).toString(16)}::1`;
  readonly address = `[${this.host}]:1`;
  readonly waitingBytes = 0;
  closed: string | undefined;
  readonly frames: FromServer[] = [];
  receiver!: Receiver;
  #request = 0;

  send(bytes: Uint8Array): void {
    const frame = parseFromServer(bytes);
    if (!frame.ok) throw new Error(`bad frame from the relay: ${frame.error.field}`);
    this.frames.push(frame.value);
  }
  close(_code: number, reason: string): void {
    this.closed = reason;
  }
  pause(): void {}
  resume(): void {}

  /** Everything that comes for one frame, until nothing more comes. */
  async say(body: ClientBody): Promise<readonly ServerBody[]> {
    const request = ++this.#request;
    this.receiver.receive(encodeFromClient({ request, body }));
    const answers = () => this.frames.filter((frame) => frame.request === request).map((frame) => frame.body);
    for (let turn = 0; turn < 200 && answers().length === 0; turn++) await settle();
    for (let turn = 0; turn < 5; turn++) await settle();
    return answers();
  }
  async ask<T extends ServerBody["type"]>(body: ClientBody, type: T): Promise<Extract<ServerBody, { type: T }>> {
    const answers = await this.say(body);
    const found = answers.find((answer) => answer.type === type);
    expect(found ?? answers, `${body.type} is answered by ${type}`).toMatchObject({ type });
    return found as Extract<ServerBody, { type: T }>;
  }
}

const READS: readonly (keyof Tables)[] = [
  "generation",
  "account",
  "accountNamed",
  "accountToTry",
  "directory",
  "chain",
  "device",
  "devicesOf",
  "room",
  "countRooms",
  "roomsOf",
  "roomsWithout",
  "entryMark",
  "entries",
  "groupInfo",
  "unknownDevices",
  "inboxLast",
  "inbox",
  "countKeyPackages",
  // Of an account that nobody has.
  "claimKeyPackages",
];
/** Who is here and what was done is written down whatever happens. */
const JOURNAL: readonly (keyof Tables)[] = ["audit", "connected", "disconnected", "dropLapsed"];

let relay: Relay;
let writes: (keyof Tables)[];
/** Everything that the store was asked, but for the journal. */
let asked: (keyof Tables)[];
/** What the disk fails at. */
let failing: keyof Tables | undefined;
let people = 0;

async function open(otp: "new-device" | "always"): Promise<void> {
  const trip = (method: keyof Tables): void => {
    if (method === failing) throw new StoreError("failed", "a bad block");
    if (!JOURNAL.includes(method)) asked.push(method);
    if (!READS.includes(method) && !JOURNAL.includes(method)) writes.push(method);
  };
  [writes, asked, failing] = [[], [], undefined];
  relay = await Relay.open({
    store: memoryStore({ generation: some(16), trip }),
    clock: systemClock,
    random: systemRandom,
    journal: silentJournal,
    config: configOf({ access: { for: "open" }, auth: { otp } }),
    ...identity(),
    address: () => "relay.example:7878",
  });
}

async function greeted() {
  const peer = new FakePeer();
  peer.receiver = relay.connect(peer);
  const nonce = some(32);
  const challenge = await peer.ask({ type: "hello", versions: [1], nonce, accessPassword: "" }, "challenge");
  return { peer, nonce, challenge };
}

async function signingUp() {
  const { peer, challenge } = await greeted();
  const name = userName(`person${people++}`)!;
  const registration = register(PASSWORD, name, challenge.relay);
  const { registrationResponse } = await peer.ask(
    { type: "sign-up-start", name, accessPassword: "", registrationRequest: registration.request },
    "sign-up-response",
  );
  const key = makeKey();
  const chainEntry = firstEntry(name, challenge.relay, key, makeKey());
  const finish: ClientBody = {
    type: "sign-up-finish",
    registrationRecord: registration.finish(registrationResponse),
    chainEntry,
  };
  return { peer, name, key, chainEntry, finish };
}

interface Account {
  readonly peer: FakePeer;
  readonly name: string;
  readonly key: Key;
  readonly chainEntry: Uint8Array;
  readonly totpSecret: Uint8Array;
}

async function pending(): Promise<Account> {
  const { finish, ...person } = await signingUp();
  const { totpSecret } = await person.peer.ask(finish, "sign-up-pending");
  return { ...person, totpSecret };
}

async function signedUp(): Promise<Account> {
  const person = await pending();
  await person.peer.ask({ type: "sign-up-confirm", code: totp(person.totpSecret) }, "session");
  return person;
}

async function signingIn() {
  const { name, totpSecret, chainEntry } = await signedUp();
  const { peer, challenge } = await greeted();
  const attempt = login(PASSWORD, name, challenge.relay);
  const { loginResponse } = await peer.ask(
    { type: "sign-in-start", name, loginRequest: attempt.request },
    "sign-in-response",
  );
  // The code of now was used to sign up; each counts once.
  const code = totp(totpSecret, Date.now() + 30_000);
  const finish: ClientBody = { type: "sign-in-finish", loginFinish: attempt.finish(loginResponse)!, code };
  return { peer, finish, account: idOf.account(chainEntryHash(chainEntry, sha256)) };
}

async function resuming() {
  const { name, key, chainEntry } = await signedUp();
  const { peer, nonce: clientNonce, challenge } = await greeted();
  const account = idOf.account(chainEntryHash(chainEntry, sha256));
  const device = idOf.device(deviceHash(key.publicKey, sha256));
  const { relay, version, generation, nonce: serverNonce } = challenge;
  const counter = 1;
  const signed = authBytes({ relay, account, device, clientNonce, serverNonce, version, generation, counter });
  const resume: ClientBody = { type: "resume", account, device, counter, signature: key.sign(signed) };
  return { peer, name, relay, resume };
}

async function resumed() {
  const { peer, name, relay, resume } = await resuming();
  await peer.ask(resume, "proof-needed");
  return { peer, name, relay };
}

interface Stand {
  readonly peer: FakePeer;
  /** What only this state does: it shows that the connection stands where it stood. */
  readonly goOn: () => Promise<unknown>;
}

interface Row {
  readonly state: string;
  readonly otp?: "always";
  readonly reach: () => Promise<Stand>;
  /** Frames that this state takes, right or wrong. */
  readonly takes: readonly ClientBody["type"][];
  /** What it says to all others. */
  readonly refusal: RelayCode;
  /** Frames that it refuses with another code. */
  readonly but?: Partial<Record<ClientBody["type"], RelayCode>>;
}

const STRANGERS = {
  refusal: "not-signed-in",
  takes: ["resume", "sign-up-start", "sign-in-start", "ping"],
  but: { hello: "bad-request", "sign-up-finish": "bad-request", "sign-in-finish": "bad-request" },
} as const;

const ROWS: readonly Row[] = [
  {
    state: "new",
    reach: async () => {
      const peer = new FakePeer();
      peer.receiver = relay.connect(peer);
      const goOn = () => peer.ask({ type: "hello", versions: [1], nonce: some(32), accessPassword: "" }, "challenge");
      return { peer, goOn };
    },
    takes: ["hello"],
    refusal: "not-signed-in",
  },
  {
    ...STRANGERS,
    state: "greeted",
    reach: async () => {
      const { peer, challenge } = await greeted();
      const { request } = login(PASSWORD, "nobody", challenge.relay);
      const goOn = () => peer.ask({ type: "sign-in-start", name: "nobody", loginRequest: request }, "sign-in-response");
      return { peer, goOn };
    },
  },
  {
    ...STRANGERS,
    state: "signing-up",
    reach: async () => {
      const { peer, finish } = await signingUp();
      return { peer, goOn: () => peer.ask(finish, "sign-up-pending") };
    },
    takes: ["resume", "sign-up-start", "sign-up-finish", "ping"],
    but: { hello: "bad-request", "sign-in-start": "bad-request", "sign-in-finish": "bad-request" },
  },
  {
    ...STRANGERS,
    state: "signing-in",
    reach: async () => {
      const { peer, finish } = await signingIn();
      return { peer, goOn: () => peer.ask(finish, "signed-in") };
    },
    takes: ["resume", "sign-in-start", "sign-in-finish", "ping"],
    but: { hello: "bad-request", "sign-up-start": "bad-request", "sign-up-finish": "bad-request" },
  },
  {
    state: "proved",
    reach: async () => {
      const { peer, finish, account } = await signingIn();
      await peer.ask(finish, "signed-in");
      return { peer, goOn: () => peer.ask({ type: "chain-get", accounts: [account] }, "chains") };
    },
    takes: ["ping", "chain-append"],
    refusal: "not-allowed",
  },
  {
    state: "resumed",
    otp: "always",
    reach: async () => {
      const { peer, name, relay } = await resumed();
      const { request } = login(PASSWORD, name, relay);
      return { peer, goOn: () => peer.ask({ type: "sign-in-start", name, loginRequest: request }, "sign-in-response") };
    },
    takes: ["ping", "sign-in-start"],
    refusal: "not-signed-in",
    but: { "sign-in-finish": "bad-request" },
  },
  {
    state: "pending",
    reach: async () => {
      const { peer, totpSecret } = await pending();
      return { peer, goOn: () => peer.ask({ type: "sign-up-confirm", code: totp(totpSecret) }, "session") };
    },
    takes: ["ping", "sign-up-confirm"],
    refusal: "otp-pending",
  },
];

const EXAMPLES = Object.entries(CLIENT_EXAMPLES);

describe.each(ROWS)("a connection that is $state", ({ otp, reach, takes, refusal, but = {} }) => {
  // The first account is the operator's.
  beforeEach(async () => {
    await open(otp ?? "new-device");
    await signedUp();
  });

  test.each(EXAMPLES.filter(([, body]) => !takes.includes(body.type)))(
    "refuses %s, stores nothing of it and stands where it stood",
    async (_, body) => {
      const { peer, goOn } = await reach();
      writes = [];
      const answers = await peer.say(body);
      expect(answers).toMatchObject([{ type: "refused", code: but[body.type] ?? refusal }]);
      // Once more: a refusal is no step towards anything.
      expect(await peer.say(body)).toEqual(answers);
      expect(writes).toEqual([]);
      expect(peer.closed).toBeUndefined();
      await goOn();
    },
  );

  test.each(EXAMPLES.filter(([, body]) => takes.includes(body.type)))(
    "answers %s, which is right for it and has rubbish in it, once",
    async (_, body) => {
      const { peer } = await reach();
      expect(await peer.say(body)).toHaveLength(1);
      expect(peer.closed).toBeUndefined();
    },
  );

  test("is ended by bytes that are no frame, and says so once", async () => {
    const { peer } = await reach();
    const before = peer.frames.length;
    writes = [];
    peer.receiver.receive(some(40));
    peer.receiver.receive(encodeFromClient({ request: 9999, body: { type: "ping" } }));
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(peer.frames.slice(before)).toMatchObject([{ request: 0, body: { type: "refused", code: "bad-request" } }]);
    expect(peer.closed).toBeDefined();
    expect(writes).toEqual([]);
  });
});

describe("a connection of a device", () => {
  beforeEach(async () => {
    await open("new-device");
    await signedUp();
  });

  const GETTING_IN: readonly ClientBody["type"][] = [
    "hello",
    "resume",
    "sign-up-start",
    "sign-up-finish",
    "sign-up-confirm",
    "sign-in-start",
    "sign-in-finish",
  ];

  test.each(EXAMPLES)("answers %s once, and serves what comes after it", async (_, body) => {
    const { peer } = await signedUp();
    writes = [];
    const answers = await peer.say(body);
    expect(answers).toHaveLength(1);
    if (GETTING_IN.includes(body.type)) expect(answers).toMatchObject([{ type: "refused", code: "bad-request" }]);
    if (body.type === "admin") expect(answers).toMatchObject([{ type: "refused", code: "not-allowed" }]);
    if (answers[0]?.type === "refused") expect(writes).toEqual([]);
    await peer.ask({ type: "directory", name: "" }, "directory-list");
    expect(peer.closed).toBeUndefined();
  });

  test("answers all frames at once with one answer each, by its number", async () => {
    const { peer } = await signedUp();
    const bodies = EXAMPLES.map(([, body]) => body).filter(({ type }) => !GETTING_IN.includes(type));
    const before = peer.frames.length;
    const all = await Promise.all(bodies.map((body) => peer.say(body)));
    expect(all.map((answers) => answers.length)).toEqual(bodies.map(() => 1));
    expect(peer.frames.slice(before).filter(({ request }) => request !== 0)).toHaveLength(bodies.length);
  });
});

describe("a frame that would let somebody in, on a disk that fails at one of the things that it needs,", () => {
  beforeEach(async () => {
    await open("new-device");
    await signedUp();
  });

  const LETS_IN: readonly ServerBody["type"][] = [
    "session",
    "signed-in",
    "confirmed",
    "sign-up-pending",
    "proof-needed",
  ];
  test.each<{ frame: string; reach: () => Promise<{ peer: FakePeer; body: ClientBody }> }>([
    {
      frame: "resume",
      reach: async () => {
        const { peer, resume } = await resuming();
        return { peer, body: resume };
      },
    },
    {
      frame: "sign-in-finish",
      reach: async () => {
        const { peer, finish } = await signingIn();
        return { peer, body: finish };
      },
    },
    {
      frame: "sign-up-finish",
      reach: async () => {
        const { peer, finish } = await signingUp();
        return { peer, body: finish };
      },
    },
    {
      frame: "sign-up-confirm",
      reach: async () => {
        const { peer, totpSecret } = await pending();
        return { peer, body: { type: "sign-up-confirm", code: totp(totpSecret) } };
      },
    },
  ])("lets nobody in: $frame", async ({ reach }) => {
    const whole = await reach();
    asked = [];
    const letIn = (await whole.peer.say(whole.body)).map(({ type }) => type);
    expect(LETS_IN).toContain(letIn[0]);
    const needed = [...new Set(asked)];
    expect(needed.length).toBeGreaterThan(0);
    for (const method of needed) {
      const { peer, body } = await reach();
      failing = method;
      const answers = await peer.say(body);
      failing = undefined;
      expect(answers, `without ${method}`).toMatchObject([{ type: "refused", code: "internal" }]);
    }
  });
});
