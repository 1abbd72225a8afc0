/** `sotto`: from the command line to what is to be done. */
import { readFileSync } from "node:fs";
import { EXIT, type ExitCode } from "@sotto/wire";
import { type Invocation, parseInvocation } from "./arguments.ts";
import { complain } from "./output.ts";
import { languageOf, setLanguage } from "./text/index.ts";

// A link among the arguments has secrets. On Linux this overwrites the memory that /proc shows; the launcher did it
// already, but this file may be started without it.
process.title = "sotto";
setLanguage(languageOf(process.env));

process.exitCode = await main(process.argv.slice(2));
// Pipes may hold the process open for ever: what had to be waited for was.
await new Promise((resolve) => process.stdout.write("", resolve));
process.exit();

async function main(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseInvocation(args);
  if (parsed.ok) return carryOut(parsed.value);
  complain(parsed.error.what, parsed.error.hint);
  return EXIT.misused;
}

/** Help and completion need no database and no ciphers, and the doctor says so when there are none. */
async function carryOut(invocation: Invocation): Promise<ExitCode> {
  switch (invocation.type) {
    case "help": {
      const { helpText } = await import("./help.ts");
      process.stdout.write(helpText(invocation.command));
      return EXIT.done;
    }
    case "version":
      process.stdout.write(`sotto ${version()}\n`);
      return EXIT.done;
    case "completion": {
      const { completionScript } = await import("./completion/script.ts");
      process.stdout.write(completionScript(invocation.shell));
      return EXIT.done;
    }
    case "doctor": {
      const { runDoctor } = await import("./doctor/run.ts");
      return runDoctor(invocation, version());
    }
    case "rooms":
      if (invocation.names) {
        const { printNames } = await import("./one-shot/names.ts");
        return printNames(invocation.profile, process.stdout);
      }
  }
  const [{ runWork }, { fatal }] = await Promise.all([import("./work.ts"), import("./faces/ending.ts")]);
  return runWork(invocation, version()).catch(fatal);
}

function version(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "unknown";
}
