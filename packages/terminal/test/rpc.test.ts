import { escapeJson } from "@sotto/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Line, lines } from "../src/rpc/lines.ts";
import { METHODS, parseParams } from "../src/rpc/params.ts";
import { parseRequest } from "../src/rpc/request.ts";
import { lineWriter, serveStdio } from "../src/rpc/stdio.ts";
import { FakeClient, ok, refusal, tick } from "./fake-client.ts";

const room = "ab".repeat(32);
const id = "cd".repeat(16);

describe("a line", () => {
  test.each([
    { name: "nothing", line: "", code: -32700, id: null },
    { name: "no JSON", line: "{", code: -32700, id: null },
    { name: "a number", line: "1", code: -32600, id: null },
    { name: "null", line: "null", code: -32600, id: null },
    { name: "a batch", line: '[{"jsonrpc":"2.0","id":1,"method":"account.status"}]', code: -32600, id: null },
    { name: "an empty batch", line: "[]", code: -32600, id: null },
    { name: "no id", line: '{"jsonrpc":"2.0","method":"account.status"}', code: -32600, id: null },
    { name: "id null", line: '{"jsonrpc":"2.0","id":null,"method":"account.status"}', code: -32600, id: null },
    { name: "id an object", line: '{"jsonrpc":"2.0","id":{},"method":"account.status"}', code: -32600, id: null },
    { name: "no version", line: '{"id":1,"method":"account.status"}', code: -32600, id: 1 },
    { name: "version 1", line: '{"jsonrpc":"1.0","id":1,"method":"account.status"}', code: -32600, id: 1 },
    { name: "method a number", line: '{"jsonrpc":"2.0","id":"x","method":1}', code: -32600, id: "x" },
    { name: "unknown method", line: '{"jsonrpc":"2.0","id":1,"method":"account.fly"}', code: -32601, id: 1 },
    { name: "a method of every object", line: '{"jsonrpc":"2.0","id":1,"method":"constructor"}', code: -32601, id: 1 },
    { name: "__proto__", line: '{"jsonrpc":"2.0","id":1,"method":"__proto__"}', code: -32601, id: 1 },
    { name: "no device", line: '{"jsonrpc":"2.0","id":1,"method":"device.revoke","params":{}}', code: -32602, id: 1 },
    { name: "positional", line: '{"jsonrpc":"2.0","id":1,"method":"room.create","params":["x"]}', code: -32602, id: 1 },
    { name: "params null", line: '{"jsonrpc":"2.0","id":1,"method":"room.list","params":null}', code: -32602, id: 1 },
    { name: "missing field", line: '{"jsonrpc":"2.0","id":1,"method":"room.create","params":{}}', code: -32602, id: 1 },
  ])("that is $name is refused with $code", ({ line, code, id }) => {
    const parsed = parseRequest(line);
    expect(parsed).toMatchObject({ ok: false, error: { id, error: { code } } });
    if (!parsed.ok && code === -32602) expect(parsed.error.error.data).toEqual({ code: "bad-request" });
  });

  test("gives its request; fields that the method does not know are left out", () => {
    expect(
      parseRequest(`{"jsonrpc":"2.0","id":7,"method":"message.send","params":{"roomId":"${room}","text":"hi","x":1}}`),
    ).toEqual(ok({ id: 7, call: { method: "message.send", params: { roomId: room, text: "hi" } } }));
    expect(parseRequest('{"jsonrpc":"2.0","id":"a","method":"room.list"}')).toEqual(
      ok({ id: "a", call: { method: "room.list", params: {} } }),
    );
  });
});

