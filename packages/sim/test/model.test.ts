// The first model: honest members and one who commits what nobody should, in every order in which the steps can come. Over
// the real relay and with real clients; `npm run sim -- --model` plays all pairs of such commits.
import { beforeAll, describe, expect, test } from "vitest";
import { HASTILY_MS, type Model, ordersOf, playOrder, SLOWLY_MS, type Step } from "../src/model.ts";
import { makeStarts, type Starts } from "../src/world.ts";

let starts: Starts;
beforeAll(async () => {
  starts = await makeStarts();
});

const MODELS: readonly Model[] = [
  {
    honest: 3,
    paceMs: SLOWLY_MS,
    evil: ["garbage under a header that throws everybody out", "a header that throws another out"],
  },
  { honest: 2, paceMs: HASTILY_MS, evil: ["a removal by who may not", "a commit that one cannot read"] },
];

const STEPS: readonly ("message" | "commit" | "time")[] = ["message", "commit", "time"];
const PLAYS = MODELS.flatMap((model) =>
  [...STEPS, ...model.evil].map((first) => {
    const orders = ordersOf(model).filter(([step]) => step === first);
    return { ...model, first, orders, count: orders.length };
  }),
);

describe(`a message, a commit, time and two that nobody should commit, in all ${PLAYS.reduce((sum, { count }) => sum + count, 0)} orders`, () => {
  test.each(PLAYS)(
    "$honest who mean well agree and talk, $paceMs ms from step to step, in the $count orders that begin with $first",
    { timeout: 120_000 },
    async ({ orders, ...model }) => {
      for (const order of orders) expect(await playOrder(starts, model, order), order.join(", ")).toEqual([]);
    },
  );
});

/** Two with one who means ill, hastily: orders that once failed. */
const REMEMBERED: readonly { readonly evil: Model["evil"]; readonly order: readonly Step[] }[] = [
  {
    evil: ["a commit under an older base", "a commit that one cannot read"],
    order: ["a commit under an older base", "a commit that one cannot read", "commit", "message", "time"],
  },
];

test.each(REMEMBERED)("as once did not: $order", { timeout: 60_000 }, async ({ evil, order }) => {
  expect(await playOrder(starts, { honest: 2, paceMs: HASTILY_MS, evil }, order)).toEqual([]);
});
