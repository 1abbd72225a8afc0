import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const longMs = 180_000;

// For the threads and processes of the unit tests, which start from TypeScript hundreds of times. Those end to end get
// nothing of this environment: the programs keep what they compile by themselves.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules", ".cache", "sotto-tests");

export default defineConfig({
  test: {
    // One file for each processor at a time; by itself vitest leaves one of two idle.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "fuzz/test/**/*.test.ts"],
          // Files that share a process load what they test once. They leave nothing behind that another would see: times
          // are put back, and so is the environment.
          isolate: false,
          // For a machine that does other things too; nothing here is to take a second by itself.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          globalSetup: ["e2e/harness/warm.ts"],
          // Half of it is waiting: for clocks, disks and each other.
          maxWorkers: 2 * availableParallelism(),
          sequence: { groupOrder: 1 },
          testTimeout: longMs,
          hookTimeout: longMs,
        },
      },
    ],
  },
});
