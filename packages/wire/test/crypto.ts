/** SHA-256 and Ed25519 for wire's tests, which may use the platform where wire may not. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { type ChainPort, concat, fromHex } from "../src/index.ts";

export const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);

export const hash = (data: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(data).digest());

export interface Key {
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

const PKCS8 = fromHex("302e020100300506032b657004220420") ?? bytes(0, 0);
const SPKI = fromHex("302a300506032b6570032100") ?? bytes(0, 0);

/** The key whose seed is 32 times `fill`: the same in every run. */
export function key(fill: number): Key {
  const privateKey = createPrivateKey({
    key: Buffer.from(concat(PKCS8, bytes(32, fill))),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return {
    publicKey: new Uint8Array(spki.subarray(-32)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

export const port: ChainPort = {
  hash,
  verify(publicKey, message, signature) {
    const spki = Buffer.from(concat(SPKI, publicKey));
    return verify(null, message, createPublicKey({ key: spki, format: "der", type: "spki" }), signature);
  },
};
