/**
 * The relay as a whole: any bytes on a connection in any state are answered, or end it; what is refused leaves every
 * table as it was, byte for byte, and nobody else hears of it.
 */
import {
  authBytes,
  type ClientBody,
  type CommitBody,
  chainEntryHash,
  chainStates,
  directRoom,
  encodeFromClient,
  encodeHeader,
  type FromServer,
  idOf,
  LIMITS,
  makeChainEntry,
  parseFromClient,
  parseFromServer,
  roomIdOf,
  type ServerBody,
  toHex,
  type UserName,
  userName,
} from "@sotto/wire";
import { createOpaqueSetup, Opaque } from "../../packages/relay/src/account/opaque.ts";
import { chainPort, sha256 } from "../../packages/relay/src/crypto.ts";
import { type Journal, type Peer, type Receiver, Relay, silentJournal } from "../../packages/relay/src/index.ts";
import { login, PASSWORD, register, totp } from "../../packages/relay/test/client.ts";
import { type OpenTables, openTables } from "../../packages/relay/test/open-tables.ts";
import { configOf } from "../../packages/relay/test/running.ts";
import { bytes, key } from "../../packages/wire/test/crypto.ts";
import { CLIENT_EXAMPLES } from "../../packages/wire/test/frame-examples.ts";
import { Dice } from "../dice.ts";
import { Broken, mustHold, type Sample, type Target, type Trial } from "../target.ts";

/** The same step of one-time codes for half a minute. */
const NOW = 1_800_000_000_000;
const RELAY = bytes(32, 7);
const GENERATION = bytes(16, 8);

interface Someone {
  readonly name: UserName;
  readonly key: ReturnType<typeof key>;
  readonly recovery: ReturnType<typeof key>;
  readonly chainEntry: Uint8Array;
  readonly account: ReturnType<typeof idOf.account>;
  readonly device: ReturnType<typeof idOf.device>;
  readonly totpSecret: Uint8Array;
}

function someone(wanted: string, seed: number): Someone {
  const name = userName(wanted);
  if (name === undefined) throw new Error("a name is one");
  const [own, recovery] = [key(seed), key(seed + 100)];
  const draft = {
    kind: "create",
    name,
    relay: RELAY,
    deviceKey: own.publicKey,
    recoveryKey: recovery.publicKey,
  } as const;
  const chainEntry = makeChainEntry(undefined, draft, NOW, own.sign, recovery.sign);
  const states = chainStates([chainEntry], chainPort);
  const device = states.ok ? states.value[0]?.devices[0]?.id : undefined;
  if (device === undefined) throw new Error("a chain holds");
  const account = idOf.account(chainEntryHash(chainEntry, sha256));
  return { name, key: own, recovery, chainEntry, account, device, totpSecret: bytes(20, seed) };
}

/** Ann is the operator; Bob is in her room; Cat waits for her first code; Dan is nobody yet. */
const [ann, bob, cat, dan] = [someone("ann", 11), someone("bob", 12), someone("cat", 13), someone("dan", 14)];
const room = idOf.room(roomIdOf(ann.account, bytes(16, 1), sha256));
const refOf = ({ account, device }: Someone) => ({ account, device });
const creation = encodeHeader({ adds: [refOf(ann)], removes: [] });
const entryId = (value: number) => idOf.entry(bytes(16, value));
const link = { tokenHash: sha256(bytes(32, 5)), groupInfo: bytes(30, 6) };

/** The room was made, and then Bob was brought in. */
const MADE: ClientBody = { type: "room-create", room, header: creation, link, commit: undefined };
const BROUGHT: CommitBody = {
  room,
  id: entryId(1),
  head: 0,
  base: 0,
  bytes: bytes(40, 1),
  header: encodeHeader({ adds: [refOf(bob)], removes: [] }),
  welcomes: [{ device: bob.device, bytes: bytes(20, 2) }],
  link: undefined,
  joinToken: undefined,
};

