// Over 400 lines: every way in which two files can be wrong, in one place.
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { encodeSlots, isNewer, parseSlots } from "../src/key-slot.ts";
import { openProfile, type Profile, profileDir } from "../src/profile.ts";
import { LIGHT } from "./light.ts";
import { holdVault } from "./process.ts";
import { message, room } from "./store-suite.ts";

// Processes, threads and passwords take their time on a busy machine, eight in a row eight times as much.
vi.setConfig({ testTimeout: 120_000 });

const password = "correct horse battery";
let base: string;
let dir: string;
let count = 0;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "sotto-vault-"));
});
beforeEach(() => {
  dir = join(base, `p${count++}`);
});
afterAll(() => rm(base, { recursive: true }));

const profile = (): Promise<Profile> => openProfile(dir, { argon2: LIGHT });
const file = (name: string) => join(dir, name);
const code = (wanted: string) => ({ code: wanted });

/** Every file of the folder. Not while the profile is open here: reading the lock's file would drop the lock. */
async function snapshot(): Promise<Map<string, string>> {
  const names = (await readdir(dir)).filter((name) => name !== "vault.lock");
  const read = await Promise.all(
    names.map(async (name) => [name, (await readFile(file(name))).toString("hex")] as const),
  );
  return new Map(read);
}

async function made(...texts: readonly string[]): Promise<void> {
  await using own = await profile();
  const store = await own.vault.create(password);
  await store.commit(texts.map((text, index) => ({ type: "message", message: message(index + 1, text) })));
}

