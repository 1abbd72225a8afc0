/**
 * A relay that was changed on purpose: the real `sottod`, and before it this, which has the relay's own keys, speaks
 * TLS and WebSocket as it does, and does to every decoded frame whatever the misbehaviour of the moment wants.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import {
  type ClientBody,
  type DeviceRef,
  encodeFromClient,
  encodeFromServer,
  type FromClient,
  type FromServer,
  parseFromClient,
  parseFromServer,
  type ServerBody,
} from "@sotto/wire";
import { WebSocket, WebSocketServer } from "ws";
import type { Relay } from "../harness/relay.ts";
import { Watch } from "../harness/watch.ts";
import { chainOf } from "./forge.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";

/** What goes on instead of a frame: nothing, one or more; bytes go as they are, also what is no frame. */
export type Instead<Frame> = undefined | readonly (Frame | Uint8Array)[];

/** One way to lie. What a hook does not answer, or answers with undefined, goes through as it came. */
export interface Misbehaviour {
  readonly name: MisbehaviourName;
  /** A frame of a client, before the relay has it. */
  readonly onClient?: (frame: FromClient, line: Line) => Instead<FromClient>;
  /** A frame of the relay, before the client has it. */
  readonly onServer?: (frame: FromServer, line: Line) => Instead<FromServer>;
}

export interface Passed {
  readonly who: string;
  readonly way: "up" | "down";
  readonly request: number;
  readonly body: ClientBody | ServerBody;
}

/** Requests of ours have numbers that no client reaches in a test. */
const OURS = 1_000_000_000;

export class EvilRelay implements AsyncDisposable {
  readonly port: number;
  readonly lines = new Set<Line>();
  /** Every frame as it came in, before anything was done to it. */
  readonly seen: Passed[] = [];
  /** The same as bytes: what this relay has ever held. */
  readonly held: Uint8Array[] = [];
  readonly watch = new Watch();
  /** Of these people nothing is passed on any more, in neither direction, once they resume; for one connection each. */
  readonly silentTo = new Set<string>();
  /** Account and first device of everybody who signed up here. */
  readonly refs = new Map<string, DeviceRef>();
  readonly #relay: Relay;
  readonly #server: Server;
  readonly #root: string;
  #doing: Misbehaviour | undefined;
  /** How often it did otherwise than an honest relay. */
  #lies = 0;

  private constructor(port: number, relay: Relay, server: Server, root: string) {
    this.port = port;
    this.#relay = relay;
    this.#server = server;
    this.#root = root;
  }

