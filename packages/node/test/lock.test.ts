import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { callLocal, serveLocal } from "../src/local.ts";
import { openProfile } from "../src/profile.ts";
import { socketPath } from "../src/socket-path.ts";
import { LIGHT } from "./light.ts";
import { type Holder, holdVault } from "./process.ts";

// Processes, threads and passwords take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const password = "correct horse battery";
let base: string;
let dir: string;
let count = 0;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "sotto-lock-"));
});
beforeEach(async () => {
  dir = join(base, `p${count++}`);
  await using own = await profile();
  await own.vault.create(password);
});
afterAll(() => rm(base, { recursive: true }));

const profile = () => openProfile(dir, { argon2: LIGHT });
const busy = { code: "vault-busy" };

describe("one process holds a vault", () => {
  test("a second one is told, whatever it tries, and sees the state", async () => {
    const holder = holdVault(dir, password);
    expect(await holder.line()).toBe("open");
    await using own = await profile();
    expect(own.vault.state).toBe("locked");
    await expect(own.vault.unlock(password)).rejects.toMatchObject(busy);
    await expect(own.vault.unlock("wrong")).rejects.toMatchObject(busy);
    await expect(own.vault.create(password)).rejects.toMatchObject(busy);
    await expect(own.vault.discard()).rejects.toMatchObject(busy);
    await holder.kill();
    await own.vault.unlock(password);
  });

  test("a second profile object of one process is told as well", async () => {
    await using one = await profile();
    await using other = await profile();
    await one.vault.unlock(password);
    await expect(other.vault.unlock(password)).rejects.toMatchObject(busy);
    await one.vault.close();
    await other.vault.unlock(password);
    await expect(one.vault.unlock(password)).rejects.toMatchObject(busy);
  });

  test("a wrong password does not keep others out", async () => {
    await using one = await profile();
    await using other = await profile();
    await expect(one.vault.unlock("wrong")).rejects.toMatchObject({ code: "bad-credentials" });
    await other.vault.unlock(password);
  });

  test("after kill -9 the socket that is left is taken over", async () => {
    const holder = holdVault(dir, password);
    expect(await holder.line()).toBe("open");
    await holder.kill();
    expect(await readdir(dir)).toContain("sotto.sock");
    expect(await callLocal(dir)).toBeUndefined();
    await using own = await profile();
    await own.vault.unlock(password);
    const channel = await callLocal(dir);
    expect(channel).toBeDefined();
    channel?.close();
  });

  test("of many that start at once over a stale socket exactly one wins", async () => {
    const first = holdVault(dir, password);
    await first.line();
    await first.kill();
    const holders: Holder[] = Array.from({ length: 6 }, () => holdVault(dir, password));
    const said = await Promise.all(holders.map((holder) => holder.line()));
    expect(said.toSorted()).toEqual(["open", ...Array(5).fill("vault-busy")]);
    await Promise.all(holders.map((holder) => holder.kill()));
  });

  test("a live socket that is deleted does not let a second one in", async () => {
    const holder = holdVault(dir, password);
    await holder.line();
    await rm(join(dir, "sotto.sock"));
    await using own = await profile();
    await expect(own.vault.unlock(password)).rejects.toMatchObject(busy);
    await holder.kill();
  });
});

