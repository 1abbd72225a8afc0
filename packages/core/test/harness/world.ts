/** People, each with a real client over fake ports, and one relay that they share. */
import type { RoomId } from "@sotto/wire";
import { nodeCrypto } from "../../../node/src/crypto.ts";
import type { Answer, Method, Params, Refusal, Update } from "../../src/api.ts";
import { type Client, openClient } from "../../src/client.ts";
import {
  type Group,
  groupDifference,
  groupEpoch,
  groupSuite,
  leaves,
  restoreGroup,
  roomInfo,
} from "../../src/group/index.ts";
import type { Crypto, Opaque } from "../../src/ports.ts";
import {
  type AccountRecord,
  decodeRecord,
  type IntentRecord,
  KEYS,
  type PendingRecord,
  type RoomRecord,
} from "../../src/records.ts";
import { FakeClock } from "./clock.ts";
import { Disk, FakeVault } from "./disk.ts";
import { FakeRelay, type Passing, RELAY_ID } from "./fake-relay.ts";

const digest = (password: string) => nodeCrypto().sha256(new TextEncoder().encode(password));

/** Like OPAQUE, but that the relay's answer shows the record: the client tells a wrong password by it. */
const opaque: Opaque = {
  registerStart: async () => ({ state: "", request: new Uint8Array(32) }),
  registerFinish: async ({ password }) => {
    const record = new Uint8Array(192);
    record.set(digest(password));
    return record;
  },
  loginStart: async () => ({ state: "", request: new Uint8Array(96) }),
  loginFinish: async ({ password, response }) =>
    Buffer.compare(digest(password), response.subarray(0, 32)) === 0 ? new Uint8Array(64) : undefined,
};

export const RELAY_LINK = `sotto://relay.test:7878/#k=${Buffer.from(RELAY_ID).toString("base64url")}`;
export const PASSWORD = "correct horse battery";

export type Outcome<M extends Method> =
  | { readonly ok: true; readonly value: Answer<M> }
  | { readonly ok: false; readonly error: Refusal };

/** A request under way. */
export interface Asked<M extends Method> {
  /** undefined while there is no answer. */
  outcome: Outcome<M> | undefined;
}

const suite = groupSuite(nodeCrypto());

export class Person {
  /** Whose connections are whose at the relay. */
  readonly name: string;
  /** Another one for the second device of somebody. */
  username: string;
  /** How often something was stretched. */
  stretched = 0;
  password = PASSWORD;
  /** The recovery phrase, from whoever signed up here. */
  phrase = "";
  readonly updates: Update[] = [];
  /** Nothing that is encrypted for this device's keys opens. */
  deaf = false;
  disk: Disk;
  #client: Client | undefined;
  #vault: FakeVault | undefined;
  readonly #world: World;

  constructor(world: World, name: string, disk = new Disk()) {
    this.#world = world;
    this.name = name;
    this.username = name;
    this.disk = disk;
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error(`${this.name} is not running`);
    return this.#client;
  }

  get isRunning(): boolean {
    return this.#client !== undefined;
  }

