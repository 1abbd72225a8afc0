/** A client of the relay's frames for tests: no core, no rules, it sends what it is told. */

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import * as opaque from "@serenity-kit/opaque";
import {
  type AccountId,
  authBytes,
  type ClientBody,
  chainEntryHash,
  type DeviceId,
  deviceHash,
  directRoom,
  type EntryId,
  encodeFromClient,
  encodeHeader,
  type FromServer,
  fromBase64url,
  idOf,
  makeChainEntry,
  parseFromServer,
  type RoomId,
  roomIdOf,
  type ServerBody,
  toBase64url,
  toHex,
  type UserName,
  userName,
} from "@sotto/wire";
import { Secret, TOTP } from "otpauth";
import { WebSocket } from "ws";
import { sha256 } from "../src/crypto.ts";

await opaque.ready;

export const PASSWORD = "correct horse battery";
/** As small as Argon2 goes: these tests are about the relay. */
const STRETCHING = { "argon2id-custom": { iterations: 1, memory: 8, parallelism: 1 } } as const;

export interface Key {
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export function makeKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const jwk = (publicKey as KeyObject).export({ format: "jwk" });
  return { publicKey: fromBase64url(jwk.x!)!, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

export const someRoom = (): RoomId => idOf.room(new Uint8Array(randomBytes(32)));
/** An id that this account may make a room under. */
export const ownRoom = (account: AccountId): RoomId => idOf.room(roomIdOf(account, some(16), sha256));
/** The id of the direct conversation of two accounts. */
export const roomOfBoth = (one: AccountId, other: AccountId): RoomId => idOf.room(directRoom(one, other, sha256));
export const someEntry = (): EntryId => idOf.entry(new Uint8Array(randomBytes(16)));
export const some = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

export interface Place {
  readonly url: string;
  readonly rootCertificate?: string;
  readonly accessPassword?: string | undefined;
}

/** One connection. Answers are found by request; what nobody asked for is kept in order. */
export class Wire {
  readonly socket: WebSocket;
  readonly pushed: ServerBody[] = [];
  readonly order: FromServer[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #answers = new Map<number, ServerBody[]>();
  #wake: (() => void)[] = [];
  #request = 0;
  isOpen = true;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      const frame = parseFromServer(new Uint8Array(data));
      if (!frame.ok) throw new Error(`bad frame from the relay: ${frame.error.field}`);
      this.order.push(frame.value);
      if (frame.value.request === 0) this.pushed.push(frame.value.body);
      else
        this.#answers.set(frame.value.request, [...(this.#answers.get(frame.value.request) ?? []), frame.value.body]);
      this.#ring();
    });
    this.closed = new Promise((resolve) =>
      socket.on("close", (code, reason) => {
        this.isOpen = false;
        resolve({ code, reason: reason.toString() });
        this.#ring();
      }),
    );
    socket.on("error", () => undefined);
  }

