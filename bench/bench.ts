// `npm run bench`: eight figures, each beside what the same machine gives at best in the same minutes.
// docs/performance.md says what they mean.
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { commits } from "./commits.ts";
import { connections } from "./connections.ts";
import { deliveries } from "./deliveries.ts";
import { type Figure, type Options, table } from "./figure.ts";
import { checkGlance } from "./glance.ts";
import { messages } from "./messages.ts";
import { isPinned, leaveServerAlone } from "./processors.ts";
import { screen } from "./screen.ts";
import { sealing } from "./sealing.ts";
import { signIn } from "./sign-in.ts";
import { vault } from "./vault.ts";

const BENCHES = { messages, deliveries, connections, sealing, commits, "sign-in": signIn, vault, screen } as const;
const HELP = `usage: npm run bench -- [--only NAME] [--quick] [--json] [--profile DIR]

  --only NAME    ${Object.keys(BENCHES).join(", ")}; may be given more than once
  --quick        a smoke run of some seconds, whose figures mean little
  --json         JSON on standard output instead of the table
  --profile DIR  processor profiles of sottod into DIR (these slow it down)

Databases are written to TMPDIR, which should not be memory: what an fsync costs is a part of the figures.
`;
/** After so long a bench begins no further round: the whole run stays below three minutes on a slow machine too. */
const BENCH_MS = 45_000;
/** What statfs calls a file system in memory. */
const TMPFS = 0x01021994;

const values = commandLine();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
const folder = mkdtempSync(join(tmpdir(), "sotto-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
checkGlance();
leaveServerAlone();

const figures: Figure[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (values.only !== undefined && !values.only.includes(name)) continue;
  figures.push(await bench(optionsFor(name)));
}
const notes = machineNotes();
process.stdout.write(
  values.json
    ? `${JSON.stringify({ notes, quick: values.quick, figures }, null, 2)}\n`
    : `${table(figures)}\n${notes.join("\n")}\n`,
);

function commandLine() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string", multiple: true },
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        profile: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const unknown = values.only?.find((name) => !Object.hasOwn(BENCHES, name));
    if (unknown !== undefined) throw new Error(`there is no figure ${unknown}`);
    if (!values.help) return values;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`npm run bench: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}

function optionsFor(name: string): Options {
  const startedAt = performance.now();
  const own = join(folder, name);
  mkdirSync(own, { mode: 0o700 });
  const tell = (progress: string): void => {
    process.stderr.write(
      `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${name}: ${progress}\n`,
    );
  };
  const hasTime = (): boolean => performance.now() - startedAt < (values.quick ? 3000 : BENCH_MS);
  return { quick: values.quick, folder: own, profiles: values.profile && resolve(values.profile), tell, hasTime };
}

function machineNotes(): readonly string[] {
  const [cpu] = cpus();
  return [
    `${cpus().length} x ${cpu?.model.trim()}, Node ${process.versions.node}, ${process.platform}`,
    isPinned
      ? "the server has one processor, the load comes from the others; busy and generator are parts of one processor that they used"
      : "no taskset here: server and load generator share the processors, which makes all figures lower",
    ...(statfsSync(folder).type === TMPFS ? ["the database is in memory here: an fsync costs nothing"] : []),
  ];
}
