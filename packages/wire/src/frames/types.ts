/** The frames as checked values. What each is for stands in proto/sotto/wire/v1/frame.proto, which is normative. */
import type { RelayCode } from "../codes.ts";
import type { AccountId, DeviceId, EntryId, RoomId } from "../ids.ts";

export interface DeviceRef {
  readonly account: AccountId;
  readonly device: DeviceId;
}

export interface CommitHeader {
  readonly adds: readonly DeviceRef[];
  readonly removes: readonly DeviceRef[];
}

export interface RoomLink {
  readonly tokenHash: Uint8Array;
  readonly groupInfo: Uint8Array;
}

export interface WelcomeFor {
  readonly device: DeviceId;
  readonly bytes: Uint8Array;
}

export interface AppendBody {
  readonly room: RoomId;
  readonly id: EntryId;
  readonly head: number;
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly continues: boolean;
}

export interface CommitBody {
  readonly room: RoomId;
  readonly id: EntryId;
  readonly head: number;
  readonly base: number;
  readonly bytes: Uint8Array;
  /** A serialised CommitHeader, part of the transcript as it is. */
  readonly header: Uint8Array;
  readonly welcomes: readonly WelcomeFor[];
  /** undefined: as it was; null: off from now on. */
  readonly link: RoomLink | undefined | null;
  readonly joinToken: Uint8Array | undefined;
}

/** One item of a room's log. */
export interface Entry {
  readonly seq: number;
  readonly kind: "message" | "commit";
  readonly device: DeviceId;
  readonly id: EntryId;
  readonly base: number;
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
}

export type InboxEntry =
  | {
      readonly number: number;
      readonly kind: "welcome";
      readonly room: RoomId;
      readonly seq: number;
      readonly previous: Uint8Array;
      readonly bytes: Uint8Array;
    }
  | { readonly number: number; readonly kind: "last-resort-used" | "sign-in-locked" | "chain-grew" }
  | {
      readonly number: number;
      readonly kind: "readmit";
      readonly room: RoomId;
      readonly who: DeviceRef;
      readonly signature: Uint8Array;
    };

/** What the operator's account may do from the chat. */
export type AdminAction =
  | { readonly action: "kick" | "ban" | "unban"; readonly name: string }
  | { readonly action: "announce"; readonly text: string }
  | { readonly action: "regen" | "stop" };

export type ClientBody =
  | {
      readonly type: "hello";
      readonly versions: readonly number[];
      readonly nonce: Uint8Array;
      readonly accessPassword: string;
    }
  | {
      readonly type: "resume";
      readonly account: AccountId;
      readonly device: DeviceId;
      readonly counter: number;
      readonly signature: Uint8Array;
    }
  | {
      readonly type: "sign-up-start";
      readonly name: string;
      readonly accessPassword: string;
      readonly registrationRequest: Uint8Array;
    }
  | { readonly type: "sign-up-finish"; readonly registrationRecord: Uint8Array; readonly chainEntry: Uint8Array }
  | { readonly type: "sign-up-confirm"; readonly code: string }
  | { readonly type: "sign-in-start"; readonly name: string; readonly loginRequest: Uint8Array }
  | { readonly type: "sign-in-finish"; readonly loginFinish: Uint8Array; readonly code: string }
  | { readonly type: "password-start"; readonly loginRequest: Uint8Array; readonly registrationRequest: Uint8Array }
  | { readonly type: "password-finish"; readonly loginFinish: Uint8Array; readonly registrationRecord: Uint8Array }
  | ({ readonly type: "append" } & AppendBody)
  | ({ readonly type: "commit" } & CommitBody)
  | {
      readonly type: "room-create";
      readonly room: RoomId;
      readonly header: Uint8Array;
      readonly link: RoomLink | undefined;
      readonly commit: CommitBody | undefined;
    }
  | { readonly type: "fetch"; readonly room: RoomId; readonly from: number; readonly limit: number }
  | { readonly type: "cursor"; readonly room: RoomId; readonly seq: number }
  | { readonly type: "inbox-fetch"; readonly from: number }
  | { readonly type: "inbox-cursor"; readonly number: number }
  | {
      readonly type: "key-packages-put";
      readonly packages: readonly Uint8Array[];
      readonly lastResort: Uint8Array | undefined;
      /** All earlier ones are forgotten first. */
      readonly replace: boolean;
    }
  | { readonly type: "key-packages-claim"; readonly account: AccountId }
  | { readonly type: "chain-get"; readonly accounts: readonly AccountId[] }
  | { readonly type: "chain-append"; readonly entry: Uint8Array }
  | { readonly type: "directory"; readonly name: string }
  | { readonly type: "group-info-get"; readonly room: RoomId; readonly token: Uint8Array }
  | { readonly type: "ping" }
  | { readonly type: "readmit"; readonly room: RoomId; readonly signature: Uint8Array }
  | {
      readonly type: "restore";
      readonly room: RoomId;
      readonly previous: Uint8Array;
      readonly entries: readonly Entry[];
      readonly link: RoomLink | undefined;
    }
  | ({ readonly type: "admin" } & AdminAction);

