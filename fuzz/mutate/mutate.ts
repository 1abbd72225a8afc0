/** One input out of others: some changes, most of them such as fit the format. */
import type { Format } from "../target.ts";
import { BYTE_CHANGES, type Change, type Material, SWELL } from "./bytes.ts";
import { PROTOBUF_CHANGES } from "./protobuf.ts";
import { TEXT_CHANGES } from "./text.ts";
import { VECTOR_CHANGES } from "./vectors.ts";

const OWN: Readonly<Record<Format, readonly Change[]>> = {
  bytes: BYTE_CHANGES,
  protobuf: PROTOBUF_CHANGES,
  vectors: VECTOR_CHANGES,
  text: TEXT_CHANGES,
};

const SWELL_ONE_IN = 3000;

export function mutate(input: Uint8Array, format: Format, material: Material): Uint8Array {
  const { dice, bytesMax } = material;
  if (dice.oneIn(SWELL_ONE_IN)) return SWELL(input, material).slice(0, bytesMax);
  let made = input;
  for (let count = dice.one([1, 1, 1, 2, 2, 3, 5]); count > 0; count--) {
    const changes = dice.oneIn(4) ? BYTE_CHANGES : OWN[format];
    made = dice.one(changes)(made, material);
  }
  return made.length > bytesMax ? made.slice(0, bytesMax) : made;
}
