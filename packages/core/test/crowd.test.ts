/** A crowd that loses its relay at one moment does not come back at one moment. */
import { expect, test } from "vitest";
import { World } from "./harness/world.ts";

const CROWD = 200;
/** How long it waits at most before each dial while the relay is away. */
const BOUNDS_MS = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];

/** The most that fall into one of `parts` equal parts of the time. */
function fullest(times: readonly number[], fromMs: number, toMs: number, parts: number): number {
  const counts = Array.from({ length: parts }, () => 0);
  for (const time of times) {
    const part = Math.min(parts - 1, Math.floor(((time - fromMs) * parts) / (toMs - fromMs)));
    counts[part] = (counts[part] ?? 0) + 1;
  }
  return Math.max(...counts);
}

/** What one client waits before each dial, when it loses a relay that stays away for a while. */
async function waitsOfOne(): Promise<readonly number[]> {
  const world = new World();
  const [ann] = await world.persons("ann");
  const dials = [world.clock.now()];
  let isAway = true;
  world.relay.taps.push(({ way, body }) => {
    if (way !== "up" || body.type !== "hello") return undefined;
    dials.push(world.clock.now());
    return isAway ? "cut" : undefined;
  });
  world.relay.cut("ann");
  await world.pass(92_000);
  isAway = false;
  await world.pass(31_000);
  expect(world.relay.isOnline(ann.name)).toBe(true);
  await world.close();
  return dials.slice(1).map((at, index) => at - (dials[index] ?? 0));
}

test("two hundred clients dial again spread over the whole wait, ever longer while the relay is away", async () => {
  const crowd: (readonly number[])[] = [];
  for (let one = 0; one < CROWD; one++) crowd.push(await waitsOfOne());
  for (const [index, boundMs] of BOUNDS_MS.entries()) {
    const waits = crowd.flatMap((one) => one[index] ?? []);
    // Who waited long before may not have come to this one.
    expect(waits.length).toBeGreaterThan(CROWD / 2);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...waits)).toBeLessThanOrEqual(boundMs + 100);
    expect(Math.max(...waits)).toBeGreaterThan(0.8 * boundMs);
    // Evenly: of two hundred a tenth of the time holds twenty, give or take.
    expect(fullest(waits, 50, boundMs + 50, 10)).toBeLessThan(50);
  }
}, 60_000);
