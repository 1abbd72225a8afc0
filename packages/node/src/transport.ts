/**
 * Core's way to a relay: TLS 1.3 to a key that is known, and a WebSocket in it. The order is the point (docs/protocol.md,
 * section 2): look at the root in a connection that says nothing, compare, and only then connect, trusting that root alone.
 */
import { isIP } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import type { Connection, Target, Transport, TransportEvent } from "@sotto/core";
import { LIMITS } from "@sotto/wire";
import WebSocket from "ws";
import { bareHost, lookAt, printable, type Trust } from "./probe.ts";
import { pinFault, RELAY_NAME, type Root } from "./root-pin.ts";

const DIAL_MS = 10_000;
/** How long a closing handshake may take before the socket is cut. */
const CLOSE_MS = 2_000;
/** Frames that wait for a relay that does not read; core has few under way, so more is a dead connection. */
const BUFFERED_BYTES_MAX = 8 * LIMITS.frameBytesMax;

type Closed = Extract<TransportEvent, { type: "closed" }>;

export function nodeTransport(options: { readonly dialMs?: number } = {}): Transport {
  return {
    dial(target, on) {
      const dialing = new Dialing(target, on, options.dialMs ?? DIAL_MS);
      void dialing.run();
      return dialing;
    },
  };
}

/**
 * Which root key a relay shows and whether it would be believed, for the screen of a first run. Nothing is sent.
 *
 * @param wanted - "whatever" tells of a key that is not the pinned one too.
 */
export async function probe(
  target: Omit<Target, "relay">,
  wanted: "pinned" | "whatever" = "pinned",
): Promise<{ readonly pin: Uint8Array; readonly trust: Trust } | { readonly error: string }> {
  const shown = await lookAt({ ...target, relay: undefined }, AbortSignal.timeout(DIAL_MS), wanted);
  return shown.type === "shown" ? { pin: shown.root.pin, trust: shown.trust } : { error: shown.detail };
}

class Dialing implements Connection {
  readonly #target: Target;
  readonly #on: (event: TransportEvent) => void;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #socket: WebSocket | undefined;
  #state: "dialing" | "open" | "ended" = "dialing";

  constructor(target: Target, on: (event: TransportEvent) => void, dialMs: number) {
    this.#target = target;
    this.#on = on;
    this.#timer = setTimeout(() => this.#end("unreachable", "no answer in time"), dialMs);
  }

  async run(): Promise<void> {
    try {
      const shown = await lookAt(this.#target, this.#abort.signal);
      if (this.#state === "ended") return;
      if (shown.type === "failed") this.#end(shown.reason, shown.detail);
      else this.#open(shown.root, shown.trust);
    } catch (cause) {
      // A host that is no host: thrown before there is a socket.
      this.#end("unreachable", cause instanceof Error ? cause.message : "not an address");
    }
  }

  send(frame: Uint8Array): void {
    const socket = this.#socket;
    if (this.#state !== "open" || socket === undefined) return;
    if (socket.bufferedAmount + frame.length > BUFFERED_BYTES_MAX) this.#end("ended", "the relay does not read");
    else socket.send(frame);
  }

  close(): void {
    // Said on a later turn, as every other event: who calls close is often in the middle of something.
    setImmediate(() => this.#end("ended", "closed here"));
  }

  #open(root: Root, trust: Trust): void {
    const socket = new WebSocket(urlOf(this.#target), {
      createConnection: () => connect(trusting(this.#target, root, trust)),
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: LIMITS.frameBytesMax,
      maxFragments: 1024,
      maxBufferedChunks: 4096,
    });
    this.#socket = socket;
    socket.on("open", () => {
      clearTimeout(this.#timer);
      if (this.#state !== "dialing") return;
      this.#state = "open";
      this.#on({ type: "opened", pin: root.pin, trust });
    });
    socket.on("message", (data, isBinary) => {
      if (this.#state !== "open") return;
      if (isBinary && data instanceof Buffer) this.#on({ type: "frame", bytes: new Uint8Array(data) });
      else this.#end("ended", "the relay sent text");
    });
    socket.on("error", (error) => {
      if (this.#state === "open") this.#end("ended", error.message);
      else this.#end(this.#target.pin && isPinFault(error) ? "wrong-pin" : "unreachable", error.message);
    });
    socket.on("close", (code) => {
      this.#end(this.#state === "open" ? "ended" : "unreachable", `the relay closed the connection (${code})`);
    });
  }

  /** The last event, once, however many things go wrong at the same time. */
  #end(reason: Closed["reason"], detail: string): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    clearTimeout(this.#timer);
    this.#abort.abort();
    const socket = this.#socket;
    if (socket?.readyState === WebSocket.OPEN && detail === "closed here") {
      socket.close(); // frames that were sent still go
      setTimeout(() => socket.terminate(), CLOSE_MS).unref();
    } else socket?.terminate();
    this.#on({ type: "closed", reason, detail: printable(detail) });
  }
}

/** How a connection trusts what was looked at, and nothing else. */
export function trusting(target: Target, root: Root, trust: Trust): ConnectionOptions {
  const host = bareHost(target.host);
  const common: ConnectionOptions = {
    host,
    port: target.port,
    minVersion: "TLSv1.3",
    rejectUnauthorized: true, // said, because an environment variable can turn the default off
  };
  if (trust === "system") return isIP(host) ? common : { ...common, servername: host };
  return {
    ...common,
    ca: [root.pem],
    servername: RELAY_NAME,
    // Called when the chain holds: the key is compared again, in the connection that will carry our bytes.
    checkServerIdentity: (_name, leaf) => pinFault(host, leaf, root.pin),
  };
}

const urlOf = (target: Target): string => `wss://${target.host}:${target.port}/v1`;

/** The chain does not hold: OpenSSL's codes and ours. A date that is wrong says nothing about whose key it is. */
function isPinFault(error: Error & { readonly code?: string }): boolean {
  if (error.code === "CERT_HAS_EXPIRED" || error.code === "CERT_NOT_YET_VALID") return false;
  return /pinned|CERT|SIGNATURE|ALTNAME/.test(`${error.code ?? ""} ${error.message}`);
}
