/** More than one device of an account: signing in on a new one, proving it at each connection, and what the others are told. */
import {
  type ChainState,
  type ClientBody,
  chainStates,
  deviceHash,
  encodeHeader,
  idOf,
  isOnTop,
  makeChainEntry,
  type ServerBody,
} from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JudgedChains } from "../src/account/judged-chains.ts";
import { chainPort, sha256 } from "../src/crypto.ts";
import type { RunningRelay } from "../src/index.ts";
import {
  expectType,
  greet,
  type Key,
  login,
  makeKey,
  PASSWORD,
  Person,
  some,
  someEntry,
  totp,
  Wire,
} from "./client.ts";
import { running } from "./running.ts";

let relay: RunningRelay;
beforeAll(async () => {
  relay = await running();
});
afterAll(async () => await relay.stop());

let people = 0;
const someName = (): string => `person${people++}`;

/** Password and code on a connection, as far as the answer. */
async function prove(wire: Wire, name: string, code: string, password = PASSWORD, id = relay.pin) {
  const attempt = login(password, name, id);
  const { loginResponse } = await wire.get(
    { type: "sign-in-start", name, loginRequest: attempt.request },
    "sign-in-response",
  );
  const finish = { type: "sign-in-finish", loginFinish: attempt.finish(loginResponse) ?? some(64), code } as const;
  return { finish, answer: await wire.ask(finish) };
}

/** Password and backup code, on a new connection. */
async function proved(person: Person): Promise<{ readonly wire: Wire; readonly chain: readonly Uint8Array[] }> {
  const wire = await Wire.dial(person.place);
  const { challenge } = await greet(wire);
  const [code, ...rest] = person.backupCodes;
  person.backupCodes = rest;
  const { answer } = await prove(wire, person.name, code!, PASSWORD, challenge.relay);
  return { wire, chain: expectType(answer, "signed-in").chain };
}

function stateOf(chain: readonly Uint8Array[]): ChainState {
  const states = chainStates(chain, chainPort);
  if (!states.ok) throw new Error(states.error);
  return states.value.at(-1)!;
}

function addEntry(chain: readonly Uint8Array[], device: Key, signer: Key): Uint8Array {
  const draft = { kind: "add", deviceKey: device.publicKey, signer: signer.publicKey } as const;
  return makeChainEntry(stateOf(chain), draft, 1, signer.sign, device.sign);
}

const deviceOf = (key: Key) => idOf.device(deviceHash(key.publicKey, sha256));

/** Another device of the account, which has just signed in with the recovery key. */
async function secondDevice(person: Person): Promise<Person & { readonly session: ServerBody }> {
  const { wire, chain } = await proved(person);
  const key = makeKey();
  const request = wire.send({ type: "chain-append", entry: addEntry(chain, key, person.recovery) });
  expectType(await wire.answer(request), "done");
  const session = expectType(await wire.answer(request, 1), "session");
  const second = new Person({ ...person, account: person.account, key, device: deviceOf(key), wire });
  return Object.assign(second, { session });
}

const inboxOf = async (wire: Wire) => (await wire.get({ type: "inbox-fetch", from: 1 }, "inbox-fetched")).entries;

