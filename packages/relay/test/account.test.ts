/** Accounts over real sockets: sign-up, sign-in, resume, passwords. */
// Over 400 lines: all that somebody goes through before a device is signed in, with one relay for it.
import { type ClientBody, chainStates, chainStep, idOf, makeChainEntry, toHex, userName } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chainPort } from "../src/crypto.ts";
import type { RunningRelay } from "../src/index.ts";
import { firstEntry, greet, login, makeKey, PASSWORD, Person, register, some, totp, Wire } from "./client.ts";
import { running } from "./running.ts";

let relay: RunningRelay;
beforeAll(async () => {
  relay = await running();
});
afterAll(async () => await relay.stop());

let people = 0;
const someName = (): string => `person${people++}`;
const greeted = async () => {
  const wire = await Wire.dial(relay);
  return { wire, ...(await greet(wire)) };
};

async function signIn(name: string, password: string, code: string) {
  const { wire, challenge } = await greeted();
  const attempt = login(password, name, challenge.relay);
  const response = await wire.get({ type: "sign-in-start", name, loginRequest: attempt.request }, "sign-in-response");
  const loginFinish = attempt.finish(response.loginResponse) ?? some(64);
  const finish: ClientBody = { type: "sign-in-finish", loginFinish, code };
  return { wire, response, finish, answer: await wire.ask(finish) };
}

const signInAs = (name: string): ClientBody => {
  return { type: "sign-in-start", name, loginRequest: login(PASSWORD, name, relay.pin).request };
};
const resumeOfNobody: ClientBody = {
  type: "resume",
  account: idOf.account(some(32)),
  device: idOf.device(some(16)),
  counter: 1,
  signature: some(64),
};

