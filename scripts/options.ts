/** What a script was asked, or its usage: on `--help` with 0, on anything that it does not know with 2. */
import { type ParseArgsConfig, parseArgs } from "node:util";

export function options<const O extends NonNullable<ParseArgsConfig["options"]>>(usage: string, known: O) {
  if (process.argv.slice(2).some((one) => one === "--help" || one === "-h")) {
    process.stdout.write(`${usage.trim()}\n`);
    process.exit(0);
  }
  try {
    return parseArgs({ options: known }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : "misused"}\n\n${usage.trim()}\n`);
    process.exit(2);
  }
}