describe("a life", () => {
  test("none, open, locked, open with what was committed, none", async () => {
    const own = await profile();
    expect(own.vault.state).toBe("none");
    const store = await own.vault.create(password);
    expect(own.vault.state).toBe("open");
    await store.commit([{ type: "put", key: "a", value: Uint8Array.of(1) }]);
    await own.vault.close();
    expect(own.vault.state).toBe("locked");
    expect((await (await own.vault.unlock(password)).load()).get("a")).toEqual(Uint8Array.of(1));
    await own.vault.discard();
    expect(own.vault.state).toBe("none");
    expect(await readdir(dir)).toEqual(["vault.lock"]);
    await own.vault.create("another password");
    await own.close();
  });

  test("the folder and every file in it are the owner's alone", async () => {
    await made("x");
    const holder = holdVault(dir, password);
    expect(await holder.line()).toBe("open");
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    const names = await readdir(dir);
    expect(names).toEqual(expect.arrayContaining(["sotto.sock", "vault.db", "vault.key", "vault.lock"]));
    for (const name of names) expect((await stat(file(name))).mode & 0o777, name).toBe(0o600);
    await holder.kill();
  });

  test("create refuses where a vault is, and harms nothing", async () => {
    await made("kept");
    const before = await snapshot();
    const own = await profile();
    await expect(own.vault.create("other")).rejects.toMatchObject(code("internal"));
    await own.close();
    expect(await snapshot()).toEqual(before);
  });

  test("the real parameters: 256 MiB, three passes, four lanes", async () => {
    await using own = await openProfile(dir);
    await own.vault.create(password);
    const [slot] = JSON.parse(await readFile(file("vault.key"), "utf8")).slots;
    expect(slot).toMatchObject({ memoryKiB: 262_144, passes: 3, lanes: 4 });
  });

  test("calls that overlap are carried out one after the other", async () => {
    await using own = await profile();
    const results = await Promise.allSettled([own.vault.create("one"), own.vault.create("two"), own.vault.close()]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await own.vault.unlock("one");
  });
});

describe("passwords", () => {
  test.each(["", "wrong", `${password} `, password.toUpperCase()])("%j is not the password", async (typed) => {
    await made();
    const before = await snapshot();
    const own = await profile();
    await expect(own.vault.unlock(typed)).rejects.toMatchObject(code("bad-credentials"));
    expect(own.vault.state).toBe("locked");
    await own.close();
    expect(await snapshot()).toEqual(before);
    await own.vault.unlock(password);
    await own.close();
  });

  const opensWith = async (...typed: readonly string[]) => {
    const opened: string[] = [];
    for (const one of typed) {
      await using own = await profile();
      await own.vault.unlock(one).then(
        () => opened.push(one),
        () => {},
      );
    }
    return opened;
  };

  test.each([
    { keep: "new", left: ["second"] },
    { keep: "old", left: [password] },
  ] as const)("two while it is being changed, then only the $keep one", async ({ keep, left }) => {
    await made();
    {
      await using own = await profile();
      await own.vault.unlock(password);
      await own.vault.addPassword("second");
    }
    // Whoever dies here has both.
    expect(await opensWith(password, "second", "third")).toEqual([password, "second"]);
    {
      await using own = await profile();
      await own.vault.unlock("second");
      await own.vault.settlePassword(keep);
      await own.vault.settlePassword(keep); // a repeat does nothing
    }
    expect(await opensWith(password, "second")).toEqual(left);
  });

  test.each(["addPassword", "settlePassword"])("a crash while %s writes leaves what was", async (step) => {
    await made();
    await using own = await profile();
    await own.vault.unlock(password);
    if (step === "settlePassword") await own.vault.addPassword("second");
    await own.vault.close();
    // A crash between writing and renaming: half a file beside the whole one.
    const whole = await readFile(file("vault.key"));
    await writeFile(file("vault.key.new"), whole.subarray(0, 100));
    expect(await opensWith(password, "second")).toEqual(step === "settlePassword" ? [password, "second"] : [password]);
    await own.vault.unlock(password);
    if (step === "settlePassword") await own.vault.settlePassword("new");
    else await own.vault.addPassword("second");
    await own.vault.close();
    expect(await opensWith("second")).toEqual(["second"]);
  });

  test("a change that was never settled does not stop the next one: what opened the vault counts as the old", async () => {
    await made();
    {
      await using own = await profile();
      await own.vault.unlock(password);
      await own.vault.addPassword("second");
    }
    {
      await using own = await profile();
      await own.vault.unlock("second");
      await own.vault.addPassword("third");
    }
    expect(await opensWith(password, "second", "third")).toEqual(["second", "third"]);
    {
      await using own = await profile();
      await own.vault.unlock("second");
      await own.vault.settlePassword("new");
      await own.vault.addPassword("fourth"); // in one sitting: the third is the old one now
      await own.vault.settlePassword("old");
    }
    expect(await opensWith("second", "third", "fourth")).toEqual(["third"]);
  });

  test("a password is added and settled in an open vault alone", async () => {
    await made();
    await using own = await profile();
    await expect(own.vault.addPassword("second")).rejects.toMatchObject(code("internal"));
    await expect(own.vault.settlePassword("new")).rejects.toMatchObject(code("internal"));
  });
});

describe("damage", () => {
  test.each(["vault.key", "vault.db"])("without %s: damaged, and nothing is made or removed", async (name) => {
    await made("kept");
    await rm(file(name));
    const before = await snapshot();
    const own = await profile();
    expect(own.vault.state).toBe("locked");
    await expect(own.vault.unlock(password)).rejects.toMatchObject(code("vault-damaged"));
    await expect(own.vault.create(password)).rejects.toMatchObject(code("internal"));
    await own.close();
    expect(await snapshot()).toEqual(before);
  });

  /** Opens, reads everything, and says what happened. */
  async function outcome(): Promise<string> {
    await using own = await profile();
    try {
      const store = await own.vault.unlock(password);
      await own.vault.check();
      return JSON.stringify([[...(await store.load())], await store.messages(room("a"), undefined, 500)]);
    } catch (cause) {
      return cause instanceof Error && "code" in cause ? String(cause.code) : "not a refusal";
    }
  }

  test("any flipped bit of the key file is damage, never a wrong password", async () => {
    await made();
    const whole = await readFile(file("vault.key"));
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect([parseSlots(damaged), isNewer(damaged)], `bit ${bit}`).toEqual([undefined, false]);
    }
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(150) ^ 1, 150);
    await writeFile(file("vault.key"), damaged);
    expect(await outcome()).toBe("vault-damaged");
    expect(damaged.equals(await readFile(file("vault.key")))).toBe(true);
    await writeFile(file("vault.key"), whole);
    expect(await outcome()).toBe("[[],[]]");
  });

  test("a key file of a newer version is called that, and left as it is", async () => {
    await made();
    const { check: _, ...body } = JSON.parse(await readFile(file("vault.key"), "utf8"));
    const newer = { ...body, version: 2, more: true };
    const check = createHash("sha256").update(JSON.stringify(newer)).digest("hex");
    await writeFile(file("vault.key"), JSON.stringify({ ...newer, check }));
    await using own = await profile();
    const refusal = { code: "internal", message: expect.stringContaining("newer version") };
    await expect(own.vault.unlock(password)).rejects.toMatchObject(refusal);
  });

  test("a flipped bit of the database is damage", async () => {
    await made("x");
    const damaged = await readFile(file("vault.db"));
    damaged.writeUInt8(damaged.readUInt8(5000) ^ 1, 5000);
    await writeFile(file("vault.db"), damaged);
    expect(await outcome()).toBe("vault-damaged");
    expect(damaged.equals(await readFile(file("vault.db")))).toBe(true);
  });

  test.each([0, 1, 100, 4096, 8192, -1, -4096])("a database cut to %i bytes is damage", async (length) => {
    await made(...Array.from({ length: 50 }, (_, index) => `text ${index}`));
    const whole = await readFile(file("vault.db"));
    await writeFile(file("vault.db"), whole.subarray(0, length < 0 ? whole.length + length : length));
    const before = await snapshot();
    expect(await outcome()).toBe("vault-damaged");
    expect(await snapshot()).toEqual(before);
  });

  test.each([
    { name: "cut", change: (text: string) => text.slice(0, -30) },
    { name: "empty", change: () => "" },
    { name: "another's JSON", change: () => '{"version":1,"slots":[]}' },
    {
      name: "a thousand slots",
      change: (text: string) => text.replace(/\[(.*)\]/, (_, slot) => `[${Array(1000).fill(slot)}]`),
    },
    { name: "white space", change: (text: string) => text.replace(",", ", ") },
  ])("a key file that is not one: $name", async ({ change }) => {
    await made();
    await writeFile(file("vault.key"), change(await readFile(file("vault.key"), "utf8")));
    const before = await snapshot();
    expect(await outcome()).toBe("vault-damaged");
    expect(await snapshot()).toEqual(before);
  });

  test.each([
    { name: "64 GiB", demand: { memoryKiB: 67_108_864 } },
    { name: "a million passes", demand: { passes: 1_000_000 } },
    { name: "a thousand lanes", demand: { memoryKiB: 8000, lanes: 1000 } },
    { name: "no memory", demand: { memoryKiB: 0 } },
    { name: "half a pass", demand: { passes: 0.5 } },
    { name: "a short salt", demand: { salt: "AAAA" } },
  ])("a key file that is whole and asks for $name is not carried out", async ({ demand }) => {
    await made();
    const slots = parseSlots(await readFile(file("vault.key")))!;
    const asking = encodeSlots([{ ...slots[0], ...demand }]);
    expect(parseSlots(encodeSlots([slots[0]]))).toBeDefined();
    expect(parseSlots(asking)).toBeUndefined();
    await writeFile(file("vault.key"), asking);
    expect(await outcome()).toBe("vault-damaged");
  });

  test("a key file of another vault: its password opens it, and the database is damage", async () => {
    await made();
    const other = await readFile(file("vault.key"));
    dir = join(base, `p${count++}`);
    await made("x");
    await writeFile(file("vault.key"), other);
    expect(await outcome()).toBe("vault-damaged");
  });
});

