// `npm run interop`: our MLS beside OpenMLS. What it needs is in interop/, is no dependency of the project, and is
// installed there when it is first wanted.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.ts";

const folder = join(root, "interop");
/** npm writes it when an installation is complete. */
const installed = join(folder, "node_modules", ".package-lock.json");
const wanted = join(folder, "package-lock.json");

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
  process.stdout.write("installing what interop/ needs, about 200 MB\n");
  const { code, output } = await npm("ci", "--ignore-scripts", "--no-audit", "--no-fund");
  if (code !== 0) {
    const reason = /^npm (?:error|ERR!)(?: code)? (.*)$/m.exec(output)?.[1] ?? `npm ci ended with ${code}`;
    process.stderr.write(`interop: its packages cannot be installed (${reason}); it needs the network once\n`);
    process.exit(1);
  }
}
const child = spawn(process.execPath, [join(folder, "run.ts"), ...process.argv.slice(2)], { stdio: "inherit" });
child.on("close", (code) => process.exit(code ?? 1));

function npm(...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn("npm", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", ({ message }) => resolve({ code: 1, output: `npm error ${message}` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}
