/**
 * Connections between devices and the relay: frames in order, each with its own delay, until the connection ends. What
 * a network does to them is here; what a relay does to them that means ill is in evil/.
 */
import type { Connection, Target, Transport, TransportEvent } from "@sotto/core";
import type { Peer, Receiver } from "@sotto/relay";
import { parseFromServer } from "@sotto/wire";
import type { Dice } from "./dice.ts";
import type { Loop } from "./loop.ts";

/** Where connections arrive. */
export interface Harbour {
  readonly isUp: boolean;
  /** What is shown to who dials. */
  readonly pin: Uint8Array;
  /** undefined: turned away. */
  connect(peer: Peer): Receiver | undefined;
}

/** Sees every frame, and may put others in its place. Downwards none is what the relay sent, upwards what a device sent. */
export interface Tap {
  up?(line: Line, bytes: Uint8Array): readonly Uint8Array[] | undefined;
  down?(line: Line, bytes: Uint8Array): readonly Uint8Array[] | undefined;
}

/** A path that takes no frames drops them; its ends find that out by themselves, or after this. */
const BLACK_HOLE_MS = 60_000;
const DELAY_MS = 12;

export interface Line {
  /** Of the device. */
  readonly who: string;
  readonly isOpen: boolean;
  /** A frame to the device, as if the relay had sent it. */
  push(bytes: Uint8Array): void;
  /** A frame to the relay, as if the device had sent it. */
  inject(bytes: Uint8Array): void;
  cut(): void;
}

export class Network {
  readonly #loop: Loop;
  readonly #dice: Dice;
  readonly #harbour: () => Harbour;
  readonly #lines = new Set<Wire>();
  readonly taps: Tap[] = [];
  /** Devices that cannot reach the relay. */
  readonly unreachable = new Set<string>();
  /** Devices whose frames arrive twice or in another order, where nobody has asked for them. */
  readonly unruly = new Set<string>();
  #connections = 0;

  constructor(loop: Loop, dice: Dice, harbour: () => Harbour) {
    this.#loop = loop;
    this.#dice = dice;
    this.#harbour = harbour;
  }

  get lines(): ReadonlySet<Line> {
    return this.#lines;
  }

