/** What the operator orders from the chat, over real sockets. */
import type { AdminAction, ClientBody } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunningRelay } from "../src/index.ts";
import { greet, PASSWORD, Person, register, Wire } from "./client.ts";
import { running } from "./running.ts";

let relay: RunningRelay & AsyncDisposable;
let ann: Person;
let bob: Person;

async function begin(file?: Record<string, Record<string, unknown>>): Promise<void> {
  relay = await running(file);
  ann = await Person.signUp(relay, "ann");
  bob = await Person.signUp(relay, "bob");
}
beforeEach(async () => await begin());
afterEach(async () => await relay[Symbol.asyncDispose]());

const order = (action: AdminAction): ClientBody => ({ type: "admin", ...action });
const signUpStart = (name: string, accessPassword: string): ClientBody => ({
  type: "sign-up-start",
  name,
  accessPassword,
  registrationRequest: register(PASSWORD, name, relay.pin).request,
});

describe("who may", () => {
  test.each([
    { action: "kick", name: "ann" },
    { action: "ban", name: "ann" },
    { action: "unban", name: "ann" },
    { action: "announce", text: "hello" },
    { action: "regen" },
    { action: "stop" },
  ] as const)("$action from an account that is no operator's is refused and does nothing", async (action) => {
    const before = relay.accessPassword;
    expect(await bob.wire.ask(order(action))).toMatchObject({ type: "refused", code: "not-allowed" });
    expect(await ann.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
    expect(relay.accessPassword).toBe(before);
    expect(ann.wire.pushed).toEqual([]);
  });

  test("the first account is told that it is the operator's, and no other is", async () => {
    expect(await ann.resume()).toMatchObject({ type: "session", admin: true });
    expect(await bob.resume()).toMatchObject({ type: "session", admin: false });
  });
});

describe("kick", () => {
  test("ends the connections of that account alone, says why, and lets it come back", async () => {
    expect(await ann.wire.ask(order({ action: "kick", name: "bob" }))).toEqual({ type: "done" });
    expect(await bob.wire.closed).toMatchObject({ code: 1001 });
    expect(bob.wire.pushed).toEqual([{ type: "notice", text: "the operator ended this connection" }]);
    expect(await bob.resume()).toMatchObject({ type: "session" });
    expect(await ann.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
  });

  test.each(["nobody", "", "no name"])("the name %j, which nobody has, is unknown", async (name) => {
    expect(await ann.wire.ask(order({ action: "kick", name }))).toMatchObject({ code: "unknown-user" });
  });
});

describe("ban", () => {
  test("ends the connections of the account and refuses it until the ban is lifted", async () => {
    expect(await ann.wire.ask(order({ action: "ban", name: "bob" }))).toEqual({ type: "done" });
    expect(await bob.wire.closed).toMatchObject({ code: 4002 });
    expect(bob.wire.pushed).toMatchObject([{ type: "refused", code: "banned" }]);
    expect(await bob.resume()).toMatchObject({ type: "refused", code: "banned" });
    await bob.wire.closed;
    expect(await ann.wire.ask(order({ action: "unban", name: "bob" }))).toEqual({ type: "done" });
    expect(await bob.resume()).toMatchObject({ type: "session" });
  });

  test("nobody is told of the ban who does not hold the key of a device", async () => {
    await ann.wire.ask(order({ action: "ban", name: "bob" }));
    const stranger = new Person({ ...bob, key: ann.key } as never);
    expect(await stranger.resume(5)).toMatchObject({ code: "bad-credentials" });
  });

  test("keeps a name from signing up when the account never came to be", async () => {
    await Person.hold(relay, "cat");
    await ann.wire.ask(order({ action: "ban", name: "cat" }));
    const wire = await Wire.dial(relay);
    await greet(wire);
    expect(await wire.ask(signUpStart("cat", relay.accessPassword ?? ""))).toMatchObject({ code: "banned" });
    expect(await wire.ask(signUpStart("dan", relay.accessPassword ?? ""))).toMatchObject({ type: "sign-up-response" });
  });

  test("reaches who is about to prove the second factor", async () => {
    const cat = await Person.hold(relay, "cat");
    await ann.wire.ask(order({ action: "ban", name: "cat" }));
    expect(await cat.wire.closed).toMatchObject({ code: 4002 });
  });

  test("the operator cannot shut out the own account", async () => {
    expect(await ann.wire.ask(order({ action: "ban", name: "ann" }))).toMatchObject({ code: "not-allowed" });
    expect(await ann.resume()).toMatchObject({ type: "session" });
  });
});

test("an announcement reaches everybody who is signed in, and nobody else", async () => {
  const held = await Person.hold(relay, "cat");
  expect(await ann.wire.ask(order({ action: "announce", text: "the disk is changed at noon" }))).toEqual({
    type: "done",
  });
  for (const { wire } of [ann, bob]) {
    expect(await wire.push("notice")).toEqual({ type: "notice", text: "the disk is changed at noon" });
  }
  expect(await held.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
  expect(held.wire.pushed).toEqual([]);
});

describe("regen", () => {
  test("makes a new access password, tells members, and lets newcomers in by it alone", async () => {
    const before = relay.accessPassword ?? "";
    const renewed = await ann.wire.get(order({ action: "regen" }), "access-password");
    expect(renewed.accessPassword).not.toBe(before);
    expect(relay.accessPassword).toBe(renewed.accessPassword);
    expect(relay.link).toContain(renewed.accessPassword);
    expect(await bob.wire.push("access-password")).toEqual(renewed);
    const wire = await Wire.dial(relay);
    await greet(wire);
    expect(await wire.ask(signUpStart("cat", before))).toMatchObject({ code: "bad-access-password" });
    expect(await wire.ask(signUpStart("cat", renewed.accessPassword))).toMatchObject({ type: "sign-up-response" });
    expect(await bob.resume()).toMatchObject({ accessPassword: renewed.accessPassword });
  });

  test("a password that is not shared is told to the operator alone", async () => {
    await relay.stop();
    await begin({ access: { share: false } });
    await ann.wire.get(order({ action: "regen" }), "access-password");
    expect(await bob.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
    expect(bob.wire.pushed).toEqual([]);
  });

  test.each([
    { name: "fixed in the configuration", access: { password: "a fixed password" }, field: "access.password" },
    { name: "needed by nobody", access: { for: "open" }, field: "access.for" },
  ])("a password that is $name cannot be renewed, and the setting is named", async ({ access, field }) => {
    await relay.stop();
    await begin({ access });
    expect(await ann.wire.ask(order({ action: "regen" }))).toMatchObject({ code: "not-allowed", field });
  });
});