class Silent implements Peer {
  static #hosts = 0;
  readonly host = `2001:db8::${(++Silent.#hosts).toString(16)}`;
  readonly address = `[${this.host}]:1`;
  readonly waitingBytes = 0;
  readonly frames: FromServer[] = [];
  closed: string | undefined;
  receiver: Receiver | undefined;
  #request = 1_000_000;

  send(sent: Uint8Array): void {
    const frame = parseFromServer(sent);
    if (!frame.ok) throw new Broken(`the relay sends what is no frame: ${frame.error.field}`);
    this.frames.push(frame.value);
  }
  close(_code: number, reason: string): void {
    this.closed = reason;
  }
  pause(): void {}
  resume(): void {}

  /** What comes for these bytes, until nothing more comes. */
  async give(sent: Uint8Array): Promise<readonly FromServer[]> {
    const from = this.frames.length;
    this.receiver?.receive(sent);
    for (let quiet = 0, count = from, turn = 0; quiet < 12 && turn < 2000; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.frames.length === count ? quiet + 1 : 0;
      count = this.frames.length;
    }
    return this.frames.slice(from);
  }

  async ask<T extends ServerBody["type"]>(body: ClientBody, type: T): Promise<Extract<ServerBody, { type: T }>> {
    const request = ++this.#request;
    const answers = await this.give(encodeFromClient({ request, body }));
    const found = answers.find((frame) => frame.body.type === type)?.body;
    if (found === undefined) throw new Error(`${body.type} is not answered by ${type}: ${JSON.stringify(answers)}`);
    return found as Extract<ServerBody, { type: T }>;
  }
}

/** A relay over tables that can be looked at. It is opened anew when a frame was taken, for it remembers what it read. */
class Stage {
  readonly tables: OpenTables = openTables(GENERATION);
  readonly #opaque = new Opaque(createOpaqueSetup(), toHex(RELAY));
  readonly #dice = new Dice("relay");
  #relay: Relay | undefined;
  #resumes = 0;
  /** A while after the scene was set: commits have a pause between them. */
  now = NOW;
  #other: Silent | undefined;
  failed: string | undefined;

  static async open(): Promise<Stage> {
    const stage = new Stage();
    await stage.#people();
    await stage.renew();
    const peer = await stage.device(ann);
    await peer.ask(MADE, "ack");
    await peer.ask({ type: "commit", ...BROUGHT }, "ack");
    await peer.ask(
      { type: "key-packages-put", packages: [bytes(9, 9)], lastResort: bytes(9, 8), replace: false },
      "done",
    );
    peer.receiver?.closed();
    stage.now += 10_000;
    await stage.renew();
    return stage;
  }

  async #people(): Promise<void> {
    for (const person of [ann, bob, cat]) {
      const { name, totpSecret, chainEntry, account: id } = person;
      const registration = register(PASSWORD, name, RELAY);
      const record = registration.finish(this.#opaque.register(name, registration.request) ?? new Uint8Array(0));
      const device = { id: person.device, key: person.key.publicKey };
      const heldUntil = NOW + 3_600_000;
      this.tables.tables.hold({ id, name, registration: record, totpSecret, heldUntil, chainEntry, device }, NOW);
      if (person !== cat) this.tables.tables.confirm(id, 1, [], NOW);
    }
  }

