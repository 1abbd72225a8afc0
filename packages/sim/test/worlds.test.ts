// A few hundred worlds on every commit; `npm run sim -- --runs 100000` plays more.
import { beforeAll, expect, test } from "vitest";
import { makeStarts, play, type Starts } from "../src/index.ts";

let starts: Starts;
beforeAll(async () => {
  starts = await makeStarts();
});

const WORLDS = 300;
const EACH = 50;

test.each(Array.from({ length: WORLDS / EACH }, (_, part) => part * EACH + 1))(
  "nothing is found in fifty worlds from seed %d on",
  { timeout: 120_000 },
  async (from) => {
    for (let seed = from; seed < from + EACH; seed++) {
      const { faults } = await play(starts, seed);
      expect(faults, `npm run sim -- --seed ${seed}`).toEqual([]);
    }
  },
);