  transport(who: string, isAlive: () => boolean): Transport {
    return { dial: (target, on) => this.#dial(who, isAlive, target, on) };
  }

  #dial(who: string, isAlive: () => boolean, target: Target, on: (event: TransportEvent) => void): Connection {
    const port = 10_000 + (this.#connections++ % 50_000);
    const wire = new Wire({
      who,
      port,
      loop: this.#loop,
      dice: this.#dice,
      taps: this.taps,
      isUnruly: () => this.unruly.has(who),
      tell: (event) => {
        if (isAlive()) on(event);
      },
      gone: () => this.#lines.delete(wire),
    });
    this.#lines.add(wire);
    this.#loop.after(this.#dice.between(1, DELAY_MS), `${who} dials`, () => {
      const harbour = this.#harbour();
      if (!wire.isOpen) return;
      if (this.unreachable.has(who) || !harbour.isUp) return wire.fail("unreachable");
      if (target.pin !== undefined && Buffer.compare(target.pin, harbour.pin) !== 0) return wire.fail("wrong-pin");
      const receiver = harbour.connect(wire.peer);
      if (receiver === undefined) return wire.fail("ended");
      wire.opened(receiver, harbour.pin);
    });
    return { send: (bytes) => wire.send(bytes), close: () => wire.cut() };
  }

  #of(who: string): readonly Wire[] {
    return [...this.#lines].filter((wire) => wire.who === who);
  }

  cut(who: string): void {
    for (const wire of this.#of(who)) wire.cut();
  }

  cutAll(): void {
    for (const wire of [...this.#lines]) wire.cut();
  }

  /** Nothing arrives for `ms`, in either direction, and then all of it. */
  stall(who: string, ms: number): void {
    for (const wire of this.#of(who)) wire.stall(ms);
  }

  /** What the relay sends is not read for `ms`, and looks `scale` times as large to it. */
  slow(who: string, ms: number, scale: number): void {
    for (const wire of this.#of(who)) wire.slow(ms, scale);
  }

  /** A device hands this to the network, as no device should. */
  spill(who: string, bytes: Uint8Array): void {
    for (const wire of this.#of(who)) wire.send(bytes);
  }

  /** Nothing arrives any more, and no end hears of it. */
  swallow(who: string): void {
    for (const wire of this.#of(who)) wire.swallow();
  }
}

interface WirePorts {
  readonly who: string;
  readonly port: number;
  readonly loop: Loop;
  readonly dice: Dice;
  readonly taps: readonly Tap[];
  readonly isUnruly: () => boolean;
  readonly tell: (event: TransportEvent) => void;
  readonly gone: () => void;
}

class Wire implements Line {
  readonly who: string;
  readonly #ports: WirePorts;
  readonly peer: Peer;
  #receiver: Receiver | undefined;
  #isOpen = true;
  #isSwallowed = false;
  /** Nothing arrives before. */
  #upAt = 0;
  #downAt = 0;
  #slowUntil = 0;
  #scale = 1;
  #waitingBytes = 0;
  #isPaused = false;
  readonly #unread: Uint8Array[] = [];
  /** A frame that the next one overtakes. */
  #overtaken: Uint8Array | undefined;

  constructor(ports: WirePorts) {
    const { who, port } = ports;
    this.who = who;
    this.#ports = ports;
    const wire = this;
    this.peer = {
      host: who,
      address: `${who}:${port}`,
      get waitingBytes() {
        return wire.#waitingBytes * wire.#scale;
      },
      send: (bytes) => this.#down(bytes),
      close: () => this.#hangUp(),
      pause: () => {
        this.#isPaused = true;
      },
      resume: () => this.#resume(),
    };
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  opened(receiver: Receiver, pin: Uint8Array): void {
    this.#receiver = receiver;
    this.#ports.tell({ type: "opened", pin, trust: "pinned" });
  }

  fail(reason: "unreachable" | "wrong-pin" | "ended"): void {
    this.#isOpen = false;
    this.#ports.gone();
    this.#ports.tell({ type: "closed", reason, detail: "" });
  }

  // The device's end.

  send(bytes: Uint8Array): void {
    if (!this.#isOpen) return;
    let frames: readonly Uint8Array[] = [Uint8Array.from(bytes)];
    for (const tap of this.#ports.taps) frames = frames.flatMap((frame) => tap.up?.(this, frame) ?? [frame]);
    for (const frame of frames) this.inject(frame);
  }

  inject(bytes: Uint8Array): void {
    const { loop, dice, who } = this.#ports;
    if (this.#isSwallowed) return;
    this.#upAt = Math.max(this.#upAt, loop.now + dice.between(1, DELAY_MS));
    loop.after(this.#upAt - loop.now, `frame of ${who}`, () => {
      // What was sent before the end may still arrive.
      if (!this.#isOpen || this.#isSwallowed) return;
      loop.note("up", bytes);
      if (this.#isPaused) this.#unread.push(bytes);
      else this.#receiver?.receive(bytes);
    });
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    const unread = this.#unread.splice(0);
    this.#ports.loop.after(0, `relay reads ${this.who} again`, () => {
      for (const bytes of unread) {
        if (!this.#isOpen) return;
        if (this.#isPaused) this.#unread.push(bytes);
        else this.#receiver?.receive(bytes);
      }
    });
  }

  // The relay's end.

  #down(bytes: Uint8Array): void {
    if (!this.#isOpen) return;
    let frames: readonly Uint8Array[] = [Uint8Array.from(bytes)];
    for (const tap of this.#ports.taps) frames = frames.flatMap((frame) => tap.down?.(this, frame) ?? [frame]);
    for (const frame of frames) for (const one of this.#unrulyOrder(frame)) this.push(one);
  }

  /** A push may come twice, or after the next one. */
  #unrulyOrder(bytes: Uint8Array): readonly Uint8Array[] {
    const { dice, isUnruly } = this.#ports;
    const late = this.#overtaken;
    this.#overtaken = undefined;
    const rest = late === undefined ? [] : [late];
    if (!isUnruly()) return [bytes, ...rest];
    const frame = parseFromServer(bytes);
    if (!frame.ok || frame.value.request !== 0) return [bytes, ...rest];
    const { type } = frame.value.body;
    if (type !== "event" && type !== "inbox-event") return [bytes, ...rest];
    if (dice.chance(0.15)) return [bytes, ...rest, bytes];
    if (late === undefined && dice.chance(0.2)) {
      this.#overtaken = bytes;
      // It comes in the end, or the device would wait for what nobody knows of.
      this.#ports.loop.after(2000, `a late frame for ${this.who}`, () => {
        if (this.#overtaken !== bytes || !this.#isOpen) return;
        this.#overtaken = undefined;
        this.push(bytes);
      });
      return [];
    }
    return [bytes, ...rest];
  }

  push(bytes: Uint8Array): void {
    const { loop, dice, who } = this.#ports;
    if (this.#isSwallowed) return;
    this.#downAt = Math.max(this.#downAt, this.#slowUntil, loop.now + dice.between(1, DELAY_MS));
    this.#waitingBytes += bytes.length;
    loop.after(this.#downAt - loop.now, `frame for ${who}`, () => {
      this.#waitingBytes -= bytes.length;
      if (!this.#isOpen || this.#isSwallowed) return;
      loop.note("down", bytes);
      this.#ports.tell({ type: "frame", bytes });
      this.#receiver?.drained();
    });
  }

  #hangUp(): void {
    const { loop, who } = this.#ports;
    this.#downAt = Math.max(this.#downAt, loop.now + 1);
    loop.after(this.#downAt - loop.now, `the relay ends ${who}`, () => this.cut());
  }

  cut(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#ports.gone();
    const { loop, who } = this.#ports;
    loop.after(1, `relay loses ${who}`, () => this.#receiver?.closed());
    loop.after(1, `${who} is cut off`, () => this.#ports.tell({ type: "closed", reason: "ended", detail: "" }));
  }

  stall(ms: number): void {
    const until = this.#ports.loop.now + ms;
    this.#upAt = Math.max(this.#upAt, until);
    this.#downAt = Math.max(this.#downAt, until);
  }

  slow(ms: number, scale: number): void {
    this.#slowUntil = this.#ports.loop.now + ms;
    this.#scale = scale;
    this.#ports.loop.after(ms, `${this.who} reads again`, () => {
      this.#scale = 1;
      this.#receiver?.drained();
    });
  }

  swallow(): void {
    this.#isSwallowed = true;
    this.#ports.loop.after(BLACK_HOLE_MS, `nothing was heard of ${this.who}`, () => this.cut());
  }
}
