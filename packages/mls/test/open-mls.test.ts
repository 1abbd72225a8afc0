/**
 * Groups that our members once shared with members on OpenMLS, as `interop/record.ts` wrote them down: ours do all they
 * did once more, and open what OpenMLS sent then. Whatever they send is the same to the byte.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OurSide, type Recording } from "./our-side.ts";

const folder = join(import.meta.dirname, "vectors");
const recordings = readdirSync(folder)
  .filter((file) => /^open-mls-.*\.json$/.test(file))
  .flatMap((file): Recording[] => JSON.parse(readFileSync(join(folder, file), "utf8")));

describe("a group with OpenMLS goes the way that it went", () => {
  test.each(recordings)("$name, seed $seed", { timeout: 30_000 }, (recording) => {
    const side = new OurSide(recording);
    for (const [index, { gives, ...step }] of recording.steps.entries()) {
      expect({ index, ...step, gives: side.perform(step).gives }).toEqual({ index, ...step, gives });
    }
  });
});
