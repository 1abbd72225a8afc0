import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Message, Update } from "@sotto/core";
import { callLocal, openProfile } from "@sotto/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Engine, openDoor, remoteEngine } from "../src/local.ts";
import { rooms, send, tail } from "../src/one-shot/commands.ts";
import { FakeClient, ok, refusal, tick } from "./fake-client.ts";

const general = { roomId: "aa".repeat(32), name: "general", kind: "room", unread: 0, members: 2 } as const;
const message: Message = {
  messageId: "01".repeat(16),
  seq: 7,
  sender: "me2",
  senderId: "11".repeat(32),
  sentAt: 1_795_252_800_000,
  text: "\u001b[2Jhi",
};

let folder: string;
let profile: Awaited<ReturnType<typeof openProfile>>;
let client: FakeClient;
let engine: Engine;
let shown: string[];
let shut: () => void;

/** The real socket of a real profile; only the client behind it is not. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sotto-local-"));
  profile = await openProfile(join(folder, "p"), { argon2: { memoryKiB: 1024, passes: 1, lanes: 1 } });
  await profile.vault.create("right horse");
  shown = [];
  client = new FakeClient({
    "room.list": () => ok([general]),
    "message.send": ({ text }) => (text === "bad" ? refusal("too-long") : ok({ messageId: message.messageId, seq: 7 })),
    "message.list": () => ok([message]),
  });
  shut = openDoor(profile.dir, client, (_, { text }) => shown.push(text));
  const channel = await callLocal(profile.dir);
  if (channel === undefined) throw new Error("nobody answers");
  engine = remoteEngine(channel);
});

afterEach(async () => {
  await engine.close();
  shut();
  await profile.close();
  rmSync(folder, { recursive: true, force: true });
});

async function* input(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await tick();
    yield Buffer.from(chunk);
  }
}

/** Standard output that is kept. */
class Output extends PassThrough {
  readonly isTTY = false;

  text(): string {
    return String(this.read() ?? "");
  }
}
const outputOf = (output: Output) => output as unknown as NodeJS.WriteStream;

