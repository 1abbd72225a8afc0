// Another password brings another vault key: what opens with what, and a kill at each step.
import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openProfile, type Profile } from "../src/profile.ts";
import { LIGHT } from "./light.ts";
import { message } from "./store-suite.ts";

// Processes, threads and passwords take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const [first, second] = ["correct horse battery", "another long password"];
let base: string;
let dir: string;
let count = 0;
const steps: string[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "sotto-rekey-"));
});
beforeEach(async () => {
  dir = join(base, `p${count++}`);
  steps.length = 0;
  await using own = await profile();
  const store = await own.vault.create(first);
  await store.commit(
    Array.from({ length: 300 }, (_, at) => ({ type: "message", message: message(at + 1, `text ${at}`) })),
  );
});
afterAll(() => rm(base, { recursive: true }));

const file = (name: string) => join(dir, name);
const profile = (step: (done: string) => void = (done) => steps.push(done)): Promise<Profile> =>
  openProfile(dir, { argon2: LIGHT, step });

/** Which passwords open it, and what is in it then; asked twice, since opening may end what was cut off. */
async function opensWith(): Promise<readonly string[]> {
  const opened: string[] = [];
  for (const password of [first, second]) {
    await using own = await profile();
    const store = await own.vault.unlock(password).catch(() => undefined);
    if (store === undefined) continue;
    expect(await store.search("text", undefined, 500)).toHaveLength(300);
    opened.push(password);
  }
  return opened;
}

const slots = async (): Promise<readonly object[]> => JSON.parse(await readFile(file("vault.key"), "utf8")).slots;

async function change(): Promise<void> {
  await using own = await profile();
  const store = await own.vault.unlock(first);
  await own.vault.addPassword(second);
  expect(own.vault.changing).toBe("old");
  await store.commit([{ type: "put", key: "between", value: Uint8Array.of(1) }]);
  await own.vault.settlePassword("new", second);
  expect(own.vault.changing).toBeUndefined();
  // The store goes on under the new key.
  await store.commit([{ type: "put", key: "after", value: Uint8Array.of(2) }]);
  expect([...(await store.load()).keys()].sort()).toEqual(["after", "between"]);
}

test("an old key file and the old password do not open what the vault is after the change", async () => {
  await copyFile(file("vault.key"), file("vault.key.old"));
  await change();
  expect(await slots()).toHaveLength(1);
  expect(await opensWith()).toEqual([second]);
  expect(steps).toEqual(["password added", "key added", "database has the new key", "old key dropped"]);
  await copyFile(file("vault.key.old"), file("vault.key"));
  await using own = await profile();
  await expect(own.vault.unlock(first)).rejects.toMatchObject({ code: "vault-damaged" });
});

test("where only the old password is known, the new one is kept and the key stays", async () => {
  {
    await using own = await profile();
    await own.vault.unlock(first);
    await own.vault.addPassword(second);
  }
  {
    await using own = await profile();
    await own.vault.unlock(first);
    expect(own.vault.changing).toBe("old");
    await own.vault.settlePassword("new");
  }
  expect(await opensWith()).toEqual([second]);
  expect(steps).toEqual(["password added"]);
});

test("whoever opens it with the new one can say that it is the new one", async () => {
  {
    await using own = await profile();
    await own.vault.unlock(first);
    expect(own.vault.changing).toBeUndefined();
    await own.vault.addPassword(second);
  }
  await using own = await profile();
  await own.vault.unlock(second);
  expect(own.vault.changing).toBe("new");
  await own.vault.settlePassword("new", second);
  expect(await slots()).toHaveLength(1);
});

/** Runs the change in a process of its own. @returns what it said before its end. */
async function changeElsewhere(last: string, killAfterMs?: number): Promise<string> {
  const script = fileURLToPath(new URL("./change-password.ts", import.meta.url));
  const child = spawn(process.execPath, [script, dir, first, second, last], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => {
    said += bytes.toString();
    if (killAfterMs !== undefined && said.includes("added")) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  await new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return said;
}

describe("kill -9", () => {
  test.each([
    { step: "password added", opens: [first, second], left: 2 },
    { step: "key added", opens: [second], left: 1 },
    { step: "database has the new key", opens: [second], left: 1 },
    { step: "old key dropped", opens: [second], left: 1 },
  ])("after the step: $step", async ({ step, opens, left }) => {
    expect(await changeElsewhere(step)).not.toContain("settled");
    expect(await opensWith()).toEqual(opens);
    expect(await slots()).toHaveLength(left);
    expect(await opensWith()).toEqual(opens);
    await using own = await profile();
    const store = await own.vault.unlock(second);
    expect((await store.load()).get("last")).toEqual(new Uint8Array(3000).fill(7));
    await own.vault.check();
  });

  test("at any moment of it: the new password opens all of it", async () => {
    for (const afterMs of [0, 5, 12]) {
      dir = join(base, `p${count++}`);
      {
        await using own = await profile();
        const store = await own.vault.create(first);
        await store.commit(
          Array.from({ length: 300 }, (_, at) => ({ type: "message", message: message(at + 1, `text ${at}`) })),
        );
      }
      await changeElsewhere("", afterMs);
      expect(await opensWith()).toContain(second);
      expect((await readdir(dir)).filter((name) => name.includes("next"))).toEqual([]);
    }
  });
});

test("a copy that cannot be made leaves the password changed and the key for the next unlock", async () => {
  {
    await using own = await profile((done) => {
      // A folder stands where the copy would be.
      if (done === "key added") void writeFile(file("vault.db-journal"), "x");
    });
    const store = await own.vault.unlock(first);
    await own.vault.addPassword(second);
    await own.vault.settlePassword("new", second);
    await store.commit([{ type: "put", key: "goes on", value: Uint8Array.of(1) }]);
    expect(await slots()).toHaveLength(2);
  }
  await rm(file("vault.db-journal"), { force: true });
  expect(await opensWith()).toEqual([second]);
  expect(await slots()).toHaveLength(1);
  expect(steps).toEqual(["database has the new key", "old key dropped"]);
});
