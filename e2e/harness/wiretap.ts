import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { type FromClient, type FromServer, parseFromClient, parseFromServer } from "@sotto/wire";
import { freePort, type Relay } from "./relay.ts";
import { readRecorded } from "./web-socket.ts";

interface Wire {
  readonly toRelay: Buffer[];
  readonly toClient: Buffer[];
}

export interface Tapped<Frame> {
  readonly bytes: Buffer;
  /** undefined: no frame of the protocol. */
  readonly frame: Frame | undefined;
}

/**
 * Stands between clients and the relay with the relay's own certificate and key, and keeps everything that passes as it
 * is inside TLS: what somebody reads who has broken TLS, or runs the relay. The bytes go through untouched.
 */
export class Wiretap implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #wires: Wire[] = [];
  readonly #sockets = new Set<TLSSocket>();

  private constructor(port: number, server: Server) {
    this.port = port;
    this.#server = server;
  }

  static async start(relay: Relay): Promise<Wiretap> {
    const keys: { leafKey: string; leafCertificate: string; rootCertificate: string } = JSON.parse(
      readFileSync(join(relay.data, "relay.key"), "utf8"),
    );
    const cert = `${keys.leafCertificate}\n${keys.rootCertificate}`;
    const server = createServer({ key: keys.leafKey, cert, minVersion: "TLSv1.3" });
    const tap = new Wiretap(await freePort(), server);
    server.on("secureConnection", (client) => tap.#pass(client, relay.port, keys.rootCertificate));
    // First contact ends a connection as soon as it has seen the certificates.
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(tap.port, "127.0.0.1", resolve);
    });
    return tap;
  }

  #pass(client: TLSSocket, port: number, ca: string): void {
    const relay = connect({ host: "127.0.0.1", port, ca, servername: "sotto.invalid", minVersion: "TLSv1.3" });
    const wire: Wire = { toRelay: [], toClient: [] };
    this.#wires.push(wire);
    passOn(client, relay, wire.toRelay);
    passOn(relay, client, wire.toClient);
    for (const socket of [client, relay]) {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    }
  }

  get fromClients(): readonly Tapped<FromClient>[] {
    return this.#messages("toRelay").map((bytes) => {
      const parsed = parseFromClient(bytes);
      return { bytes, frame: parsed.ok ? parsed.value : undefined };
    });
  }

  get fromRelay(): readonly Tapped<FromServer>[] {
    return this.#messages("toClient").map((bytes) => {
      const parsed = parseFromServer(bytes);
      return { bytes, frame: parsed.ok ? parsed.value : undefined };
    });
  }

  /** What is around the messages: HTTP, and what was cut off. */
  get around(): readonly Buffer[] {
    return this.#wires.flatMap(({ toRelay, toClient }) => {
      return [toRelay, toClient].flatMap((parts) => {
        const bytes = Buffer.concat(parts);
        const recorded = readRecorded(bytes);
        return recorded === undefined ? [bytes] : [Buffer.from(recorded.head, "latin1"), recorded.rest];
      });
    });
  }

  #messages(direction: keyof Wire): Buffer[] {
    return this.#wires.flatMap((wire) => readRecorded(Buffer.concat(wire[direction]))?.messages ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** One direction. When either side ends, by force or not, so does the other. */
function passOn(from: TLSSocket, to: TLSSocket, record: Buffer[]): void {
  from.on("data", (chunk: Buffer) => {
    record.push(chunk);
    if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("end", () => to.end());
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}
