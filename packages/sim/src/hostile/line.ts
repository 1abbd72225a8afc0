/** A connection of somebody who speaks the wire by hand: signed in with real keys, and nothing is checked before it is sent. */
import type { Connection, Crypto, TransportEvent } from "@sotto/core";
import type { AccountRecord } from "@sotto/core/records";
import { authBytes, type ClientBody, encodeFromClient, parseFromServer, type ServerBody } from "@sotto/wire";
import type { Dice } from "../dice.ts";
import type { Loop } from "../loop.ts";
import type { Network } from "../network.ts";

const DIALS_MAX = 40;
const DIAL_AGAIN_MS = 700;

interface Waiting {
  readonly body: ClientBody;
  readonly answered: (answer: ServerBody | undefined) => void;
}

export interface LinePorts {
  readonly name: string;
  readonly loop: Loop;
  readonly dice: Dice;
  readonly network: Network;
  readonly crypto: Crypto;
  readonly pin: Uint8Array;
  readonly account: AccountRecord;
}

export class HandLine {
  readonly #ports: LinePorts;
  readonly #waiting: Waiting[] = [];
  readonly #asked = new Map<number, Waiting>();
  #connection: Connection | undefined;
  #isIn = false;
  #nonce: Uint8Array = new Uint8Array(0);
  #counter: number;
  #request = 0;
  #dials = 0;

  constructor(ports: LinePorts) {
    this.#ports = ports;
    this.#counter = ports.account.counter;
  }

  /** @param answered - undefined: there was none. */
  ask(body: ClientBody, answered: (answer: ServerBody | undefined) => void): void {
    this.#waiting.push({ body, answered });
    if (this.#isIn) this.#flush();
    else this.#dial();
  }

  #flush(): void {
    for (const one of this.#waiting.splice(0)) {
      this.#asked.set(this.#send(one.body), one);
    }
  }

  #send(body: ClientBody): number {
    this.#request++;
    this.#connection?.send(encodeFromClient({ request: this.#request, body }));
    return this.#request;
  }

  #dial(): void {
    if (this.#connection !== undefined) return;
    if (this.#dials++ >= DIALS_MAX) {
      for (const { answered } of this.#waiting.splice(0)) answered(undefined);
      return;
    }
    const { network, name, account, pin } = this.#ports;
    const transport = network.transport(name, () => true);
    const { host, port } = account;
    this.#connection = transport.dial({ host, port, pin, relay: account.relay }, (event) => this.#on(event));
  }

  #on(event: TransportEvent): void {
    if (event.type === "opened") {
      this.#nonce = this.#ports.dice.bytes(32);
      this.#send({ type: "hello", versions: [1], nonce: this.#nonce, accessPassword: "" });
    } else if (event.type === "frame") this.#read(event.bytes);
    else this.#closed();
  }

  #read(bytes: Uint8Array): void {
    const frame = parseFromServer(bytes);
    if (!frame.ok) return;
    const { request, body } = frame.value;
    if (body.type === "challenge") this.#resume(body);
    else if (body.type === "session") {
      this.#isIn = true;
      this.#dials = 0;
      this.#flush();
    } else {
      const asked = this.#asked.get(request);
      this.#asked.delete(request);
      asked?.answered(body);
    }
  }

  #resume({ nonce: serverNonce, relay, version, generation }: Extract<ServerBody, { type: "challenge" }>): void {
    const { account, device, privateKey } = this.#ports.account;
    const counter = ++this.#counter;
    const clientNonce = this.#nonce;
    const signed = authBytes({ relay, account, device, clientNonce, serverNonce, version, generation, counter });
    this.#send({ type: "resume", account, device, counter, signature: this.#ports.crypto.sign(privateKey, signed) });
  }

  #closed(): void {
    this.#connection = undefined;
    this.#isIn = false;
    const lost = [...this.#asked.values()];
    this.#asked.clear();
    for (const { answered } of lost) answered(undefined);
    if (this.#waiting.length > 0)
      this.#ports.loop.after(DIAL_AGAIN_MS, `${this.#ports.name} dials again`, () => this.#dial());
  }
}
