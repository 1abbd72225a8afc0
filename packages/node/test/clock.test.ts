import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { nodeClock } from "../src/clock.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  // First what watches the fake timers: put back afterwards, it would leave them to the next file of this process.
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("wakes once, not before the time", () => {
  const run = vi.fn();
  nodeClock().wake(1_000_100, run);
  vi.advanceTimersByTime(99);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100_000);
  expect(run).toHaveBeenCalledTimes(1);
});

test("a time that is past wakes on a later turn", () => {
  const run = vi.fn();
  nodeClock().wake(5, run);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledTimes(1);
});

test("a wait that is called off does not wake, also in a later step", () => {
  const run = vi.fn();
  const cancel = nodeClock().wake(1_100_000, run);
  vi.advanceTimersByTime(50_000);
  cancel();
  vi.advanceTimersByTime(1_000_000);
  expect(run).not.toHaveBeenCalled();
});

test("after the machine slept the wall clock counts, and a year is not too long", () => {
  const run = vi.fn();
  nodeClock().wake(1_000_000 + 365 * 86_400_000, run);
  vi.advanceTimersByTime(60_000);
  expect(run).not.toHaveBeenCalled();
  vi.setSystemTime(1_000_000 + 366 * 86_400_000);
  vi.advanceTimersByTime(20_000);
  expect(run).toHaveBeenCalledTimes(1);
});

test("a clock that is set back makes no wait longer", () => {
  const run = vi.fn();
  nodeClock().wake(1_060_000, run);
  vi.advanceTimersByTime(20_000);
  vi.setSystemTime(0);
  vi.advanceTimersByTime(39_000);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2000);
  expect(run).toHaveBeenCalledTimes(1);
});

test("on the way to a heartbeat nothing wakes", () => {
  const run = vi.fn();
  const timers = vi.spyOn(globalThis, "setTimeout");
  nodeClock().wake(1_020_000, run);
  vi.advanceTimersByTime(20_000);
  expect(run).toHaveBeenCalledTimes(1);
  expect(timers).toHaveBeenCalledTimes(1);
});
