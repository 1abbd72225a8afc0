// A rule that was never seen to refuse anything is no rule: here each one refuses a planted import.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { faultsIn } from "../../../scripts/layers.ts";

const root = join(import.meta.dirname, "..", "..", "..");
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sotto-layers-")));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Lints one file at `path` under the rules of this repository. Not over stdin: there Biome fails for other reasons too. */
function lint(path: string, text: string): { status: number | null; rules: string[] } {
  copyFileSync(join(root, "biome.json"), join(folder, "biome.json"));
  plant(path, text);
  const biome = join(root, "node_modules", ".bin", "biome");
  const ran = spawnSync(biome, ["lint", "--reporter=json", path], { cwd: folder, encoding: "utf8" });
  const report: { diagnostics: { category: string; severity: string }[] } = JSON.parse(ran.stdout);
  const errors = report.diagnostics.filter(({ severity }) => severity === "error");
  return { status: ran.status, rules: errors.map(({ category }) => category) };
}

test.each([
  { path: "packages/relay/src/planted.ts", name: "@sotto/core" },
  { path: "packages/relay/src/planted.ts", name: "@sotto/node" },
  { path: "packages/relay/bin/planted.js", name: "@sotto/core" },
  { path: "packages/relay/src/planted.ts", name: "@sotto/mls" },
  { path: "packages/core/src/planted.ts", name: "node:fs" },
  { path: "packages/core/src/planted.ts", name: "@sotto/node" },
  { path: "packages/core/src/planted.ts", name: "@sotto/mls" },
  { path: "packages/core/src/planted.ts", name: "@noble/hashes/sha2.js" },
  { path: "packages/core/src/identity/planted.ts", name: "@sotto/mls" },
  { path: "packages/core/src/group/planted.ts", name: "node:crypto" },
  { path: "packages/core/src/group/planted.ts", name: "@sotto/node" },
  { path: "packages/core/src/group/planted.ts", name: "@sotto/mls/node" },
  { path: "packages/mls/src/planted.ts", name: "@sotto/wire" },
  { path: "packages/mls/src/planted.ts", name: "node:crypto" },
  { path: "packages/mls/node/planted.ts", name: "node:fs" },
  { path: "packages/node/src/planted.ts", name: "@sotto/mls" },
  { path: "packages/terminal/src/planted.ts", name: "@sotto/mls/node" },
  { path: "packages/wire/src/planted.ts", name: "@sotto/core" },
  { path: "packages/wire/src/planted.ts", name: "node:fs" },
  { path: "packages/node/src/planted.ts", name: "@sotto/terminal" },
  { path: "packages/terminal/src/planted.ts", name: "@sotto/relay" },
])("$path may not import $name", ({ path, name }) => {
  const ways = [
    `import { a } from "${name}";`,
    `export { b } from "${name}";`,
    `export const c = [a, await import("${name}")];`,
    ...(path.endsWith(".ts") ? [`export type { D } from "${name}";`] : []),
  ];
  const rules = ways.map(() => "lint/style/noRestrictedImports");
  expect(lint(path, ways.join("\n"))).toEqual({ status: 1, rules });
});

test.each([
  { path: "packages/relay/src/planted.ts", name: "@sotto/wire" },
  { path: "packages/relay/bin/planted.js", name: "@sotto/wire/launch" },
  { path: "packages/core/src/planted.ts", name: "@sotto/wire" },
  { path: "packages/core/src/planted.ts", name: "./group/seal.ts" },
  { path: "packages/core/src/group/planted.ts", name: "@sotto/mls" },
  { path: "packages/mls/node/planted.ts", name: "node:crypto" },
  { path: "packages/mls/node/planted.ts", name: "../src/primitives.ts" },
  { path: "packages/node/src/planted.ts", name: "@sotto/mls/node" },
  { path: "packages/core/src/group/planted.ts", name: "../identity/account.ts" },
  { path: "packages/core/src/identity/planted.ts", name: "@scure/bip39" },
  { path: "packages/wire/src/planted.ts", name: "@bufbuild/protobuf/codegenv2" },
  { path: "packages/node/src/planted.ts", name: "@sotto/core" },
  { path: "packages/terminal/src/planted.ts", name: "@sotto/node" },
])("$path may import $name", ({ path, name }) => {
  expect(lint(path, `import { a } from "${name}";\nexport const b = a;\n`)).toEqual({ status: 0, rules: [] });
});

describe.each(["core", "mls", "wire"])("%s", (name) => {
  test.each(["new Date()", "Date.now()", "performance.now()", "setTimeout(() => {}, 1)"])("may not use %s", (use) => {
    const path = `packages/${name}/src/planted.ts`;
    expect(lint(path, `export const a = ${use};\n`)).toEqual({ status: 1, rules: ["lint/style/noRestrictedGlobals"] });
  });

  test.each(["Math.random()", "Date.now()", "new Date(0)", "f(Math)", "globalThis.Date"])(
    "script refuses %s",
    (use) => {
      expect(faultsIn(`packages/${name}/src/planted.ts`, `\nexport const a = ${use};\n`)).toHaveLength(1);
    },
  );

  test.each(["process.pid", "Buffer.alloc(1)", "fetch", "setTimeout"])("the compiler does not know %s", (use) => {
    expect(compile(name, `export const a = ${use};\n`)).toMatch(/error TS2\d{3}: Cannot find name/);
  });

  test("the compiler takes what is listed", () => {
    expect(compile(name, `export const a = new TextEncoder();\n`)).toBe("");
  });
});

test.each([
  { path: "packages/relay/src/planted.ts", text: `type A = import("@sotto/core").Client;` },
  { path: "packages/terminal/src/planted.ts", text: `type A = typeof import("@sotto/relay");` },
  { path: "packages/wire/src/planted.ts", text: `type A = import('@sotto/core').Client;` },
  { path: "packages/core/src/planted.ts", text: `type A = import("@sotto/mls").Group;` },
  { path: "packages/core/src/planted.ts", text: `/// <reference types="node" />` },
])("script refuses $text in $path", ({ path, text }) => {
  expect(faultsIn(path, text)).toHaveLength(1);
});

test.each([
  { path: "packages/terminal/src/planted.ts", text: `const { open } = await import("@sotto/node");` },
  { path: "packages/node/src/planted.ts", text: "const now = Date.now();" },
  { path: "packages/core/src/planted.ts", text: "// Date.now() is not for core." },
  { path: "packages/core/src/group/planted.ts", text: `type A = import("@sotto/mls").Group;` },
])("script takes $text in $path", ({ path, text }) => {
  expect(faultsIn(path, text)).toEqual([]);
});

/** Compiles one file under the settings of a package and returns what the compiler says. */
function compile(name: string, text: string): string {
  const owner = join(root, "packages", name);
  const settings = {
    extends: join(owner, "tsconfig.json"),
    compilerOptions: { rootDir: "/", outDir: "out", tsBuildInfoFile: "out/info" },
    include: ["planted.mts", join(owner, "src", "globals.d.ts")],
    references: [],
  };
  plant("planted.mts", text);
  plant("tsconfig.json", JSON.stringify(settings));
  const ran = spawnSync(join(root, "node_modules", ".bin", "tsc"), ["-p", folder], { encoding: "utf8" });
  return ran.status === 0 ? "" : `${ran.stdout}${ran.stderr}`;
}
