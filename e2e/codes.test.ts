/**
 * Each code of the closed list, reached with the real programs: as scripts see it, and for two dozen of them as a person
 * reads it. What no honest relay brings about is done by one that was changed on purpose.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CODES, type Code, exitCode, formatLink, parseLink } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeWords } from "../packages/terminal/src/words.ts";
import type { Misbehaviour } from "./evil/evil-relay.ts";
import { Scene } from "./evil/scene.ts";
import { wrongCode } from "./harness/code.ts";
import { expectRefused } from "./harness/expect-code.ts";
import { fillDisk, freeDisk } from "./harness/full-disk.ts";
import { Person } from "./harness/person.ts";
import { Program, sottoFile } from "./harness/program.ts";
import { freePort } from "./harness/relay.ts";
import type { RpcError } from "./harness/rpc.ts";

const STRONG = "four words are enough";

let scene: Scene<"alice">;
let people: { readonly alice: Person; readonly bob: Person; readonly carol: Person };
let newcomer: Person;
/** Of alice and bob; carol is not in it. */
let roomId: string;
let roomLink: string;

beforeAll(async () => {
  // Alice comes first: the operator's account.
  scene = await Scene.open("alice");
  const { stage, link } = scene;
  const [bob, carol] = await Promise.all([stage.signUp("bob", link), stage.signUp("carol", link)]);
  newcomer = stage.person("newcomer");
  await newcomer.start();
  const { alice } = scene.people;
  people = { alice, bob, carol };
  const room = await scene.room(alice, bob);
  roomId = room.roomId;
  roomLink = room.link;
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

const crowd = new Map<string, Promise<Person>>();

/** Somebody to whom things are done: signed up when first needed, and what was done to them stays. */
function someone(name: string): Promise<Person> {
  const person = crowd.get(name) ?? scene.stage.signUp(name, scene.link);
  crowd.set(name, person);
  return person;
}

/** Each counts once. */
function backupCode(of: Person): string {
  const [code = "", ...left] = of.backupCodes;
  of.backupCodes = left;
  return code;
}

function relinked(text: string, change: Partial<NonNullable<ReturnType<typeof parseLink>>>): string {
  const link = parseLink(text);
  if (link === undefined) throw new Error("the link of a test is a link");
  return formatLink({ ...link, ...change });
}

const otherPin = new Uint8Array(32).fill(7);

function signUp(change: { link?: string; username?: string; password?: string }): Promise<unknown> {
  return newcomer.call("account.signUp", { link: scene.link, username: "newcomer", password: STRONG, ...change });
}

function signIn(who: Person, change: object, from = newcomer): Promise<{ readonly accountId: string }> {
  const { name: username, password } = who;
  return from.call("account.signIn", { link: scene.link, username, password, code: "123456", ...change });
}

/** A second device of somebody, let in by the phrase. */
async function secondDevice(who: Person): Promise<Person> {
  const second = scene.stage.person(`${who.name}-second`, who.password);
  await second.start();
  await signIn(who, { code: backupCode(who), recoveryPhrase: who.recoveryPhrase }, second);
  return second;
}

/** Waits until a profile is offline and stays so. */
function halted(person: Person): Promise<unknown> {
  return person.until((notes) => {
    const last = notes.findLast((note) => note.type === "connection");
    return last?.type === "connection" && last.state === "offline" && last.retryAt === undefined;
  }, "the end of all tries to connect");
}

async function restarted(person: Person): Promise<void> {
  await person.kill();
  await person.start();
  await person.unlock();
}

/** What the relay does to somebody until he comes back under it. */
async function comesBackUnder(person: Person, misbehaviour: Misbehaviour): Promise<unknown> {
  return await scene.evil.while(misbehaviour, async () => {
    await restarted(person);
    await halted(person);
    return await person.call("users.list", {});
  });
}

const NO_ROOM: Misbehaviour = {
  name: "disk-full-feigned",
  onClient: ({ request, body }, line) => {
    if (body.type !== "room-create") return undefined;
    line.toClient({ request, body: { type: "refused", code: "relay-full", field: "", head: 0, retryMs: 0 } });
    return [];
  },
};

const SOMETHING_ELSE: Misbehaviour = {
  name: "answer-of-another-kind",
  onServer: (frame) => (frame.body.type === "directory-list" ? [{ ...frame, body: { type: "pong" } }] : undefined),
};

/** The link of the room with another secret. */
function expired(): string {
  const room = parseLink(roomLink)?.room;
  return relinked(roomLink, { room: room && { ...room, secret: otherPin } });
}

/** How each code is reached. The type says that none is missing. */
const REACHED: Readonly<Record<Code, () => Promise<unknown>>> = {
  "bad-request": () => people.alice.call("direct.open", { username: "alice" }),
  "not-signed-in": () => newcomer.call("users.list", {}),
  "otp-pending": async () => {
    const pending = scene.stage.person("pending", "nobody knows it 1");
    await pending.start();
    await pending.beginSignUp(scene.link);
    return pending.call("users.list", {});
  },
  "bad-credentials": () => signIn(people.bob, { password: "not his password" }),
  "bad-code": () => signIn(people.bob, { code: wrongCode(people.bob.totpUri) }),
  "bad-name": () => people.alice.call("room.create", { name: "" }),
  "weak-password": () => signUp({ password: "123456789" }),
  "name-taken": () => signUp({ username: "bob" }),
  "bad-access-password": () => signUp({ link: relinked(scene.link, { accessPassword: "WRONG-WRONG" }) }),
  locked: async () => {
    const frank = await someone("frank");
    for (let tries = 0; tries < 5; tries++) {
      await expectRefused(signIn(frank, { code: wrongCode(frank.totpUri) }), "bad-code");
    }
    return signIn(frank, { code: wrongCode(frank.totpUri) });
  },
  "rate-limited": async () => {
    const frank = await someone("frank");
    const guess = (): Promise<unknown> => signIn(frank, { password: "a guess at a password" });
    // Ten at once, and one more each five seconds: a slow machine may be let try more often.
    for (let tries = 0; tries < 40; tries++) {
      const code = await guess().catch((cause: RpcError) => cause.code);
      if (code !== "bad-credentials") break;
    }
    return guess();
  },
  offline: async () => signUp({ link: relinked(scene.link, { port: await freePort() }) }),
  "approval-needed": () => signIn(people.bob, { code: backupCode(people.bob) }),
  "bad-link": () => people.bob.call("room.join", { link: "come in" }),
  "link-expired": () => people.carol.call("room.join", { link: expired() }),
  "wrong-pin": () => people.bob.call("room.join", { link: relinked(roomLink, { pin: otherPin }) }),
  "unknown-user": () => people.alice.call("direct.open", { username: "nobody" }),
  "unknown-room": () => people.carol.send(roomId, "hello"),
  "not-allowed": () => people.bob.call("admin.kick", { username: "alice" }),
  "too-long": () => people.alice.send(roomId, "a".repeat(16_385)),
  "id-reused": async () => {
    const id = "0f".repeat(16);
    await people.alice.call("message.send", { roomId, text: scene.text(), id });
    return people.alice.call("message.send", { roomId, text: scene.text(), id });
  },
  "identity-changed": async () => {
    // Bob gets a device, says so, and the relay keeps the proof back.
    const { bob } = people;
    const withheld: Misbehaviour = {
      name: "chain-cut",
      onServer: (frame, line) => {
        if (line.name !== "alice" || frame.body.type !== "chains") return undefined;
        const chains = frame.body.chains.map((chain) => ({ ...chain, entries: chain.entries.slice(0, 1) }));
        return [{ ...frame, body: { ...frame.body, chains } }];
      },
    };
    return await scene.evil.while(withheld, async () => {
      // All the time: what names the longer list must stand in the log before the commit that brings the device in, which
      // alice cannot judge without it.
      let isHeard = false;
      const talking = (async () => {
        while (!isHeard) await bob.send(roomId, scene.text());
      })();
      try {
        await secondDevice(bob);
        await people.alice.until(
          (notes) => notes.some((note) => note.type === "warning" && note.username === "bob"),
          "the warning about bob",
        );
      } finally {
        isHeard = true;
        await talking;
      }
      return people.alice.call("direct.open", { username: "bob" });
    });
  },
  "profile-copied": async () => {
    const greta = await someone("greta");
    await greta.kill();
    const copy = scene.stage.person("greta-copy", greta.password);
    crowd.set("greta-copy", Promise.resolve(copy));
    cpSync(greta.profile, copy.profile, { recursive: true });
    await greta.comeBack();
    await copy.start();
    await copy.unlock();
    await halted(copy);
    return copy.call("users.list", {});
  },
  "device-revoked": async () => {
    const hank = await someone("hank");
    const second = await secondDevice(hank);
    const [first] = await second.call("device.list", {});
    await second.call("device.revoke", { deviceId: first?.deviceId ?? "" });
    await halted(hank);
    return hank.call("users.list", {});
  },
  "relay-rolled-back": async () =>
    comesBackUnder(await someone("karl"), {
      name: "generation-changed",
      onServer: (frame) =>
        frame.body.type === "challenge"
          ? [{ ...frame, body: { ...frame.body, generation: frame.body.generation.map((byte) => byte ^ 1) } }]
          : undefined,
    }),
  "unsupported-version": async () =>
    comesBackUnder(await someone("karl"), {
      name: "versions-changed",
      onClient: (frame) =>
        frame.body.type === "hello" ? [{ ...frame, body: { ...frame.body, versions: [77] } }] : undefined,
    }),
  banned: async () => {
    const greta = await someone("greta");
    await people.alice.call("admin.ban", { username: "greta" });
    await halted(greta);
    return greta.call("users.list", {});
  },
  "vault-busy": async () => {
    const { carol } = people;
    const other = scene.stage.use(new Person("carol", scene.stage.dir, carol.password));
    await other.start();
    return other.call("account.unlock", { password: carol.password });
  },
  "vault-damaged": async () => {
    const karl = await someone("karl");
    await karl.kill();
    damage(join(karl.profile, "vault.db"));
    await karl.start();
    return karl.call("account.unlock", { password: karl.password });
  },
  "disk-full": async () => {
    const lena = await someone("lena");
    await fillDisk(lena.run.program.pid);
    return lena.call("room.create", { name: "no room for a room" }).finally(() => freeDisk(lena.run.program.pid));
  },
  "relay-full": () => scene.evil.while(NO_ROOM, () => people.alice.call("room.create", { name: "one too many" })),
  internal: () => scene.evil.while(SOMETHING_ELSE, () => people.alice.call("users.list", {})),
};

/** Turns a byte in the middle of every page. */
function damage(file: string): void {
  const bytes = readFileSync(file);
  for (let at = 2048; at < bytes.length; at += 4096) bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

test("the table has every code", () => {
  expect(Object.keys(REACHED).sort()).toEqual([...CODES].sort());
});

describe("scripts see", () => {
  test.each(CODES)("%s", async (code) => {
    await expectRefused(REACHED[code](), code, code === "bad-request" ? -32_602 : -32_000);
  });
});

/** What carol types, a line each; behind it stands the refusal with its hint. */
const TYPED: Readonly<Partial<Record<Code, () => readonly string[]>>> = {
  "unknown-user": () => ["/talk nobody"],
  "bad-name": () => [`/create ${"x".repeat(65)}`],
  "bad-link": () => ["/join come in"],
  "wrong-pin": () => [`!join ${relinked(roomLink, { pin: otherPin })}`],
  "link-expired": () => [`/join ${expired()}`],
  "not-allowed": () => ["!kick alice"],
  "bad-request": () => ["/talk carol"],
  "too-long": () => [`@alice ${"a".repeat(16_385)}`],
  "bad-credentials": () => ["/password", "not the old one", STRONG, STRONG],
};

/** The same under a relay that was changed on purpose. */
const TYPED_UNDER: Readonly<Partial<Record<Code, readonly [Misbehaviour, string]>>> = {
  "relay-full": [NO_ROOM, "/create one too many"],
  internal: [SOMETHING_ELSE, "/users"],
};

/** Answers to the questions of the first run, before the refusal comes. */
const FIRST_RUN: Readonly<Partial<Record<Code, () => { readonly link: string; readonly lines: readonly string[] }>>> = {
  "name-taken": () => ({ link: scene.link, lines: ["1", "bob", STRONG, STRONG] }),
  "bad-access-password": () => ({
    link: relinked(scene.link, { accessPassword: "WRONG-WRONG" }),
    lines: ["1", "nadia", STRONG, STRONG],
  }),
  "bad-link": () => ({ link: "sotto://nowhere", lines: [] }),
  "wrong-pin": () => ({ link: relinked(scene.link, { pin: otherPin }), lines: [] }),
  "bad-code": () => ({
    link: scene.link,
    lines: ["2", "bob", people.bob.password, people.bob.recoveryPhrase, wrongCode(people.bob.totpUri)],
  }),
};

describe("a person reads", () => {
  /** Opened once carol's other process has ended. */
  let plain: Program;

  beforeAll(async () => {
    await people.carol.kill();
    plain = scene.stage.use(sotto(["--plain", "--profile", people.carol.profile]));
    plain.write(`${people.carol.password}\n`);
    await says(plain, "[info] online");
  });

  test.each(Object.entries(TYPED))("%s after what she typed, and what to do", async (code, lines) => {
    await reads(plain, code, () => plain.write(`${lines().join("\n")}\n`));
  });

  test.each(Object.entries(TYPED_UNDER))("%s of a relay that says so, and what to do", async (code, [lie, line]) => {
    await scene.evil.while(lie, () => reads(plain, code, () => plain.write(`${line}\n`)));
  });

  test.each(Object.entries(FIRST_RUN))("%s on the way in, and is asked again", async (code, typed) => {
    const { link, lines } = typed();
    const first = scene.stage.use(sotto(["--plain", "--profile", join(scene.stage.dir, `p-first-${code}`), link]));
    await reads(first, code, () => first.write(lines.map((line) => `${line}\n`).join("")));
    await first.kill();
  });

  // To each of them it was done above.
  test.each([
    { code: "not-signed-in", name: "newcomer" },
    { code: "vault-damaged", name: "karl" },
    { code: "device-revoked", name: "hank" },
    { code: "profile-copied", name: "greta-copy" },
    { code: "banned", name: "greta" },
  ] as const)("$code from a one-shot command, which ends with its exit code", async ({ code, name }) => {
    const who = name === "newcomer" ? newcomer : await someone(name);
    await who.kill();
    const secret = join(scene.stage.dir, `password-${name}`);
    writeFileSync(secret, `${who.password}\n`, { mode: 0o600 });
    const tail = scene.stage.use(sotto(["tail", "--profile", who.profile, "--password-file", secret]));
    expect(await tail.ended).toMatchObject({ code: exitCode(code) });
    const { what, hint } = codeWords(code);
    expect(tail.stderr.toString()).toContain(`sotto: ${what}\nhint: ${hint}\n`);
    expect(tail.stdout).toHaveLength(0);
  });
});

/** `sotto` over pipes, as a person types it. */
function sotto(args: readonly string[]): Program {
  return new Program(sottoFile, args, scene.stage.dir);
}

async function says(program: Program, text: string, from = 0): Promise<void> {
  await program.watch.until(
    () => program.stdout.toString().slice(from).includes(text),
    () => `"${text}" in: ${program.stdout.toString().slice(from).slice(-600)}`,
  );
}

/** After something was typed there stands what happened, and under it what to do. */
async function reads(program: Program, code: string, type: () => void): Promise<void> {
  const known = CODES.find((one) => one === code);
  const words = codeWords(known ?? "internal");
  const before = program.stdout.toString().length;
  type();
  await says(program, words.what, before);
  await says(program, `\nhint: ${words.hint}`, before);
}
