/** Real programs under load that are killed at random instants; `npm run crashes` does it for as long as one likes. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { damage } from "./crashes/damage.ts";
import { crash } from "./crashes/run.ts";
import { openScratch, type Scratch } from "./harness/scratch.ts";

let scratch: Scratch;
/** What went well is not worth a line. */
const log = (): void => undefined;

beforeAll(async () => {
  scratch = await openScratch();
});

afterAll(async () => {
  await scratch[Symbol.asyncDispose]();
});

test("through ten kill -9 of relay and clients under load nothing acknowledged is lost, twice, or out of order", async () => {
  const folder = join(scratch.dir, "k");
  const { tally, failures } = await crash({ kills: 10, seed: 1, folder, isSmall: true, log });
  expect(failures).toEqual([]);
  expect(tally.kills).toBeGreaterThanOrEqual(10);
});

test("files that are cut, flipped or gone are refused and left, or opened whole, or missed by the other side", async () => {
  const { failures } = await damage({ times: 3, seed: 1, folder: join(scratch.dir, "d"), log });
  expect(failures).toEqual([]);
});
