/** `sotto`: from the command line to what is to be done. */
import { readFileSync } from "node:fs";
import { EXIT, type ExitCode } from "@sotto/wire";
import { parseInvocation } from "./arguments.ts";
import { helpText } from "./help.ts";
import { complain } from "./output.ts";

// A link among the arguments has secrets. On Linux this overwrites the memory that /proc shows; the launcher did it
// already, but this file may be started without it.
process.title = "sotto";

process.exitCode = await main(process.argv.slice(2));
// Pipes may hold the process open for ever: what had to be waited for was.
await new Promise((resolve) => process.stdout.write("", resolve));
process.exit();

async function main(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseInvocation(args);
  if (!parsed.ok) {
    complain(parsed.error.what, parsed.error.hint);
    return EXIT.misused;
  }
  const invocation = parsed.value;
  if (invocation.type === "help") process.stdout.write(helpText(invocation.command));
  else if (invocation.type === "version") process.stdout.write(`sotto ${version()}\n`);
  else {
    // Help needs no database and no ciphers.
    const { fatal, runWork } = await import("./work.ts");
    return runWork(invocation, version()).catch(fatal);
  }
  return EXIT.done;
}

function version(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "unknown";
}
