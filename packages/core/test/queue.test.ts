import { expect, test } from "vitest";
import { Queue } from "../src/queue.ts";

test("all of it is read in order, also what comes meanwhile, and no more is taken than it holds", async () => {
  const queue = new Queue<number>(4);
  const got: number[] = [];
  for (const item of [1, 2, 3, 4]) expect(queue.offer(item)).toBe(true);
  expect(queue.offer(5)).toBe(false);
  queue.force(5);
  expect(queue.length).toBe(5);
  let next = 6;
  for await (const item of queue) {
    got.push(item);
    expect(queue.length).toBe(next - 1 - item);
    if (queue.offer(next)) next++;
    if (got.length === 50) queue.end();
  }
  expect(got).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
  expect(queue.offer(next)).toBe(false);
});

test("a full one is read as fast as a short one: nothing is moved for each item", async () => {
  const count = 400_000;
  const queue = new Queue<number>(count);
  for (let item = 1; item <= count; item++) queue.offer(item);
  queue.end();
  let sum = 0;
  for await (const item of queue) sum += item;
  expect(sum).toBe((count * (count + 1)) / 2);
});