describe("parameters", () => {
  test.each([
    { method: "room.leave", params: { roomId: room.toUpperCase() }, fault: "roomId: wanted 64 lower-case" },
    { method: "room.leave", params: { roomId: `${room}0` }, fault: "roomId" },
    { method: "room.leave", params: { roomId: `${room}\n` }, fault: "roomId" },
    { method: "room.link", params: { roomId: room, renew: "yes" }, fault: "renew: wanted true or false" },
    { method: "message.send", params: { roomId: room }, fault: "text is missing" },
    { method: "message.send", params: { roomId: room, text: 1 }, fault: "text" },
    { method: "message.send", params: { roomId: room, text: "x", id: "12" }, fault: "id: wanted 32" },
    { method: "message.send", params: { roomId: room, text: "x", id: null }, fault: "id" },
    { method: "message.list", params: { roomId: room, limit: 0 }, fault: "limit: wanted an integer from 1 to 500" },
    { method: "message.list", params: { roomId: room, limit: 501 }, fault: "limit" },
    { method: "message.list", params: { roomId: room, limit: "5" }, fault: "limit" },
    { method: "message.list", params: { roomId: room, before: -(2 ** 53) }, fault: "before" },
    { method: "message.list", params: { roomId: room, before: 1.5 }, fault: "before" },
    { method: "message.markRead", params: { roomId: room, seq: 2 ** 53 }, fault: "seq" },
    { method: "account.unlock", params: { password: "secret words", code: 123456 }, fault: "code" },
    { method: "account.signUp", params: { link: "x", username: "y" }, fault: "password is missing" },
  ] as const)("of $method: $params is refused: $fault", ({ method, params, fault }) => {
    const parsed = parseParams(method, params);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.error).toContain(fault);
  });

  test("a fault never repeats a value, which may be a password", () => {
    const parsed = parseParams("account.changePassword", { old: ["canary"], new: "canary" });
    expect(JSON.stringify(parsed)).not.toContain("canary");
  });

  test.each([
    { method: "message.send", params: { roomId: room, text: "", id } },
    { method: "message.list", params: { roomId: room, before: 5, limit: 500 } },
    { method: "message.markRead", params: { roomId: room, seq: 0 } },
    { method: "account.signIn", params: { link: "l", username: "u", password: "p", code: "1", recoveryPhrase: "w" } },
    { method: "room.link", params: { roomId: room, renew: true } },
    { method: "warning.accept", params: { code: "log-forked" } },
  ] as const)("of $method pass", ({ method, params }) => {
    expect(parseParams(method, params)).toEqual(ok(params));
  });

  test("are inherited from nowhere", () => {
    const fields = Object.create({ roomId: room }) as Record<string, unknown>;
    expect(parseParams("room.leave", fields).ok).toBe(false);
  });
});

async function* chunked(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; at += size) {
    if (at % (64 * size) === 0) await tick(0);
    yield bytes.subarray(at, at + size);
  }
}

async function converse(client: FakeClient, input: AsyncIterable<Uint8Array>): Promise<Record<string, unknown>[]> {
  const out: string[] = [];
  const stop = new AbortController().signal;
  await serveStdio({
    client,
    version: "1.2.3",
    profile: "none",
    input,
    write: async (reply) => {
      await tick(0);
      out.push(escapeJson(reply));
    },
    settleMs: 1000,
    stop,
  });
  for (const line of out)
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
  return out.map((line) => JSON.parse(line));
}

const anyLine = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).filter((text) => !text.includes("\n")),
  fc.json().map((text) => text.replaceAll("\n", " ")),
  fc
    .record({
      jsonrpc: fc.constantFrom("2.0", "1.0", 2, undefined),
      id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.constant(undefined), fc.double()),
      method: fc.oneof(fc.constantFrom(...METHODS, "toString", "room.fly"), fc.jsonValue()),
      params: fc.oneof(
        fc.jsonValue(),
        fc.record({ roomId: fc.constantFrom(room, "x"), text: fc.jsonValue(), limit: fc.jsonValue() }),
      ),
    })
    .map((value) => JSON.stringify(value)),
);