  /** Starts a client over what is on the disk. */
  open(): void {
    const { relay, clock } = this.#world;
    const vault = new FakeVault(this.disk);
    const transport = relay.transport(this.name);
    const alive = () => !vault.dead;
    this.#vault = vault;
    this.#client = openClient({
      crypto: this.#hearing(),
      opaque,
      stretch: async (secret, salt, length) => {
        this.stretched++;
        const plain = nodeCrypto();
        return plain.hkdfExpand(plain.hkdfExtract(salt, secret), new Uint8Array(), length);
      },
      vault,
      clock: {
        now: () => clock.now(),
        wake: (at, run) =>
          clock.wake(at, () => {
            relay.activity++;
            if (alive()) run();
          }),
      },
      transport: { dial: (target, on) => transport.dial(target, (event) => alive() && on(event)) },
    });
    void this.#listen(this.#client);
  }

  /** A path whose ciphertext is garbage for this device alone is made by its own deafness: others cannot tell. */
  #hearing(): Crypto {
    const crypto = this.#world.crypto(nodeCrypto(this.#world.random));
    return { ...crypto, agree: (own, other) => (this.deaf ? undefined : crypto.agree(own, other)) };
  }

  async #listen(client: Client): Promise<void> {
    for await (const update of client.updates()) {
      this.updates.push(update);
    }
  }

  async signUp(): Promise<void> {
    this.open();
    const { username } = this;
    const made = await this.must("account.signUp", { link: RELAY_LINK, username, password: PASSWORD });
    this.phrase = made.recoveryPhrase;
    await this.must("account.confirmOtp", { code: "123456" });
  }

  /** Parameters of a sign-in as a new device. */
  entrance(recoveryPhrase: string): Params<"account.signIn"> {
    return { link: RELAY_LINK, username: this.username, password: PASSWORD, code: "123456", recoveryPhrase };
  }

  async unlock(): Promise<void> {
    this.open();
    await this.must("account.unlock", { password: this.password });
  }

  /** Dies before or after a step of a change of the password: see FakeVault. */
  dieAt(step: string): void {
    if (this.#vault === undefined) return;
    this.#vault.dieAt = step;
    this.#vault.died = () => this.crash();
  }

  async close(): Promise<void> {
    await this.client.close();
    this.#client = undefined;
  }

  /** kill -9: nothing of this client happens any more. */
  crash(): void {
    if (this.#vault !== undefined) this.#vault.dead = true;
    this.#client = undefined;
    this.#world.relay.cut(this.name);
  }

  async restart(): Promise<void> {
    if (this.#client !== undefined) this.crash();
    await this.unlock();
    await this.#world.settle();
  }

  /** Asks and goes on; the outcome is there once it is. */
  ask<M extends Method>(method: M, params: Params<M>): Asked<M> {
    const asked: Asked<M> = { outcome: undefined };
    this.#world.relay.activity++;
    void this.client.request(method, params).then((outcome) => {
      this.#world.relay.activity++;
      asked.outcome = outcome;
    });
    return asked;
  }

  /** Asks and waits for the answer without letting time pass. */
  async must<M extends Method>(method: M, params: Params<M>): Promise<Answer<M>> {
    const outcome = await this.result(method, params);
    if (!outcome.ok) throw new Error(`${this.name}: ${method} was refused: ${outcome.error.code}`);
    return outcome.value;
  }

  /** Asks and lets the world go on until there is an answer, or nothing happens for a minute. */
  async result<M extends Method>(method: M, params: Params<M>): Promise<Outcome<M>> {
    const asked = this.ask(method, params);
    for (let waited = 0; asked.outcome === undefined && waited < 60_000; waited += 250) await this.#world.pass(250);
    if (asked.outcome === undefined) throw new Error(`${this.name}: ${method} was never answered`);
    return asked.outcome;
  }

  async code<M extends Method>(method: M, params: Params<M>): Promise<string> {
    const outcome = await this.result(method, params);
    return outcome.ok ? "done" : outcome.error.code;
  }

  async say(room: string, text: string): Promise<void> {
    await this.must("message.send", { roomId: room, text });
  }

  /** Everything in a room's timeline, as `name: text`. */
  async heard(room: string): Promise<string[]> {
    const listed = await this.must("message.list", { roomId: room, limit: 500 });
    return listed.map(({ sender, text }) => `${sender}: ${text}`);
  }

  /** The same from the disk, also of a room that this person is no longer in. */
  kept(room: string): string[] {
    const messages = this.disk.lines.flatMap((line) => (line.type === "message" ? [line.message] : []));
    return messages
      .filter((message) => message.room === room)
      .sort((one, other) => one.seq - other.seq)
      .map(({ account, text }) => `${this.#world.nameOf(account)}: ${text}`);
  }

  /** Texts that were told as they came. */
  told(room: string): string[] {
    return this.updates.flatMap((update) =>
      update.type === "message" && update.roomId === room ? [`${update.sender}: ${update.text}`] : [],
    );
  }

  warnings(): string[] {
    return this.updates.flatMap((update) => (update.type === "warning" ? [update.code] : []));
  }

  notices(): string[] {
    return this.updates.flatMap((update) => (update.type === "notice" ? [update.text] : []));
  }

  #record<T extends object>(key: string): T | undefined {
    const bytes = this.disk.records.get(key);
    return bytes && decodeRecord<T>(bytes);
  }

  get me(): AccountRecord {
    const record = this.#record<AccountRecord>(KEYS.account);
    if (record === undefined) throw new Error(`${this.name} has no account`);
    return record;
  }

  room(id: string): RoomRecord | undefined {
    return this.#record(KEYS.room(id as RoomId));
  }

  pending(id: string): PendingRecord | undefined {
    return this.#record(KEYS.pending(id as RoomId));
  }

  intents(): IntentRecord[] {
    return [...this.disk.records].flatMap(([key, bytes]) => {
      const record = key.startsWith("intent/") ? decodeRecord<IntentRecord>(bytes) : undefined;
      return record === undefined ? [] : [record];
    });
  }

  /** A room's group as it is on the disk, which must hold its parts and no others: what is over is gone. */
  group(id: string): Group | undefined {
    const prefix = KEYS.group(id as RoomId, "");
    const parts = [...this.disk.records].filter(([key]) => key.startsWith(prefix));
    const stored = new Map(parts.map(([key, bytes]) => [key.slice(prefix.length), bytes]));
    const group = restoreGroup(suite, stored);
    const names = group && groupDifference(undefined, group).map(({ name }) => name);
    const over = names && [...stored.keys()].filter((name) => !names.includes(name));
    if (over !== undefined && over.length > 0) throw new Error(`${this.name} still has ${over.join(", ")}`);
    return group;
  }

  /** What every member of a room must agree on. */
  view(id: string) {
    const group = this.group(id);
    const room = this.room(id);
    if (group === undefined || room === undefined) return undefined;
    return {
      epoch: groupEpoch(group),
      base: room.base,
      seq: room.seq,
      hash: Buffer.from(room.hash).toString("hex"),
      members: leaves(group)
        ?.map((leaf) => this.#world.nameOf(leaf.account))
        .sort(),
      info: roomInfo(group),
    };
  }
}

export class World {
  readonly clock = new FakeClock();
  readonly relay = new FakeRelay(this.clock);
  readonly people = new Map<string, Person>();
  /** Where the devices' randomness comes from; undefined: from the system. */
  readonly random: ((length: number) => Uint8Array) | undefined;
  /** What a test puts between the devices and their primitives. */
  crypto: (crypto: Crypto) => Crypto = (crypto) => crypto;

  constructor(random?: World["random"]) {
    this.random = random;
  }

  /** Somebody with an account, online. */
  async person(name: string): Promise<Person> {
    const person = new Person(this, name);
    this.people.set(name, person);
    await person.signUp();
    await this.settle();
    return person;
  }

  /** One more device of somebody, online. */
  async device(name: string, of: Person): Promise<Person> {
    const device = this.newcomer(name, of);
    device.open();
    await device.must("account.signIn", device.entrance(of.phrase));
    await this.settle();
    return device;
  }

  /** The same before it does anything. */
  newcomer(name: string, of: Person): Person {
    const device = new Person(this, name);
    device.username = of.username;
    device.phrase = of.phrase;
    this.people.set(name, device);
    return device;
  }

  async persons<const Names extends readonly string[]>(...names: Names): Promise<{ [I in keyof Names]: Person }> {
    const made: Person[] = [];
    for (const name of names) made.push(await this.person(name));
    return made as { [I in keyof Names]: Person };
  }

  /** The same world once more: the same disks and logs, and nobody running. */
  copy(random = this.random): World {
    const world = new World(random);
    world.clock.set(this.clock.now());
    world.relay.copyFrom(this.relay);
    for (const [name, person] of this.people) world.people.set(name, new Person(world, name, person.disk.copy()));
    return world;
  }

  get(name: string): Person {
    const person = this.people.get(name);
    if (person === undefined) throw new Error(`nobody is called ${name}`);
    return person;
  }

  nameOf(account: string): string {
    return this.relay.accounts.get(account as never)?.name ?? account;
  }

  /** Until nothing is on its way and every client has done what there is to do. Time stands still. */
  async settle(): Promise<void> {
    for (;;) {
      const before = this.relay.activity;
      const running = [...this.people.values()].filter((person) => person.isRunning);
      await Promise.all(running.map((person) => person.client.request("account.status", {})));
      await new Promise((resolve) => setImmediate(resolve));
      while (this.relay.inTransit > 0) await new Promise((resolve) => setImmediate(resolve));
      if (this.relay.activity === before) return;
    }
  }

  /** Lets time pass, and all that it brings happen. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    await this.settle();
    while (this.clock.ring(until)) await this.settle();
  }

  /** A room by the first one's hand, which the others join by its link, in order. */
  async roomOf(owner: Person, ...others: Person[]): Promise<string> {
    const { roomId: id, link } = await owner.must("room.create", { name: "den" });
    for (const person of others) {
      await this.pass(300);
      await person.must("room.join", { link });
    }
    await this.pass(300);
    return id;
  }

  /** Frames of one kind that somebody sent, oldest first. */
  sent<T extends string>(who: string, type: T): Passing[] {
    return this.relay.seen.filter((frame) => frame.who === who && frame.way === "up" && frame.body.type === type);
  }

  async close(): Promise<void> {
    for (const person of this.people.values()) if (person.isRunning) await person.close();
  }
}
