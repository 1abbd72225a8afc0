import { defineConfig } from "vitest/config";

const longMs = 180_000;

export default defineConfig({
  test: {
    // One file for each processor at a time; by itself vitest leaves one of two idle.
    maxWorkers: "100%",
    projects: [
      { test: { name: "unit", include: ["packages/*/test/**/*.test.ts"] } },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: longMs,
          hookTimeout: longMs,
        },
      },
    ],
  },
});
