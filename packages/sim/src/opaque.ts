/**
 * Both halves of a stand-in for OPAQUE, whose library draws randomness of its own and costs a tenth of a second: the
 * messages have the same lengths and the same outcomes, and no secrecy at all. What OPAQUE itself is worth is shown with
 * the library (packages/node/test, packages/relay/test), not here.
 */
import type { Opaque } from "@sotto/core";
import { nodeCrypto } from "@sotto/node";
import type { OpaqueServer } from "@sotto/relay";
import { equalBytes, toHex, utf8 } from "@sotto/wire";

const { sha256, hmac } = nodeCrypto();
const LENGTH = { request: 32, response: 64, record: 192, ke1: 96, ke2: 320, ke3: 64 } as const;

function filled(length: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
}

const digestOf = (password: string): Uint8Array => sha256(utf8(password));
const proofOf = (digest: Uint8Array, ke1: string): Uint8Array => filled(LENGTH.ke3, hmac(digest, utf8(ke1)));

/** @param random - so that no two logins are alike. */
export function clientOpaque(random: (length: number) => Uint8Array): Opaque {
  return {
    registerStart: async () => ({ state: "", request: new Uint8Array(LENGTH.request) }),
    registerFinish: async ({ password }) => filled(LENGTH.record, digestOf(password)),
    loginStart: async () => {
      const request = random(LENGTH.ke1);
      return { state: toHex(request), request };
    },
    loginFinish: async ({ state, password, response }) => {
      const digest = digestOf(password);
      return equalBytes(response.subarray(0, digest.length), digest) ? proofOf(digest, state) : undefined;
    },
  };
}

export const serverOpaque: OpaqueServer = {
  register: (_name, request) => (request.length === LENGTH.request ? new Uint8Array(LENGTH.response) : undefined),
  isRecord: (_name, record) => record.length === LENGTH.record,
  start(name, record, ke1) {
    if (ke1.length !== LENGTH.ke1) return undefined;
    const digest = record === undefined ? sha256(ke1) : record.subarray(0, 32);
    return {
      login: { name, state: `${toHex(digest)} ${toHex(ke1)}` },
      ke2: filled(LENGTH.ke2, digest),
    };
  },
  finish({ state }, ke3) {
    const [digest = "", ke1 = ""] = state.split(" ");
    return equalBytes(ke3, proofOf(Uint8Array.from(Buffer.from(digest, "hex")), ke1));
  },
};
