import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Which of our packages a package may import. Biome holds static and dynamic imports to the same table (biome.json). */
const layers: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  mls: [],
  core: ["wire"],
  node: ["wire", "core"],
  relay: ["wire"],
  terminal: ["wire", "core", "node"],
  sim: ["wire", "core", "node", "relay"],
};

/** What neither the compiler nor Biome sees in the sources of `wire`, `mls` and `core`. */
const impure: readonly { readonly pattern: RegExp; readonly want: string }[] = [
  { pattern: /\bMath\s*\.\s*random\b|[=(,]\s*Math\s*[;,)]/, want: "randomness comes in through a port" },
  { pattern: /\bDate\s*\.\s*now\b|\bDate\s*\(/, want: "time comes in with the event" },
  { pattern: /\bglobalThis\b/, want: "globals are named in globals.d.ts, not reached through globalThis" },
  { pattern: /^\s*\/\/\/\s*<reference/, want: "no types of a platform here" },
];

/** `import("…")` and `typeof import("…")`: as a type it passes Biome. */
const importCall = /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g;

/** Faults of all sources under `packages/`, one a line: `file:line: what is wanted`. */
export async function layerFaults(root: string): Promise<string> {
  const faults: string[] = [];
  for await (const path of glob("packages/*/{src,bin,node}/**/*.{ts,js}", { cwd: root })) {
    if (!path.includes("/gen/")) faults.push(...faultsIn(path, await readFile(join(root, path), "utf8")));
  }
  return faults.sort().join("\n");
}

/** Faults of one source; `path` is relative to the root and decides what is allowed. */
export function faultsIn(path: string, text: string): string[] {
  const owner = path.split("/")[1] ?? "";
  const pure = /^packages\/(wire|mls|core)\/src\//.test(path);
  const rules = pure ? impure : [];
  return text.split("\n").flatMap((line, index) => {
    // A reference directive is a comment that acts; other lines that are only comment may name what they forbid.
    if (/^\s*(\/\/(?!\/)|\*\s|\/\*\*?\s)/.test(line)) return [];
    const wants = rules.filter(({ pattern }) => pattern.test(line)).map(({ want }) => want);
    for (const [, name = ""] of line.matchAll(importCall)) {
      if (!mayImport(path, owner, name)) wants.push(`${owner} may not import ${name} here`);
    }
    return wants.map((want) => `${path}:${index + 1}: ${want}`);
  });
}

function mayImport(path: string, owner: string, name: string): boolean {
  // The group protocol has one door, and its primitives another.
  if (name === "@sotto/mls") return path.startsWith("packages/core/src/group/") || owner === "sim";
  if (name === "@sotto/mls/node") return owner === "node";
  if (name === "@sotto/mls/forge") return owner === "sim";
  // What is inside a device: for who checks and deceives whole worlds.
  // A table of sentences, which a screen needs before the engine.
  if (name === "@sotto/core/notices") return owner === "terminal";
  if (name.startsWith("@sotto/core/")) return owner === "sim";
  if (name.startsWith("@sotto/")) return layers[owner]?.includes(name.split("/")[1] ?? "") ?? false;
  if (owner === "mls") return name.startsWith(".") || path.startsWith("packages/mls/node/");
  if (owner !== "core" || name.startsWith(".")) return true;
  return path.startsWith("packages/core/src/identity/");
}
