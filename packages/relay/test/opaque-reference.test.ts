/** The relay's half of OPAQUE against a client that was written from RFC 9807 and shares no code with its library. */
import { toHex, userName } from "@sotto/wire";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { decodeElement } from "../../node/test/opaque-reference/oprf.ts";
import { argon2id, changedBytes, ReferenceClient, wrongLengths } from "../../node/test/opaque-reference/peer.ts";
import { createOpaqueSetup, Opaque } from "../src/account/opaque.ts";

// A thousand logins take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const relayId = "ab".repeat(32);
const relay = new Opaque(createOpaqueSetup(), relayId);
const [ann, bob] = [userName("ann")!, userName("bob")!];
/** Stretching is the client's alone: the relay sees nothing of it. */
const cheap = argon2id(8, 1, 1);
const client = new ReferenceClient(ann, relayId, "correct horse", cheap);
const stranger = new ReferenceClient(ann, relayId, "wrong horse", cheap);
let record: Uint8Array;

/** Whether the right password goes through with this record. */
function logsIn(stored: Uint8Array): boolean {
  const login = client.start();
  const started = relay.start(ann, stored, login.ke1);
  const finished = started && client.finish(login, started.ke2);
  return started !== undefined && finished !== undefined && relay.finish(started.login, finished.ke3);
}

beforeAll(() => {
  const started = client.register();
  record = started.record(relay.register(ann, started.request)!)!;
});

test("who signed up logs in, and every message has the length that the protocol names", () => {
  const { request, record: recordOf } = client.register();
  const response = relay.register(ann, request)!;
  const made = recordOf(response)!;
  expect(relay.isRecord(ann, made)).toBe(true);
  const login = client.start();
  const started = relay.start(ann, made, login.ke1)!;
  const finished = client.finish(login, started.ke2)!;
  expect(relay.finish(started.login, finished.ke3)).toBe(true);
  const lengths = [request, response, made, login.ke1, started.ke2, finished.ke3].map(({ length }) => length);
  expect(lengths).toEqual([32, 64, 192, 96, 320, 64]);
});

test("a wrong password, another name and another relay end at the client, and nothing of theirs finishes a login", () => {
  const others = [
    stranger,
    new ReferenceClient(bob, relayId, "correct horse", cheap),
    new ReferenceClient(ann, "cd".repeat(32), "correct horse", cheap),
  ];
  for (const other of others) {
    const login = other.start();
    const started = relay.start(ann, record, login.ke1)!;
    expect(other.finish(login, started.ke2)).toBeUndefined();
    expect(relay.finish(started.login, new Uint8Array(64))).toBe(false);
  }
});

test("the last message of one login finishes no other", () => {
  const [one, other] = [client.start(), client.start()];
  const [first, second] = [relay.start(ann, record, one.ke1)!, relay.start(ann, record, other.ke1)!];
  expect(relay.finish(second.login, client.finish(one, first.ke2)!.ke3)).toBe(false);
  expect(client.finish(one, second.ke2)).toBeUndefined();
});

test("a name that nobody has is answered like one that somebody has, always with the same key of its own", () => {
  const answer = (name: string, stored: Uint8Array | undefined) => {
    const login = client.start(7n);
    const { ke2 } = relay.start(name, stored, login.ke1)!;
    return { login, ke2, evaluated: toHex(ke2.slice(0, 32)) };
  };
  const [known, unknown] = [answer(ann, record), answer(ann, undefined)];
  expect(unknown.ke2.length).toBe(known.ke2.length);
  expect(client.finish(unknown.login, unknown.ke2)).toBeUndefined();
  expect(decodeElement(unknown.ke2.slice(0, 32))).toBeDefined();
  expect(decodeElement(unknown.ke2.slice(224, 256))).toBeDefined();
  // Else whoever asks twice, before and after somebody takes the name, sees it taken.
  expect(unknown.evaluated).toBe(known.evaluated);
  expect(answer(ann, undefined).evaluated).toBe(unknown.evaluated);
  expect(answer(bob, undefined).evaluated).not.toBe(unknown.evaluated);
});

describe("no login goes through with one byte changed", () => {
  test("of the record", () => {
    for (const changed of changedBytes(record)) {
      // What can be seen to be no record is not stored; of the rest the client is told by what it is sent.
      if (relay.isRecord(ann, changed)) expect(logsIn(changed)).toBe(false);
    }
    expect(logsIn(record)).toBe(true);
  });

  test("of KE1", () => {
    const login = client.start();
    for (const changed of changedBytes(login.ke1)) {
      const started = relay.start(ann, record, changed);
      if (started !== undefined) expect(client.finish(login, started.ke2)).toBeUndefined();
    }
  });

  test("of KE2", () => {
    const login = client.start();
    const { ke2 } = relay.start(ann, record, login.ke1)!;
    for (const changed of changedBytes(ke2)) expect(client.finish(login, changed)).toBeUndefined();
    expect(client.finish(login, ke2)).toBeDefined();
  });

  test("of KE3", () => {
    const login = client.start();
    const started = relay.start(ann, record, login.ke1)!;
    const { ke3 } = client.finish(login, started.ke2)!;
    for (const changed of changedBytes(ke3)) expect(relay.finish(started.login, changed)).toBe(false);
    expect(relay.finish(started.login, ke3)).toBe(true);
  });

  // Nothing in a sign-up is authenticated but by TLS: what is changed there makes at most a record that lets nobody in.
  test("of a registration request or its response", () => {
    const { request, record: recordOf } = client.register();
    const made = [
      ...changedBytes(request).map((changed) => relay.register(ann, changed)),
      ...changedBytes(relay.register(ann, request)!),
    ].map((response) => response && recordOf(response));
    expect(made).toHaveLength(96);
    for (const stored of made) if (stored !== undefined) expect(logsIn(stored)).toBe(false);
  });
});

test("messages of any other length are refused", () => {
  const { request, record: recordOf } = client.register();
  for (const wrong of wrongLengths(request)) expect(relay.register(ann, wrong)).toBeUndefined();
  for (const wrong of wrongLengths(relay.register(ann, request)!)) expect(recordOf(wrong)).toBeUndefined();
  for (const wrong of wrongLengths(record)) expect(relay.isRecord(ann, wrong)).toBe(false);
  const login = client.start();
  for (const wrong of wrongLengths(login.ke1)) expect(relay.start(ann, record, wrong)).toBeUndefined();
  const started = relay.start(ann, record, login.ke1)!;
  for (const wrong of wrongLengths(started.ke2)) expect(client.finish(login, wrong)).toBeUndefined();
  const { ke3 } = client.finish(login, started.ke2)!;
  for (const wrong of wrongLengths(ke3)) expect(relay.finish(started.login, wrong)).toBe(false);
});

test("the identity and what is no element are refused as a blinded password, as a key share and as a key", () => {
  const { ke1 } = client.start();
  const { request } = client.register();
  const put = (bytes: Uint8Array, at: number, element: Uint8Array) => {
    const changed = bytes.slice();
    changed.set(element, at);
    return changed;
  };
  for (const bad of [new Uint8Array(32), new Uint8Array(32).fill(255), request.with(0, (request[0] ?? 0) | 1)]) {
    expect(relay.register(ann, bad)).toBeUndefined();
    expect(relay.start(ann, record, put(ke1, 0, bad))).toBeUndefined();
    expect(relay.start(ann, record, put(ke1, 64, bad))).toBeUndefined();
    expect(relay.isRecord(ann, put(record, 0, bad))).toBe(false);
  }
});