describe("a new device", () => {
  test("comes into the chain by the recovery key and is signed in at once: it is pushed to, and resumes later", async () => {
    const person = await Person.signUp(relay, someName());
    const second = await secondDevice(person);
    expect(second.session).toMatchObject({ confirmed: true, chainLength: 2, rooms: [], inboxLast: 0 });
    const room = await second.createRoom();
    const message = {
      type: "append",
      room,
      id: someEntry(),
      head: 0,
      base: 0,
      bytes: some(9),
      continues: false,
    } as const;
    await second.wire.get(message, "ack");
    await second.wire.push("event");
    expect(await second.resume()).toMatchObject({ type: "session", rooms: [{ room, last: 1 }] });
  });

  test("of another account comes into no chain, though its own key agrees: its inbox and rooms would go with it", async () => {
    const [person, other] = [await Person.signUp(relay, someName()), await Person.signUp(relay, someName())];
    const { chains } = await person.wire.get({ type: "chain-get", accounts: [person.account] }, "chains");
    const entry = addEntry(chains[0]?.entries ?? [], other.key, person.key);
    expect(await person.wire.ask({ type: "chain-append", entry })).toMatchObject({
      code: "bad-request",
      field: "entry",
    });
    expect(await other.resume()).toMatchObject({ type: "session", chainLength: 1 });
  });

  test("the other devices are told that the chain grew, the new one and the one that made it grow are not", async () => {
    const person = await Person.signUp(relay, someName());
    const second = await secondDevice(person);
    expect(await person.wire.push("inbox-event")).toMatchObject({ entry: { number: 1, kind: "chain-grew" } });
    expect(await inboxOf(second.wire)).toEqual([]);
    const { chains } = await second.wire.get({ type: "chain-get", accounts: [person.account] }, "chains");
    const third = makeKey();
    const entry = addEntry(chains[0]!.entries, third, second.key);
    await second.wire.get({ type: "chain-append", entry }, "done");
    expect(await person.wire.push("inbox-event", ({ entry }) => entry.number === 2)).toMatchObject({
      entry: { kind: "chain-grew" },
    });
    expect(await inboxOf(second.wire)).toEqual([]);
    const last = new Person({ ...second, account: person.account, key: third, device: deviceOf(third) });
    expect(await last.resume()).toMatchObject({ type: "session", inboxLast: 0 });
  });

  test("may be added by another device's signature too, and by nobody else's", async () => {
    const person = await Person.signUp(relay, someName());
    const { wire, chain } = await proved(person);
    const [key, stranger] = [makeKey(), makeKey()];
    const refused = { type: "refused", code: "bad-request", field: "entry" };
    expect(await wire.ask({ type: "chain-append", entry: addEntry(chain, key, stranger) })).toMatchObject(refused);
    const request = wire.send({ type: "chain-append", entry: addEntry(chain, key, person.key) });
    expect(await wire.answer(request)).toEqual({ type: "done" });
    expect(await wire.answer(request, 1)).toMatchObject({ type: "session", chainLength: 2 });
  });

  test("who was slower than somebody else reads the newest chain and makes its entry again", async () => {
    const person = await Person.signUp(relay, someName());
    const { wire, chain } = await proved(person);
    await secondDevice(person);
    const key = makeKey();
    expect(await wire.ask({ type: "chain-append", entry: addEntry(chain, key, person.recovery) })).toMatchObject({
      code: "bad-request",
      field: "entry",
    });
    const { chains } = await wire.get({ type: "chain-get", accounts: [person.account] }, "chains");
    expect(chains[0]?.entries).toHaveLength(2);
    const entry = addEntry(chains[0]!.entries, key, person.recovery);
    const request = wire.send({ type: "chain-append", entry });
    expect(await wire.answer(request, 1)).toMatchObject({ type: "session", chainLength: 3 });
  });

  test("a chain is verified once and not for each entry, and for one that stands nowhere not at all", async () => {
    const { chainEntry: create, recovery } = await Person.signUp(relay, someName());
    let verified = 0;
    const verify: typeof chainPort.verify = (...signed) => {
      verified++;
      return chainPort.verify(...signed);
    };
    const chains = new JudgedChains({ ...chainPort, verify });
    const two = [create, addEntry([create], makeKey(), recovery)];
    expect([1, 2, 3].map(() => chains.state(stateOf(two).account, two)?.length)).toEqual([2, 2, 2]);
    expect(verified).toBe(4);
    // Another chain of the same length is another one.
    const other = [create, addEntry([create], makeKey(), recovery)];
    expect(chains.state(stateOf(two).account, other)?.hash).toEqual(stateOf(other).hash);
    expect(isOnTop(addEntry(two, makeKey(), recovery), two, sha256)).toBe(true);
    expect(isOnTop(addEntry(two, makeKey(), recovery), other, sha256)).toBe(false);
    expect(isOnTop(addEntry([create], makeKey(), recovery), two, sha256)).toBe(false);
    expect(isOnTop(some(100), two, sha256)).toBe(false);
  });

  test("of two that join at once on one chain one gets in, and the other one stays where it was", async () => {
    const person = await Person.signUp(relay, someName());
    const both = [await proved(person), await proved(person)];
    const requests = both.map(({ wire, chain }) =>
      wire.send({ type: "chain-append", entry: addEntry(chain, makeKey(), person.recovery) }),
    );
    const answers = await Promise.all(both.map(({ wire }, index) => wire.answer(requests[index]!)));
    expect(answers.map(({ type }) => type).sort()).toEqual(["done", "refused"]);
    const loser = both[answers.findIndex(({ type }) => type === "refused")]!;
    expect(await loser.wire.ask({ type: "chain-get", accounts: [person.account] })).toMatchObject({ type: "chains" });
  });

  test("takes nothing else before it is in the chain: no other entry, no other chain, no other request", async () => {
    const [person, other] = [await Person.signUp(relay, someName()), await Person.signUp(relay, someName())];
    const { wire, chain } = await proved(person);
    const revoke = makeChainEntry(
      stateOf(chain),
      { kind: "revoke", deviceKey: person.key.publicKey, signer: person.recovery.publicKey },
      1,
      person.recovery.sign,
    );
    expect(await wire.ask({ type: "chain-append", entry: revoke })).toMatchObject({
      code: "bad-request",
      field: "entry",
    });
    const others = addEntry(chain, other.key, person.recovery);
    expect(await wire.ask({ type: "chain-append", entry: others })).toMatchObject({
      code: "bad-request",
      field: "entry",
    });
    expect(await wire.ask({ type: "chain-get", accounts: [person.account, other.account] })).toMatchObject({
      code: "not-allowed",
    });
    expect(await wire.ask({ type: "directory", name: "" })).toMatchObject({ code: "not-allowed" });
    expect(await person.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
  });

  test("is told of the rooms in which its account is and it is not, until it is", async () => {
    const person = await Person.signUp(relay, someName());
    const room = await person.createRoom();
    const second = await secondDevice(person);
    expect(second.session).toMatchObject({ rooms: [], accountRooms: [room] });
    expect(await person.resume()).toMatchObject({ rooms: [{ room }], accountRooms: [] });
    const commit: ClientBody = {
      type: "commit",
      room,
      id: someEntry(),
      head: 0,
      base: 0,
      bytes: some(9),
      header: encodeHeader({ adds: [second.ref], removes: [] }),
      welcomes: [],
      link: undefined,
      joinToken: undefined,
    };
    await person.wire.get(commit, "ack");
    expect(await second.resume()).toMatchObject({ rooms: [{ room, last: 1, head: 1 }], accountRooms: [] });
  });
});

describe("wrong codes", () => {
  test("every device is told once for each time that they close the sign-in, and not of each try", async () => {
    const person = await Person.signUp(relay, someName());
    const second = await secondDevice(person);
    await person.wire.push("inbox-event");
    const tried = [];
    for (let time = 1; time <= 8; time++) {
      const wire = await Wire.dial(relay);
      await greet(wire);
      tried.push((await prove(wire, person.name, "odd")).answer);
    }
    expect(tried.map((answer) => answer.type === "refused" && answer.code)).toEqual([
      ...Array<string>(5).fill("bad-code"),
      ...Array<string>(3).fill("locked"),
    ]);
    expect((await inboxOf(person.wire)).map(({ kind }) => kind)).toEqual(["chain-grew", "sign-in-locked"]);
    expect((await inboxOf(second.wire)).map(({ kind }) => kind)).toEqual(["sign-in-locked"]);
  });

  test("of an account that has yet to be confirmed tell nobody", async () => {
    const person = await Person.hold(relay, someName());
    for (let time = 1; time <= 5; time++) await person.wire.ask({ type: "sign-up-confirm", code: "odd" });
    expect(person.wire.pushed).toEqual([]);
  });
});

describe("where password and code are asked for at each connection", () => {
  let strict: RunningRelay;
  beforeAll(async () => {
    strict = await running({ auth: { otp: "always" } });
  });
  afterAll(async () => await strict.stop());

  /** The code of the step after: the one of the sign-up is used up. */
  const nextCode = (person: Person): string => totp(person.totpSecret, Date.now() + 30_000);
  const proveOn = (person: Person, code: string, password = PASSWORD, name: string = person.name) =>
    prove(person.wire, name, code, password, strict.pin);

  test("a resume is answered by the wish for them, and they by the session", async () => {
    const person = await Person.signUp(strict, someName());
    expect(await person.resume()).toEqual({ type: "proof-needed" });
    expect(await person.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
    expect(await person.wire.ask({ type: "directory", name: "" })).toMatchObject({ code: "not-signed-in" });
    const { answer } = await proveOn(person, nextCode(person));
    expect(answer).toMatchObject({ type: "session", confirmed: true, chainLength: 1 });
    expect(await person.wire.ask({ type: "directory", name: person.name })).toMatchObject({
      accounts: [{ online: true }],
    });
  });

  test("a code counts once, a wrong one or a wrong password is refused, and another login may follow", async () => {
    const person = await Person.signUp(strict, someName());
    await person.resume();
    const code = nextCode(person);
    expect((await proveOn(person, code, "not the password")).answer).toMatchObject({ code: "bad-credentials" });
    const { finish, answer } = await proveOn(person, "000000x");
    expect(answer).toMatchObject({ code: "bad-code" });
    expect(await person.wire.ask({ ...finish, code })).toMatchObject({ code: "bad-request", field: "sign_in_finish" });
    expect((await proveOn(person, code)).answer).toMatchObject({ type: "session" });
    await person.resume();
    expect((await proveOn(person, code)).answer).toMatchObject({ code: "bad-code" });
  });

  test("the name of somebody else is answered like one that nobody has, though password and code are right", async () => {
    const [person, other] = [await Person.signUp(strict, someName()), await Person.signUp(strict, someName())];
    await person.resume();
    const { answer } = await proveOn(person, nextCode(other), PASSWORD, other.name);
    expect(answer).toMatchObject({ code: "bad-credentials" });
  });

  test("five wrong codes lock it as they lock a sign-in, and a device that waits for its proof is not online", async () => {
    const person = await Person.signUp(strict, someName());
    const second = await Person.signUp(strict, someName());
    await person.wire.close();
    await person.resume();
    for (let time = 1; time <= 5; time++) await proveOn(person, "odd");
    expect((await proveOn(person, nextCode(person))).answer).toMatchObject({ code: "locked" });
    expect(await second.wire.ask({ type: "directory", name: person.name })).toMatchObject({
      accounts: [{ online: false }],
    });
  });

  test("the counter of the resume is spent with it", async () => {
    const person = await Person.signUp(strict, someName());
    expect(await person.resume(7)).toEqual({ type: "proof-needed" });
    expect(await person.resume(7)).toMatchObject({ code: "profile-copied" });
  });

  test("a device that was revoked meanwhile is refused", async () => {
    const person = await Person.signUp(strict, someName());
    const second = await secondDevice(person);
    const { chains } = await second.wire.get({ type: "chain-get", accounts: [person.account] }, "chains");
    await person.resume();
    const draft = { kind: "revoke", deviceKey: person.key.publicKey, signer: second.key.publicKey } as const;
    const entry = makeChainEntry(stateOf(chains[0]!.entries), draft, 2, second.key.sign);
    await second.wire.get({ type: "chain-append", entry }, "done");
    expect((await proveOn(person, nextCode(person))).answer).toMatchObject({ code: "device-revoked" });
  });

  test("a new device is asked once, and an account that waits for its first code not at all", async () => {
    const person = await Person.signUp(strict, someName());
    expect((await secondDevice(person)).session).toMatchObject({ type: "session" });
    const waiting = await Person.hold(strict, someName());
    expect(await waiting.resume()).toMatchObject({ type: "session", confirmed: false });
  });
});
