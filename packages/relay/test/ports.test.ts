/** Readers that are too slow, strangers that are too slow, and a store that fails: with a clock and peers of our own. */
// Over 400 lines: one relay without I/O, and everything that its ports can do to it.
import {
  authBytes,
  type ClientBody,
  chainEntryHash,
  chainStates,
  deviceHash,
  encodeFromClient,
  encodeHeader,
  type FromServer,
  idOf,
  makeChainEntry,
  parseFromServer,
  type ServerBody,
  userName,
} from "@sotto/wire";
import { beforeEach, describe, expect, test } from "vitest";
import { chainPort, sha256 } from "../src/crypto.ts";
import {
  type Clock,
  memoryStore,
  type Peer,
  type Receiver,
  Relay,
  type RelayPorts,
  StoreError,
  silentJournal,
  systemRandom,
} from "../src/index.ts";
import type { Store, Tables } from "../src/store/store.ts";
import {
  firstEntry,
  makeKey,
  ownRoom,
  PASSWORD,
  register,
  roomOfBoth,
  some,
  someEntry,
  someRoom,
  totp,
} from "./client.ts";
import { configOf, identity } from "./running.ts";

const MB = 1024 * 1024;

class FakeClock implements Clock {
  time = 1_700_000_000_000;
  #waiting: { at: number; work: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(ms: number, work: () => void): () => void {
    const one = { at: this.time + ms, work };
    this.#waiting.push(one);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== one);
    };
  }
  pass(ms: number): void {
    this.time += ms;
    const due = this.#waiting.filter((one) => one.at <= this.time);
    this.#waiting = this.#waiting.filter((one) => one.at > this.time);
    for (const one of due) one.work();
  }
}

/** A client whose socket takes only as much as it is told. */
class FakePeer implements Peer {
  readonly address = "192.0.2.1:1";
  readonly host = "192.0.2.1";
  waitingBytes = 0;
  isStuck = false;
  isPaused = false;
  closed: { code: number; reason: string } | undefined;
  readonly frames: FromServer[] = [];
  receiver!: Receiver;
  #request = 0;