  async renew(): Promise<void> {
    this.#other?.receiver?.closed();
    const failed = (fields: Readonly<Record<string, unknown>>, message: string): void => {
      this.failed = `${message}: ${String(fields.err)}`;
    };
    const journal: Journal = { ...silentJournal, error: failed };
    this.#relay = await Relay.open({
      store: this.tables.store,
      clock: { now: () => this.now, after: () => () => undefined },
      random: (length) => this.#dice.bytes(length),
      journal,
      config: configOf({ access: { for: "open" } }),
      relay: RELAY,
      opaque: this.#opaque,
      address: () => "relay.example:7878",
    });
    this.#other = await this.device(bob);
  }

  /** What Bob was pushed since this was asked the last time. */
  overheard(): readonly FromServer[] {
    return this.#other?.frames.splice(0) ?? [];
  }

  stranger(): Silent {
    const peer = new Silent();
    peer.receiver = this.#relay?.connect(peer);
    return peer;
  }

  async greeted() {
    const peer = this.stranger();
    const clientNonce = bytes(32, 3);
    const hello = { type: "hello", versions: [1], nonce: clientNonce, accessPassword: "" } as const;
    return { peer, clientNonce, challenge: await peer.ask(hello, "challenge") };
  }

  async device({ account, device, key: own }: Someone): Promise<Silent> {
    const { peer, clientNonce, challenge } = await this.greeted();
    const { nonce: serverNonce, version } = challenge;
    const counter = ++this.#resumes;
    const place = { relay: RELAY, generation: GENERATION, version, account, device, counter };
    const signature = own.sign(authBytes({ ...place, clientNonce, serverNonce }));
    await peer.ask({ type: "resume", account, device, counter, signature }, "session");
    return peer;
  }

  async signingUp(): Promise<Silent> {
    const { peer } = await this.greeted();
    const { request: registrationRequest } = register(PASSWORD, dan.name, RELAY);
    const start = { type: "sign-up-start", name: dan.name, accessPassword: "", registrationRequest } as const;
    await peer.ask(start, "sign-up-response");
    return peer;
  }

  async signingIn(isProved: boolean): Promise<Silent> {
    const { peer } = await this.greeted();
    const attempt = login(PASSWORD, ann.name, RELAY);
    const start = { type: "sign-in-start", name: ann.name, loginRequest: attempt.request } as const;
    const { loginResponse } = await peer.ask(start, "sign-in-response");
    const loginFinish = attempt.finish(loginResponse) ?? new Uint8Array(0);
    const code = totp(ann.totpSecret, NOW);
    if (isProved) await peer.ask({ type: "sign-in-finish", loginFinish, code }, "signed-in");
    return peer;
  }
}

type Way = (stage: Stage) => Promise<Silent>;

const STRANGERS: readonly Way[] = [
  async (stage) => stage.stranger(),
  async (stage) => (await stage.greeted()).peer,
  (stage) => stage.signingUp(),
  (stage) => stage.signingIn(false),
  (stage) => stage.signingIn(true),
  (stage) => stage.device(cat),
];
const DEVICES: readonly Way[] = [(stage) => stage.device(ann), (stage) => stage.device(bob)];

/** Frames that only read: also what is answered changes nothing. */
const READS: readonly ClientBody["type"][] = [
  "fetch",
  "inbox-fetch",
  "chain-get",
  "directory",
  "ping",
  "group-info-get",
];

function trialOf(stage: Stage, ways: readonly Way[]): Trial["take"] {
  return async (input) => {
    // Which state it comes to is in the input, so that it is the same each time.
    const way = ways[input.reduce((sum, byte) => sum + byte, 0) % ways.length];
    const frame = parseFromClient(input);
    const { outcome, isTaken } = await stage.tables.undone(async () => {
      const peer = await way?.(stage);
      if (peer === undefined) throw new Error("there is a way");
      stage.overheard();
      const before = stage.tables.contents();
      const answers = await peer.give(input);
      mustHold(stage.failed === undefined, `the relay fails: ${stage.failed}`);
      const mine = answers.filter(({ request }) => request === (frame.ok ? frame.value.request : 0));
      const isRefused = mine.every(({ body }) => body.type === "refused");
      mustHold(mine.length > 0 || peer.closed !== undefined, "a frame is not answered");
      if (!frame.ok) mustHold(peer.closed !== undefined && isRefused, "what is no frame does not end the connection");
      const isRead = frame.ok && READS.includes(frame.value.body.type);
      if (isRefused || isRead) {
        mustHold(stage.tables.contents() === before, "what was refused or read has left something behind");
        mustHold(stage.overheard().length === 0, "somebody else hears of what was refused");
      }
      if (peer.closed === undefined) mustHold((await peer.give(PING)).length > 0, "a connection is open and dead");
      peer.receiver?.closed();
      const said = mine.map(({ body }) => (body.type === "refused" ? `${body.code} ${body.field}` : body.type));
      return {
        outcome: `${said.join(" ").replace(/[0-9]+/g, "N")} ${peer.closed ?? ""}`,
        isTaken: !isRefused && !isRead,
      };
    });
    if (isTaken) await stage.renew();
    return outcome;
  };
}

