import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { statementsIn, without } from "./statements.ts";

const root = join(import.meta.dirname, "..", "..");
const mls = join(root, "packages", "mls");
/** The check that is taken out: `file:line:column`, or nothing. */
const taken = process.env.MLS_WITHOUT ?? "";
const [file = ""] = taken.split(":");

/** Refusals first, and what takes longest last: the first failure ends the run. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      moduleId.includes("refusals") ? 0 : /secrecy|store|totality|determinism/.test(moduleId) ? 2 : 1;
    return files.toSorted((one, other) => rank(one) - rank(other) || one.moduleId.localeCompare(other.moduleId));
  }
}

export default defineConfig({
  root,
  // In a folder of its own: nothing of this run stays in the tree.
  cacheDir: join(tmpdir(), "mls-checks"),
  plugins: [
    {
      name: "without-a-check",
      enforce: "pre",
      transform(_, id) {
        if (file === "" || id !== join(mls, file)) return null;
        const source = readFileSync(id, "utf8");
        const statement = statementsIn(file, source).find(({ name }) => name === taken);
        if (statement === undefined) throw new Error(`no check at ${taken}`);
        return { code: without(source, statement), map: null };
      },
    },
  ],
  test: {
    include: ["packages/mls/test/**/*.test.ts"],
    bail: 1,
    testTimeout: 60_000,
    // One process and one copy of the modules: most of a run would be starting up.
    fileParallelism: false,
    isolate: false,
    pool: "forks",
    sequence: { sequencer: QuickFirst },
  },
});
