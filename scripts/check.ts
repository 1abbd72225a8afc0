// `npm run check`: everything that needs no second process, from clean, in seconds.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { layerFaults } from "./layers.ts";
import { paperFaults } from "./papers.ts";
import { root, step } from "./run.ts";
import { textFaults } from "./texts.ts";

await step("format", ["biome", "format", "--colors=off"]);
await step("lint", ["biome", "lint", "--colors=off", "--error-on-warnings"]);
await step("layers", () => layerFaults(root));
await step("papers", () => paperFaults(root));
await step("texts", () => textFaults(root));
// From clean: the compiler's build information has been seen to keep an error after its cause was gone.
await rm(join(root, ".build"), { recursive: true, force: true });
await step("types", ["tsc", "-b"]);
if (existsSync(join(root, "scripts", "generate.ts"))) {
  await step("generated code", ["node", "scripts/generate.ts", "--check"]);
}
await step("unit tests", ["vitest", "run", "--project", "unit"]);
await step("unused code", ["knip", "--no-progress", "--no-config-hints"]);
