/**
 * OPAQUE (RFC 9807) on the relay's side. The library speaks base64url text, the wire carries the bytes. It throws for
 * whatever it cannot read, which here is `undefined`: bytes from outside are no error of the relay.
 */
import * as opaque from "@serenity-kit/opaque";
import { fromBase64url, toBase64url, type UserName } from "@sotto/wire";

await opaque.ready;

/** Makes what the relay's half of all passwords hangs on; it lives in the key file. */
export function createOpaqueSetup(): string {
  return opaque.server.createSetup();
}

export function isOpaqueSetup(setup: string): boolean {
  return attempt(() => opaque.server.getPublicKey(setup)) !== undefined;
}

/** Between the two halves of a login. May be finished once: who holds it throws it away before it tries. */
export interface Login {
  readonly name: string;
  readonly state: string;
}

export class Opaque {
  readonly #setup: string;
  readonly #relay: string;
  /** A well-made KE1, to try a record with. */
  readonly #trial = opaque.client.startLogin({ password: "trial" }).startLoginRequest;

  /** @param relay - the relay id in hexadecimal: the server identifier. */
  constructor(setup: string, relay: string) {
    this.#setup = setup;
    this.#relay = relay;
  }

  /** @returns RegistrationResponse. */
  register(name: UserName, request: Uint8Array): Uint8Array | undefined {
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

  /** Whether a RegistrationRecord can be logged in with: a broken one would lock its owner out for ever. */
  isRecord(name: UserName, record: Uint8Array): boolean {
    return this.#start(name, record, this.#trial) !== undefined;
  }

  /**
   * @param record - undefined for a name that nobody has: the answer looks like any other.
   * @returns KE2 and what {@link finish} needs.
   */
  start(
    name: string,
    record: Uint8Array | undefined,
    ke1: Uint8Array,
  ): { readonly login: Login; readonly ke2: Uint8Array } | undefined {
    return this.#start(name, record, toBase64url(ke1));
  }

  #start(name: string, record: Uint8Array | undefined, startLoginRequest: string) {
    return attempt(() => {
      const { serverLoginState, loginResponse } = opaque.server.startLogin({
        serverSetup: this.#setup,
        userIdentifier: name,
        registrationRecord: record === undefined ? undefined : toBase64url(record),
        startLoginRequest,
        identifiers: { client: name, server: this.#relay },
      });
      const ke2 = fromBase64url(loginResponse);
      return ke2 && { login: { name, state: serverLoginState }, ke2 };
    });
  }

  /** Whether KE3 shows that the password was right. */
  finish(login: Login, ke3: Uint8Array): boolean {
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