describe("sign-up", () => {
  const start = (name: string, accessPassword = relay.accessPassword ?? ""): ClientBody => ({
    type: "sign-up-start",
    name,
    accessPassword,
    registrationRequest: register(PASSWORD, name, relay.pin).request,
  });

  test.each(["", "a", "Ann", "ann lee", "аnn", "admin", "x".repeat(33), "ann\n"])(
    "the name %j is bad",
    async (name) => {
      const { wire } = await greeted();
      expect(await wire.ask(start(name))).toMatchObject({ code: "bad-name" });
    },
  );

  test("whether a name is taken learns only who has the access password", async () => {
    const { name } = await Person.signUp(relay, someName());
    const { wire } = await greeted();
    expect(await wire.ask(start(name, "wrong"))).toMatchObject({ code: "bad-access-password" });
    expect(await wire.ask(start(someName(), "wrong"))).toMatchObject({ code: "bad-access-password" });
    expect(await wire.ask(start(name))).toMatchObject({ code: "name-taken" });
    expect(await wire.ask(start(someName()))).toMatchObject({ type: "sign-up-response" });
  });

  test("a name that is held is taken", async () => {
    const { name } = await Person.hold(relay, someName());
    const { wire } = await greeted();
    expect(await wire.ask(start(name))).toMatchObject({ code: "name-taken" });
  });

  test("of two who sign up with one name at once one gets it", async () => {
    const name = userName(someName())!;
    const both = await Promise.all([1, 2].map(() => greeted()));
    const answers = await Promise.all(
      both.map(async ({ wire }) => {
        const registration = register(PASSWORD, name, relay.pin);
        const { registrationResponse } = await wire.get(
          { ...start(name), registrationRequest: registration.request } as never,
          "sign-up-response",
        );
        const chainEntry = firstEntry(name, relay.pin, makeKey(), makeKey());
        return await wire.ask({
          type: "sign-up-finish",
          registrationRecord: registration.finish(registrationResponse),
          chainEntry,
        });
      }),
    );
    expect(answers.map((answer) => (answer.type === "refused" ? answer.code : answer.type)).sort()).toEqual([
      "name-taken",
      "sign-up-pending",
    ]);
  });

  test("a device that belongs to an account cannot begin another one", async () => {
    const owner = await Person.signUp(relay, someName());
    const { wire } = await greeted();
    const name = userName(someName())!;
    const registration = register(PASSWORD, name, relay.pin);
    const { registrationResponse } = await wire.get(
      { ...start(name), registrationRequest: registration.request } as never,
      "sign-up-response",
    );
    const registrationRecord = registration.finish(registrationResponse);
    const chainEntry = firstEntry(name, relay.pin, owner.key, makeKey());
    expect(await wire.ask({ type: "sign-up-finish", registrationRecord, chainEntry })).toMatchObject({
      code: "bad-request",
      field: "chain_entry",
    });
  });

  test("a chain entry for another name or relay, a broken record and a broken request are bad requests", async () => {
    const { wire } = await greeted();
    const name = userName(someName())!;
    const registration = register(PASSWORD, name, relay.pin);
    const { registrationResponse } = await wire.get(
      { ...start(name), registrationRequest: registration.request } as never,
      "sign-up-response",
    );
    const registrationRecord = registration.finish(registrationResponse);
    const good = firstEntry(name, relay.pin, makeKey(), makeKey());
    const entries = [
      firstEntry(userName(someName())!, relay.pin, makeKey(), makeKey()),
      firstEntry(name, some(32), makeKey(), makeKey()),
      some(200),
    ];
    for (const chainEntry of entries) {
      expect(await wire.ask({ type: "sign-up-finish", registrationRecord, chainEntry })).toMatchObject({
        field: "chain_entry",
      });
    }
    expect(
      await wire.ask({ type: "sign-up-finish", registrationRecord: new Uint8Array(192).fill(255), chainEntry: good }),
    ).toMatchObject({
      field: "registration_record",
    });
    expect(
      await wire.ask({ ...start(name), registrationRequest: new Uint8Array(32).fill(255) } as never),
    ).toMatchObject({
      field: "registration_request",
    });
    expect(await wire.ask({ type: "sign-up-finish", registrationRecord, chainEntry: good })).toMatchObject({
      type: "sign-up-pending",
    });
  });

  test("a wrong code leaves the account waiting, and five in a row close it to codes for a minute", async () => {
    const person = await Person.hold(relay, someName());
    const wrong = totp(person.totpSecret) === "000000" ? "000001" : "000000";
    for (let time = 1; time <= 5; time++) {
      expect(await person.wire.ask({ type: "sign-up-confirm", code: wrong })).toMatchObject({ code: "bad-code" });
    }
    const locked = await person.wire.ask({ type: "sign-up-confirm", code: totp(person.totpSecret) });
    expect(locked).toMatchObject({ code: "rate-limited", retryMs: expect.any(Number) });
    expect(locked.type === "refused" && locked.retryMs > 50_000).toBe(true);
  });

  test("an account that waits for its code resumes as such, and confirms then", async () => {
    const person = await Person.hold(relay, someName());
    expect(await person.resume()).toMatchObject({ type: "session", confirmed: false, accessPassword: "", rooms: [] });
    expect(await person.confirm()).toMatchObject({ confirmed: true, accessPassword: relay.accessPassword });
  });

  test("the first confirmed account is admin, later ones are not", async () => {
    await using fresh = await running();
    const [ann, bob] = [await Person.hold(fresh, "ann"), await Person.hold(fresh, "bob")];
    expect(await bob.confirm()).toMatchObject({ admin: true });
    expect(await ann.confirm()).toMatchObject({ admin: false });
    expect(await bob.resume()).toMatchObject({ admin: true });
  });

  test("an open relay needs no access password, one that guards connections needs it in Hello", async () => {
    await using open = await running({ access: { for: "open" } });
    expect(open.accessPassword).toBeUndefined();
    await Person.signUp({ ...open, accessPassword: "" }, "ann");
    await using guarded = await running({ access: { for: "connect", password: "open sesame" } });
    const wire = await Wire.dial(guarded);
    const hello = { type: "hello", versions: [1], nonce: some(32) } as const;
    expect(await wire.ask({ ...hello, accessPassword: "wrong" })).toMatchObject({ code: "bad-access-password" });
    expect(await wire.ask({ ...hello, accessPassword: "open sesame" })).toMatchObject({
      type: "challenge",
      accessNeeded: false,
    });
  });

  test("where every connection needs the access password nothing is answered before it, and sign-up asks no second time", async () => {
    await using guarded = await running({ access: { for: "connect", password: "open sesame" } });
    const outside = await Wire.dial(guarded);
    const hello: ClientBody = { type: "hello", versions: [1], nonce: some(32), accessPassword: "" };
    expect(await outside.ask(hello)).toMatchObject({ code: "bad-access-password" });
    const { request: registrationRequest } = register(PASSWORD, "ann", guarded.pin);
    const signUp: ClientBody = {
      type: "sign-up-start",
      name: "ann",
      accessPassword: "open sesame",
      registrationRequest,
    };
    for (const body of [signUp, signInAs("ann"), resumeOfNobody]) {
      expect(await outside.ask(body)).toMatchObject({ code: "not-signed-in" });
    }
    const inside = await Wire.dial(guarded);
    await greet(inside, "open sesame");
    expect(await inside.ask({ ...signUp, accessPassword: "" })).toMatchObject({ type: "sign-up-response" });
  });

  test("an open relay asks no access password of anybody and gives none", async () => {
    await using open = await running({ access: { for: "open", password: "open sesame" } });
    const person = await Person.hold({ ...open, accessPassword: "whatever" }, "ann");
    expect(await person.confirm()).toMatchObject({ confirmed: true, accessPassword: "" });
    const { challenge } = await greet(await Wire.dial(open), "wrong");
    expect(challenge.accessNeeded).toBe(false);
  });
});

