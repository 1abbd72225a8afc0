import { noticeOf } from "@sotto/core/notices";
import { expect, test } from "vitest";
import { DiskFull } from "../src/disk-full.ts";

test("that the disk is full is told once, and again after ten minutes; other notices each time", () => {
  const disk = new DiskFull();
  const full = noticeOf("disk-full", {});
  expect([0, 1000, 599_999, 600_000, 600_001].map((now) => disk.isRepeated(full, now))).toEqual([
    false,
    true,
    true,
    false,
    true,
  ]);
  const other = noticeOf("sign-in-lost", {});
  expect([disk.isRepeated(other, 600_002), disk.isRepeated(other, 600_003)]).toEqual([false, false]);
});