  send(bytes: Uint8Array): void {
    if (this.isStuck) this.waitingBytes += bytes.length;
    const frame = parseFromServer(bytes);
    if (!frame.ok) throw new Error("bad frame");
    this.frames.push(frame.value);
  }
  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  /** The socket takes everything. */
  drain(): void {
    this.waitingBytes = 0;
    this.isStuck = false;
    this.receiver.drained();
  }
  say(body: ClientBody): number {
    this.receiver.receive(encodeFromClient({ request: ++this.#request, body }));
    return this.#request;
  }
  async ask<T extends ServerBody["type"]>(
    body: ClientBody,
    type: T,
    index = 0,
  ): Promise<Extract<ServerBody, { type: T }>> {
    const request = this.say(body);
    for (let turn = 0; turn < 200; turn++) {
      const found = this.frames.filter((frame) => frame.request === request)[index]?.body;
      if (found !== undefined) {
        expect(found).toMatchObject({ type });
        return found as Extract<ServerBody, { type: T }>;
      }
      await settle();
    }
    throw new Error(`no answer to ${body.type}`);
  }
  seqs(): number[] {
    return this.frames.flatMap(({ body }) => (body.type === "event" ? body.entries.map(({ seq }) => seq) : []));
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let clock: FakeClock;
let relay: Relay;
let ports: RelayPorts;
let trip: (method: keyof Tables) => void;
let people = 0;

beforeEach(async () => {
  clock = new FakeClock();
  trip = () => undefined;
  ports = {
    store: memoryStore({ generation: some(16), trip: (method) => trip(method) }),
    clock,
    random: systemRandom,
    journal: silentJournal,
    config: configOf({ access: { for: "open" } }),
    ...identity(),
    address: () => "relay.example:7878",
  };
  relay = await Relay.open(ports);
});

function dial(): FakePeer {
  const peer = new FakePeer();
  peer.receiver = relay.connect(peer);
  return peer;
}

async function signUp() {
  const peer = dial();
  const name = userName(`person${people++}`)!;
  const challenge = await peer.ask({ type: "hello", versions: [1], nonce: some(32), accessPassword: "" }, "challenge");
  const registration = register(PASSWORD, name, challenge.relay);
  const start = await peer.ask(
    { type: "sign-up-start", name, accessPassword: "", registrationRequest: registration.request },
    "sign-up-response",
  );
  const key = makeKey();
  const chainEntry = firstEntry(name, challenge.relay, key, makeKey());
  const registrationRecord = registration.finish(start.registrationResponse);
  const { totpSecret } = await peer.ask({ type: "sign-up-finish", registrationRecord, chainEntry }, "sign-up-pending");
  await peer.ask({ type: "sign-up-confirm", code: totp(totpSecret, clock.time) }, "session", 1);
  const ref = {
    account: idOf.account(chainEntryHash(chainEntry, sha256)),
    device: idOf.device(deviceHash(key.publicKey, sha256)),
  };
  return { peer, ref, key, challenge, chainEntry };
}

const append = (room: ReturnType<typeof someRoom>, bytes = some(100), head = 1): ClientBody => ({
  type: "append",
  room,
  id: someEntry(),
  head,
  base: head,
  bytes,
  continues: false,
});

async function roomOfTwo() {
  const [ann, bob] = [await signUp(), await signUp()];
  const room = roomOfBoth(ann.ref.account, bob.ref.account);
  const header = encodeHeader({ adds: [ann.ref], removes: [] });
  const commit = {
    room,
    id: someEntry(),
    head: 0,
    base: 0,
    bytes: some(10),
    header: encodeHeader({ adds: [bob.ref], removes: [] }),
    welcomes: [],
    link: undefined,
    joinToken: undefined,
  };
  await ann.peer.ask({ type: "room-create", room, header, link: undefined, commit }, "ack");
  await settle();
  return { ann, bob, room };
}

describe("a slow reader", () => {
  test("gets no more pushes above 8 MiB, and once it has read, the newest entry, which shows the gap", async () => {
    const { ann, bob, room } = await roomOfTwo();
    bob.peer.isStuck = true;
    for (let seq = 2; seq <= 41; seq++) await ann.peer.ask(append(room, some(500_000)), "ack");
    const pushed = bob.peer.seqs();
    expect(bob.peer.waitingBytes).toBeLessThan(9 * MB);
    expect(pushed.length).toBeLessThan(20);
    expect(ann.peer.seqs()).toEqual(Array.from({ length: 41 }, (_, index) => index + 1));
    bob.peer.waitingBytes = 2 * MB;
    bob.peer.receiver.drained();
    await settle();
    expect(bob.peer.seqs()).toEqual(pushed);
    bob.peer.drain();
    for (let turn = 0; turn < 5; turn++) await settle();
    expect(bob.peer.seqs()).toEqual([...pushed, 41]);
    await ann.peer.ask(append(room), "ack");
    await settle();
    expect(bob.peer.seqs()).toEqual([...pushed, 41, 42]);
  });

  test("is not read from either while its answers wait", async () => {
    const { ann, bob, room } = await roomOfTwo();
    for (let seq = 2; seq <= 3; seq++) await ann.peer.ask(append(room, some(500_000)), "ack");
    bob.peer.isStuck = true;
    for (let time = 0; time < 20; time++) bob.peer.say({ type: "fetch", room, from: 2, limit: 500 });
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(bob.peer.isPaused).toBe(true);
    bob.peer.drain();
    expect(bob.peer.isPaused).toBe(false);
  });

  test("more than 256 requests in hand stop the reading until they are served", async () => {
    const { ann } = await roomOfTwo();
    for (let time = 0; time < 300; time++) ann.peer.say({ type: "directory", name: "" });
    expect(ann.peer.isPaused).toBe(true);
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(ann.peer.isPaused).toBe(false);
  });

  test.each<{ what: string; times: number; make: (room: ReturnType<typeof someRoom>) => ClientBody }>([
    { what: "long messages", times: 17, make: (room) => append(room, some(500_000)) },
    { what: "questions with long answers", times: 11, make: (room) => ({ type: "fetch", room, from: 1, limit: 500 }) },
    { what: "questions for the inbox", times: 11, make: () => ({ type: "inbox-fetch", from: 1 }) },
  ])("more than 8 MiB of $what in hand stop the reading too", async ({ times, make }) => {
    const { ann, room } = await roomOfTwo();
    for (let time = 0; time < times; time++) {
      expect(ann.peer.isPaused).toBe(false);
      ann.peer.say(make(room));
    }
    expect(ann.peer.isPaused).toBe(true);
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(ann.peer.isPaused).toBe(false);
  });

  test("is hung up on when its own answers are more than 16 MiB", async () => {
    const { ann, bob, room } = await roomOfTwo();
    await ann.peer.ask(append(room, some(500_000)), "ack");
    bob.peer.isStuck = true;
    for (let time = 0; time < 60; time++) bob.peer.say({ type: "fetch", room, from: 2, limit: 500 });
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(bob.peer.closed).toMatchObject({ code: 1013 });
    expect(bob.peer.waitingBytes).toBeLessThan(17 * MB);
  });
});

test("who is brought in again while it says that it has read that it was out stays in", async () => {
  let asked: PromiseWithResolvers<void> | undefined;
  const { store } = ports;
  const setCursor: Store["setCursor"] = async (...args) => {
    const isOut = await store.setCursor(...args);
    await asked?.promise;
    return isOut;
  };
  const slow = new Proxy(store, {
    get: (target, name) => (name === "setCursor" ? setCursor : Reflect.get(target, name)),
  });
  relay = await Relay.open({ ...ports, store: slow });
  const { ann, bob, room } = await roomOfTwo();
  const commit = (head: number, header: Parameters<typeof encodeHeader>[0]): ClientBody => {
    const parts = { id: someEntry(), head, base: head, bytes: some(10), header: encodeHeader(header) };
    return { type: "commit", room, ...parts, welcomes: [], link: undefined, joinToken: undefined };
  };
  const DAY_MS = 24 * 60 * 60 * 1000;
  clock.pass(DAY_MS);
  await ann.peer.ask(commit(1, { adds: [], removes: [bob.ref] }), "ack");
  clock.pass(DAY_MS);
  await ann.peer.ask(append(room, some(10), 2), "ack");
  asked = Promise.withResolvers();
  const read = bob.peer.say({ type: "cursor", room, seq: 2 });
  for (let turn = 0; turn < 20; turn++) await settle();
  await ann.peer.ask(commit(2, { adds: [bob.ref], removes: [] }), "ack");
  asked.resolve();
  for (let turn = 0; turn < 20; turn++) await settle();
  expect(bob.peer.frames.find(({ request }) => request === read)?.body).toEqual({ type: "done" });
  await bob.peer.ask(append(room, some(10), 4), "ack");
});

describe("time", () => {
  test("a stranger without progress is hung up on after a minute", async () => {
    const [silent, greeted] = [dial(), dial()];
    clock.pass(59_000);
    await greeted.ask({ type: "hello", versions: [1], nonce: some(32), accessPassword: "" }, "challenge");
    clock.pass(1000);
    expect(silent.closed).toMatchObject({ code: 1008 });
    expect(greeted.closed).toBeUndefined();
    clock.pass(59_000);
    expect(greeted.closed).toMatchObject({ code: 1008 });
  });

  test("a signed-in device may be silent for as long as it likes", async () => {
    const { peer } = await signUp();
    clock.pass(24 * 60 * 60 * 1000);
    expect(peer.closed).toBeUndefined();
  });

  test("a name that was not confirmed in 15 minutes is free again, and its device unknown", async () => {
    const peer = dial();
    const name = userName("lapsed")!;
    const challenge = await peer.ask(
      { type: "hello", versions: [1], nonce: some(32), accessPassword: "" },
      "challenge",
    );
    const registration = register(PASSWORD, name, challenge.relay);
    const start = {
      type: "sign-up-start",
      name,
      accessPassword: "",
      registrationRequest: registration.request,
    } as const;
    const { registrationResponse } = await peer.ask(start, "sign-up-response");
    const [key, registrationRecord] = [makeKey(), registration.finish(registrationResponse)];
    const chainEntry = firstEntry(name, challenge.relay, key, makeKey());
    await peer.ask({ type: "sign-up-finish", registrationRecord, chainEntry }, "sign-up-pending");
    clock.pass(15 * 60_000);
    expect(peer.closed).toMatchObject({ code: 1008 });
    const other = dial();
    const clientNonce = some(32);
    const again = await other.ask(
      { type: "hello", versions: [1], nonce: clientNonce, accessPassword: "" },
      "challenge",
    );
    const [account, device] = [
      idOf.account(chainEntryHash(chainEntry, sha256)),
      idOf.device(deviceHash(key.publicKey, sha256)),
    ];
    const { relay: id, nonce: serverNonce, version, generation } = again;
    const signature = key.sign(
      authBytes({ relay: id, account, device, clientNonce, serverNonce, version, generation, counter: 1 }),
    );
    expect(await other.ask({ type: "resume", account, device, counter: 1, signature }, "refused")).toMatchObject({
      code: "bad-credentials",
    });
    expect(await other.ask(start, "sign-up-response")).toBeDefined();
  });
});

describe("while a device signs in", () => {
  type Someone = Awaited<ReturnType<typeof signUp>>;
  let held: PromiseWithResolvers<void> | undefined;

  /** A relay whose store says in which rooms a device is only when it is let go. */
  beforeEach(async () => {
    held = undefined;
    const { store } = ports;
    const roomsOf: Store["roomsOf"] = async (device) => {
      const rooms = await store.roomsOf(device);
      await held?.promise;
      return rooms;
    };
    const slow = new Proxy(store, {
      get: (target, name) => (name === "roomsOf" ? roomsOf : Reflect.get(target, name)),
    });
    relay = await Relay.open({ ...ports, store: slow });
  });

  const hold = (): (() => void) => {
    held = Promise.withResolvers<void>();
    return held.resolve;
  };
  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) await settle();
  };

  /** As far as a Resume that has not been answered yet. */
  async function resuming({ ref, key }: Someone): Promise<FakePeer> {
    const peer = dial();
    const clientNonce = some(32);
    const hello = { type: "hello", versions: [1], nonce: clientNonce, accessPassword: "" } as const;
    const { relay: id, nonce: serverNonce, version, generation } = await peer.ask(hello, "challenge");
    const auth = { relay: id, ...ref, clientNonce, serverNonce, version, generation, counter: 1 };
    peer.say({ type: "resume", ...ref, counter: 1, signature: key.sign(authBytes(auth)) });
    await turns(20);
    return peer;
  }

  test("what comes into its inbox is shown to it afterwards", async () => {
    const { ann, bob, room } = await roomOfTwo();
    const go = hold();
    const peer = await resuming(bob);
    for (const { ref } of [ann, bob]) await ports.store.notify([ref.device], { kind: "chain-grew" });
    go();
    await turns(20);
    expect(peer.frames.slice(1).map(({ body }) => body)).toMatchObject([
      { type: "session", inboxLast: 0, rooms: [{ room }] },
      { type: "inbox-event", entry: { number: 1, kind: "chain-grew" } },
    ]);
  });

  test("and is revoked meanwhile, it does not stay", async () => {
    const ann = await signUp();
    const go = hold();
    const peer = await resuming(ann);
    const before = chainStates([ann.chainEntry], chainPort);
    if (!before.ok) throw new Error(before.error);
    const draft = { kind: "revoke", deviceKey: ann.key.publicKey, signer: ann.key.publicKey } as const;
    ann.peer.say({ type: "chain-append", entry: makeChainEntry(before.value[0], draft, 1, ann.key.sign) });
    await turns(20);
    expect(ann.peer.closed).toMatchObject({ code: 4001 });
    expect(peer.closed).toBeUndefined();
    go();
    await turns(20);
    expect(peer.closed).toMatchObject({ code: 4001 });
  });
});

describe("a store that fails", () => {
  test("nothing is acknowledged or passed on, and afterwards the room goes on where the disk stands", async () => {
    const { ann, bob, room } = await roomOfTwo();
    await ann.peer.ask(append(room), "ack");
    trip = (method) => {
      if (method === "change") throw new StoreError("full", "no space left");
    };
    const failed = [append(room), append(room), append(room)];
    const requests = failed.map((body) => ann.peer.say(body));
    for (let turn = 0; turn < 10; turn++) await settle();
    for (const request of requests) {
      expect(ann.peer.frames.find((frame) => frame.request === request)?.body).toMatchObject({
        type: "refused",
        code: "relay-full",
      });
    }
    trip = () => undefined;
    expect(await ann.peer.ask(failed[1]!, "ack")).toMatchObject({ seq: 3 });
    expect(await bob.peer.ask(append(room), "ack")).toMatchObject({ seq: 4 });
    await settle();
    expect(bob.peer.seqs()).toEqual([1, 2, 3, 4]);
    expect(ann.peer.seqs()).toEqual([1, 2, 3, 4]);
  });

  test("a ban is in force before the store has it, and stays when the store fails, which the operator is told", async () => {
    const { ann, bob } = await roomOfTwo();
    const { accounts } = await ann.peer.ask({ type: "directory", name: "" }, "directory-list");
    const name = accounts.find(({ account }) => account === bob.ref.account)?.name ?? "";
    trip = (method) => {
      if (method === "ban") throw new StoreError("failed", "a bad block");
    };
    expect(await ann.peer.ask({ type: "admin", action: "ban", name }, "refused")).toMatchObject({ code: "internal" });
    expect(bob.peer.closed?.code).toBe(4002);
    const peer = dial();
    const nonce = some(32);
    const hello = { type: "hello", versions: [1], nonce, accessPassword: "" } as const;
    const challenge = await peer.ask(hello, "challenge");
    const { nonce: serverNonce, relay, version, generation } = challenge;
    const auth = { relay, ...bob.ref, clientNonce: nonce, serverNonce, version, generation, counter: 1 };
    const signature = bob.key.sign(authBytes(auth));
    const resume = { type: "resume", ...bob.ref, counter: 1, signature } as const;
    expect(await peer.ask(resume, "refused")).toMatchObject({ code: "banned" });
  });

  test("a repeat of an entry that is not on the disk yet is answered with it, and fails with it", async () => {
    const { ann, room } = await roomOfTwo();
    const body = append(room);
    trip = (method) => {
      if (method === "change") throw new StoreError("failed", "a bad block");
    };
    const requests = [ann.peer.say(body), ann.peer.say(body)];
    for (let turn = 0; turn < 10; turn++) await settle();
    for (const request of requests) {
      expect(ann.peer.frames.find((frame) => frame.request === request)?.body).toMatchObject({ code: "internal" });
    }
    trip = () => undefined;
    expect(await ann.peer.ask(body, "ack")).toMatchObject({ seq: 2 });
  });

  test("what was built on an entry that failed fails with it", async () => {
    const { ann, room } = await roomOfTwo();
    let calls = 0;
    trip = (method) => {
      if (method === "change" && ++calls === 1) throw new StoreError("failed", "a bad block");
    };
    const requests = [append(room), append(room)].map((body) => ann.peer.say(body));
    for (let turn = 0; turn < 10; turn++) await settle();
    for (const request of requests) {
      expect(ann.peer.frames.find((frame) => frame.request === request)?.body).toMatchObject({ code: "internal" });
    }
    expect(await ann.peer.ask(append(room), "ack")).toMatchObject({ seq: 2 });
  });

  test("a check that cannot be made refuses: no account, no resume, no code without the store", async () => {
    const peer = dial();
    await peer.ask({ type: "hello", versions: [1], nonce: some(32), accessPassword: "" }, "challenge");
    trip = () => {
      throw new StoreError("failed", "a bad block");
    };
    const resume: ClientBody = {
      type: "resume",
      account: someRoom() as never,
      device: someEntry() as never,
      counter: 1,
      signature: some(64),
    };
    expect(await peer.ask(resume, "refused")).toMatchObject({ code: "internal" });
    const start: ClientBody = {
      type: "sign-up-start",
      name: "ann",
      accessPassword: "",
      registrationRequest: register(PASSWORD, "ann", some(32)).request,
    };
    expect(await peer.ask(start, "refused")).toMatchObject({ code: "internal" });
  });
});

test("an account makes ten thousand rooms and no more, while a creation that was answered is answered again", async () => {
  let made = 9999;
  const counting = new Proxy(ports.store, {
    get: (target, name) => (name === "countRooms" ? async () => made : Reflect.get(target, name)),
  });
  relay = await Relay.open({ ...ports, store: counting });
  const ann = await signUp();
  const header = encodeHeader({ adds: [ann.ref], removes: [] });
  const create = { type: "room-create", header, link: undefined, commit: undefined } as const;
  const last = { ...create, room: ownRoom(ann.ref.account) };
  await ann.peer.ask(last, "ack");
  made = 10_000;
  const next = { ...create, room: ownRoom(ann.ref.account) };
  expect(await ann.peer.ask(next, "refused")).toMatchObject({ code: "too-long", field: "room" });
  await ann.peer.ask(last, "ack");
});

test("a Restore that does not fit at first sight asks the store for nothing", async () => {
  const { ann, room } = await roomOfTwo();
  const asked: string[] = [];
  trip = (method) => asked.push(method);
  const entry = { seq: 2, kind: "message", device: ann.ref.device, id: someEntry(), base: 1, bytes: some(9) } as const;
  const entries = [{ ...entry, header: some(0) }];
  const restore = { type: "restore", room, previous: some(32), entries, link: undefined } as const;
  expect(await ann.peer.ask(restore, "refused")).toMatchObject({ code: "bad-request", field: "previous" });
  expect(asked).toEqual([]);
});

test.each(["device", "account", "resume", "chain", "roomsOf", "room"] as const)(
  "a room that a device is added to while its Resume asks for the %s is in its Session or pushed after it",
  async (moment) => {
    const { ann, bob, room } = await roomOfTwo();
    const own = ownRoom(bob.ref.account);
    await bob.peer.ask(
      {
        type: "room-create",
        room: own,
        header: encodeHeader({ adds: [bob.ref], removes: [] }),
        link: undefined,
        commit: undefined,
      },
      "ack",
    );
    const cat = await signUp();
    await cat.peer.ask(
      {
        type: "room-create",
        room: ownRoom(cat.ref.account),
        header: encodeHeader({ adds: [cat.ref], removes: [] }),
        link: undefined,
        commit: undefined,
      },
      "ack",
    );
    relay.drain();
    // A relay that starts again, and has no room in memory yet but the one that ann asks about.
    relay = await Relay.open(ports);
    const resume = async (person: typeof ann) => {
      const peer = dial();
      const clientNonce = some(32);
      const challenge = await peer.ask(
        { type: "hello", versions: [1], nonce: clientNonce, accessPassword: "" },
        "challenge",
      );
      const { relay: id, nonce: serverNonce, version, generation } = challenge;
      const signature = person.key.sign(
        authBytes({ relay: id, ...person.ref, clientNonce, serverNonce, version, generation, counter: 1 }),
      );
      return { peer, session: await peer.ask({ type: "resume", ...person.ref, counter: 1, signature }, "session") };
    };
    const annAgain = await resume(ann);
    clock.pass(1000);
    let isAsked = false;
    trip = (method) => {
      if (method !== moment || isAsked) return;
      isAsked = true;
      const header = encodeHeader({ adds: [cat.ref], removes: [] });
      annAgain.peer.say({
        type: "commit",
        room,
        id: someEntry(),
        head: 1,
        base: 1,
        bytes: some(10),
        header,
        welcomes: [],
        link: undefined,
        joinToken: undefined,
      });
    };
    const catAgain = await resume(cat);
    for (let turn = 0; turn < 10; turn++) await settle();
    expect(isAsked).toBe(true);
    expect(annAgain.peer.seqs()).toEqual([2]);
    const told = catAgain.session.rooms.some((one) => one.room === room && one.last === 2);
    expect(told || catAgain.peer.seqs().includes(2)).toBe(true);
  },
);
