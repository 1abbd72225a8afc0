/** What npm may bring in: few packages, each exact, each with its hash, and no script of anybody runs while installing. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}
interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

const top: Manifest = JSON.parse(read("package.json"));
const manifests: readonly (readonly [string, Manifest])[] = [
  ["the root", top],
  ...readdirSync(new URL("packages/", root)).map(
    (name) => [name, JSON.parse(read(`packages/${name}/package.json`))] as const,
  ),
];
const locked: Readonly<Record<string, Locked>> = JSON.parse(read("package-lock.json")).packages;
const foreign = Object.entries(locked).filter(([path, { link }]) => path.includes("node_modules/") && link !== true);
const nameOf = (path: string): string => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

test.each(manifests)("%s asks for exact versions", (_, { dependencies, devDependencies, optionalDependencies }) => {
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test.each(manifests)("%s runs nothing when it is installed", (_, { scripts = {} }) => {
  const atInstall = ["preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare", "prepublish"];
  expect(Object.keys(scripts).filter((name) => atInstall.includes(name))).toEqual([]);
});

test("every package that would run a script when it is installed is named, and refused", () => {
  const running = foreign.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => nameOf(path));
  const { allowScripts = {} } = top;
  expect([...new Set(running)].toSorted()).toEqual(Object.keys(allowScripts).toSorted());
  expect(Object.entries(allowScripts).filter(([, allowed]) => allowed)).toEqual([]);
});

test("every package is locked with its hash, and comes from a registry and no other place", () => {
  expect(foreign.length).toBeGreaterThan(50);
  for (const [path, { integrity, resolved }] of foreign) {
    expect(integrity, path).toMatch(/^sha512-/);
    if (resolved !== undefined) expect(resolved, path).toMatch(/^https:\/\//);
  }
});

test("what a person asks for is in the list of reasons, with the version that is used", () => {
  const list = read("docs/decisions/dependencies.md");
  for (const [where, { dependencies, devDependencies, optionalDependencies }] of manifests) {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      if (name.startsWith("@sotto/")) continue;
      const row = list.split("\n").find((line) => line.startsWith(`| \`${name}\``));
      expect(row, `${name} of ${where}`).toContain(`| ${version} |`);
    }
  }
});

test("what runs is few packages: a new one is looked at before it comes in", () => {
  const running = foreign.filter(([path, { dev, optional }]) => path.startsWith("node_modules/") && !dev && !optional);
  // Raised only by who has read what comes in.
  expect(running.length).toBeLessThanOrEqual(47);
});
