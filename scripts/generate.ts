// `npm run generate`: lints the .proto files and writes their code, and writes the man pages. With `--check` it writes
// nothing, and fails when what is checked in is not what the .proto files and the tables of the programs give.
import { rmSync } from "node:fs";
import { glob, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { manPages } from "./man/pages.ts";
import { root, step } from "./run.ts";

const { values: flags } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const wire = join(root, "packages", "wire");

await step("buf lint", ["buf", "lint"], wire);
if (flags.check) {
  const folder = await mkdtemp(join(tmpdir(), "sotto-generate-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await step("buf generate", ["buf", "generate", "--output", folder], wire);
  await step("same as checked in", () => differences(join(folder, "src", "gen"), join(wire, "src", "gen")));
} else {
  await step("buf generate", ["buf", "generate"], wire);
}
await step("man pages", () => pages(flags.check));

async function differences(fresh: string, checkedIn: string): Promise<string> {
  const [want, got] = await Promise.all([contents(fresh), contents(checkedIn)]);
  const names = [...new Set([...want.keys(), ...got.keys()])].sort();
  const stale = names.filter((name) => want.get(name) !== got.get(name));
  return stale.map((name) => `packages/wire/src/gen/${name} is not up to date; run: npm run generate\n`).join("");
}

async function contents(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const entry of glob("**/*", { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(folder.length + 1), await readFile(path, "utf8"));
  }
  return found;
}

/** Those that are not what the tables give; they are written unless only looked at. */
async function pages(check: boolean): Promise<string> {
  const stale: string[] = [];
  for (const [path, text] of await manPages(root)) {
    const file = join(root, path);
    if ((await readFile(file, "utf8").catch(() => "")) === text) continue;
    if (check) stale.push(`${path} is not up to date; run: npm run generate\n`);
    else await writeFile(file, text);
  }
  return stale.join("");
}
