/** The reference of these tests against the RFCs that it was written from: it may judge others only if it holds itself. */
import { readFileSync } from "node:fs";
import { fromHex, toHex } from "@sotto/wire";
import { describe, expect, test } from "vitest";
import { HASH_BYTES } from "./opaque-reference/bytes.ts";
import { finishLogin, registrationRecord, registrationRequest, startLogin } from "./opaque-reference/client.ts";
import { type Configuration, deriveDhKeyPair, maskingKey } from "./opaque-reference/envelope.ts";
import {
  blind,
  decodeElement,
  decodeScalar,
  deriveKeyPair,
  encodeElement,
  encodeScalar,
  evaluate,
  evaluateAlone,
  finalize,
  ORDER,
} from "./opaque-reference/oprf.ts";
import { answerLogin, fakeRecord, isFinished, oprfKey, registrationResponse } from "./opaque-reference/server.ts";

const bytes = (hex: string) => fromHex(hex)!;
const element = (hex: string) => decodeElement(bytes(hex))!;
const scalar = (hex: string) => decodeScalar(bytes(hex))!;
const read = (name: string) => JSON.parse(readFileSync(new URL(`vectors/${name}`, import.meta.url), "utf8"));

interface OprfFigures {
  readonly seed: string;
  readonly keyInfo: string;
  readonly skSm: string;
  readonly vectors: readonly {
    readonly Input: string;
    readonly Blind: string;
    readonly BlindedElement: string;
    readonly EvaluationElement: string;
    readonly Output: string;
  }[];
}

describe("RFC 9497 appendix A.1.1", () => {
  const figures: OprfFigures = read("oprf.json");
  const key = deriveKeyPair(bytes(figures.seed), bytes(figures.keyInfo));

  test("the key is derived", () => expect(toHex(encodeScalar(key.secret))).toBe(figures.skSm));

  test.each(figures.vectors)("input $Input", ({ Input, Blind, BlindedElement, EvaluationElement, Output }) => {
    const by = scalar(Blind);
    const blinded = blind(bytes(Input), by);
    expect(toHex(encodeElement(blinded))).toBe(BlindedElement);
    const evaluated = evaluate(key.secret, blinded);
    expect(toHex(encodeElement(evaluated))).toBe(EvaluationElement);
    expect(toHex(finalize(bytes(Input), by, evaluated))).toBe(Output);
    expect(toHex(evaluateAlone(key.secret, bytes(Input)))).toBe(Output);
  });

  test("what is no element and the identity are not taken; nor zero, nor the order, as a scalar", () => {
    expect(decodeElement(new Uint8Array(32))).toBeUndefined();
    expect(decodeElement(new Uint8Array(32).fill(255))).toBeUndefined();
    expect(decodeElement(new Uint8Array(31))).toBeUndefined();
    expect(decodeScalar(new Uint8Array(32))).toBeUndefined();
    expect(decodeScalar(encodeScalar(ORDER))).toBeUndefined();
    expect(decodeScalar(encodeScalar(ORDER - 1n))).toBe(ORDER - 1n);
  });
});

interface Figures {
  readonly section: string;
  readonly name: string;
  readonly context: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly intermediates: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}
const figures: readonly Figures[] = read("opaque.json").vectors;

/** The vectors' configuration: a context, and no stretching. */
function given({ context, inputs }: Figures) {
  const at = (name: string) => bytes(inputs[name]!);
  const configuration: Configuration = { context: bytes(context), stretch: (output) => output };
  const identities = {
    client: inputs.client_identity === undefined ? undefined : at("client_identity"),
    server: inputs.server_identity === undefined ? undefined : at("server_identity"),
  };
  const keyPair = { secret: scalar(inputs.server_private_key!), public: element(inputs.server_public_key!) };
  const setup = { seed: at("oprf_seed"), keyPair };
  const drawn = {
    maskingNonce: at("masking_nonce"),
    serverNonce: at("server_nonce"),
    keyshareSeed: at("server_keyshare_seed"),
  };
  return { at, configuration, identities, setup, credential: at("credential_identifier"), drawn };
}

