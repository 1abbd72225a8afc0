/**
 * The relay as a state machine: connections in, frames out. Sockets, clock, store and randomness are ports, so that the
 * simulator runs the same code as `sottod`.
 */
import type { Config } from "@sotto/wire";
import { AccessGate } from "./account/access.ts";
import { Attempts } from "./account/attempts.ts";
import { Bans } from "./account/bans.ts";
import { Guesses } from "./account/guesses.ts";
import { JudgedChains } from "./account/judged-chains.ts";
import { Desk, type Facts } from "./admin/desk.ts";
import { Audit, type AuditNote } from "./audit.ts";
import { Connection } from "./connection/connection.ts";
import type { Peer, Receiver } from "./connection/peer.ts";
import { chainPort, sha256 } from "./crypto.ts";
import { Fanout } from "./fanout.ts";
import { Online } from "./online.ts";
import { Pace } from "./pace.ts";
import type { Clock, Journal, OpaqueServer, Random } from "./ports.ts";
import type { LogPort } from "./room/log.ts";
import { Rooms } from "./room/rooms.ts";
import type { Services } from "./services.ts";
import type { Store } from "./store/store.ts";

export interface RelayPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly config: Config;
  /** SHA-256 of the first root key's SPKI. */
  readonly relay: Uint8Array;
  readonly opaque: OpaqueServer;
  /** HOST:PORT for links, known once the relay listens. */
  readonly address: () => string;
  /** Called when an operator orders the relay to stop. */
  readonly stop?: () => void;
}

const LAPSED_EVERY_MS = 60_000;

export class Relay {
  readonly #services: Services;
  readonly #connections: Set<Connection>;
  #isDraining = false;
  #lastConnection = 0;
  #cancelLapsed: () => void = () => undefined;

  private constructor(services: Services, connections: Set<Connection>) {
    this.#services = services;
    this.#connections = connections;
    this.#dropLapsed();
  }

  static async open(ports: RelayPorts): Promise<Relay> {
    const { store, clock, config, journal } = ports;
    const pace = new Pace(config.security);
    const online = new Online();
    const fanout = new Fanout(online);
    const rate: LogPort["rate"] = ({ device, account, host }, now) =>
      pace.take("message", { device, account, address: host }, now);
    const rooms = new Rooms(store, clock, { hash: sha256, rate }, fanout);
    const actions = new Audit(store, clock, journal);
    const connections = new Set<Connection>();
    const services = {
      ...ports,
      stop: ports.stop ?? (() => undefined),
      connections,
      bans: await Bans.load(store),
      generation: await store.generation(),
      gate: new AccessGate(config.access, ports.random),
      attempts: new Attempts(),
      guesses: new Guesses(),
      chains: new JudgedChains(chainPort),
      pace,
      rooms,
      online,
      fanout,
      audit: (note: AuditNote) => actions.note(note),
      seldom: (note: AuditNote) => actions.seldom(note),
    };
    return new Relay(services, connections);
  }

  /** What a newcomer needs; undefined for an open relay. */
  get accessPassword(): string | undefined {
    return this.#services.gate.password;
  }

  /** How long somebody should stay away before the next connection; 0: it was counted, and may begin. */
  waitMs(host: string): number {
    const { pace, clock } = this.#services;
    return pace.take("connection", { address: host }, clock.now());
  }

  /** A connection ended before it said anything that the relay heard. */
  unheard(event: "turned-away" | "tls-refused", host: string): void {
    const code = event === "turned-away" ? "rate-limited" : undefined;
    this.#services.seldom({ event, address: host, name: undefined, code });
  }

  /** Where the operator's requests at the machine are answered. */
  desk(facts: Facts): Desk {
    return new Desk(this.#services, facts);
  }

  /** Begins a connection. What arrives from `peer` goes to the receiver. */
  connect(peer: Peer): Receiver {
    const connection = new Connection(this.#services, peer, ++this.#lastConnection);
    this.#connections.add(connection);
    if (this.#isDraining) connection.end("drain");
    return {
      get isStranger() {
        return connection.isStranger;
      },
      receive: (bytes) => connection.receive(bytes),
      receiveText: () => connection.receiveText(),
      drained: () => connection.drained(),
      closed: () => {
        connection.closed();
        this.#connections.delete(connection);
      },
    };
  }

  /** Tells everybody that the relay stops, and ends their connections. What was answered is on the disk already. */
  drain(): void {
    this.#isDraining = true;
    this.#cancelLapsed();
    for (const connection of this.#connections) connection.end("drain");
    this.#connections.clear();
  }

  #dropLapsed(): void {
    const { store, clock, journal } = this.#services;
    store
      .dropLapsed(clock.now())
      .catch((error: unknown) => journal.warn({ err: error }, "lapsed names were not dropped"));
    this.#cancelLapsed = clock.after(LAPSED_EVERY_MS, () => this.#dropLapsed());
  }
}
