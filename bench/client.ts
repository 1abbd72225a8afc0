/** One connection of the load generator: real frames over a real TLS WebSocket, and nothing of core in between. */
import { randomBytes } from "node:crypto";
import { connect } from "node:tls";
import { nodeCrypto } from "@sotto/node";
import {
  authBytes,
  type ClientBody,
  encodeFromClient,
  type FromServer,
  parseFromServer,
  type ServerBody,
  VERSIONS,
} from "@sotto/wire";
import { WebSocket } from "ws";
import { glance } from "./glance.ts";
import type { Device } from "./seed.ts";

const { sign } = nodeCrypto();

export interface Place {
  readonly url: string;
  readonly rootCertificate: string;
}

export class Client {
  /** Entries that were pushed to this connection. */
  entries = 0;
  /** Frames that they came in. */
  events = 0;
  onAck: () => void = () => undefined;
  readonly #socket: WebSocket;
  /** The answer that set-up waits for; one at a time. */
  #answer: PromiseWithResolvers<ServerBody> | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (frame: Buffer) => this.#take(frame));
    socket.on("close", () => this.#answer?.reject(new Error("the server ended the connection")));
  }

  static async dial({ url, rootCertificate }: Place): Promise<Client> {
    const { hostname: host, port } = new URL(url);
    const tls = {
      host,
      port: Number(port),
      ca: rootCertificate,
      servername: "sotto.invalid",
      minVersion: "TLSv1.3",
    } as const;
    const socket = new WebSocket(url, { createConnection: () => connect(tls), perMessageDeflate: false });
    const client = new Client(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
    });
    return client;
  }

  send(frame: Uint8Array): void {
    this.#socket.send(frame);
  }

  /** Sends a request and waits for its answer. */
  async ask<T extends ServerBody["type"]>(body: ClientBody, type: T): Promise<Extract<ServerBody, { type: T }>> {
    const answer = Promise.withResolvers<ServerBody>();
    this.#answer = answer;
    this.send(encodeFromClient({ request: 1, body }));
    const got = await answer.promise;
    this.#answer = undefined;
    if (!isType(got, type)) throw new Error(`wanted ${type}, got ${JSON.stringify(got)}`);
    return got;
  }

  async hello(nonce = new Uint8Array(randomBytes(32))): Promise<Extract<ServerBody, { type: "challenge" }>> {
    return await this.ask({ type: "hello", versions: VERSIONS, nonce, accessPassword: "" }, "challenge");
  }

  async resume({ account, device, key }: Pick<Device, "account" | "device" | "key">, counter: number): Promise<void> {
    const clientNonce = new Uint8Array(randomBytes(32));
    const { nonce: serverNonce, relay, version, generation } = await this.hello(clientNonce);
    const auth = { relay, account, device, clientNonce, serverNonce, version, generation, counter };
    await this.ask({ type: "resume", account, device, counter, signature: sign(key, authBytes(auth)) }, "session");
  }

  /** Without a farewell: a thousand of them would take longer than what was measured. */
  end(): void {
    this.#answer = undefined;
    this.#socket.terminate();
  }

  #take(frame: Buffer): void {
    const answer = this.#answer;
    if (answer !== undefined) {
      const { request, body } = parse(frame);
      if (request !== 0) answer.resolve(body);
      return;
    }
    const seen = glance(frame);
    if (seen.kind === "ack") this.onAck();
    else if (seen.kind === "event") {
      this.entries += seen.entries;
      this.events++;
    } else {
      const { body } = parse(frame);
      if (body.type === "refused") throw new Error(`the relay refused an append: ${JSON.stringify(body)}`);
    }
  }
}

function parse(frame: Uint8Array): FromServer {
  const parsed = parseFromServer(new Uint8Array(frame));
  if (!parsed.ok) throw new Error(`the relay sent a frame that cannot be read: ${parsed.error.field}`);
  return parsed.value;
}

function isType<T extends ServerBody["type"]>(body: ServerBody, type: T): body is Extract<ServerBody, { type: T }> {
  return body.type === type;
}

/** Dials many, a few at a time: a thousand TLS handshakes at once run into time limits. */
export async function dialAll(count: number, dial: (index: number) => Promise<Client>): Promise<readonly Client[]> {
  const clients: Client[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      clients[index] = await dial(index);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return clients;
}