describe("sign-in", () => {
  test("password and code give the account and its chain, whose entries hold", async () => {
    const person = await Person.signUp(relay, someName());
    const { answer } = await signIn(person.name, PASSWORD, person.backupCodes[0]!);
    expect(answer).toMatchObject({ type: "signed-in", account: person.account, chain: [person.chainEntry] });
    expect(chainStates([person.chainEntry], chainPort)).toMatchObject({ ok: true });
  });

  test("an unknown name and a wrong password look alike: same answers, same sizes", async () => {
    const person = await Person.signUp(relay, someName());
    const wrong = await signIn(person.name, "not the password", "123456");
    const unknown = await signIn("nobody.here", "not the password", "123456");
    expect(wrong.answer).toMatchObject({ type: "refused", code: "bad-credentials" });
    expect(unknown.answer).toEqual(wrong.answer);
    expect(unknown.response.loginResponse.length).toBe(wrong.response.loginResponse.length);
  });

  test("a code is not looked at before the password held", async () => {
    const person = await Person.signUp(relay, someName());
    const [code] = person.backupCodes;
    expect((await signIn(person.name, "not the password", code!)).answer).toMatchObject({ code: "bad-credentials" });
    expect((await signIn(person.name, PASSWORD, code!)).answer).toMatchObject({ type: "signed-in" });
  });

  test("the code of the sign-up and a used backup code do not count again", async () => {
    const person = await Person.signUp(relay, someName());
    const [code] = person.backupCodes;
    expect((await signIn(person.name, PASSWORD, totp(person.totpSecret))).answer).toMatchObject({ code: "bad-code" });
    expect((await signIn(person.name, PASSWORD, code!)).answer).toMatchObject({ type: "signed-in" });
    expect((await signIn(person.name, PASSWORD, code!)).answer).toMatchObject({ code: "bad-code" });
  });

  test.each([
    { kind: "one-time", codeOf: (person: Person) => totp(person.totpSecret, Date.now() + 30_000) },
    { kind: "backup", codeOf: ({ backupCodes }: Person) => backupCodes[0]! },
  ])("of 50 uses of one $kind code at once exactly one counts", async ({ codeOf }) => {
    const person = await Person.signUp(relay, someName());
    const ready = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { wire, challenge } = await greeted();
        const attempt = login(PASSWORD, person.name, challenge.relay);
        const { loginResponse } = await wire.get(
          { type: "sign-in-start", name: person.name, loginRequest: attempt.request },
          "sign-in-response",
        );
        return { wire, loginFinish: attempt.finish(loginResponse)! };
      }),
    );
    const code = codeOf(person);
    const answers = await Promise.all(
      ready.map(({ wire, loginFinish }) => wire.ask({ type: "sign-in-finish", loginFinish, code })),
    );
    expect(answers.filter((answer) => answer.type === "signed-in")).toHaveLength(1);
    const refusals = answers.flatMap((answer) => (answer.type === "refused" ? [answer.code] : []));
    expect([...new Set(refusals)].filter((one) => one !== "bad-code" && one !== "locked")).toEqual([]);
    for (const { wire } of ready) wire.socket.terminate();
  });

  test("the last message of one sign-in does not end another, on the same connection or on a new one", async () => {
    const person = await Person.signUp(relay, someName());
    const { wire, finish } = await signIn(person.name, PASSWORD, "000000");
    const replay = { ...finish, code: person.backupCodes[0]! } as ClientBody;
    for (const on of [wire, (await greeted()).wire]) {
      await on.get(signInAs(person.name), "sign-in-response");
      expect(await on.ask(replay)).toMatchObject({ code: "bad-credentials" });
    }
    expect((await signIn(person.name, PASSWORD, person.backupCodes[0]!)).answer).toMatchObject({ type: "signed-in" });
  });

  test("the last message of a sign-in counts once", async () => {
    const person = await Person.signUp(relay, someName());
    const { wire, finish, answer } = await signIn(person.name, PASSWORD, "000000");
    expect(answer).toMatchObject({ code: "bad-code" });
    expect(await wire.ask({ ...finish, code: person.backupCodes[0]! } as never)).toMatchObject({ code: "bad-request" });
  });

  test("five wrong codes lock sign-in of that account, not of others, and never resume", async () => {
    const [person, other] = [await Person.signUp(relay, someName()), await Person.signUp(relay, someName())];
    for (let time = 1; time <= 5; time++) await signIn(person.name, PASSWORD, "odd");
    expect((await signIn(person.name, PASSWORD, person.backupCodes[0]!)).answer).toMatchObject({
      code: "locked",
      retryMs: expect.any(Number),
    });
    expect((await signIn(other.name, PASSWORD, other.backupCodes[0]!)).answer).toMatchObject({ type: "signed-in" });
    expect(await person.resume()).toMatchObject({ type: "session" });
  });

  test("who guesses passwords is slowed down, by name and address; other names and resume are not", async () => {
    await using fresh = await running();
    const person = await Person.signUp(fresh, "ann");
    const wire = await Wire.dial(fresh);
    const { challenge } = await greet(wire);
    const answers: string[] = [];
    for (let time = 1; time <= 11; time++) {
      const attempt = login("not the password", person.name, challenge.relay);
      const started = await wire.ask({ type: "sign-in-start", name: person.name, loginRequest: attempt.request });
      answers.push(started.type === "refused" ? started.code : started.type);
      if (started.type !== "refused") await wire.ask({ type: "sign-in-finish", loginFinish: some(64), code: "123456" });
    }
    expect(answers).toEqual([...Array<string>(10).fill("sign-in-response"), "rate-limited"]);
    const other = login(PASSWORD, "bob", challenge.relay).request;
    expect(await wire.ask({ type: "sign-in-start", name: "bob", loginRequest: other })).toMatchObject({
      type: "sign-in-response",
    });
    expect(await person.resume()).toMatchObject({ type: "session" });
  });
});

