/** The journal of actions: everything in its list is written, once, as a row and as a line, and nothing can forge one. */
// Over 400 lines: each event of the list has its own way to come about.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { type ClientBody, chainStates, EMPTY, makeChainEntry, transcriptStart, type UserName } from "@sotto/wire";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { AUDIT_EVENTS, Audit, type AuditEvent, type AuditNote } from "../src/audit.ts";
import { chainPort, sha256 } from "../src/crypto.ts";
import { type Clock, type Journal, type RunningRelay, startRelay } from "../src/index.ts";
import type { AuditRecord } from "../src/store/store.ts";
import { greet, login, makeKey, PASSWORD, Person, register, some, someEntry, totp, Wire } from "./client.ts";
import { configOf } from "./running.ts";

interface Line {
  readonly level: keyof Journal;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function listener() {
  const lines: Line[] = [];
  const at = (level: keyof Journal) => (fields: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, journal: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

let relay: RunningRelay;
let lines: Line[];
afterEach(async () => await relay.stop());

async function start(file: Record<string, Record<string, unknown>> = {}, data?: string): Promise<void> {
  const heard = listener();
  lines = heard.lines;
  relay = await startRelay({ config: configOf(file), data, journal: heard.journal });
}

const noted = () => lines.filter(({ message }) => message === "audit").map(({ fields }) => fields);

async function until(event: AuditEvent): Promise<Readonly<Record<string, unknown>>> {
  for (let time = 0; time < 200; time++) {
    const found = noted().find((fields) => fields.event === event);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${event} was not written; ${JSON.stringify(noted())}`);
}

async function signIn(name: string, password: string, code: string): Promise<void> {
  const wire = await Wire.dial(relay);
  const { challenge } = await greet(wire);
  const attempt = login(password, name, challenge.relay);
  const response = await wire.get({ type: "sign-in-start", name, loginRequest: attempt.request }, "sign-in-response");
  await wire.ask({ type: "sign-in-finish", loginFinish: attempt.finish(response.loginResponse) ?? some(64), code });
}

async function changePassword(person: Person, password: string): Promise<void> {
  const attempt = login(password, person.name, relay.pin);
  const registration = register("another password", person.name, relay.pin);
  const frame = { loginRequest: attempt.request, registrationRequest: registration.request };
  const response = await person.wire.get({ type: "password-start", ...frame }, "password-response");
  await person.wire.ask({
    type: "password-finish",
    loginFinish: attempt.finish(response.loginResponse) ?? some(64),
    registrationRecord: registration.finish(response.registrationResponse),
  });
}

/** The first account, which is the operator's, and another one. */
async function operatorAnd(name: string) {
  await start();
  const [operator, other] = [await Person.signUp(relay, "boss"), await Person.signUp(relay, name)];
  const order = async (body: Extract<ClientBody, { type: "admin" }>) => await operator.wire.ask(body);
  return { operator, other, order };
}

interface Doing {
  readonly name?: string;
  readonly code?: string;
  readonly about?: string;
  readonly does: () => Promise<unknown>;
}

/** What brings each event about, and what the line says besides. */
const DOINGS: Record<AuditEvent, Doing> = {
  connected: {
    name: "ann",
    does: async () => {
      await start();
      await Person.signUp(relay, "ann");
    },
  },
  disconnected: {
    name: "ann",
    does: async () => {
      await start();
      await (await Person.signUp(relay, "ann")).wire.close();
    },
  },
  "connect-refused": {
    code: "bad-access-password",
    does: async () => {
      await start({ access: { for: "connect" } });
      const wire = await Wire.dial(relay);
      await wire.ask({ type: "hello", versions: [1], nonce: some(32), accessPassword: "wrong" });
    },
  },
  "turned-away": {
    code: "rate-limited",
    does: async () => {
      await start({ limits: { connections: 1 } });
      await Wire.dial(relay);
      await expect(Wire.dial(relay)).rejects.toThrow("503");
    },
  },
  "tls-refused": {
    does: async () => {
      await start();
      await look({ maxVersion: "TLSv1.2" });
    },
  },
  "slowed-down": {
    name: "ann",
    code: "rate-limited",
    does: async () => {
      await start({ security: { max_messages_per_sec: 5 } });
      const ann = await Person.signUp(relay, "ann");
      for (let time = 0; time < 130; time++) ann.wire.send({ type: "directory", name: "" });
    },
  },
  "name-held": {
    name: "ann",
    does: async () => {
      await start();
      await Person.hold(relay, "ann");
    },
  },
  "signed-up": {
    name: "ann",
    does: async () => {
      await start();
      await Person.signUp(relay, "ann");
    },
  },
  "sign-up-refused": {
    name: "ann",
    code: "bad-code",
    does: async () => {
      await start();
      const ann = await Person.hold(relay, "ann");
      await ann.wire.ask({ type: "sign-up-confirm", code: "no code" });
    },
  },
  "signed-in": {
    name: "ann",
    does: async () => {
      await start();
      const ann = await Person.signUp(relay, "ann");
      await signIn("ann", PASSWORD, ann.backupCodes[0] ?? "");
    },
  },
  "sign-in-refused": {
    name: "ann",
    code: "bad-credentials",
    does: async () => {
      await start();
      await Person.signUp(relay, "ann");
      await signIn("ann", "a wrong password", "123456");
    },
  },
  resumed: {
    name: "ann",
    does: async () => {
      await start();
      await (await Person.signUp(relay, "ann")).resume();
    },
  },
  "proof-needed": {
    name: "ann",
    does: async () => {
      await start({ auth: { otp: "always" } });
      await (await Person.signUp(relay, "ann")).resume();
    },
  },
  "resume-refused": {
    name: "ann",
    code: "profile-copied",
    does: async () => {
      await start();
      const ann = await Person.signUp(relay, "ann");
      await ann.resume(5);
      await ann.resume(5);
    },
  },
  "chain-grew": {
    name: "ann",
    does: async () => {
      await start();
      const ann = await Person.signUp(relay, "ann");
      const key = makeKey();
      const draft = { kind: "add", deviceKey: key.publicKey, signer: ann.key.publicKey } as const;
      const before = chainStates([ann.chainEntry], chainPort);
      if (!before.ok || before.value[0] === undefined) throw new Error("the first entry holds");
      const entry = makeChainEntry(before.value[0], draft, Date.now(), ann.key.sign, key.sign);
      expect(await ann.wire.ask({ type: "chain-append", entry })).toEqual({ type: "done" });
    },
  },
  "given-back": {
    name: "ann",
    does: async () => {
      const data = mkdtempSync(join(tmpdir(), "sotto-audit-"));
      onTestFinished(() => rmSync(data, { recursive: true, force: true }));
      await start({}, data);
      const before = await Person.signUp(relay, "ann");
      const room = await before.createRoom();
      await relay.stop();
      await start({}, data);
      const ann = new Person({ ...before, place: relay });
      await ann.resume();
      const { device } = ann;
      const entry = {
        seq: 1,
        kind: "message",
        device,
        id: someEntry(),
        base: 0,
        header: EMPTY,
        bytes: some(9),
      } as const;
      const previous = transcriptStart(room, sha256);
      await ann.wire.get({ type: "restore", room, previous, entries: [entry], link: undefined }, "done");
    },
  },
  "password-changed": {
    name: "ann",
    does: async () => {
      await start();
      await changePassword(await Person.signUp(relay, "ann"), PASSWORD);
    },
  },
  "password-refused": {
    name: "ann",
    code: "bad-credentials",
    does: async () => {
      await start();
      await changePassword(await Person.signUp(relay, "ann"), "a wrong password");
    },
  },
  kicked: {
    name: "boss",
    about: "ann",
    does: async () => (await operatorAnd("ann")).order({ type: "admin", action: "kick", name: "ann" }),
  },
  banned: {
    name: "boss",
    about: "ann",
    does: async () => (await operatorAnd("ann")).order({ type: "admin", action: "ban", name: "ann" }),
  },
  unbanned: {
    name: "boss",
    about: "ann",
    does: async () => (await operatorAnd("ann")).order({ type: "admin", action: "unban", name: "ann" }),
  },
  announced: {
    name: "boss",
    does: async () => (await operatorAnd("ann")).order({ type: "admin", action: "announce", text: "tea at five" }),
  },
  "access-password-renewed": {
    name: "boss",
    does: async () => (await operatorAnd("ann")).order({ type: "admin", action: "regen" }),
  },
  stopped: {
    name: "boss",
    does: async () => (await operatorAnd("ann")).order({ type: "admin", action: "stop" }),
  },
  "order-refused": {
    name: "ann",
    code: "not-allowed",
    does: async () => (await operatorAnd("ann")).other.wire.ask({ type: "admin", action: "stop" }),
  },
};

/** A TLS connection that says nothing and ends. */
async function look(more: { readonly maxVersion?: "TLSv1.2" } = {}): Promise<void> {
  const port = Number(new URL(relay.url).port);
  await new Promise<void>((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...more }, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
}

function isEvent(name: string): name is AuditEvent {
  return Object.hasOwn(AUDIT_EVENTS, name);
}

describe("what is written", () => {
  test.each(Object.keys(AUDIT_EVENTS).filter(isEvent))("%s", { timeout: 30_000 }, async (event) => {
    const { does, name, code, about } = DOINGS[event];
    await does();
    const fields = await until(event);
    expect(fields).toMatchObject({ event, name, code, address: expect.stringMatching(/^127\.0\.0\.1(:\d+)?$/) });
    expect(fields.about).toBe(about);
    const line = lines.find((one) => one.fields === fields);
    expect(line?.level).toBe(/refused|turned|slowed/.test(event) ? "warn" : "info");
  });

  test("whoever looks at the certificate first, as every client does, leaves nothing above debug", async () => {
    await start();
    for (let time = 0; time < 5; time++) await look();
    await (await Wire.dial(relay)).close();
    await until("connected");
    expect(lines.filter(({ level }) => level !== "debug").map(({ fields }) => fields.event)).toEqual(["connected"]);
  });

  test("of strangers that come and go without end is one line, without a port; who signs in has one each", async () => {
    await start({ access: { for: "open" } });
    for (let time = 0; time < 10; time++) {
      const wire = await Wire.dial(relay);
      await greet(wire);
      await wire.close();
    }
    await until("connected");
    await (await Person.signUp(relay, "ann")).wire.close();
    await until("disconnected");
    const ours = noted().filter(({ event }) => event === "connected" || event === "disconnected");
    const port = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
    expect(ours).toMatchObject([
      { event: "connected", name: undefined, address: "127.0.0.1" },
      { event: "connected", name: "ann", address: port },
      { event: "disconnected", name: "ann", address: port },
    ]);
  });

  test("a message is no action: none of ten is written", async () => {
    await start();
    const ann = await Person.signUp(relay, "ann");
    const room = await ann.createRoom();
    const before = lines.length;
    for (let time = 0; time < 10; time++) {
      const id = some(16).reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "") as never;
      const append = { type: "append", room, id, head: 0, base: 0, bytes: some(300), continues: false } as const;
      expect(await ann.wire.ask(append)).toMatchObject({ type: "ack" });
    }
    expect(lines.slice(before)).toEqual([]);
  });
});

describe("what is never written", () => {
  test("what was typed as a name and is none: it may be a password, or control another's terminal", async () => {
    await start();
    await Person.signUp(relay, "ann");
    for (const name of ["a Secret 2 keep", "x\r\n{}", "\u001b[2J", "\u009b2J", "ANN "])
      await signIn(name, PASSWORD, "1");
    await until("sign-in-refused");
    const names = noted().flatMap(({ event, name }) => (event === "sign-in-refused" ? [name] : []));
    expect(names).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(JSON.stringify(lines)).not.toContain("Secret");
  });

  test("passwords, codes and secrets, whether they held or not", async () => {
    await start();
    const ann = await Person.signUp(relay, "ann");
    await signIn("ann", PASSWORD, ann.backupCodes[0] ?? "");
    await signIn("ann", "a wrong password", "271828");
    await changePassword(ann, PASSWORD);
    const stranger = await Wire.dial(relay);
    await greet(stranger);
    const registrationRequest = register(PASSWORD, "bob", relay.pin).request;
    const wrong = { name: "bob", accessPassword: "a wrong access password", registrationRequest };
    expect(await stranger.ask({ type: "sign-up-start", ...wrong })).toMatchObject({ code: "bad-access-password" });
    await until("sign-up-refused");
    const text = JSON.stringify(lines);
    const secrets = [
      PASSWORD,
      "wrong password",
      "271828",
      "another password",
      "wrong access password",
      relay.accessPassword,
      ...ann.backupCodes,
    ];
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).not.toContain(totp(ann.totpSecret));
  });
});

class FakeClock implements Clock {
  time = 1_700_000_000_000;
  #waiting: { readonly at: number; readonly work: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(ms: number, work: () => void): () => void {
    this.#waiting.push({ at: this.time + ms, work });
    return () => undefined;
  }
  pass(ms: number): void {
    this.time += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.time);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.time);
    for (const { work } of due) work();
  }
}

describe("rows and lines", () => {
  const world = () => {
    const [clock, heard, rows] = [new FakeClock(), listener(), [] as AuditRecord[]];
    const store = { audit: async (record: AuditRecord) => void rows.push(record) };
    return { clock, rows, lines: heard.lines, audit: new Audit(store, clock, heard.journal) };
  };
  const note = (event: AuditEvent, address = "192.0.2.1:7"): AuditNote => ({
    event,
    address,
    name: "ann" as UserName,
    code: undefined,
  });

  test("are the same, one of each for an action", () => {
    const { clock, rows, lines, audit } = world();
    audit.note(note("signed-in"));
    expect(rows).toEqual([{ ...note("signed-in"), time: clock.time }]);
    expect(lines).toEqual([{ level: "info", fields: note("signed-in"), message: "audit" }]);
  });

  test("of what comes a thousand times are two a minute, the second with how often", () => {
    const { clock, rows, lines, audit } = world();
    for (let time = 0; time < 1000; time++) audit.seldom(note("turned-away", "192.0.2.1"));
    expect(rows).toHaveLength(1);
    clock.pass(60_000);
    expect(lines.map(({ fields }) => fields.times)).toEqual([undefined, 999]);
    clock.pass(60_000);
    expect(rows).toHaveLength(2);
    audit.seldom(note("turned-away", "192.0.2.1"));
    expect(rows).toHaveLength(3);
  });

  test("of a hundred thousand addresses at once are a thousand and one", () => {
    const { rows, audit } = world();
    for (let time = 0; time < 100_000; time++) audit.seldom(note("turned-away", `192.0.2.${time}`));
    expect(rows).toHaveLength(1001);
    expect(rows.at(-1)).toMatchObject({ address: "many" });
  });

  test("of refusals that somebody provokes without end are a hundred and then one a second", () => {
    const { clock, rows, audit } = world();
    for (let time = 0; time < 10_000; time++) audit.note(note("resume-refused", `192.0.2.1:${time}`));
    expect(rows.filter(({ event }) => event === "resume-refused")).toHaveLength(100);
    expect(rows.filter(({ event }) => event === "slowed-down")).toHaveLength(1);
    audit.note(note("resume-refused", "192.0.2.2:1"));
    expect(rows.at(-1)).toMatchObject({ event: "resume-refused", address: "192.0.2.2:1" });
    clock.pass(1000);
    audit.note(note("resume-refused", "192.0.2.1:1"));
    expect(rows.at(-1)).toMatchObject({ event: "resume-refused", address: "192.0.2.1:1" });
  });

  test("a row that could not be written is said as an error", async () => {
    const [clock, heard] = [new FakeClock(), listener()];
    const audit = new Audit({ audit: () => Promise.reject(new Error("no space")) }, clock, heard.journal);
    audit.note(note("signed-in"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.lines.map(({ level }) => level)).toEqual(["info", "error"]);
  });
});