export type ServerBody =
  | {
      readonly type: "challenge";
      readonly version: number;
      readonly nonce: Uint8Array;
      readonly relay: Uint8Array;
      readonly generation: Uint8Array;
      readonly accessNeeded: boolean;
    }
  | {
      readonly type: "session";
      readonly confirmed: boolean;
      readonly admin: boolean;
      readonly rooms: readonly { readonly room: RoomId; readonly last: number; readonly head: number }[];
      readonly inboxLast: number;
      readonly keyPackages: number;
      readonly accessPassword: string;
      readonly address: string;
      readonly chainLength: number;
      /** Rooms of the account in which this device is not. */
      readonly accountRooms: readonly RoomId[];
    }
  | { readonly type: "sign-up-response"; readonly registrationResponse: Uint8Array }
  | { readonly type: "sign-up-pending"; readonly totpSecret: Uint8Array; readonly heldUntil: number }
  | { readonly type: "confirmed"; readonly backupCodes: readonly string[] }
  | { readonly type: "sign-in-response"; readonly loginResponse: Uint8Array }
  | { readonly type: "signed-in"; readonly account: AccountId; readonly chain: readonly Uint8Array[] }
  | {
      readonly type: "password-response";
      readonly loginResponse: Uint8Array;
      readonly registrationResponse: Uint8Array;
    }
  | { readonly type: "ack"; readonly seq: number; readonly previous: Uint8Array }
  | {
      readonly type: "refused";
      readonly code: RelayCode;
      readonly head: number;
      readonly retryMs: number;
      readonly field: string;
    }
  | { readonly type: "event"; readonly room: RoomId; readonly entries: readonly Entry[] }
  | { readonly type: "fetched"; readonly room: RoomId; readonly entries: readonly Entry[]; readonly last: number }
  | { readonly type: "inbox-event"; readonly entry: InboxEntry }
  | { readonly type: "inbox-fetched"; readonly entries: readonly InboxEntry[] }
  | {
      readonly type: "key-packages";
      readonly packages: readonly {
        readonly device: DeviceId;
        readonly bytes: Uint8Array;
        readonly lastResort: boolean;
      }[];
    }
  | {
      readonly type: "chains";
      readonly chains: readonly { readonly account: AccountId; readonly entries: readonly Uint8Array[] }[];
    }
  | {
      readonly type: "directory-list";
      readonly accounts: readonly { readonly name: string; readonly account: AccountId; readonly online: boolean }[];
    }
  | { readonly type: "group-info"; readonly base: number; readonly head: number; readonly sealed: Uint8Array }
  | { readonly type: "done" }
  | { readonly type: "drain"; readonly retryMs: number }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "pong" }
  | { readonly type: "proof-needed" }
  | { readonly type: "access-password"; readonly accessPassword: string };

/** A request: `request` is above 0 and comes back in the answer. */
export interface FromClient {
  readonly request: number;
  readonly body: ClientBody;
}

/** An answer, or with request 0 something that nobody asked for. */
export interface FromServer {
  readonly request: number;
  readonly body: ServerBody;
}
