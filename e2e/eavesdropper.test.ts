/** What somebody on the network sees of the real programs: TLS 1.3 with keys of its own for each connection, and nothing else. */
import { once } from "node:events";
import { connect as connectPlain, createServer, type Server, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { formatLink, parseLink } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { some, Wire } from "../packages/relay/test/client.ts";
import { type Canary, canary, found } from "./harness/canary.ts";
import type { Person } from "./harness/person.ts";
import { freePort } from "./harness/relay.ts";
import { Stage } from "./harness/stage.ts";

/** Passes bytes on, and keeps them as they are on the wire. */
class Eavesdropper implements AsyncDisposable {
  readonly port: number;
  /** For each connection, what went each way. */
  readonly heard: { readonly up: Buffer[]; readonly down: Buffer[] }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, server: Server) {
    this.port = port;
    this.#server = server;
  }

  static async start(relayPort: number): Promise<Eavesdropper> {
    const server = createServer();
    const ear = new Eavesdropper(await freePort(), server);
    server.on("connection", (client) => ear.#pass(client, connectPlain(relayPort, "127.0.0.1")));
    server.listen(ear.port, "127.0.0.1");
    await once(server, "listening");
    return ear;
  }

  #pass(client: Socket, relay: Socket): void {
    const line = { up: [] as Buffer[], down: [] as Buffer[] };
    this.heard.push(line);
    for (const socket of [client, relay]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.on("data", (chunk) => line.up.push(chunk));
    relay.on("data", (chunk) => line.down.push(chunk));
    client.pipe(relay);
    relay.pipe(client);
    client.on("close", () => relay.destroy());
    relay.on("close", () => client.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

const TEXT = "nightingale in the evening";

let stage: Stage;
let ear: Eavesdropper;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  ear = stage.use(await Eavesdropper.start(stage.relay.port));
  const direct = parseLink(stage.relay.link);
  if (direct === undefined) throw new Error("the relay's link is a link");
  const link = formatLink({ ...direct, port: ear.port });
  [alice, bob] = [stage.person("alice-the-first"), stage.person("bob-the-second")];
  await alice.signUp(link);
  await bob.signUp(link);
  const { roomId } = await alice.call("direct.open", { username: bob.name });
  await alice.send(roomId, TEXT);
  await bob.sees(roomId, TEXT);
  await bob.send(roomId, `${TEXT}, and an answer`);
  await alice.sees(roomId, `${TEXT}, and an answer`);
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** The records of TLS (RFC 8446 §5.1): kind, version, length, and as many bytes. */
function records(bytes: Buffer): { readonly kind: number; readonly length: number }[] {
  const all: { kind: number; length: number }[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    const length = bytes.readUInt16BE(at + 3);
    all.push({ kind: bytes.readUInt8(at), length });
    at += 5 + length;
  }
  return all;
}

/** A connection to the real relay by Node's own TLS, and the secrets that it agreed on. */
async function agreed(): Promise<{ readonly socket: TLSSocket; readonly secrets: readonly string[] }> {
  const secrets: string[] = [];
  const socket = connect({ host: "127.0.0.1", port: stage.relay.port, rejectUnauthorized: false });
  // A line of the key log: label, the client's random, the secret.
  socket.on("keylog", (line: Buffer) => secrets.push(line.toString().trim().split(" ")[2] ?? ""));
  await once(socket, "secureConnect");
  return { socket, secrets };
}

test("several clients talk through one relay, and no byte of a text, a name or a password is on the wire", () => {
  expect(ear.heard.length).toBeGreaterThanOrEqual(2);
  const canaries: Canary[] = [
    canary("text", TEXT),
    canary("name", alice.name),
    canary("other name", bob.name),
    canary("password", alice.password),
    canary("phrase", alice.recoveryPhrase),
    canary("access password", stage.relay.said.accessPassword),
    canary("the path of the WebSocket", "GET /v1"),
  ];
  for (const { up, down } of ear.heard) {
    expect(found(canaries, Buffer.concat(up))).toEqual([]);
    expect(found(canaries, Buffer.concat(down))).toEqual([]);
  }
  const all = Buffer.concat(ear.heard.flatMap(({ up }) => up));
  expect(all.length).toBeGreaterThan(5000);
});

test("what is on the wire is records of TLS, and after both greetings nothing in the open", () => {
  const open = [20, 22]; // change_cipher_spec, handshake
  for (const { up, down } of ear.heard) {
    for (const bytes of [Buffer.concat(up), Buffer.concat(down)]) {
      const kinds = records(bytes).map(({ kind }) => kind);
      expect(kinds[0]).toBe(22);
      const firstSealed = kinds.indexOf(23);
      expect(
        kinds.slice(0, firstSealed === -1 ? undefined : firstSealed).filter((kind) => !open.includes(kind)),
      ).toEqual([]);
      // A change_cipher_spec means nothing in TLS 1.3; everything else after the greeting is sealed.
      expect(kinds.slice(firstSealed).filter((kind) => kind !== 23 && kind !== 20 && firstSealed !== -1)).toEqual([]);
    }
  }
});

test("the two programs agree on AES-256-GCM, with randomness that no other connection has", () => {
  const hellos = ear.heard.map(({ down }) => Buffer.concat(down)).filter((bytes) => bytes.length > 0);
  // ServerHello, RFC 8446 §4.1.3: after the headers of record and message, version, random, session id, suite.
  const suites = hellos.map((bytes) => bytes.readUInt16BE(44 + bytes.readUInt8(43)));
  expect(suites).toEqual(hellos.map(() => 0x1302));
  const randoms = hellos.map((bytes) => bytes.subarray(11, 43).toString("hex"));
  expect(new Set(randoms).size).toBe(hellos.length);
  expect(hellos.length).toBeGreaterThanOrEqual(2);
});

describe("a connection", () => {
  test("is TLS 1.3 with AES-256-GCM, its keys agreed on by keys made for it alone", async () => {
    const { socket } = await agreed();
    expect(socket.getProtocol()).toBe("TLSv1.3");
    expect(socket.getCipher().name).toBe("TLS_AES_256_GCM_SHA384");
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: expect.stringMatching(/X25519|P-256|secp256r1/) });
    socket.destroy();
  });

  test("has secrets of its own, of which none comes a second time", async () => {
    const [one, other] = [await agreed(), await agreed()];
    const all = [...one.secrets, ...other.secrets];
    expect(one.secrets.length).toBeGreaterThanOrEqual(4);
    expect(new Set(all).size).toBe(all.length);
    one.socket.destroy();
    other.socket.destroy();
  });

  test("by an older TLS is none", async () => {
    const socket = connect({
      host: "127.0.0.1",
      port: stage.relay.port,
      rejectUnauthorized: false,
      maxVersion: "TLSv1.2",
    });
    const ended = await Promise.race([
      once(socket, "error").then(() => "refused"),
      once(socket, "secureConnect").then(() => "open"),
    ]);
    expect(ended).toBe("refused");
    socket.destroy();
  });

  test("on which something came that is no frame is told so before it ends, and the word for it is encrypted too", async () => {
    const listening = await Eavesdropper.start(stage.relay.port);
    await using _ = listening;
    const wire = await Wire.dial({ url: `wss://127.0.0.1:${listening.port}/v1` });
    wire.socket.send(some(64));
    const { code } = await wire.closed;
    expect(wire.pushed).toMatchObject([{ type: "refused", code: "bad-request" }]);
    expect(code).toBe(1008);
    const { down } = listening.heard[0]!;
    expect(records(Buffer.concat(down)).at(-1)?.kind).toBe(23);
  });
});