const PING = encodeFromClient({ request: LIMITS.seqMax, body: { type: "ping" } });

/** The examples, where they can be good in this scene. */
function framesOf(): readonly Sample[] {
  const { append, commit } = CLIENT_EXAMPLES;
  if (append?.type !== "append" || commit?.type !== "commit") throw new Error("the examples have been renamed");
  const place = { room, head: 1, base: 1 };
  const third = key(33);
  const draft = { kind: "add", deviceKey: third.publicKey, signer: ann.key.publicKey } as const;
  const states = chainStates([ann.chainEntry], chainPort);
  const chain = states.ok ? states.value.at(-1) : undefined;
  const entry = makeChainEntry(chain, draft, NOW, ann.key.sign, third.sign);
  const removes = encodeHeader({ adds: [], removes: [refOf(bob)] });
  const direct = idOf.room(directRoom(ann.account, bob.account, sha256));
  const own = idOf.room(roomIdOf(ann.account, bytes(16, 2), sha256));
  const bodies: Readonly<Record<string, ClientBody>> = {
    ...CLIENT_EXAMPLES,
    append: { ...append, ...place, continues: false },
    commit: { ...commit, ...place, header: removes, welcomes: [], link, joinToken: undefined },
    "commit of who comes in": {
      ...commit,
      ...place,
      header: encodeHeader({ adds: [refOf(ann)], removes: [] }),
      joinToken: bytes(32, 5),
    },
    "room-create": { type: "room-create", room: own, header: creation, link, commit: undefined },
    "direct room-create": {
      type: "room-create",
      room: direct,
      header: creation,
      link: undefined,
      commit: { ...BROUGHT, room: direct },
    },
    fetch: { type: "fetch", room, from: 1, limit: 10 },
    cursor: { type: "cursor", room, seq: 1 },
    "key-packages-claim": { type: "key-packages-claim", account: ann.account },
    "chain-get": { type: "chain-get", accounts: [ann.account, bob.account] },
    "chain-append": { type: "chain-append", entry },
    "group-info-get": { type: "group-info-get", room, token: bytes(32, 5) },
    readmit: { type: "readmit", room, signature: bytes(64, 4) },
    "resume with another's signature": { type: "resume", ...refOf(ann), counter: 99, signature: bytes(64, 4) },
    "sign-in-start": { type: "sign-in-start", name: "ann", loginRequest: bytes(96, 4) },
    "sign-up-start": { type: "sign-up-start", name: "dan", accessPassword: "", registrationRequest: bytes(32, 4) },
    "sign-up-finish": { type: "sign-up-finish", registrationRecord: bytes(192, 4), chainEntry: dan.chainEntry },
    "sign-up-confirm": { type: "sign-up-confirm", code: totp(cat.totpSecret, NOW) },
  };
  return Object.entries(bodies).map(([name, body]) => ({ name, bytes: encodeFromClient({ request: 5, body }) }));
}

function target(name: string, about: string, bytesMax: number, ways: readonly Way[], testInputs: number): Target {
  const open = async (): Promise<Trial> => ({ take: trialOf(await Stage.open(), ways) });
  return { name, about, format: "protobuf", kept: "made", bytesMax, samples: async () => framesOf(), open, testInputs };
}

export const RELAY_TARGETS: readonly Target[] = [
  target(
    "relay-stranger",
    "a relay, from a connection that is not signed in, in each of its states: relay/src/connection/",
    LIMITS.strangerFrameBytesMax + 1,
    STRANGERS,
    150,
  ),
  target(
    "relay-device",
    "a relay, from a device that is signed in: relay/src/connection/requests.ts, relay/src/room/",
    LIMITS.frameBytesMax + 1,
    DEVICES,
    250,
  ),
];