describe("crashes while a vault is made or discarded", () => {
  test("a database that lies aside without a key file is no vault", async () => {
    await mkdir(dir, { mode: 0o700 });
    await writeFile(file("vault.db.aside"), "half");
    await writeFile(file("vault.key.new"), "half");
    await using own = await profile();
    expect(own.vault.state).toBe("none");
    await own.vault.create(password);
    await own.vault.close();
    expect((await readdir(dir)).toSorted()).toEqual(["vault.db", "vault.key", "vault.lock"]);
  });

  test("a database that lies aside with a key file is the vault", async () => {
    await made("kept");
    await rename(file("vault.db"), file("vault.db.aside"));
    await using own = await profile();
    expect(own.vault.state).toBe("locked");
    await expect(own.vault.unlock("wrong")).rejects.toMatchObject(code("bad-credentials"));
    const store = await own.vault.unlock(password);
    expect(await store.search("kept", undefined, 1)).toHaveLength(1);
  });

  test("kill -9 at any moment of making one: none, or one that opens", async () => {
    const started = performance.now();
    const first = holdVault(join(base, `p${count++}`), password);
    await first.line();
    const wholeMs = performance.now() - started;
    await first.kill();
    for (let round = 0; round < 8; round++) {
      dir = join(base, `p${count++}`);
      const holder = holdVault(dir, password);
      await new Promise((resolve) => setTimeout(resolve, wholeMs * (0.6 + round / 16)));
      await holder.kill();
      await using own = await profile();
      await (own.vault.state === "none" ? own.vault.create(password) : own.vault.unlock(password));
    }
  });

  test("a vault that lost its log after a crash is never taken for one that nothing was put into", async () => {
    const own = await profile();
    const store = await own.vault.create(password);
    const value = new Uint8Array([1]);
    await store.commit([{ type: "put", key: "first", value }]);
    await store.commit([{ type: "put", key: "second", value }]);
    // As after a crash without the log: the files as they are while the vault is open.
    const left = await Promise.all(["vault.db", "vault.key"].map((name) => readFile(file(name))));
    await own[Symbol.asyncDispose]();
    dir = `${dir}-left`;
    await mkdir(dir, { mode: 0o700 });
    for (const [index, name] of ["vault.db", "vault.key"].entries()) await writeFile(file(name), left[index]!);
    await using again = await profile();
    expect([...(await (await again.vault.unlock(password)).load()).keys()]).toEqual(["first"]);
  });

  test("kill -9 under load: every acknowledged commit is there", async () => {
    await made();
    for (let round = 0; round < 4; round++) {
      const holder = holdVault(dir, password, "write");
      expect(await holder.line()).toBe("open");
      let acknowledged = Number(await holder.line());
      const reading = (async () => {
        for (let line = await holder.line(); line !== undefined; line = await holder.line())
          acknowledged = Number(line);
      })();
      await new Promise((resolve) => setTimeout(resolve, 40 * round));
      await holder.kill();
      await reading;
      await using own = await profile();
      const bytes = (await (await own.vault.unlock(password)).load()).get("count")!;
      expect(new DataView(bytes.buffer).getUint32(0, true)).toBeGreaterThanOrEqual(acknowledged);
      expect(acknowledged).toBeGreaterThan(0);
    }
  });
});

