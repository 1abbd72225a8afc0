/** Both halves with randomness of their own in our configuration: no context, and who is who by name and relay. */
import { randomBytes } from "node:crypto";
import { hashRawSync } from "@node-rs/argon2";
import { ascii, HASH_BYTES, KEY_BYTES, NOTHING } from "./bytes.ts";
import { finishLogin, type LoginState, registrationRecord, registrationRequest, startLogin } from "./client.ts";
import { type Configuration, deriveDhKeyPair, type Identities } from "./envelope.ts";
import { encodeElement, scalarFrom } from "./oprf.ts";
import { answerLogin, fakeRecord, isFinished, registrationResponse, type ServerSetup } from "./server.ts";

/** RFC 9807 section 7: Argon2id(S = zeroes(16), p = 4, T = Nh, m = 2^16, t = 3); smaller where a test is not about it. */
export const argon2id = (memoryCost = 65_536, timeCost = 3, parallelism = 4) => {
  const options = { algorithm: 2, version: 1, memoryCost, timeCost, parallelism, outputLen: HASH_BYTES };
  return (output: Uint8Array): Uint8Array => hashRawSync(output, { ...options, salt: new Uint8Array(16) });
};

type Stretch = Configuration["stretch"];

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const nonce = (): Uint8Array => random(KEY_BYTES);
const someScalar = (): bigint => scalarFrom(random(64));

const identitiesOf = (name: string, relay: string): Identities => ({ client: ascii(name), server: ascii(relay) });

export class ReferenceClient {
  readonly #configuration: Configuration;
  readonly #identities: Identities;
  readonly #password: Uint8Array;

  constructor(name: string, relay: string, password: string, stretch: Stretch) {
    this.#configuration = { context: NOTHING, stretch };
    this.#identities = identitiesOf(name, relay);
    this.#password = ascii(password);
  }

  /** @returns the request, and what makes the record of the answer. */
  register() {
    const by = someScalar();
    return {
      request: registrationRequest(this.#password, by),
      record: (response: Uint8Array): Uint8Array | undefined =>
        registrationRecord(this.#configuration, this.#identities, this.#password, by, response, nonce())?.record,
    };
  }

  /** @param by - the blind; the same one shows whether a server evaluates with the same key. */
  start(by: bigint = someScalar()): LoginState {
    return startLogin(this.#password, by, nonce(), nonce());
  }

  finish(login: LoginState, ke2: Uint8Array) {
    return finishLogin(this.#configuration, this.#identities, login, ke2);
  }
}

export class ReferenceServer {
  readonly #relay: string;
  readonly #setup: ServerSetup = { seed: random(HASH_BYTES), keyPair: deriveDhKeyPair(nonce()) };
  readonly #nobody = fakeRecord(encodeElement(deriveDhKeyPair(nonce()).public), random(HASH_BYTES));

  constructor(relay: string) {
    this.#relay = relay;
  }

  register(name: string, request: Uint8Array): Uint8Array | undefined {
    return registrationResponse(this.#setup, ascii(name), request);
  }

  /** @param record - undefined for a name that nobody has. */
  start(name: string, record: Uint8Array | undefined, ke1: Uint8Array) {
    const drawn = { maskingNonce: nonce(), serverNonce: nonce(), keyshareSeed: nonce() };
    const identities = identitiesOf(name, this.#relay);
    // Nothing of the stretching reaches a server.
    const configuration: Configuration = { context: NOTHING, stretch: (output) => output };
    const found = record ?? this.#nobody;
    return answerLogin(configuration, identities, this.#setup, ascii(name), found, ke1, drawn);
  }

  isFinished(started: NonNullable<ReturnType<ReferenceServer["start"]>>, ke3: Uint8Array): boolean {
    return isFinished(started.agreed.clientMac, ke3);
  }
}

/** `bytes` once for each of them, with a bit of that one changed. */
export const changedBytes = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from(bytes, (byte, index) => bytes.with(index, byte ^ (1 << (index % 8))));

/** `bytes` in every other length around it. */
export function wrongLengths(bytes: Uint8Array): readonly Uint8Array[] {
  return [NOTHING, bytes.slice(1), bytes.slice(0, -1), Uint8Array.from([...bytes, 0]), Uint8Array.from([0, ...bytes])];
}