  static async start(relay: Relay, port: number): Promise<EvilRelay> {
    const keys: { leafKey: string; leafCertificate: string; rootCertificate: string } = JSON.parse(
      readFileSync(join(relay.data, "relay.key"), "utf8"),
    );
    const cert = `${keys.leafCertificate}\n${keys.rootCertificate}`;
    const server = createServer({ key: keys.leafKey, cert, minVersion: "TLSv1.3" });
    const evil = new EvilRelay(port, relay, server, keys.rootCertificate);
    const sockets = new WebSocketServer({ server, path: "/v1", perMessageDeflate: false });
    sockets.on("connection", (client) => evil.#accept(client));
    // First contact ends a connection as soon as it has seen the certificates.
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return evil;
  }

  #accept(client: WebSocket): void {
    // Not a literal argument: the types of ws do not know `servername`, which goes on to tls.connect.
    const options = { ca: [this.#root], servername: "sotto.invalid", perMessageDeflate: false };
    const relay = new WebSocket(`wss://127.0.0.1:${this.#relay.port}/v1`, options);
    this.lines.add(new Line(this, client, relay));
  }

  get doing(): Misbehaviour | undefined {
    return this.#doing;
  }

  /** Misbehaves while `meanwhile` runs, and is honest afterwards. A lie that nobody was told shows nothing. */
  async while<T>(misbehaviour: Misbehaviour, meanwhile: () => Promise<T>): Promise<T> {
    const before = this.#lies;
    this.#doing = misbehaviour;
    try {
      const done = await meanwhile();
      if (this.#lies === before) throw new Error(`it had no occasion to do this: ${misbehaviour.name}`);
      return done;
    } finally {
      this.#doing = undefined;
    }
  }

  lied(): void {
    this.#lies++;
  }

  ref(name: string): DeviceRef {
    const found = this.refs.get(name);
    if (found === undefined) throw new Error(`${name} has not signed up`);
    return found;
  }

  /** The open connection of somebody who is signed in. */
  line(name: string): Line {
    const found = [...this.lines].find((line) => line.name === name && line.isSignedIn);
    if (found === undefined) throw new Error(`${name} is not connected`);
    return found;
  }

  /** Ends every connection of somebody. */
  cut(name: string): void {
    for (const line of [...this.lines]) if (line.name === name) line.cut();
  }

  /** Frames of one kind that somebody sent or was sent, the oldest first. */
  of<T extends (ClientBody | ServerBody)["type"]>(who: string, type: T) {
    return this.seen.flatMap(({ who: name, body }) =>
      name === who && body.type === type ? [body as Extract<ClientBody | ServerBody, { type: T }>] : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const line of [...this.lines]) line.cut();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** One client's connection and the one to the relay that belongs to it. */
export class Line {
  /** Whose, as far as it is known. */
  name = "";
  isSignedIn = false;
  #isSilent = false;
  readonly #evil: EvilRelay;
  readonly #client: WebSocket;
  readonly #relay: WebSocket;
  readonly #early: Uint8Array[] = [];
  readonly #asked = new Map<number, (body: ServerBody) => void>();
  #asks = 0;

  constructor(evil: EvilRelay, client: WebSocket, relay: WebSocket) {
    this.#evil = evil;
    this.#client = client;
    this.#relay = relay;
    client.on("message", (data: Buffer) => this.#up(new Uint8Array(data)));
    relay.on("message", (data: Buffer) => this.#down(new Uint8Array(data)));
    relay.on("open", () => {
      for (const bytes of this.#early.splice(0)) relay.send(bytes);
    });
    for (const socket of [client, relay]) {
      socket.on("error", () => undefined);
      socket.on("close", () => this.cut());
    }
  }

  cut(): void {
    this.#evil.lines.delete(this);
    this.#client.terminate();
    this.#relay.terminate();
    this.#evil.watch.changed();
  }

  /** Ends it as a relay does that says why. */
  close(code: number): void {
    this.#evil.lied();
    this.#client.close(code);
  }

  /** Says something of this relay's own. */
  toClient(frame: FromServer | Uint8Array): void {
    this.#evil.lied();
    this.#pass(frame);
  }

  #pass(frame: FromServer | Uint8Array): void {
    if (this.#client.readyState !== WebSocket.OPEN) return;
    this.#client.send(frame instanceof Uint8Array ? frame : encodeFromServer(frame));
  }

  /** Text is no frame of the protocol at all. */
  toClientText(text: string): void {
    this.#evil.lied();
    this.#client.send(text);
  }

  /** Says something that nobody asked for. */
  push(body: ServerBody): void {
    this.toClient({ request: 0, body });
  }

  toRelay(frame: FromClient | Uint8Array): void {
    const bytes = frame instanceof Uint8Array ? frame : encodeFromClient(frame);
    if (this.#relay.readyState === WebSocket.OPEN) this.#relay.send(bytes);
    else this.#early.push(bytes);
  }

  /** Asks the real relay something in this person's name; the client hears nothing of it. */
  ask(body: ClientBody): Promise<ServerBody> {
    const request = OURS + ++this.#asks;
    return new Promise((resolve) => {
      this.#asked.set(request, resolve);
      this.toRelay({ request, body });
    });
  }

  #up(bytes: Uint8Array): void {
    const parsed = parseFromClient(bytes);
    this.#evil.held.push(bytes);
    if (!parsed.ok) throw new Error(`a client sent what is no frame: ${JSON.stringify(parsed.error)}`);
    const frame = parsed.value;
    this.#learn(frame.body);
    this.#evil.seen.push({ who: this.name, way: "up", ...frame });
    if (frame.body.type === "resume") this.#isSilent = this.#evil.silentTo.delete(this.name);
    const instead = this.#isSilent ? [] : this.#evil.doing?.onClient?.(frame, this);
    if (instead !== undefined) this.#evil.lied();
    for (const one of instead ?? [bytes]) this.toRelay(one);
    this.#evil.watch.changed();
  }

  #down(bytes: Uint8Array): void {
    const parsed = parseFromServer(bytes);
    if (!parsed.ok) throw new Error(`the relay sent what is no frame: ${JSON.stringify(parsed.error)}`);
    const frame = parsed.value;
    const asked = this.#asked.get(frame.request);
    if (asked !== undefined) return asked(frame.body);
    if (frame.body.type === "session") this.isSignedIn = frame.body.confirmed;
    this.#evil.seen.push({ who: this.name, way: "down", ...frame });
    const instead = this.#isSilent ? [] : this.#evil.doing?.onServer?.(frame, this);
    if (instead !== undefined) this.#evil.lied();
    for (const one of instead ?? [bytes]) this.#pass(one);
    this.#evil.watch.changed();
  }

  #learn(body: ClientBody): void {
    if (body.type === "sign-up-start" || body.type === "sign-in-start") this.name = body.name;
    if (body.type === "sign-up-finish") {
      const { account, devices } = chainOf([body.chainEntry]);
      const device = devices[0]?.id;
      if (device !== undefined) this.#evil.refs.set(this.name, { account, device });
    }
    if (body.type === "resume") {
      const refs = [...this.#evil.refs];
      this.name = refs.find(([, { account }]) => account === body.account)?.[0] ?? "";
    }
  }
}
