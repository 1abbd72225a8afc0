// `npm start`: a relay on this machine and a client on it. Both keep what they have in `.sotto/`, which git ignores.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { lookOf, renderLine } from "../packages/terminal/src/output.ts";
import { qrCode } from "../packages/terminal/src/plain/qr.ts";
import { type RunningRelay, sottoFile, startRelay, stopRelay } from "./programs.ts";
import { root } from "./run.ts";

const home = join(root, ".sotto");
const portFile = join(home, "port");
mkdirSync(home, { recursive: true, mode: 0o700 });

try {
  const relay = await startRelay(join(home, "relay"), `127.0.0.1:${await port()}`);
  writeFileSync(portFile, new URL(relay.url).port);
  tell(relay);
  process.exitCode = process.stdin.isTTY && process.stdout.isTTY ? await client(relay) : await alone(relay);
} catch (cause) {
  process.stderr.write(`npm start: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.stderr.write("hint: is another npm start still running? its relay holds .sotto/relay\n");
  process.exitCode = 1;
}

/** The port of the last time, because clients remember it, else 7878; any free one when that is taken. */
async function port(): Promise<number> {
  const last = existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : 7878;
  const wanted = Number.isInteger(last) && last > 0 && last < 65_536 ? last : 7878;
  const probe = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(wanted, "127.0.0.1", () => resolve(true));
  });
  await new Promise<void>((resolve) => (isFree ? probe.close(() => resolve()) : resolve()));
  return isFree ? wanted : 0;
}

function tell({ link, accessPassword }: RunningRelay): void {
  const { columns = 80, rows = 24 } = process.stdout;
  const qr = qrCode(link, lookOf(process.stdout.isTTY, process.env), { columns, rows }, 12);
  if (qr.type === "lines") for (const line of qr.lines) process.stdout.write(`${renderLine(line, true)}\n`);
  if (qr.type === "too-small") {
    process.stdout.write(`the QR code of the link needs a window of ${qr.columns} columns and ${qr.rows} rows\n`);
  }
  process.stdout.write(`relay            ${link}\n`);
  process.stdout.write(`access password  ${accessPassword} (a new one at each start)\n`);
  process.stdout.write("a second person pastes this into another terminal, in this folder:\n");
  process.stdout.write(`  npx sotto --profile .sotto/people/second '${link}'\n\n`);
}

/** Opens the first person's client; the relay ends with it. */
async function client(relay: RunningRelay): Promise<number> {
  const args = [sottoFile, "--profile", join(home, "people", "first"), relay.link];
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  // The client decides what a signal means to it; the relay outlives it by a moment.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  const code = await new Promise<number>((resolve) => child.once("exit", (status) => resolve(status ?? 1)));
  await stopRelay(relay);
  return code;
}

async function alone(relay: RunningRelay): Promise<number> {
  process.stdout.write("no terminal here, so there is no client: the relay runs until Ctrl-C\n");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stopRelay(relay));
  await relay.ended;
  return 0;
}
