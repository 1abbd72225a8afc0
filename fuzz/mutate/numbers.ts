/** Numbers that programs get wrong: ends of types, of lengths, of what a float can count. */

export const NUMBERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  15n,
  16n,
  31n,
  32n,
  33n,
  63n,
  64n,
  100n,
  127n,
  128n,
  255n,
  256n,
  500n,
  501n,
  1000n,
  1001n,
  1024n,
  16_383n,
  16_384n,
  16_385n,
  65_535n,
  65_536n,
  1_048_575n,
  1_048_576n,
  2n ** 30n - 1n,
  2n ** 30n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A number in so many bytes, high byte first unless told. */
export function fixed(value: bigint, width: number, isLittle = false): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let index = 0; index < width; index++) {
    const byte = Number((value >> BigInt(8 * index)) & 0xffn);
    bytes[isLittle ? index : width - 1 - index] = byte;
  }
  return bytes;
}
