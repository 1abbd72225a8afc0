/** What the parts of a relay share. One object for each running relay; nothing here is global. */
import type { Config, UserName } from "@sotto/wire";
import type { AccessGate } from "./account/access.ts";
import type { Attempts } from "./account/attempts.ts";
import type { Bans } from "./account/bans.ts";
import type { Guesses } from "./account/guesses.ts";
import type { JudgedChains } from "./account/judged-chains.ts";
import type { AuditNote } from "./audit.ts";
import type { Fanout } from "./fanout.ts";
import type { EndReason, Online } from "./online.ts";
import type { Pace } from "./pace.ts";
import type { Clock, Journal, OpaqueServer, Random } from "./ports.ts";
import type { Rooms } from "./room/rooms.ts";
import type { Store } from "./store/store.ts";

/** A connection as the operator's orders see it. */
export interface Present {
  /** Whose it is; undefined while that is not proved. */
  readonly userName: UserName | undefined;
  end(reason: EndReason): void;
}

export interface Services {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly config: Config;
  /** SHA-256 of the first root key's SPKI. */
  readonly relay: Uint8Array;
  readonly generation: Uint8Array;
  readonly gate: AccessGate;
  readonly opaque: OpaqueServer;
  readonly attempts: Attempts;
  readonly bans: Bans;
  readonly guesses: Guesses;
  readonly chains: JudgedChains;
  readonly pace: Pace;
  readonly rooms: Rooms;
  readonly online: Online;
  readonly fanout: Fanout;
  /** Everybody who is connected, signed in or not. */
  readonly connections: ReadonlySet<Present>;
  /** Stops the whole relay, as a signal does. */
  readonly stop: () => void;
  /** HOST:PORT for links, known once the relay listens. */
  readonly address: () => string;
  /** Writes a line of the journal of actions; nobody waits for it. */
  readonly audit: (note: AuditNote) => void;
  /** The same for what may come a thousand times a second: once at once, then once a minute with how often. */
  readonly seldom: (note: AuditNote) => void;
}
