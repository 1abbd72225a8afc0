/** One device: a real client over the world's ports, and what its person asked and was told. */
import { type Answer, type Client, type Method, openClient, type Params, type Refusal, type Update } from "@sotto/core";
import { nodeCrypto } from "@sotto/node";
import { formatLink } from "@sotto/wire";
import { Secret, TOTP } from "otpauth";
import { Dice } from "./dice.ts";
import { Disk, SimVault } from "./disk.ts";
import { accountOn } from "./inside.ts";
import type { Loop } from "./loop.ts";
import type { Network } from "./network.ts";
import { clientOpaque } from "./opaque.ts";
import { remembering } from "./remembering.ts";
import type { Seals } from "./seals.ts";

export type Outcome<M extends Method> =
  | { readonly ok: true; readonly value: Answer<M> }
  | { readonly ok: false; readonly error: Refusal };

/** A request, and what came of it: undefined while there is no answer, and for ever where the process died. */
export interface Asked<M extends Method> {
  outcome: Outcome<M> | undefined;
}

/** What somebody typed, and in which room. */
export interface Said {
  readonly room: string;
  readonly text: string;
  readonly asked: Asked<"message.send">;
}

export interface DevicePorts {
  readonly loop: Loop;
  readonly dice: Dice;
  readonly network: Network;
  readonly seals: Seals;
  readonly pin: Uint8Array;
}

export const PASSWORD = "correct horse battery";

/** What a person has outside of any device. */
export interface Memory {
  readonly username: string;
  password: string;
  phrase: string;
  totpUri: string;
}

export class Device {
  readonly name: string;
  readonly memory: Memory;
  readonly disk: Disk;
  readonly updates: Update[] = [];
  readonly said: Said[] = [];
  /** Rooms that its person wanted to leave. */
  readonly left = new Set<string>();
  /** Its clock less that of the world, in milliseconds. */
  skew = 0;
  /** The newest warning that its person agreed to, by its place among the updates. */
  agreed = -1;
  readonly #ports: DevicePorts;
  readonly #random: Dice;
  #client: Client | undefined;
  #vault: SimVault | undefined;
  /** Of the process. */
  #life = 0;

  constructor(ports: DevicePorts, name: string, memory: Memory, disk = new Disk()) {
    this.#ports = ports;
    this.name = name;
    this.memory = memory;
    this.disk = disk;
    this.#random = new Dice(ports.dice.word(), ports.dice.word());
  }

  /** It holds an account: signed up or in, whether or not the answer came. */
  get isIn(): boolean {
    return accountOn(this.disk) !== undefined;
  }

  get isRunning(): boolean {
    return this.#client !== undefined;
  }

  get isWriting(): boolean {
    return (this.#vault?.waiting ?? 0) > 0;
  }

  /** Starts a process over what is on the disk; it does nothing before it is asked. */
  open(): void {
    if (this.#client !== undefined) return;
    const { loop, network, seals, dice } = this.#ports;
    const life = ++this.#life;
    const isAlive = (): boolean => life === this.#life;
    const vault = new SimVault(this.disk, { loop, dice, name: this.name, isAlive });
    const random = (length: number): Uint8Array => this.#random.bytes(length);
    const crypto = remembering(nodeCrypto(random));
    const transport = network.transport(this.name, isAlive);
    const client = openClient({
      crypto: seals.watching(this.name, crypto),
      opaque: clientOpaque(random),
      stretch: async (secret, salt, length) =>
        crypto.hkdfExpand(crypto.hkdfExtract(salt, secret), new Uint8Array(), length),
      vault,
      transport: {
        dial: (target, on) => {
          const connection = transport.dial(target, on);
          return {
            send: (bytes) => {
              seals.left(this.name, bytes);
              connection.send(bytes);
            },
            close: () => connection.close(),
          };
        },
      },
      clock: {
        now: () => loop.now + this.skew,
        wake: (at, run) =>
          loop.after(at - this.skew - loop.now, `${this.name} wakes`, () => {
            if (isAlive()) run();
          }),
      },
    });
    this.#client = client;
    this.#vault = vault;
    void this.#listen(client, isAlive);
  }

  async #listen(client: Client, isAlive: () => boolean): Promise<void> {
    for await (const update of client.updates()) if (isAlive()) this.updates.push(update);
  }

  /** Asks and goes on; nothing when it does not run. */
  ask<M extends Method>(method: M, params: Params<M>): Asked<M> {
    const asked: Asked<M> = { outcome: undefined };
    const life = this.#life;
    void this.#client?.request(method, params).then((outcome) => {
      if (life === this.#life) asked.outcome = outcome;
    });
    return asked;
  }

  /** Asks and lets the world go on until there is an answer. @returns undefined: there was none within a minute. */
  async wait<M extends Method>(method: M, params: Params<M>, ms = 60_000): Promise<Outcome<M> | undefined> {
    const asked = this.ask(method, params);
    await this.#ports.loop.pass(ms, () => asked.outcome !== undefined);
    return asked.outcome;
  }

  async must<M extends Method>(method: M, params: Params<M>): Promise<Answer<M>> {
    const outcome = await this.wait(method, params);
    if (outcome?.ok !== true) throw new Error(`${this.name}: ${method} was ${outcome?.error.code ?? "never answered"}`);
    return outcome.value;
  }

  say(room: string, text: string): void {
    this.said.push({ room, text, asked: this.ask("message.send", { roomId: room, text }) });
  }

  get relayLink(): string {
    return formatLink({
      host: "relay.sim",
      port: 7878,
      pin: this.#ports.pin,
      accessPassword: undefined,
      room: undefined,
    });
  }

  /** The code that an authenticator shows now. */
  get code(): string {
    const secret = /secret=([A-Z2-7]+)/.exec(this.memory.totpUri)?.[1] ?? "";
    if (secret === "") return "000000";
    const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: "SHA1", digits: 6, period: 30 });
    return totp.generate({ timestamp: this.#ports.loop.now });
  }

  async signUp(): Promise<void> {
    this.open();
    const { username, password } = this.memory;
    const made = await this.must("account.signUp", { link: this.relayLink, username, password });
    this.memory.phrase = made.recoveryPhrase;
    this.memory.totpUri = made.totpUri;
    await this.must("account.confirmOtp", { code: this.code });
  }

  /** As a new device of its account. */
  signIn(): Asked<"account.signIn"> {
    this.open();
    const { username, password, phrase } = this.memory;
    return this.ask("account.signIn", {
      link: this.relayLink,
      username,
      password,
      code: this.code,
      recoveryPhrase: phrase,
    });
  }

  unlock(): Asked<"account.unlock"> {
    this.open();
    // Where it died in the middle of a change, it opens by whichever of them is left.
    const { passwords } = this.disk;
    return this.ask("account.unlock", { password: passwords.at(-1) ?? this.memory.password });
  }

  /** Its person closes it: the process ends when it has done what it was at. */
  close(): void {
    const life = this.#life;
    void this.#client?.close().then(() => {
      if (life === this.#life) this.crash();
    });
  }

  /** kill -9: nothing of this process happens any more. */
  crash(): void {
    this.#client = undefined;
    this.#end();
  }

  #end(): void {
    this.#life++;
    this.#vault = undefined;
    this.#ports.network.cut(this.name);
  }
}
