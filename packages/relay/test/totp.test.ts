import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { backupCodeHash, makeBackupCodes } from "../src/account/backup-codes.ts";
import { totpStep } from "../src/account/totp.ts";
import { totp } from "./client.ts";
import { device, text } from "./log-world.ts";

const secret = text("12345678901234567890");
const STEP_MS = 30_000;

test.each([
  // RFC 6238, appendix B: SHA-1, the last six of the eight digits.
  { time: 59, code: "287082" },
  { time: 1111111109, code: "081804" },
  { time: 1111111111, code: "050471" },
  { time: 1234567890, code: "005924" },
  { time: 2000000000, code: "279037" },
])("RFC 6238 at $time", ({ time, code }) => {
  expect(totpStep(secret, code, time * 1000)).toBe(Math.floor(time / 30));
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