describe("the conversation", () => {
  test("any line gets exactly one answer and nothing throws", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLine, { maxLength: 8 }), async (all) => {
        const client = new FakeClient();
        const [ready, ...answers] = await converse(client, chunked(all.map((line) => `${line}\n`).join(""), 11));
        expect(ready).toEqual({ jsonrpc: "2.0", method: "ready", params: { version: "1.2.3", profile: "none" } });
        expect(answers).toHaveLength(all.length);
        for (const answer of answers) {
          expect(answer.jsonrpc).toBe("2.0");
          expect(Number("result" in answer) + Number("error" in answer)).toBe(1);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("answers overlap, requests are handed on in order, refusals carry their code", async () => {
    const client = new FakeClient({
      "room.create": async ({ name }) => {
        await tick(30);
        return ok({ roomId: room, link: name });
      },
      "room.list": () => ok([]),
      "room.join": () => refusal("rate-limited", 250),
      "direct.open": () => refusal("bad-request"),
    });
    const send = (id: number, method: string, params: object): string =>
      `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
    const input =
      send(1, "room.create", { name: "\u001b[2J\u202e\u200b" }) +
      send(2, "room.list", {}) +
      send(3, "room.join", { link: "x" }) +
      send(4, "direct.open", { username: "me" });
    const [, ...answers] = await converse(client, chunked(input));
    expect(client.calls.map(({ method }) => method)).toEqual(["room.create", "room.list", "room.join", "direct.open"]);
    expect(answers.at(-1)).toEqual({ jsonrpc: "2.0", id: 1, result: { roomId: room, link: "\u001b[2J\u202e\u200b" } });
    expect(answers).toContainEqual({ jsonrpc: "2.0", id: 2, result: [] });
    expect(answers).toContainEqual({
      jsonrpc: "2.0",
      id: 3,
      error: { code: -32000, message: "rate-limited", data: { code: "rate-limited", retryMs: 250 } },
    });
    expect(answers).toContainEqual({
      jsonrpc: "2.0",
      id: 4,
      error: { code: -32602, message: "refused: bad-request", data: { code: "bad-request" } },
    });
    expect(client.settled).toBe(1);
  });

  test("a client that throws still answers", async () => {
    const client = new FakeClient({
      "room.list": () => {
        throw new Error("canary");
      },
    });
    const answers = await converse(client, chunked('{"jsonrpc":"2.0","id":1,"method":"room.list"}'));
    expect(answers[1]).toMatchObject({ id: 1, error: { code: -32000, data: { code: "internal" } } });
    expect(JSON.stringify(answers)).not.toContain("canary");
  });

  test("updates are notifications without their type, before and after answers", async () => {
    const client = new FakeClient({
      "room.list": async () => {
        client.emit({ type: "unread", total: 0, from: [] });
        await tick(20);
        return ok([]);
      },
    });
    const out = await converse(client, chunked('{"jsonrpc":"2.0","id":1,"method":"room.list"}\n'));
    expect(out[1]).toEqual({ jsonrpc: "2.0", method: "unread", params: { total: 0, from: [] } });
    expect(out[2]).toMatchObject({ id: 1 });
  });

  test("the end of input waits for what is under way, but not for ever", async () => {
    const client = new FakeClient({ "message.send": () => new Promise(() => {}) });
    const startedAt = performance.now();
    const out = await converse(
      client,
      chunked(`{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"roomId":"${room}","text":"x"}}\n`),
    );
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(out).toHaveLength(1);
    expect(client.settled).toBe(1);
  });
});

describe("lines", () => {
  test("longer than the bound are refused while they still come, and the next one is read", async () => {
    let pulled = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; pulled < 100; pulled++) yield Buffer.alloc(100, "x");
      yield Buffer.from("\nnext\n");
    }
    const reader = lines(endless(), 1000);
    expect(await reader.next()).toEqual({ done: false, value: { type: "too-long" } });
    expect(pulled).toBe(10);
    expect(await reader.next()).toEqual({ done: false, value: { type: "line", text: "next" } });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  test.each([
    { name: "a cut character", bytes: Buffer.from([0xe2, 0x82, 10]), want: [{ type: "not-utf8" }] },
    { name: "CR LF", bytes: Buffer.from("a\r\nb\r\n"), want: ["a", "b"] },
    { name: "no end", bytes: Buffer.from("a\nb"), want: ["a", "b"] },
    { name: "empty lines", bytes: Buffer.from("\n\n"), want: ["", ""] },
    { name: "nothing", bytes: Buffer.from(""), want: [] },
  ])("one byte at a time: $name", async ({ bytes, want }) => {
    const got: Line[] = [];
    for await (const line of lines(chunked(bytes, 1))) got.push(line);
    expect(got).toEqual(want.map((line) => (typeof line === "string" ? { type: "line", text: line } : line)));
  });
});

test("a reader that has gone ends the conversation once", async () => {
  const { PassThrough } = await import("node:stream");
  const stream = new PassThrough();
  let gone = 0;
  const write = lineWriter(stream, () => gone++);
  await write({ id: 1 });
  stream.destroy(new Error("EPIPE"));
  await tick();
  await write({ id: 2 });
  expect(gone).toBe(1);
});
