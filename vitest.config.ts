import { defineConfig } from "vitest/config";

const longMs = 180_000;

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["packages/*/test/**/*.test.ts"] } },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: longMs,
          hookTimeout: longMs,
          // Real processes, ports and a pseudo-terminal: files run one after the other.
          fileParallelism: false,
        },
      },
    ],
  },
});
