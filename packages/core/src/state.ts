/** What a device knows between two events. Values: a turn makes the next state and the old one stays as it was. */
import type {
  AccountId,
  ChainPoint,
  Code,
  DeviceId,
  DeviceRef,
  Entry,
  EntryId,
  InboxEntry,
  LeaveProof,
  RoomId,
  ServerBody,
  UserName,
} from "@sotto/wire";
import type { Group } from "./group/index.ts";
import type { Contact } from "./identity/contacts.ts";
import type { Stock } from "./key-packages.ts";
import type { UnfinishedChange } from "./password.ts";
import type { Store, Target, TransportEvent } from "./ports.ts";
import type { Proof } from "./proof.ts";
import type {
  AccountRecord,
  IntentRecord,
  KeyPackageRecord,
  PendingRecord,
  RecoveryRecord,
  RoomRecord,
} from "./records.ts";
import type { Turn } from "./turn.ts";

export interface State {
  readonly store: Store | undefined;
  readonly me: AccountRecord | undefined;
  readonly contacts: ReadonlyMap<AccountId, Contact>;
  /** First account that was seen under a name. */
  readonly names: ReadonlyMap<UserName, AccountId>;
  readonly rooms: ReadonlyMap<RoomId, Room>;
  /** Rooms that this device was in, and how far it had read: who brings it in again must have been there. */
  readonly left: ReadonlyMap<RoomId, number>;
  /** Rooms whose Welcome was lost, and the key of the leaf that this device has there. */
  readonly leaves: ReadonlyMap<RoomId, Uint8Array>;
  /** What an interface keeps in the vault, by key. */
  readonly notes: ReadonlyMap<string, string>;
  readonly keyPackages: readonly KeyPackageRecord[];
  readonly stock: Stock;
  readonly inbox: readonly InboxEntry[];
  /** A person was told that a Welcome could not be opened. */
  readonly unopened: boolean;
  /** The inbox is being fetched, or a chain that its next entry needs. */
  readonly inboxBusy: boolean;
  readonly session: Session;
  /** Order of the next intent. */
  readonly order: number;
  /** An unread digest is owed for this connection. */
  readonly digestDue: boolean;
  /** After a relay went back in time: rooms of which is not known yet what it lacks, and what was found so far. */
  readonly settlement: Settlement | undefined;
  /** What a person typed for a relay that asks for password and code at each connection: used once. */
  readonly proof: Proof | undefined;
  /** A change of the password that the last process did not end. */
  readonly change: UnfinishedChange | undefined;
  /** A new recovery phrase that nobody may have seen yet. */
  readonly recovery: RecoveryRecord | undefined;
  /** Why nothing is sent any more, until a person acts. */
  readonly halted: Code | undefined;
  /** Requests that wait for the relay's answer; called with undefined when the connection was lost. */
  readonly waiting: ReadonlyMap<number, Reply>;
  readonly requests: number;
  /** Commands that wait for a connection that is being made. */
  readonly parked: readonly ((turn: Turn, fault: Code | undefined) => Promise<void>)[];
  /** What waits for the next session to tell what became of a request whose answer was lost; a halt ends it. */
  readonly undecided: readonly ((turn: Turn, fault: Code | undefined) => Promise<void>)[];
  /** Up to when the times of rooms were looked at. */
  readonly lookedAt: number;
  /** The connection that was hung up, until it has ended. */
  readonly leaving: number | undefined;
  /** What goes on when its time has come, on this connection. */
  readonly sleepers: readonly Sleeper[];
  /** Commands that wait until their message stands in the log. */
  readonly sending: ReadonlyMap<EntryId, readonly number[]>;
}

export interface Settlement {
  readonly open: ReadonlySet<RoomId>;
  /** Entries that were given back, and such that the log holds no more. */
  readonly given: number;
  readonly lost: number;
}

/** What goes on after a wait, or hears that the connection was lost before it was over. */
export interface Sleeper {
  readonly at: number;
  readonly wake: (turn: Turn) => Promise<void>;
  readonly lost: (turn: Turn) => void;
}

/** @returns true to go on waiting for a second answer with the same request number. */
export type Reply = (turn: Turn, body: ServerBody | undefined) => Promise<boolean | undefined>;

export type Session =
  | { readonly state: "offline"; readonly attempt: number; readonly retryAt: number | undefined }
  | { readonly state: "dialing"; readonly connection: number; readonly attempt: number; readonly entrance: Entrance }
  | {
      readonly state: "handshake";
      readonly connection: number;
      readonly attempt: number;
      readonly entrance: Entrance;
      readonly heardAt: number;
      /** A known device signs in; else a newcomer is on the way. */
      readonly resuming: boolean;
      /** The relay answered the greeting. */
      readonly greeted: boolean;
    }
  | {
      readonly state: "online";
      readonly connection: number;
      readonly heardAt: number;
      readonly pingedAt: number;
      readonly relay: Extract<ServerBody, { type: "session" }>;
    };

