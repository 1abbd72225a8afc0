/** Argon2id (RFC 9106) through both of our wrappers, which give no tag away: a slot opens under the right one alone. */
import { argon2id } from "@noble/hashes/argon2.js";
import { fromHex, toBase64url, toHex, utf8 } from "@sotto/wire";
import { expect, test, vi } from "vitest";
import { nodeCrypto } from "../src/crypto.ts";
import { type Argon2, unwrap } from "../src/key-slot.ts";
import { stretch } from "../src/stretch.ts";

// A quarter of a gigabyte takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const crypto = nodeCrypto();
const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

/** Whether our wrapper makes `tag` of this password: a vault key that is sealed under it comes out. */
async function makes(tag: Uint8Array, password: string, salt: Uint8Array, cost: Argon2): Promise<boolean> {
  const [vaultKey, nonce] = [crypto.random(32), crypto.random(12)];
  const { memoryKiB, passes, lanes } = cost;
  const associated = utf8(`sotto vault key 1 argon2id m=${memoryKiB} t=${passes} p=${lanes}`);
  const sealed = crypto.aeadSeal(tag, nonce, associated, vaultKey);
  const slot = { ...cost, salt: toBase64url(salt), nonce: toBase64url(nonce), sealed: toBase64url(sealed) };
  const [found] = await unwrap([slot], password);
  return found !== undefined && toHex(found.key) === toHex(vaultKey);
}

// All of Argon2id and version 0x13 in the test of the reference implementation (P-H-C/phc-winner-argon2 at f57e61e,
// src/test.c). Its encoded strings have no counterpart here.
test.each([
  { passes: 2, log2: 16, lanes: 1, tag: "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7" },
  { passes: 2, log2: 18, lanes: 1, tag: "78fe1ec91fb3aa5657d72e710854e4c3d9b9198c742f9616c2f085bed95b2e8c" },
  { passes: 2, log2: 8, lanes: 1, tag: "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe" },
  { passes: 2, log2: 8, lanes: 2, tag: "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037" },
  { passes: 1, log2: 16, lanes: 1, tag: "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98" },
  { passes: 4, log2: 16, lanes: 1, tag: "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c" },
  {
    passes: 2,
    log2: 16,
    lanes: 1,
    password: "differentpassword",
    tag: "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde",
  },
  {
    passes: 2,
    log2: 16,
    lanes: 1,
    salt: "diffsalt",
    tag: "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c",
  },
])(
  "the reference's own vectors: m = 2^$log2, t = $passes, p = $lanes, $tag",
  async ({ passes, log2, lanes, password = "password", salt = "somesalt", tag }) => {
    const cost = { memoryKiB: 2 ** log2, passes, lanes };
    expect(await makes(fromHex(tag)!, password, utf8(salt), cost)).toBe(true);
  },
);

test("RFC 9106 section 5.3 has a secret and associated data, which ours have not: by another implementation, which ours equals", async () => {
  const extra = { key: filled(8, 3), personalization: filled(12, 4) };
  expect(toHex(argon2id(filled(32, 1), filled(16, 2), { m: 32, t: 3, p: 4, dkLen: 32, ...extra }))).toBe(
    "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
  );
  for (const [memoryKiB, passes, lanes] of [
    [32, 3, 4],
    [64, 1, 1],
    [1024, 3, 4],
  ] as const) {
    const salt = crypto.random(16);
    const tag = argon2id("correct horse", salt, { m: memoryKiB, t: passes, p: lanes, dkLen: 32 });
    const cost = { memoryKiB, passes, lanes };
    expect(await makes(tag, "correct horse", salt, cost)).toBe(true);
    expect(await makes(tag, "correct horsf", salt, cost)).toBe(false);
  }
});

test("what people compare is stretched with 64 MiB, three passes and four lanes, as the vault would", async () => {
  const salt = crypto.random(16);
  const tag = await stretch(utf8("correct horse"), salt, 32);
  expect(await makes(tag, "correct horse", salt, { memoryKiB: 65_536, passes: 3, lanes: 4 })).toBe(true);
  expect(await makes(tag, "correct horse", salt, { memoryKiB: 65_536, passes: 2, lanes: 4 })).toBe(false);
});
