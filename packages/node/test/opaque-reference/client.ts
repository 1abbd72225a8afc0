/** The client's half of RFC 9807. What the RFC draws at random is an argument, so that its vectors can be followed. */
import { ascii, expand, HASH_BYTES, join, KEY_BYTES, same, split, xor } from "./bytes.ts";
import {
  type Configuration,
  deriveDhKeyPair,
  ENVELOPE_BYTES,
  type Identities,
  maskingKey,
  open,
  randomizedPassword,
  seal,
} from "./envelope.ts";
import { agree } from "./key-exchange.ts";
import { blind, decodeElement, encodeElement, finalize, type KeyPair } from "./oprf.ts";

/** Section 5.2.1. */
export const registrationRequest = (password: Uint8Array, by: bigint): Uint8Array => encodeElement(blind(password, by));

/** Section 5.2.3. @returns undefined when the answer is none. */
export function registrationRecord(
  configuration: Configuration,
  identities: Identities,
  password: Uint8Array,
  by: bigint,
  response: Uint8Array,
  nonce: Uint8Array,
) {
  const [evaluated, serverKey] = split(response, KEY_BYTES, KEY_BYTES) ?? [];
  const element = evaluated && decodeElement(evaluated);
  if (element === undefined || serverKey === undefined || decodeElement(serverKey) === undefined) return undefined;
  const randomized = randomizedPassword(configuration, finalize(password, by, element));
  const sealed = seal(randomized, nonce, serverKey, identities);
  return { ...sealed, randomized, record: join(sealed.clientKey, maskingKey(randomized), sealed.envelope) };
}

export interface LoginState {
  readonly password: Uint8Array;
  readonly by: bigint;
  readonly keyshare: KeyPair;
  readonly ke1: Uint8Array;
}

/** Section 6.2.1: GenerateKE1. */
export function startLogin(password: Uint8Array, by: bigint, nonce: Uint8Array, seed: Uint8Array): LoginState {
  const keyshare = deriveDhKeyPair(seed);
  const ke1 = join(encodeElement(blind(password, by)), nonce, encodeElement(keyshare.public));
  return { password, by, keyshare, ke1 };
}

/** Section 6.2.3: GenerateKE3. @returns undefined when the password is wrong or the answer is not the server's. */
export function finishLogin(configuration: Configuration, identities: Identities, state: LoginState, ke2: Uint8Array) {
  const [evaluated, maskingNonce, masked, serverNonce, serverKeyshare, serverMac] =
    split(ke2, KEY_BYTES, KEY_BYTES, KEY_BYTES + ENVELOPE_BYTES, KEY_BYTES, KEY_BYTES, HASH_BYTES) ?? [];
  const keyshare = serverKeyshare && decodeElement(serverKeyshare);
  if (!evaluated || !maskingNonce || !masked || !serverNonce || !serverKeyshare || !serverMac || !keyshare)
    return undefined;
  const found = recover(configuration, identities, state, evaluated, maskingNonce, masked);
  if (found === undefined) return undefined;
  const agreed = agree(
    [
      [state.keyshare.secret, keyshare],
      [state.keyshare.secret, found.serverElement],
      [found.keyPair.secret, keyshare],
    ],
    {
      context: configuration.context,
      client: identities.client ?? found.clientKey,
      ke1: state.ke1,
      server: identities.server ?? found.serverKey,
      credentialResponse: join(evaluated, maskingNonce, masked),
      serverNonce,
      serverKeyshare,
    },
  );
  if (!same(agreed.serverMac, serverMac)) return undefined;
  return { ke3: agreed.clientMac, sessionKey: agreed.sessionKey, exportKey: found.exportKey };
}

/** Section 6.3.2.3: RecoverCredentials. */
function recover(
  configuration: Configuration,
  identities: Identities,
  { password, by }: LoginState,
  evaluated: Uint8Array,
  maskingNonce: Uint8Array,
  masked: Uint8Array,
) {
  const element = decodeElement(evaluated);
  if (element === undefined) return undefined;
  const randomized = randomizedPassword(configuration, finalize(password, by, element));
  const pad = expand(maskingKey(randomized), join(maskingNonce, ascii("CredentialResponsePad")), masked.length);
  const clear = xor(masked, pad);
  const serverKey = clear.slice(0, KEY_BYTES);
  const serverElement = decodeElement(serverKey);
  const opened = open(randomized, clear.slice(KEY_BYTES), serverKey, identities);
  return opened && serverElement && { ...opened, serverKey, serverElement };
}