/** The root key that the relay showed, and why it was believed. */
export type Shown = Pick<Extract<TransportEvent, { type: "opened" }>, "pin" | "trust">;

/** What a connection is made for: resuming, or what a newcomer does instead. */
export interface Entrance {
  readonly target: Target;
  readonly accessPassword?: string | undefined;
  /** Called with the relay's challenge, what it showed, and our nonce. */
  readonly challenged: (
    turn: Turn,
    challenge: Extract<ServerBody, { type: "challenge" }>,
    shown: Shown,
    nonce: Uint8Array,
  ) => Promise<void>;
  /** Called when the connection ended before it led anywhere. */
  readonly failed: (turn: Turn, code: Code) => Promise<void>;
}

export interface Room extends RoomRecord {
  /** undefined while joining, and in a direct conversation without a group. */
  readonly group: Group | undefined;
  readonly pending: Pending | undefined;
  readonly queue: readonly Intent[];
  readonly operations: readonly Operation[];
  /** Newest seq that the relay told of. */
  readonly last: number;
  /** Newest own entry that the relay has; its push follows, and a heartbeat later it is fetched if it did not. */
  readonly acked: number;
  readonly fetching: boolean;
  /** The connection on which the relay showed that it still has this device's newest entry, and the one it was asked on. */
  readonly checkedOn: number;
  readonly checkingOn: number;
  /** Entries that were received and are not applied yet, without a gap. */
  readonly backlog: readonly Entry[];
  /** The next entry needs a device chain that is being fetched. */
  readonly blocked: boolean;
  readonly unread: ReadonlyMap<AccountId, number>;
  /** Up to where what is unread was counted when it was stored last. */
  readonly tallied: number;
  /** Nothing is sent before. */
  readonly retryAt: number;
  /** A message was refused: nothing more is sent until all that were under way are answered. */
  readonly stalled: boolean;
  /** Key packages are being claimed for a direct conversation. */
  readonly working: boolean;
  /** When this device commits the removal of leavers, or heals after a commit that did not count. */
  readonly choreAt: number | undefined;
  readonly healing: boolean;
  /** Entry for which the missing chains were fetched: what is missing then, the relay does not give. */
  readonly chainsFetchedFor: number;
  /** Commits in a row that did not count: each makes the next healing wait longer. */
  readonly skips: number;
  /** Up to where the relay told of entries that it did not give. */
  readonly unreachable: number;
  /** Chores that failed in a row, and when the next one may be tried. */
  readonly failures: number;
  readonly choresFrom: number;
  /** Entry whose sender has another transcript, and for which the relay was asked whether it has still what it gave. */
  readonly checkedFor: number;
  /** Which of the others were last heard on what this device holds, and which on something else. */
  readonly voices: ReadonlyMap<string, Voice>;
  /** Devices that ask to be brought in. */
  readonly asks: readonly Ask[];
}

export type Voice = "here" | "elsewhere";

/** A device of a member that asks to be brought in, anew or for the first time. */
export interface Ask extends DeviceRef {
  readonly signature: Uint8Array;
  /** When this device answers, if nobody before it in rank did. */
  readonly dueAt: number;
}

export interface Pending extends PendingRecord {
  /** Where the relay says that it stands. */
  readonly place?: number | undefined;
  readonly group: Group;
  readonly flying: boolean;
  /** Times that the relay refused it for a head that did not move. */
  readonly stale: number;
}

export interface Intent extends IntentRecord {
  /** Where the relay says that it stands. */
  readonly place?: number | undefined;
  readonly flying: boolean;
  /** Times that the relay refused it for a head that did not move. */
  readonly stale: number;
}

/** A commit that is wanted and not made yet; lost with the process, unlike a message. */
export interface Operation {
  readonly name: string;
  /** Makes the commit for the epoch that is current now: "done" when nothing is left to do, or a code. */
  readonly plan: (turn: Turn, room: Room) => Promise<OperationPlan | "done" | Code>;
  readonly finished: (turn: Turn, fault: Code | undefined) => Promise<void>;
}

export interface OperationPlan {
  readonly adds: readonly { readonly account: AccountId; readonly device: DeviceId; readonly bytes: Uint8Array }[];
  readonly removes: readonly { readonly account: AccountId; readonly device: DeviceId }[];
  /** A new secret for the link. */
  readonly renew: boolean;
  /** The link leads nowhere any more. */
  readonly off?: boolean;
  /** The words of accounts that are taken out because they leave. */
  readonly leaves?: readonly LeaveProof[];
  /** The chains that revoke devices of other accounts which are taken out. */
  readonly revocations?: readonly ChainPoint[];
  /** The words of devices that are taken out because they ask to come in anew. */
  readonly readmits?: readonly LeaveProof[];
}
