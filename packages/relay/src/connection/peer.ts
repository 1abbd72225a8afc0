/** The other end of a connection, as a port: a WebSocket in real life, a pair of queues in tests. */
export interface Peer {
  /** HOST:PORT, for the journal. */
  readonly address: string;
  /** Without the port: who guesses passwords is slowed down by it. */
  readonly host: string;
  /** Bytes handed over and not yet on their way. */
  readonly waitingBytes: number;
  send(bytes: Uint8Array): void;
  /** Ends the connection after what was sent. Codes are those of RFC 6455 section 7.4. */
  close(code: number, reason: string): void;
  /** Stops and goes on with reading. */
  pause(): void;
  resume(): void;
}

/** What a peer tells its connection. */
export interface Receiver {
  /** Nobody is signed in yet: less is read from them. */
  readonly isStranger: boolean;
  receive(bytes: Uint8Array): void;
  /** A text message: no frame of ours. */
  receiveText(): void;
  /** Some of the waiting bytes are on their way. */
  drained(): void;
  closed(): void;
}