describe("through the running client", () => {
  test.each([
    { what: "the relay lists", method: "users.list", sent: 0 },
    { what: "one has met, without a connection", method: "contact.list", sent: 0 },
    { what: "nobody knows", method: undefined, sent: 1 },
  ] as const)("send to a room that is called as a person whom $what", async ({ method, sent }) => {
    const carol = { username: "general", accountId: "22".repeat(32) };
    client.handlers["users.list"] = () =>
      method === "users.list" ? ok([{ ...carol, online: false }]) : refusal("offline");
    client.handlers["contact.list"] = () => ok(method === "contact.list" ? [{ ...carol, verified: false }] : []);
    const options = { text: "for whom?", lines: false, patienceMs: 1000, input: input() };
    expect(await send(engine, { ...options, room: "General" })).toBe(sent === 0 ? 2 : 0);
    expect(client.calls.filter((call) => call.method === "message.send")).toHaveLength(sent);
    expect(await send(engine, { ...options, room: "#general" })).toBe(0);
    expect(await send(engine, { ...options, room: general.roomId })).toBe(0);
  });

  test("send reaches it, and it shows what others sent through it", async () => {
    const options = { room: "general", text: undefined, lines: false, patienceMs: 1000 };
    expect(await send(engine, { ...options, input: input("two\nli", "nes\n") })).toBe(0);
    expect(client.calls).toContainEqual({
      method: "message.send",
      params: { roomId: general.roomId, text: "two\nlines" },
    });
    expect(shown).toEqual([message.text]);
  });

  test("--lines sends each line, skips empty ones, goes on after a refusal and ends with its code", async () => {
    const options = { room: "#general", text: undefined, lines: true, patienceMs: 1000 };
    expect(await send(engine, { ...options, input: input("a\n\nbad\nb") })).toBe(2);
    const sent = client.calls.filter(({ method }) => method === "message.send").map(({ params }) => params);
    expect(sent).toEqual(["a", "bad", "b"].map((text) => ({ roomId: general.roomId, text })));
  });

  test("a message that the relay does not take in time is a network failure", async () => {
    client.handlers["message.send"] = () => new Promise(() => {});
    expect(await send(engine, { room: "general", text: "x", lines: false, patienceMs: 50, input: input() })).toBe(4);
  });

  test("a room that is not there, or there twice, is a misuse", async () => {
    const options = { text: "x", lines: false, patienceMs: 50, input: input() };
    expect(await send(engine, { ...options, room: "nowhere" })).toBe(2);
    client.handlers["room.list"] = () => ok([general, { ...general, roomId: "ab".repeat(32) }]);
    expect(await send(engine, { ...options, room: "general" })).toBe(2);
    expect(await send(engine, { ...options, room: "ab".repeat(32) })).toBe(0);
  });

  test("tail prints the earlier ones, then what comes, once each, and ends when it is stopped", async () => {
    const output = new Output();
    const stop = new AbortController();
    const options = { room: "general", json: true, history: 5, output: outputOf(output), stop: stop.signal };
    const done = tail(engine, options);
    await tick(50);
    const update = (part: Partial<Message>, roomId: string = general.roomId): Update => {
      return { type: "message", roomId, ...message, ...part };
    };
    client.emit(update({}));
    client.emit(update({ messageId: "02".repeat(16), text: "new" }));
    client.emit(update({ messageId: "03".repeat(16), text: "elsewhere" }, "ee".repeat(32)));
    await tick(50);
    stop.abort();
    expect(await done).toBe(0);
    const printed = output.text();
    expect(printed).not.toContain("\u001b");
    expect(
      printed
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).text),
    ).toEqual([message.text, "new"]);
  });

  test("tail ends with 4 when the running client ends", async () => {
    const output = new Output();
    const done = tail(engine, {
      room: undefined,
      json: false,
      history: 0,
      output: outputOf(output),
      stop: new AbortController().signal,
    });
    await tick(50);
    await profile.close();
    expect(await done).toBe(4);
  });

  test.each([
    { code: "bad-code" as const, exit: 3 },
    { code: "banned" as const, exit: 1 },
    { code: "device-revoked" as const, exit: 3 },
  ])("tail ends with $exit when the connection stays away because of $code", async ({ code, exit }) => {
    const output = new Output();
    const stop = new AbortController();
    const done = tail(engine, {
      room: undefined,
      json: false,
      history: 0,
      output: outputOf(output),
      stop: stop.signal,
    });
    await tick(50);
    // A lost connection that is dialed again is no end.
    client.emit({ type: "connection", state: "offline", retryAt: 1 });
    client.handlers["account.status"] = () => ok({ connection: "offline", outbox: 0, halted: code });
    client.emit({ type: "connection", state: "offline" });
    expect(await done).toBe(exit);
  });

  test.each(["bad-code", "bad-access-password"] as const)(
    "a message that waits in a running client because of %s ends with 3",
    async (code) => {
      client.handlers["message.send"] = () => new Promise(() => {});
      client.handlers["account.status"] = () => ok({ connection: "offline", outbox: 1, halted: code });
      const options = { room: "general", text: "x", lines: false, patienceMs: 50, input: input() };
      expect(await send(engine, options)).toBe(3);
    },
  );

  test("rooms are lines of fields, or of JSON", async () => {
    const output = new Output();
    expect(await rooms(engine, false, outputOf(output))).toBe(0);
    expect(output.text()).toBe(`#general\t2 members\t0 unread\t${general.roomId}\n`);
    expect(await rooms(engine, true, outputOf(output))).toBe(0);
    expect(JSON.parse(output.text())).toEqual(general);
  });

  test("nothing that changes the account or its rooms is offered", async () => {
    client.handlers["room.leave"] = () => ok({});
    expect(await engine.request("room.leave", { roomId: general.roomId })).toMatchObject({
      ok: false,
      error: { code: "not-allowed" },
    });
    expect(client.calls).toEqual([]);
  });
});
