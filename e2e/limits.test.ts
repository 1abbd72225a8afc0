/** What a real relay lives through: floods, readers that do not read, crowds. Its memory is looked at from outside. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import { encodeHeader, type RoomId } from "@sotto/wire";
import { afterEach, describe, expect, test } from "vitest";
import { Client } from "../bench/client.ts";
import { seed } from "../bench/seed.ts";
import { Person, some, someEntry, Wire } from "../packages/relay/test/client.ts";
import { Relay } from "./harness/relay.ts";
import { openScratch } from "./harness/scratch.ts";

const MB = 1024 * 1024;

const held = { stack: new AsyncDisposableStack() };
afterEach(async () => {
  await held.stack.disposeAsync();
  held.stack = new AsyncDisposableStack();
});

async function start(env: Record<string, string> = { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0" }): Promise<Relay> {
  const { dir } = held.stack.use(await openScratch());
  return held.stack.use(await Relay.start(dir, env));
}

const placeOf = ({ said: { url, accessPassword } }: Relay) => ({ url, accessPassword });

function residentMb(relay: Relay): number {
  const found = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${relay.said.pid}/status`, "utf8"))?.[1];
  if (found === undefined) throw new Error("the relay is gone");
  return Number(found) / 1024;
}

/** The most that a process has in memory while something goes on. */
async function mostDuring(relay: Relay, work: () => Promise<void>): Promise<number> {
  let most = residentMb(relay);
  const timer = setInterval(() => {
    most = Math.max(most, residentMb(relay));
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, residentMb(relay));
}

/** A WebSocket by hand, for what no library sends. */
async function bare(relay: Relay): Promise<TLSSocket & { readonly over: Promise<void> }> {
  const socket = connect({ port: relay.port, host: "127.0.0.1", rejectUnauthorized: false });
  const over = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.once("secureConnect", () => resolve()));
  const key = Buffer.from(some(16)).toString("base64");
  socket.write(
    `GET /v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const answer = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  if (!answer.toString("latin1").includes(accept)) throw new Error(answer.toString("latin1"));
  return Object.assign(socket, { over });
}

/** One WebSocket frame with a mask of zeros. @param first - its first byte: FIN and the kind. */
function webSocketFrame(first: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const size = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 0xff] : undefined;
  if (size === undefined) throw new Error("too long for this helper");
  return Buffer.concat([Uint8Array.of(first, (size[0] ?? 0) | 0x80, ...size.slice(1), 0, 0, 0, 0), payload]);
}

/** Writes without end, until the other side has had enough or `bytesMax` are gone. @returns what it took. */
async function flood(
  socket: TLSSocket & { readonly over: Promise<void> },
  part: Buffer,
  bytesMax: number,
): Promise<number> {
  let sent = 0;
  let isOver = false;
  void socket.over.then(() => {
    isOver = true;
  });
  while (!isOver && sent < bytesMax) {
    sent += part.length;
    if (!socket.write(part)) {
      const drained = new Promise<void>((resolve) => socket.once("drain", () => resolve()));
      await Promise.race([drained, socket.over, new Promise((resolve) => setTimeout(resolve, 3000))]);
      if (socket.writableLength > 4 * MB) break;
    }
  }
  socket.destroy();
  return sent;
}

const many = (part: Buffer, count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => part));

describe("a flood", () => {
  test.each([
    { what: "endless fragments of one byte", part: many(webSocketFrame(0x00, Uint8Array.of(1)), 5000), ends: true },
    { what: "endless empty fragments", part: many(webSocketFrame(0x00, new Uint8Array(0)), 5000), ends: true },
    { what: "one message in large parts", part: many(webSocketFrame(0x00, new Uint8Array(60_000)), 1), ends: true },
    {
      what: "pings to which it does not read the pongs",
      part: many(webSocketFrame(0x89, some(125)), 500),
      ends: true,
    },
    { what: "empty messages", part: many(webSocketFrame(0x82, new Uint8Array(0)), 5000), ends: true },
  ])("of $what costs no memory, and others are served meanwhile", async ({ part, ends }) => {
    const relay = await start();
    const ann = await Person.signUp(placeOf(relay), "ann");
    const before = residentMb(relay);
    let waitedMs = 0;
    const most = await mostDuring(relay, async () => {
      const sockets = await Promise.all(Array.from({ length: 8 }, () => bare(relay)));
      for (const socket of sockets) socket.pause();
      // The first fragment says what kind of message it is.
      if (part[0] === 0x00) for (const socket of sockets) socket.write(webSocketFrame(0x02, Uint8Array.of(1)));
      const sending = Promise.all(sockets.map((socket) => flood(socket, part, 25 * MB)));
      const startedAt = performance.now();
      expect(await ann.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
      waitedMs = performance.now() - startedAt;
      const sent = await sending;
      if (ends) for (const bytes of sent) expect(bytes).toBeLessThan(25 * MB);
    });
    expect(most - before).toBeLessThan(60);
    expect(waitedMs).toBeLessThan(3000);
    expect(await ann.wire.ask({ type: "ping" })).toEqual({ type: "pong" });
  });

  test("of two hundred strangers who each begin a frame of a megabyte costs little, and they are cut off", async () => {
    const relay = await start();
    const before = residentMb(relay);
    const most = await mostDuring(relay, async () => {
      const sockets = await Promise.all(Array.from({ length: 200 }, () => bare(relay)));
      const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x0f, 0xff, 0xff, 0, 0, 0, 0]);
      const body = Buffer.alloc(1_000_000);
      for (const socket of sockets) socket.write(Buffer.concat([head, body]));
      await Promise.all(sockets.map((socket) => socket.over));
    });
    expect(most - before).toBeLessThan(80);
  });

  test("of frames that are no frames ends its connection at the first", async () => {
    const relay = await start();
    const wire = await Wire.dial(placeOf(relay));
    for (let time = 0; time < 1000; time++) wire.socket.send(some(1000));
    expect(await wire.closed).toMatchObject({ code: 1008 });
    expect(wire.order).toHaveLength(1);
  });
});

describe("somebody who says nothing", () => {
  test("after TCP, or after TLS, is hung up on within a quarter of a minute", async () => {
    const relay = await start();
    const { connect: connectTcp } = await import("node:net");
    const startedAt = performance.now();
    const tcp = connectTcp(relay.port, "127.0.0.1");
    tcp.on("error", () => undefined);
    const tls = connect({ port: relay.port, host: "127.0.0.1", rejectUnauthorized: false });
    tls.on("error", () => undefined);
    tls.resume();
    await Promise.all(
      [tcp, tls].map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()))),
    );
    expect(performance.now() - startedAt).toBeGreaterThan(5000);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

describe("a reader who does not read", () => {
  test("while 60 MB go by costs the relay little, and gets all of it afterwards", async () => {
    const relay = await start();
    const [ann, bob] = [await Person.signUp(placeOf(relay), "ann"), await Person.signUp(placeOf(relay), "bob")];
    const room = await roomOfTwo(ann, bob);
    const count = 120;
    bob.wire.socket.pause();
    const most = await mostDuring(relay, async () => {
      for (let seq = 2; seq <= count + 1; seq++) await post(ann, room, 500_000);
    });
    // What waits for bob is 8 MiB at most; the rest is the program, 125 MB at rest, and what the collector has not come to
    // yet. With all that he does not read it would be 300.
    expect(most).toBeLessThan(258);
    bob.wire.socket.resume();
    await bob.wire.until(() => bob.wire.entries(room).find(({ seq }) => seq === count + 1), "the newest entry");
    const pushed = bob.wire.entries(room).map(({ seq }) => seq);
    expect(pushed.length).toBeLessThan(count / 2);
    const seen = new Set(pushed);
    for (let from = 1; from <= count + 1; ) {
      const { entries } = await bob.wire.get({ type: "fetch", room, from, limit: 500 }, "fetched");
      for (const { seq } of entries) seen.add(seq);
      from = (entries.at(-1)?.seq ?? count + 1) + 1;
    }
    expect([...seen].sort((one, other) => one - other)).toEqual(Array.from({ length: count + 1 }, (_, at) => at + 1));
    await post(ann, room, 100);
    await bob.wire.until(() => bob.wire.entries(room).find(({ seq }) => seq === count + 2), "the entry after that");
  });
});

describe("a crowd", () => {
  test("of three hundred devices that come back at once, as after a restart, is let in, each of them", async () => {
    const { dir } = held.stack.use(await openScratch());
    const { devices, rootCertificate } = await seed(`${dir}/relay`, 300);
    // The limits are those of every relay: the crowd is behind one address.
    const relay = held.stack.use(await Relay.start(dir, {}));
    const startedAt = performance.now();
    const clients = await Promise.all(
      devices.map(async (device) => {
        const client = await Client.dial({ url: relay.said.url, rootCertificate });
        await client.resume(device, 1);
        return client;
      }),
    );
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    for (const client of clients) client.end();
  });
});

async function roomOfTwo(ann: Person, bob: Person): Promise<RoomId> {
  const room = await ann.createRoom();
  const header = encodeHeader({ adds: [bob.ref], removes: [] });
  const commit = { room, id: someEntry(), head: 0, base: 0, bytes: some(10), header } as const;
  await ann.wire.get({ type: "commit", ...commit, welcomes: [], link: undefined, joinToken: undefined }, "ack");
  return room;
}

async function post(person: Person, room: RoomId, bytes: number): Promise<void> {
  const entry = { room, id: someEntry(), head: 1, base: 1, bytes: some(bytes), continues: false } as const;
  await person.wire.get({ type: "append", ...entry }, "ack");
}