describe("one-shot commands", () => {
  test("values go both ways over the socket of the holder", async () => {
    await using own = await profile();
    await own.vault.unlock(password);
    const stop = serveLocal(dir, async (channel) => {
      for await (const value of channel.values) channel.send({ heard: value });
    });
    const channel = await callLocal(dir);
    const heard = [];
    channel!.send({ text: "line\nbreak  é" });
    channel!.send([1, null, "x".repeat(300_000)]);
    for await (const value of channel!.values) if (heard.push(value) === 2) break;
    expect(heard).toEqual([{ heard: { text: "line\nbreak  é" } }, { heard: [1, null, "x".repeat(300_000)] }]);
    stop();
  });

  test("the handler's end is the channel's end", async () => {
    await using own = await profile();
    await own.vault.unlock(password);
    serveLocal(dir, (channel) => void channel.send("bye"));
    await using channel = (await callLocal(dir))!;
    const heard = [];
    for await (const value of channel.values) heard.push(value);
    expect(heard).toEqual(["bye"]);
  });

  test("nobody holds it: undefined; nobody answers: hung up on", async () => {
    expect(await callLocal(dir)).toBeUndefined();
    await using own = await profile();
    await own.vault.unlock(password);
    serveLocal(dir, () => {})(); // begun and stopped
    await using channel = (await callLocal(dir))!;
    for await (const value of channel.values) expect(value).toBeUndefined();
    await channel.closed;
  });

  test.each([
    { name: "what is not JSON", bytes: "{oops\n" },
    { name: "a line without an end", bytes: "x".repeat(5 * 1024 * 1024) },
  ])("$name ends the channel and nothing else", async ({ bytes }) => {
    await using own = await profile();
    await own.vault.unlock(password);
    const heard: unknown[] = [];
    serveLocal(dir, async (channel) => {
      for await (const value of channel.values) heard.push(value);
    });
    await new Promise<void>((resolve) => {
      const socket = connect(join(dir, "sotto.sock"), () => socket.write(bytes));
      socket.on("error", () => {});
      socket.on("close", () => resolve());
      socket.resume();
    });
    expect(heard).toEqual([]);
    const channel = await callLocal(dir);
    channel!.send("still here");
    await expect.poll(() => heard).toEqual(["still here"]);
    channel!.close();
  });

  test("a handler that throws ends its channel and nothing else", async () => {
    await using own = await profile();
    await own.vault.unlock(password);
    serveLocal(dir, async () => {
      throw new Error("of the handler");
    });
    await using channel = (await callLocal(dir))!;
    for await (const value of channel.values) expect(value).toBeUndefined();
  });

  test("one that does not read is not sent to without end", async () => {
    await using own = await profile();
    await own.vault.unlock(password);
    let taken = 0;
    const full = new Promise<void>((resolve) => {
      serveLocal(dir, async (channel) => {
        while (channel.send("x".repeat(1024 * 1024))) taken++;
        resolve();
      });
    });
    const socket = connect(join(dir, "sotto.sock"));
    socket.pause();
    await full;
    expect(taken).toBeLessThan(40);
    socket.destroy();
  });

  test("closing the vault ends the channels and removes the socket", async () => {
    const own = await profile();
    await own.vault.unlock(password);
    serveLocal(dir, async (channel) => {
      for await (const value of channel.values) expect(value).toBeUndefined();
    });
    const channel = await callLocal(dir);
    await own.close();
    for await (const value of channel!.values) expect(value).toBeUndefined();
    await channel!.closed;
    expect(await readdir(dir)).not.toContain("sotto.sock");
  });
});

describe("a path too long for a socket", () => {
  test("the socket lies in a folder of this user alone, and works", async () => {
    dir = join(base, "d".repeat(120));
    await using own = await profile();
    await own.vault.create(password);
    const path = await socketPath(dir);
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    expect((await stat(join(path, ".."))).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    serveLocal(dir, (channel) => void channel.send("here"));
    const channel = await callLocal(dir);
    for await (const value of channel!.values) expect(value).toBe("here");
  });

  test.each(["open to others", "a link"])("a folder that is %s is refused", async (kind) => {
    const temporary = join(base, `t${count++}`);
    const folder = join(temporary, `sotto-${process.getuid?.()}`);
    await mkdir(temporary);
    const profileFolder = join(base, "d".repeat(120));
    await mkdir(profileFolder, { recursive: true });
    if (kind === "a link") await symlink(base, folder);
    else await mkdir(folder, { mode: 0o777 }).then(() => writeFile(join(folder, "x"), ""));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = temporary;
    try {
      await expect(socketPath(profileFolder)).rejects.toMatchObject({ code: "internal" });
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
});
