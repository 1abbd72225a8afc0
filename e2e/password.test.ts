/** A change of the password, killed at any moment on either side: one password opens the profile and signs in, the same one. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wrongCode } from "./harness/code.ts";
import type { Person } from "./harness/person.ts";
import { RpcError } from "./harness/rpc.ts";
import { Stage } from "./harness/stage.ts";
import { eventually } from "./harness/watch.ts";

let stage: Stage;
let profiles = 0;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** "done", or the code that it was refused with. */
async function outcome(request: Promise<unknown>): Promise<string | undefined> {
  try {
    await request;
    return "done";
  } catch (cause) {
    if (!(cause instanceof RpcError)) throw cause;
    return cause.code;
  }
}

/** Whether the relay takes a password: it looks at the code, which is wrong, only after that. */
async function signsIn(person: Person, password: string): Promise<boolean> {
  const other = stage.person(`${person.name}-${profiles++}`);
  await other.start();
  const { name: username, totpUri } = person;
  const entrance = { link: stage.relay.link, username, password, code: wrongCode(totpUri) };
  const code = await outcome(other.call("account.signIn", entrance));
  await other.kill();
  expect(["bad-credentials", "bad-code", "locked"]).toContain(code);
  return code !== "bad-credentials";
}

/** How many ways lead into the vault. */
async function slots(person: Person): Promise<number> {
  return JSON.parse(await readFile(join(person.profile, "vault.key"), "utf8")).slots.length;
}

/** Waits until one password alone opens the profile, then says which. */
async function opens(person: Person, passwords: readonly string[]): Promise<readonly string[]> {
  await person.start();
  for (const password of passwords) if ((await outcome(person.call("account.unlock", { password }))) === "done") break;
  await person.caughtUp();
  await eventually(async () => (await slots(person)) === 1, "one slot");
  await person.kill();
  const opened: string[] = [];
  for (const password of passwords) {
    await person.start();
    if ((await outcome(person.call("account.unlock", { password }))) === "done") opened.push(password);
    await person.kill();
  }
  return opened;
}

test.each([
  { who: "client", name: "una", afterMs: [0, 5] },
  { who: "relay", name: "rex", afterMs: [0] },
])("kill -9 of the $who while the password changes", async ({ who, name, afterMs }) => {
  const person = await stage.signUp(name);
  for (const [round, ms] of afterMs.entries()) {
    const next = `another password, number ${round}`;
    const { password: old } = person;
    const changing = outcome(person.call("account.changePassword", { old, new: next }));
    // Both open the vault, and the relay is being asked.
    let isOver = false;
    void changing.then(() => {
      isOver = true;
    });
    while (!isOver && (await slots(person)) < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (who === "client") await person.kill();
    else {
      await stage.relay.kill();
      await stage.relay.start();
      expect(["done", "offline"]).toContain(await changing);
      await person.kill();
    }
    const opened = await opens(person, [old, next]);
    expect(opened).toHaveLength(1);
    for (const password of [old, next])
      expect([ms, password, await signsIn(person, password)]).toEqual([ms, password, opened.includes(password)]);
    person.password = opened[0] ?? "";
    await person.start();
    await person.unlock();
    await person.caughtUp();
  }
});
