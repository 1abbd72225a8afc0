/** The program `sottod`: command line and environment in, a running relay out, and signals to end it. */
import { EXIT, type ExitCode } from "@sotto/wire";
import { pino } from "pino";
import { announce, announceJson } from "./announce.ts";
import { type Command, HELP, parseCommand } from "./command-line.ts";
import { readConfig } from "./config-file.ts";
import type { Journal } from "./ports.ts";
import { type RunningRelay, startRelay } from "./start.ts";
import { Trouble } from "./trouble.ts";
import { version } from "./version.ts";

// Whatever this process makes is for its owner alone.
process.umask(0o077);

type Run = Extract<Command, { readonly kind: "run" }>;

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  process.stderr.write(`sottod: ${error.message}\nhint: ${error.hint}\n`);
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
      process.stdout.write(`sottod ${version()}\n`);
      return;
    case "run":
      return await run(command.value);
  }
}

async function run(command: Run): Promise<void> {
  const { config, settings } = readConfig(command.config, process.env, command.settings);
  const journal = pino({ name: "sottod", level: config.log.level }, pino.destination({ dest: 2, sync: true }));
  let onStop = (): void => undefined;
  const relay = await startRelay({ config, settings, data: command.data, journal, onLost, onStop: () => onStop() });
  // Before anybody is told that it listens: whoever has read that may stop it in order.
  onStop = stopOnSignal(relay, (cause) => journal.info({ cause }, "stopping"));
  const isTerminal = process.stdout.isTTY === true;
  // Of a terminal it says that the terminal is gone, and ends the process as ever.
  if (!isTerminal) process.on("SIGHUP", () => renew(relay, journal));
  const hasColours = isTerminal && (process.env.NO_COLOR ?? "") === "" && process.stdout.getColorDepth() > 1;
  process.stdout.write(command.json ? announceJson(relay, process.pid) : announce(relay, { isTerminal, hasColours }));
  journal.info({ url: relay.url }, "listening");
}

/** Without its database a relay can only refuse; whoever supervises it starts it again. */
function onLost(error: Error): void {
  process.stderr.write(`sottod: ${error.message}\nhint: see what stands above, and start it again\n`);
  process.exit(EXIT.failed);
}

/** Certificates are renewed every few weeks, and nobody has to go offline for it. */
function renew(relay: RunningRelay, journal: Journal): void {
  try {
    relay.renewCertificate();
    journal.info({}, "the certificate was read again");
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    journal.error({ reason: error.message }, "the certificate was not read again; the one before is still shown");
  }
}

/** The first signal stops in order, the second at once. @returns what stops it as the first signal does. */
function stopOnSignal(relay: RunningRelay, tell: (cause: string) => void): () => void {
  let isStopping = false;
  const stop = (cause: string): void => {
    isStopping = true;
    tell(cause);
    relay.stop().then(
      () => process.exit(EXIT.done),
      (error: unknown) => {
        process.stderr.write(
          `sottod: could not stop in order: ${error instanceof Error ? error.message : String(error)}\n`,
        );
        process.exit(EXIT.failed satisfies ExitCode);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(EXIT.failed);
      stop(signal);
    });
  }
  return () => stop("an order");
}
