/**
 * OPAQUE (RFC 9807) on the relay's side. The library speaks base64url text, the wire carries the bytes. It throws for
 * whatever it cannot read, which here is `undefined`: bytes from outside are no error of the relay.
 */
import "@sotto/wire/no-fetch";
import * as opaque from "@serenity-kit/opaque";
import { fromBase64url, toBase64url, type UserName } from "@sotto/wire";
import type { Login, OpaqueServer } from "../ports.ts";

await opaque.ready;

/** What each message measures. The library itself takes whatever comes after the end of one. */
const BYTES = { registrationRequest: 32, registrationRecord: 192, ke1: 96, ke3: 64 };

/** Makes what the relay's half of all passwords hangs on; it lives in the key file. */
export function createOpaqueSetup(): string {
  return opaque.server.createSetup();
}

export function isOpaqueSetup(setup: string): boolean {
  return attempt(() => opaque.server.getPublicKey(setup)) !== undefined;
}

export class Opaque implements OpaqueServer {
  readonly #setup: string;
  readonly #relay: string;
  /** A well-made KE1, to try a record with. */
  readonly #trial = opaque.client.startLogin({ password: "trial" }).startLoginRequest;
  /**
   * The record of names that nobody has: what the library does without one is quicker by a hundredth, which hundreds of
   * guesses show. Nobody knows its password, so that nobody can unmask the answers made of it.
   */
  readonly #decoy: string;

  /** @param relay - the relay id in hexadecimal: the server identifier. */
  constructor(setup: string, relay: string) {
    this.#setup = setup;
    this.#relay = relay;
    this.#decoy = this.#register(toBase64url(crypto.getRandomValues(new Uint8Array(32))));
  }

  #register(password: string): string {
    const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({ password });
    const { registrationResponse } = opaque.server.createRegistrationResponse({
      serverSetup: this.#setup,
      userIdentifier: "",
      registrationRequest,
    });
    // A random password needs no stretching.
    const keyStretching = { "argon2id-custom": { iterations: 1, memory: 8, parallelism: 1 } };
    const finished = { password, clientRegistrationState, registrationResponse, keyStretching };
    return opaque.client.finishRegistration(finished).registrationRecord;
  }

  register(name: UserName, request: Uint8Array): Uint8Array | undefined {
    if (request.length !== BYTES.registrationRequest) return undefined;
    return attempt(() => {
      const registrationRequest = toBase64url(request);
      const made = opaque.server.createRegistrationResponse({
        serverSetup: this.#setup,
        userIdentifier: name,
        registrationRequest,
      });
      return fromBase64url(made.registrationResponse);
    });
  }

  isRecord(name: UserName, record: Uint8Array): boolean {
    return record.length === BYTES.registrationRecord && this.#start(name, record, this.#trial) !== undefined;
  }

  start(
    name: string,
    record: Uint8Array | undefined,
    ke1: Uint8Array,
  ): { readonly login: Login; readonly ke2: Uint8Array } | undefined {
    return ke1.length === BYTES.ke1 ? this.#start(name, record, toBase64url(ke1)) : undefined;
  }

  #start(name: string, record: Uint8Array | undefined, startLoginRequest: string) {
    return attempt(() => {
      const { serverLoginState, loginResponse } = opaque.server.startLogin({
        serverSetup: this.#setup,
        userIdentifier: name,
        registrationRecord: record === undefined ? this.#decoy : toBase64url(record),
        startLoginRequest,
        identifiers: { client: name, server: this.#relay },
      });
      const ke2 = fromBase64url(loginResponse);
      return ke2 && { login: { name, state: serverLoginState }, ke2 };
    });
  }

  finish(login: Login, ke3: Uint8Array): boolean {
    if (ke3.length !== BYTES.ke3) return false;
    const finished = attempt(() =>
      opaque.server.finishLogin({
        serverLoginState: login.state,
        finishLoginRequest: toBase64url(ke3),
        identifiers: { client: login.name, server: this.#relay },
      }),
    );
    return finished !== undefined;
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
