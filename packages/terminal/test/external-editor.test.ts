/** The text in a file for the person's editor: what becomes of the file, and of the text, however that goes. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { editOutside } from "../src/full/external-editor.ts";

let home = "";
let memory = "";

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "editor-"));
  memory = join(home, "memory");
  mkdirSync(memory);
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function editor(script: string): { readonly EDITOR: string; readonly XDG_RUNTIME_DIR: string } {
  const file = join(home, "editor");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return { EDITOR: file, XDG_RUNTIME_DIR: memory };
}

test("what the editor leaves is the text, and nothing of it stays in a file", async () => {
  const edited = await editOutside("before", editor('echo "$(cat "$1") and after" > "$1"'));
  expect(edited).toEqual({ type: "text", text: "before and after", onDisk: undefined });
  expect(readdirSync(memory)).toEqual([]);
});

test("a file that the editor takes away is said, and is no fault of the program", async () => {
  expect(await editOutside("before", editor('rm "$1"'))).toEqual({ type: "no-file", folder: memory });
  expect(await editOutside("before", editor('rm -r "$(dirname "$1")"'))).toEqual({ type: "no-file", folder: memory });
});

test("what is typed does not stay in a file when the program is ended while the editor runs", async () => {
  const env = editor(`touch ${join(home, "runs")}; sleep 2`);
  const program = `
    import { existsSync } from "node:fs";
    import { editOutside } from ${JSON.stringify(new URL("../src/full/external-editor.ts", import.meta.url).href)};
    void editOutside("a secret", ${JSON.stringify(env)});
    setInterval(() => existsSync(${JSON.stringify(join(home, "runs"))}) && process.exit(0), 5);`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
  expect(readdirSync(memory)).toEqual([]);
});