test("the password and a text are in no file of the profile, open or closed", async () => {
  const canary = { password: "canary-password-8d1f", text: "canary-text-77ab is here", second: "canary-second-19c0" };
  const own = await profile();
  const store = await own.vault.create(canary.password);
  await store.commit([
    { type: "message", message: message(1, canary.text) },
    { type: "put", key: "canary-key-55e2", value: new TextEncoder().encode("canary-value-0b6d") },
  ]);
  await store.search("canary", undefined, 5);
  await own.vault.addPassword(canary.second);
  const needles = [
    "canary",
    Buffer.from("canary-").toString("base64").slice(0, 8),
    Buffer.from("canary").toString("hex"),
  ];
  const look = async () => {
    let bytes = 0;
    for (const name of await readdir(dir)) {
      if (name === "sotto.sock" || name === "vault.lock") continue;
      const contents = (await readFile(file(name))).toString("latin1");
      bytes += contents.length;
      for (const needle of [...needles, "SQLite format"])
        expect(contents.includes(needle), `${needle} in ${name}`).toBe(false);
    }
    expect(bytes).toBeGreaterThan(4096);
  };
  await look();
  await own.close();
  await look();
});

describe("the folder", () => {
  test("by name under the data folder, by path as it is", () => {
    expect(profileDir("work", { XDG_DATA_HOME: "/data" })).toBe("/data/sotto/work");
    expect(profileDir(undefined, { XDG_DATA_HOME: "/data" })).toBe("/data/sotto/default");
    expect(profileDir("work", { XDG_DATA_HOME: "relative" })).toMatch(/\/\.local\/share\/sotto\/work$/);
    expect(profileDir("./work", {})).toBe(join(process.cwd(), "work"));
    for (const name of ["", ".", "..", "Work", "a b", "é", "a\n", "x".repeat(65)])
      expect(profileDir(name, {})).toBeUndefined();
  });

  test("one that others can read is closed when nothing else is in it, else refused", async () => {
    await mkdir(dir, { mode: 0o755 });
    await chmod(dir, 0o755);
    await openProfile(dir);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    await chmod(dir, 0o755);
    await writeFile(file("holiday.jpg"), "");
    await expect(openProfile(dir)).rejects.toMatchObject(code("internal"));
    expect((await stat(dir)).mode & 0o777).toBe(0o755);
  });

  test("a file where the folder should be", async () => {
    await writeFile(dir, "");
    await expect(openProfile(dir)).rejects.toMatchObject(code("internal"));
  });
});
