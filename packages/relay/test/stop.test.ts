/** How a relay ends: asked from the chat or by a signal, in order or at once. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { type FromServer, parseFromServer } from "@sotto/wire";
import { afterAll, expect, test, vi } from "vitest";
import { memoryStore, type Peer, Relay, silentJournal, startRelay, systemClock, systemRandom } from "../src/index.ts";
import { Person, some } from "./client.ts";
import { configOf, identity } from "./running.ts";

vi.setConfig({ testTimeout: 60_000 });
const root = mkdtempSync(join(tmpdir(), "sottod-stop-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const BIN = fileURLToPath(new URL("../bin/sottod.js", import.meta.url));

async function sottod() {
  const args = ["--data", join(mkdtempSync(join(root, "t")), "data"), "--listen", "127.0.0.1:0", "--json"];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (part) => {
    log += part;
  });
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  const line = await new Promise<string>((resolve) => child.stdout.once("data", (part) => resolve(String(part))));
  return { child, ended, said: JSON.parse(line), log: () => log };
}

test("the operator's stop is answered, then everybody is told, the log says so, and it ends with 0", async () => {
  const { ended, said, log } = await sottod();
  const ann = await Person.signUp(said, "ann");
  const bob = await Person.signUp(said, "bob");
  expect(await ann.wire.ask({ type: "admin", action: "stop" })).toEqual({ type: "done" });
  for (const { wire } of [ann, bob]) {
    expect(await wire.closed).toMatchObject({ code: 1001 });
    expect(wire.pushed.at(-1)).toMatchObject({ type: "drain" });
  }
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(log()).toContain('"cause":"an order"');
  // The last lines are there too: who left, and whole.
  expect(JSON.parse(log().trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ event: "disconnected" });
});

test("a second signal does not wait for who does not answer", async () => {
  const { child, ended, said } = await sottod();
  const ann = await Person.signUp(said, "ann");
  // Never reads the close, so that an orderly end has to wait.
  ann.wire.socket.pause();
  child.kill("SIGTERM");
  await vi.waitFor(async () => {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(new URL(said.url).port), "127.0.0.1", () => resolve(false));
      socket.on("error", () => resolve(true));
    });
    expect(refused, "while it ends nobody new is let in").toBe(true);
  });
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 1, signal: null });
  ann.wire.socket.terminate();
});

test("SIGHUP stops nothing: it reads the certificate again, for which nobody has to go", async () => {
  const { child, ended, said, log } = await sottod();
  const ann = await Person.signUp(said, "ann");
  child.kill("SIGHUP");
  await vi.waitFor(() => expect(log()).toContain("the certificate was read again"), 10_000);
  expect(await ann.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 0, signal: null });
});

test("who still gets through to a relay that ends is told so and sent away", async () => {
  const relay = await Relay.open({
    store: memoryStore({ generation: some(16) }),
    clock: systemClock,
    random: systemRandom,
    journal: silentJournal,
    config: configOf(),
    ...identity(),
    address: () => "relay.example:7878",
  });
  relay.drain();
  const heard: (FromServer["body"]["type"] | number)[] = [];
  const late: Peer = {
    address: "192.0.2.1:5",
    host: "192.0.2.1",
    waitingBytes: 0,
    send: (bytes) => {
      const frame = parseFromServer(bytes);
      if (frame.ok) heard.push(frame.value.body.type);
    },
    close: (code) => heard.push(code),
    pause: () => undefined,
    resume: () => undefined,
  };
  relay.connect(late);
  expect(heard).toEqual(["drain", 1001]);
});

test("a relay in another program is stopped by the operator's order", async () => {
  const relay = await startRelay({ config: configOf(), data: undefined });
  const ann = await Person.signUp(relay, "ann");
  await ann.wire.ask({ type: "admin", action: "stop" });
  expect(await ann.wire.closed).toMatchObject({ code: 1001 });
  await Promise.all([relay.stop(), relay.stop()]);
});

/** Asks for a WebSocket where there is none, and never ends its own half. */
async function lingering(port: number): Promise<() => void> {
  // Not a literal argument: the types do not know `allowHalfOpen`, which goes on to net.connect.
  const options = { port, host: "127.0.0.1", rejectUnauthorized: false, allowHalfOpen: true };
  const socket = connectTls(options);
  socket.on("error", () => undefined);
  socket.write("GET /v2 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const answer = await new Promise<string>((resolve) => socket.once("data", (part) => resolve(String(part))));
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  return () => socket.destroy();
}

test("who was sent away and does not go keeps nobody else out", async () => {
  const relay = await startRelay({ config: configOf({ limits: { connections: 1 } }), data: undefined });
  const leave = await lingering(Number(new URL(relay.url).port));
  const ann = await vi.waitFor(async () => await Person.signUp(relay, "ann"), { timeout: 5000, interval: 200 });
  expect(await ann.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
  leave();
  await relay.stop();
});

test("who says nothing at all, or does not go, holds up no stop", async () => {
  const relay = await startRelay({ config: configOf(), data: undefined });
  const port = Number(new URL(relay.url).port);
  const leave = await lingering(port);
  const silent = await new Promise<Socket>((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => resolve(socket));
  });
  silent.on("error", () => undefined);
  const before = Date.now();
  await relay.stop();
  expect(Date.now() - before).toBeLessThan(5000);
  silent.destroy();
  leave();
});