  static async dial({ url, rootCertificate }: Place): Promise<Wire> {
    const trust = rootCertificate === undefined ? { rejectUnauthorized: false } : { ca: [rootCertificate] };
    // Not a literal argument: the types of ws do not know `servername`, which goes on to tls.connect.
    const options = { ...trust, servername: "sotto.invalid", perMessageDeflate: false };
    const socket = new WebSocket(url, options);
    const wire = new Wire(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
    });
    return wire;
  }

  #ring(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const one of wake) one();
  }

  async until<T>(found: () => T | undefined, what: string): Promise<T> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      if (!this.isOpen) throw new Error(`the connection ended while waiting for ${what}`);
      if (Date.now() > deadline) throw new Error(`nothing came while waiting for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  send(body: ClientBody): number {
    this.#request++;
    this.socket.send(encodeFromClient({ request: this.#request, body }));
    return this.#request;
  }

  async answer(request: number, index = 0): Promise<ServerBody> {
    return await this.until(() => this.#answers.get(request)?.[index], `the answer to ${request}`);
  }

  async ask(body: ClientBody): Promise<ServerBody> {
    return await this.answer(this.send(body));
  }

  /** Asks and wants an answer of this type. */
  async get<T extends ServerBody["type"]>(body: ClientBody, type: T): Promise<Extract<ServerBody, { type: T }>> {
    return expectType(await this.ask(body), type);
  }

  async push<T extends ServerBody["type"]>(
    type: T,
    holds: (body: Extract<ServerBody, { type: T }>) => boolean = () => true,
  ) {
    return await this.until(
      () =>
        this.pushed.find(
          (body): body is Extract<ServerBody, { type: T }> => body.type === type && holds(body as never),
        ),
      `a pushed ${type}`,
    );
  }

  /** Every entry of the room that was pushed, in the order in which it came. */
  entries(room: RoomId) {
    return this.pushed.flatMap((body) => (body.type === "event" && body.room === room ? body.entries : []));
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

export function expectType<T extends ServerBody["type"]>(body: ServerBody, type: T): Extract<ServerBody, { type: T }> {
  if (body.type !== type) throw new Error(`wanted ${type}, got ${JSON.stringify(body)}`);
  return body as Extract<ServerBody, { type: T }>;
}

export async function greet(wire: Wire, accessPassword = "") {
  const clientNonce = some(32);
  const challenge = await wire.get({ type: "hello", versions: [1], nonce: clientNonce, accessPassword }, "challenge");
  return { clientNonce, challenge };
}

export function register(password: string, name: string, relay: Uint8Array) {
  const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({ password });
  return {
    request: fromBase64url(registrationRequest)!,
    finish: (response: Uint8Array): Uint8Array =>
      fromBase64url(
        opaque.client.finishRegistration({
          clientRegistrationState,
          password,
          registrationResponse: toBase64url(response),
          keyStretching: STRETCHING,
          identifiers: { client: name, server: toHex(relay) },
        }).registrationRecord,
      )!,
  };
}

export function login(password: string, name: string, relay: Uint8Array) {
  const { clientLoginState, startLoginRequest } = opaque.client.startLogin({ password });
  return {
    request: fromBase64url(startLoginRequest)!,
    /** undefined: the password is wrong. */
    finish: (response: Uint8Array): Uint8Array | undefined => {
      const result = opaque.client.finishLogin({
        clientLoginState,
        password,
        loginResponse: toBase64url(response),
        keyStretching: STRETCHING,
        identifiers: { client: name, server: toHex(relay) },
      });
      return result && fromBase64url(result.finishLoginRequest);
    },
  };
}

export function totp(secret: Uint8Array, time = Date.now()): string {
  return new TOTP({ secret: new Secret({ buffer: Uint8Array.from(secret).buffer }), digits: 6, period: 30 }).generate({
    timestamp: time,
  });
}

/** An account with one device, and its connection. */
export class Person {
  readonly name: UserName;
  readonly key: Key;
  readonly recovery: Key;
  readonly place: Place;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly chainEntry: Uint8Array;
  readonly totpSecret: Uint8Array;
  backupCodes: readonly string[] = [];
  wire: Wire;
  counter = 0;

  constructor(
    part: Pick<
      Person,
      "name" | "key" | "recovery" | "place" | "account" | "device" | "chainEntry" | "totpSecret" | "wire"
    >,
  ) {
    this.name = part.name;
    this.key = part.key;
    this.recovery = part.recovery;
    this.place = part.place;
    this.account = part.account;
    this.device = part.device;
    this.chainEntry = part.chainEntry;
    this.totpSecret = part.totpSecret;
    this.wire = part.wire;
  }

  get ref() {
    return { account: this.account, device: this.device };
  }

  /** As far as SignUpPending. */
  static async hold(place: Place, wanted: string, wire?: Wire): Promise<Person> {
    const name = userName(wanted)!;
    const on = wire ?? (await Wire.dial(place));
    const { challenge } = await greet(on);
    const { relay } = challenge;
    const registration = register(PASSWORD, name, relay);
    const accessPassword = place.accessPassword ?? "";
    const { registrationResponse } = await on.get(
      { type: "sign-up-start", name, accessPassword, registrationRequest: registration.request },
      "sign-up-response",
    );
    const [key, recovery] = [makeKey(), makeKey()];
    const chainEntry = firstEntry(name, relay, key, recovery);
    const pending = await on.get(
      { type: "sign-up-finish", registrationRecord: registration.finish(registrationResponse), chainEntry },
      "sign-up-pending",
    );
    const { account, device } = idsOf(chainEntry, key);
    return new Person({
      name,
      key,
      recovery,
      place,
      account,
      device,
      chainEntry,
      totpSecret: pending.totpSecret,
      wire: on,
    });
  }

  static async signUp(place: Place, wanted: string): Promise<Person> {
    const person = await Person.hold(place, wanted);
    await person.confirm();
    return person;
  }

  async confirm(): Promise<Extract<ServerBody, { type: "session" }>> {
    const request = this.wire.send({ type: "sign-up-confirm", code: totp(this.totpSecret) });
    this.backupCodes = expectType(await this.wire.answer(request), "confirmed").backupCodes;
    return expectType(await this.wire.answer(request, 1), "session");
  }

  /** Dials again and resumes. */
  async resume(counter = ++this.counter): Promise<ServerBody> {
    this.wire = await Wire.dial(this.place);
    const { clientNonce, challenge } = await greet(this.wire);
    const { nonce: serverNonce, relay, version, generation } = challenge;
    const { account, device } = this;
    const signature = this.key.sign(
      authBytes({ relay, account, device, clientNonce, serverNonce, version, generation, counter }),
    );
    return await this.wire.ask({ type: "resume", account, device, counter, signature });
  }

  async createRoom(more: Partial<Extract<ClientBody, { type: "room-create" }>> = {}): Promise<RoomId> {
    const room = more.room ?? ownRoom(this.account);
    const header = encodeHeader({ adds: [this.ref], removes: [] });
    await this.wire.get({ type: "room-create", room, header, link: undefined, commit: undefined, ...more }, "ack");
    return room;
  }
}

export function firstEntry(name: UserName, relay: Uint8Array, key: Key, recovery: Key): Uint8Array {
  const draft = { kind: "create", name, relay, deviceKey: key.publicKey, recoveryKey: recovery.publicKey } as const;
  return makeChainEntry(undefined, draft, Date.now(), key.sign, recovery.sign);
}

function idsOf(chainEntry: Uint8Array, key: Key) {
  return {
    account: idOf.account(chainEntryHash(chainEntry, sha256)),
    device: idOf.device(deviceHash(key.publicKey, sha256)),
  };
}