test("there are two real vectors and one fake for ristretto255", () => {
  expect(figures.map(({ name }) => name)).toEqual(["real test vector 1", "real test vector 2", "fake test vector 1"]);
});

describe.each(figures.filter(({ name }) => name.startsWith("real")))("RFC 9807 $section, $name", (vector) => {
  const { at, configuration, identities, setup, credential, drawn } = given(vector);
  const { inputs, intermediates, outputs } = vector;
  const password = at("password");
  const by = scalar(inputs.blind_registration!);
  const made = registrationRecord(
    configuration,
    identities,
    password,
    by,
    bytes(outputs.registration_response!),
    at("envelope_nonce"),
  )!;

  test("sign-up", () => {
    const request = registrationRequest(password, by);
    expect(toHex(request)).toBe(outputs.registration_request);
    expect(toHex(registrationResponse(setup, credential, request)!)).toBe(outputs.registration_response);
    expect(toHex(made.record)).toBe(outputs.registration_upload);
    expect(toHex(made.exportKey)).toBe(outputs.export_key);
  });

  test("what is derived on the way", () => {
    expect(toHex(encodeScalar(oprfKey(setup, credential).secret))).toBe(intermediates.oprf_key);
    expect(toHex(made.clientKey)).toBe(intermediates.client_public_key);
    expect(toHex(made.authKey)).toBe(intermediates.auth_key);
    expect(toHex(made.randomized)).toBe(intermediates.randomized_password);
    expect(toHex(made.envelope)).toBe(intermediates.envelope);
    expect(toHex(maskingKey(made.randomized))).toBe(intermediates.masking_key);
  });

  test("login", () => {
    const login = startLogin(password, scalar(inputs.blind_login!), at("client_nonce"), at("client_keyshare_seed"));
    expect(toHex(login.ke1)).toBe(outputs.KE1);
    const answer = answerLogin(configuration, identities, setup, credential, made.record, login.ke1, drawn)!;
    expect(toHex(answer.ke2)).toBe(outputs.KE2);
    expect(toHex(answer.agreed.handshakeSecret)).toBe(intermediates.handshake_secret);
    expect(toHex(answer.agreed.serverMacKey)).toBe(intermediates.server_mac_key);
    expect(toHex(answer.agreed.clientMacKey)).toBe(intermediates.client_mac_key);
    const finished = finishLogin(configuration, identities, login, answer.ke2)!;
    expect(toHex(finished.ke3)).toBe(outputs.KE3);
    expect(toHex(finished.sessionKey)).toBe(outputs.session_key);
    expect(toHex(finished.exportKey)).toBe(outputs.export_key);
    expect(toHex(answer.agreed.sessionKey)).toBe(outputs.session_key);
    expect(isFinished(answer.agreed.clientMac, finished.ke3)).toBe(true);
    expect(isFinished(answer.agreed.clientMac, new Uint8Array(HASH_BYTES))).toBe(false);
  });
});

describe.each(figures.filter(({ name }) => name.startsWith("fake")))("RFC 9807 $section, $name", (vector) => {
  test("a name that nobody has is answered", () => {
    const { at, configuration, identities, setup, credential, drawn } = given(vector);
    const record = fakeRecord(at("client_public_key"), at("masking_key"));
    const answer = answerLogin(configuration, identities, setup, credential, record, at("KE1"), drawn)!;
    expect(toHex(answer.ke2)).toBe(vector.outputs.KE2);
    // The client's key share is in KE1, and the seed that it came of is given as well.
    expect(toHex(encodeElement(deriveDhKeyPair(at("client_keyshare_seed")).public))).toBe(toHex(at("KE1").slice(64)));
  });
});