describe("resume", () => {
  test("a counter that is not above the last one means a copied profile", async () => {
    const person = await Person.signUp(relay, someName());
    expect(await person.resume(10)).toMatchObject({ type: "session" });
    for (const counter of [10, 9, 1]) expect(await person.resume(counter)).toMatchObject({ code: "profile-copied" });
    expect(await person.resume(11)).toMatchObject({ type: "session" });
  });

  test("another device's key, an unknown device and an unknown account are alike, and use no counter up", async () => {
    const [person, other] = [await Person.signUp(relay, someName()), await Person.signUp(relay, someName())];
    const forged = new Person({ ...person, key: other.key, ref: person.ref } as never);
    expect(await forged.resume(5)).toMatchObject({ code: "bad-credentials" });
    for (const part of [
      { device: other.device },
      { account: other.account },
      { device: toHex(some(16)) },
      { account: toHex(some(32)) },
    ]) {
      expect(await new Person({ ...person, ...part } as never).resume(5)).toMatchObject({ code: "bad-credentials" });
    }
    expect(await person.resume(5)).toMatchObject({ type: "session" });
  });

  test("the signature is for this connection: one of another does not count", async () => {
    const person = await Person.signUp(relay, someName());
    const first = await Wire.dial(relay);
    await greet(first);
    person.wire = first;
    const { account, device } = person;
    const stale = person.key.sign(some(100));
    expect(await first.ask({ type: "resume", account, device, counter: 1, signature: stale })).toMatchObject({
      code: "bad-credentials",
    });
  });

  test("a second connection of a device takes the place of the first", async () => {
    const person = await Person.signUp(relay, someName());
    const first = person.wire;
    await person.resume();
    expect(await first.closed).toMatchObject({ code: 4000 });
    expect(await person.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
  });

  test("a device that is revoked is put out, and does not come back", async () => {
    const person = await Person.signUp(relay, someName());
    const chain = chainStep(undefined, person.chainEntry, chainPort);
    if (!chain.ok) throw new Error(chain.error);
    const second = makeKey();
    const added = makeChainEntry(
      chain.value,
      { kind: "add", deviceKey: second.publicKey, signer: person.key.publicKey },
      1,
      person.key.sign,
      second.sign,
    );
    expect(await person.wire.ask({ type: "chain-append", entry: added })).toEqual({ type: "done" });
    expect(await person.wire.ask({ type: "chain-append", entry: added })).toMatchObject({ code: "bad-request" });
    const state = chainStep(chain.value, added, chainPort);
    if (!state.ok) throw new Error(state.error);
    const revoked = makeChainEntry(
      state.value,
      { kind: "revoke", deviceKey: person.key.publicKey, signer: second.publicKey },
      2,
      second.sign,
    );
    const other = new Person({ ...person, key: second, device: state.value.devices[1]!.id } as never);
    expect(await other.resume()).toMatchObject({ type: "session", chainLength: 2 });
    expect(await other.wire.ask({ type: "chain-append", entry: revoked })).toEqual({ type: "done" });
    expect(await person.wire.closed).toMatchObject({ code: 4001 });
    expect(await person.resume()).toMatchObject({ code: "device-revoked" });
    expect(await other.wire.get({ type: "chain-get", accounts: [person.account] }, "chains")).toMatchObject({
      chains: [{ account: person.account, entries: [person.chainEntry, added, revoked] }],
    });
  });
});

describe("password", () => {
  async function change(person: Person, old: string, next: string) {
    const [attempt, registration] = [login(old, person.name, relay.pin), register(next, person.name, relay.pin)];
    const response = await person.wire.get(
      { type: "password-start", loginRequest: attempt.request, registrationRequest: registration.request },
      "password-response",
    );
    const loginFinish = attempt.finish(response.loginResponse) ?? some(64);
    const finish: ClientBody = {
      type: "password-finish",
      loginFinish,
      registrationRecord: registration.finish(response.registrationResponse),
    };
    return { finish, answer: await person.wire.ask(finish) };
  }

  test("is changed by who knows the old one, and then the old one counts no more", async () => {
    const person = await Person.signUp(relay, someName());
    expect((await change(person, "not the password", "new password")).answer).toMatchObject({
      code: "bad-credentials",
    });
    const { finish, answer } = await change(person, PASSWORD, "new password");
    expect(answer).toEqual({ type: "done" });
    expect(await person.wire.ask(finish)).toMatchObject({ code: "bad-request" });
    expect((await signIn(person.name, PASSWORD, person.backupCodes[0]!)).answer).toMatchObject({
      code: "bad-credentials",
    });
    expect((await signIn(person.name, "new password", person.backupCodes[0]!)).answer).toMatchObject({
      type: "signed-in",
    });
  });
});
