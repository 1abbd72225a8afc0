// `npm test`: the check, then the real programs.
import "./check.ts";
import { step } from "./run.ts";

await step("end to end", ["vitest", "run", "--project", "e2e"]);
