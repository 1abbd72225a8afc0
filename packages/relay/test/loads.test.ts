// What a start loads it pays for each time, and each thread of it for itself.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const HOOK = `
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
// The thread ends at once where it is none, when all is loaded.
await import(process.argv[1]).catch(() => undefined);
console.log(process.moduleLoadList.includes("NativeModule internal/deps/undici/undici") ? "undici" : "");
process.exit();`;

async function loadedBy(file: string): Promise<readonly string[]> {
  const { href } = new URL(`../src/${file}`, import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", HOOK, href]);
  return stdout.split("\n");
}

test("a start loads nothing that makes certificates, and no fetch", async () => {
  const loaded = await loadedBy("start.ts");
  expect(loaded).toContainEqual(expect.stringMatching(/key-file\.ts$/));
  expect(loaded.filter((one) => /certificate\.ts$|x509|reflect-metadata|undici/.test(one))).toEqual([
    expect.stringMatching(/\/public-certificate\.ts$/),
  ]);
});

test("the thread of the database loads no frames", async () => {
  const loaded = await loadedBy("store/sqlite-worker.ts");
  expect(loaded).toContainEqual(expect.stringMatching(/sql-open\.ts$/));
  expect(loaded.filter((one) => /protobuf|wire\/src\/(?!ids|bytes|result)/.test(one))).toEqual([]);
});
