import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { backupCodeHash, makeBackupCodes } from "../src/account/backup-codes.ts";
import { totpStep } from "../src/account/totp.ts";
import { totp } from "./client.ts";
import { device, text } from "./log-world.ts";

const secret = text("12345678901234567890");
const STEP_MS = 30_000;

// Ten thousand inputs take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** RFC 6238 appendix B, all of it: of the eight digits the last six are ours. */
const RFC_6238 = [
  { time: 59, sha1: "94287082", sha256: "46119246", sha512: "90693936" },
  { time: 1111111109, sha1: "07081804", sha256: "68084774", sha512: "25091201" },
  { time: 1111111111, sha1: "14050471", sha256: "67062674", sha512: "99943326" },
  { time: 1234567890, sha1: "89005924", sha256: "91819424", sha512: "93441116" },
  { time: 2000000000, sha1: "69279037", sha256: "90698825", sha512: "38618901" },
  { time: 20000000000, sha1: "65353130", sha256: "77737706", sha512: "47863826" },
];

describe("RFC 6238 appendix B", () => {
  test.each(RFC_6238)("SHA-1 at $time", ({ time, sha1 }) => {
    expect(totpStep(secret, sha1.slice(2), time * 1000)).toBe(Math.floor(time / 30));
    expect(totpStep(secret, sha1, time * 1000)).toBeUndefined();
  });

  // The rows of the other hashes have a longer seed each. Authenticator apps that know them are few.
  test.each(RFC_6238)("of SHA-256 and SHA-512 at $time there is no code here", ({ time, sha256, sha512 }) => {
    for (const [code, length] of [[sha256, 32] as const, [sha512, 64] as const]) {
      const seed = text("1234567890".repeat(7).slice(0, length));
      expect(totpStep(seed, code.slice(2), time * 1000)).toBeUndefined();
    }
  });
});

// TOTP at the start of step n is HOTP of n.
test.each(
  "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    .split(" ")
    .map((code, counter) => ({ code, counter })),
)("RFC 4226 appendix D, count $counter", ({ code, counter }) => {
  expect(totpStep(secret, code, counter * STEP_MS)).toBe(counter);
});

test("a code of the step before and of the one after counts for its own step, one further off does not", () => {
  const now = 1_000_000 * STEP_MS + 1;
  for (const skew of [-1, 0, 1])
    expect(totpStep(secret, totp(secret, now + skew * STEP_MS), now)).toBe(1_000_000 + skew);
  for (const skew of [-2, 2]) expect(totpStep(secret, totp(secret, now + skew * STEP_MS), now)).toBeUndefined();
});

test("10,000 odd inputs are no code, and none throws", () => {
  const odd = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."0123456789 -\u0000\u0660\uff11") }).filter((one) => !/^[0-9]{6}$/.test(one)),
    fc.constantFrom("", "12345", "1234567", " 123456", "123456\n", "１２３４５６", "-12345", "1e5000", "NaN", "0x1234"),
  );
  fc.assert(
    fc.property(odd, (code) => totpStep(secret, code, Date.now()) === undefined),
    { numRuns: 10_000 },
  );
});

test("backup codes are ten, all different, and read as people type them", () => {
  const { account } = device("ann");
  const codes = makeBackupCodes((length) => new Uint8Array(randomBytes(length)));
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
  const hash = backupCodeHash(account, "0123A-BCDEF");
  expect(hash).toBeDefined();
  for (const typed of ["0123abcdef", " 0123A BCDEF ", `${"O1Z3A".replace("Z", "2")}bcdef`, "0i23abcdef"]) {
    expect(backupCodeHash(account, typed)).toEqual(hash);
  }
  expect(backupCodeHash(device("bob").account, "0123A-BCDEF")).not.toEqual(hash);
  for (const wrong of ["", "123456", "0123A-BCDE", "0123A-BCDEFG", "0123A-BCDEU"])
    expect(backupCodeHash(account, wrong)).toBeUndefined();
});
