/** Bytes that are nearly right, for properties. */
import fc from "fast-check";

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });

/** The same bytes after some changes: a bit, a byte more or less, a piece that is repeated or left out. */
export function changed(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat({ max: bytes.length - 1 });
  const change = fc.oneof(
    fc.record({ type: fc.constant("bit" as const), at: place, with: uint(3) }),
    fc.record({ type: fc.constant("byte" as const), at: place, with: uint(8) }),
    fc.record({ type: fc.constant("more" as const), at: place, with: uint(8) }),
    fc.record({ type: fc.constant("less" as const), at: place, with: uint(3) }),
  );
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    let result = bytes;
    for (const { type, at: wanted, with: value } of changes) {
      const at = wanted % Math.max(1, result.length);
      const [before, after] = [result.slice(0, at), result.slice(at + 1)];
      const byte = result[at] ?? 0;
      if (type === "bit") result = Uint8Array.of(...before, byte ^ (1 << value), ...after);
      else if (type === "byte") result = Uint8Array.of(...before, value, ...after);
      else if (type === "more") result = Uint8Array.of(...before, value, byte, ...after);
      else result = Uint8Array.of(...before, ...after.slice(value));
    }
    return result;
  });
}
