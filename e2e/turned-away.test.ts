/** Relays that ask for more than the device's key: a code at each connection, or the access password at each. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { Program, sottoFile } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

/** `sotto` over pipes, as a person types it or a script calls it. */
function sotto(stage: Stage, person: Person, args: readonly string[]): Program {
  return stage.use(new Program(sottoFile, [...args, "--profile", person.profile], stage.dir));
}

async function says(program: Program, text: string): Promise<void> {
  await program.watch.until(
    () => program.stdout.toString().includes(text),
    () => `"${text}" in: ${program.stdout.toString().slice(-800)}`,
  );
}

function backupCode(of: Person): string {
  const [code = "", ...left] = of.backupCodes;
  of.backupCodes = left;
  return code;
}

function online(person: Person): Promise<unknown> {
  return person.until((notes) => notes.findLast((note) => note.type === "connection")?.state === "online", "online");
}

/** @param from - what came before does not count. */
function waitsForPerson(person: Person, from = 0): Promise<unknown> {
  return person.until((notes) => {
    const last = notes.slice(from).findLast((note) => note.type === "connection");
    return last?.state === "offline" && last.retryAt === undefined;
  }, "a connection that is not tried again");
}

test("where a code is asked for at each connection, scripts, people and one-shot commands give one", async () => {
  await using stage = await Stage.open({ SOTTO_AUTH_OTP: "always", SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0" });
  const [alice, bob] = await stage.signUpAll("alice", "bob");
  const { roomId } = await alice.call("direct.open", { username: "bob" });
  await alice.send(roomId, "while it lasts");
  await bob.sees(roomId, "while it lasts");

  // A script.
  await bob.kill();
  await bob.start();
  await bob.unlock();
  await waitsForPerson(bob);
  await expectRefused(bob.call("users.list", {}), "bad-code");
  expect((await bob.history(roomId)).map(({ text }) => text)).toEqual(["while it lasts"]);
  const waiting = bob.send(roomId, "kept until then");
  const { password } = bob;
  const mark = bob.run.notes.length;
  await bob.call("account.unlock", { password, code: "0000-0000" });
  await waitsForPerson(bob, mark);
  await bob.call("account.unlock", { password, code: backupCode(bob) });
  await online(bob);
  await waiting;
  await alice.sees(roomId, "kept until then");
  await bob.kill();

  // A person: asked after the password, and again after a code that does not fit.
  const typed = sotto(stage, bob, ["--plain"]);
  typed.write(`${password}\n`);
  await says(typed, "this relay asks for a code at each connection");
  typed.write(`0000-0000\n${backupCode(bob)}\n`);
  await says(typed, "[info] online");
  typed.write("@alice as a person\nexit\n");
  await alice.sees(roomId, "as a person");
  expect(await typed.ended).toMatchObject({ code: 0 });
  expect(typed.stdout.toString().match(/asks for a code at each connection/g)?.length).toBeGreaterThanOrEqual(2);

  // One-shot commands: with a file, and without one.
  const file = (name: string, secret: string): string => {
    const path = join(stage.dir, name);
    writeFileSync(path, `${secret}\n`, { mode: 0o600 });
    return path;
  };
  const secrets = ["--password-file", file("password", password)];
  const sent = sotto(stage, bob, [
    "send",
    "@alice",
    "by a script",
    ...secrets,
    "--code-file",
    file("code", backupCode(bob)),
  ]);
  expect(await sent.ended).toMatchObject({ code: 0 });
  await alice.sees(roomId, "by a script");
  const refused = sotto(stage, bob, ["tail", ...secrets]);
  expect(await refused.ended).toMatchObject({ code: 3 });
  expect(refused.stderr.toString()).toContain("--code-file FILE");
});

test("where the access password is asked for at each connection, a new link lets a profile in again", async () => {
  await using stage = await Stage.open({ SOTTO_ACCESS_FOR: "connect", SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0" });
  // The first one is the operator.
  const alice = await stage.signUp("alice");
  const bob = await stage.signUp("bob");
  await bob.kill();
  const { link } = await alice.call("admin.regen", {});
  await bob.start();
  await bob.unlock();
  await waitsForPerson(bob);
  await expectRefused(bob.call("users.list", {}), "bad-access-password");
  await bob.call("account.unlock", { password: bob.password, link });
  await online(bob);
  await bob.kill();

  // The next one, and the link on the command line.
  const { link: newest } = await alice.call("admin.regen", {});
  const old = sotto(stage, bob, ["--plain"]);
  old.write(`${bob.password}\n`);
  await says(old, "has another one now");
  await says(old, "hint: ask for a new link, then /connect LINK");
  old.write("exit\n");
  await old.ended;
  const typed = sotto(stage, bob, ["--plain", newest]);
  typed.write(`${bob.password}\n`);
  await says(typed, "[info] online");
  await says(typed, "you are signed in as bob already");
  typed.write("exit\n");
  expect(await typed.ended).toMatchObject({ code: 0 });
});
