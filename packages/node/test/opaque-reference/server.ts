/** The server's half of RFC 9807. What the RFC draws at random is an argument, so that its vectors can be followed. */
import { ascii, expand, HASH_BYTES, join, KEY_BYTES, same, split, xor } from "./bytes.ts";
import { type Configuration, deriveDhKeyPair, ENVELOPE_BYTES, type Identities } from "./envelope.ts";
import { agree } from "./key-exchange.ts";
import { decodeElement, deriveKeyPair, encodeElement, evaluate, type KeyPair } from "./oprf.ts";

export interface ServerSetup {
  readonly seed: Uint8Array;
  readonly keyPair: KeyPair;
}

/** Sections 5.2.2 and 6.3.2.2: each credential has a key of its own. */
export const oprfKey = (setup: ServerSetup, credential: Uint8Array): KeyPair =>
  deriveKeyPair(expand(setup.seed, join(credential, ascii("OprfKey")), KEY_BYTES), ascii("OPAQUE-DeriveKeyPair"));

/** Section 5.2.2. @returns undefined when the request is none. */
export function registrationResponse(
  setup: ServerSetup,
  credential: Uint8Array,
  request: Uint8Array,
): Uint8Array | undefined {
  const blinded = decodeElement(request);
  if (blinded === undefined) return undefined;
  const evaluated = evaluate(oprfKey(setup, credential).secret, blinded);
  return join(encodeElement(evaluated), encodeElement(setup.keyPair.public));
}

/** Section 5.1: client public key, masking key, envelope. */
function recordParts(record: Uint8Array) {
  const [clientKey, maskingKey, envelope] = split(record, KEY_BYTES, HASH_BYTES, ENVELOPE_BYTES) ?? [];
  const element = clientKey && decodeElement(clientKey);
  return clientKey && maskingKey && envelope && element && { clientKey, maskingKey, envelope, element };
}

/** The record of nobody, section 6.3.2.2: no envelope at all. */
export const fakeRecord = (clientKey: Uint8Array, maskingKey: Uint8Array): Uint8Array =>
  join(clientKey, maskingKey, new Uint8Array(ENVELOPE_BYTES));

/** What section 6.2.2 draws at random. */
export interface Drawn {
  readonly maskingNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly keyshareSeed: Uint8Array;
}

/** Section 6.2.2: GenerateKE2. @returns undefined when the request or the record is none. */
export function answerLogin(
  configuration: Configuration,
  identities: Identities,
  setup: ServerSetup,
  credential: Uint8Array,
  record: Uint8Array,
  ke1: Uint8Array,
  drawn: Drawn,
) {
  const [request, , clientKeyshare] = split(ke1, KEY_BYTES, KEY_BYTES, KEY_BYTES) ?? [];
  const blinded = request && decodeElement(request);
  const theirs = clientKeyshare && decodeElement(clientKeyshare);
  const parts = recordParts(record);
  if (!blinded || !theirs || !parts) return undefined;
  const serverKey = encodeElement(setup.keyPair.public);
  const evaluated = encodeElement(evaluate(oprfKey(setup, credential).secret, blinded));
  const clear = join(serverKey, parts.envelope);
  const pad = expand(parts.maskingKey, join(drawn.maskingNonce, ascii("CredentialResponsePad")), clear.length);
  const credentialResponse = join(evaluated, drawn.maskingNonce, xor(clear, pad));
  const keyshare = deriveDhKeyPair(drawn.keyshareSeed);
  const serverKeyshare = encodeElement(keyshare.public);
  const agreed = agree(
    [
      [keyshare.secret, theirs],
      [setup.keyPair.secret, theirs],
      [keyshare.secret, parts.element],
    ],
    {
      context: configuration.context,
      client: identities.client ?? parts.clientKey,
      ke1,
      server: identities.server ?? serverKey,
      credentialResponse,
      serverNonce: drawn.serverNonce,
      serverKeyshare,
    },
  );
  const ke2 = join(credentialResponse, drawn.serverNonce, serverKeyshare, agreed.serverMac);
  return { ke2, agreed };
}

/** Section 6.2.4: ServerFinish. */
export const isFinished = (expected: Uint8Array, ke3: Uint8Array): boolean => same(expected, ke3);
