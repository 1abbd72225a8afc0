/** The program `sottoctl`: one request to the relay that runs on this machine, its answer, and an exit code. */
import { EXIT, escapeJson } from "@sotto/wire";
import { ask } from "./sottoctl/ask.ts";
import { HELP, parseCommand } from "./sottoctl/command-line.ts";
import { print } from "./sottoctl/print.ts";
import { Trouble } from "./trouble.ts";
import { version } from "./version.ts";

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  process.stderr.write(`sottoctl: ${error.message}\nhint: ${error.hint}\n`);
  process.exitCode = error.exit;
}

async function main(args: readonly string[]): Promise<void> {
  const command = parseCommand(args);
  if (!command.ok) throw command.error;
  switch (command.value.kind) {
    case "help":
      process.stdout.write(HELP);
      return;
    case "version":
      process.stdout.write(`sottoctl ${version()}\n`);
      return;
    case "ask": {
      const { data, request, json } = command.value;
      const reply = await ask(data, request);
      if (!reply.ok) throw new Trouble(reply.message, reply.hint, EXIT.failed);
      const lines = reply.rows.map((row) => `${escapeJson(row)}\n`);
      process.stdout.write(json ? lines.join("") : print(request.command, reply.rows));
    }
  }
}
