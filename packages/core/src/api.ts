/**
 * The one door: every interface (plain mode, JSON-RPC, one-shot commands, later the screen and the web) calls these
 * methods and draws these updates. Names and shapes are fixed: scripts rely on them.
 *
 * Ids are lower-case hexadecimal, times milliseconds since 1970, names in lower case.
 */
import type { Code, WarningCode } from "@sotto/wire";
import type { Notice } from "./notices.ts";

export interface Methods {
  "account.signUp": {
    params: { link: string; username: string; password: string };
    result: { accountId: string; deviceId: string; totpUri: string; recoveryPhrase: string };
  };
  "account.confirmOtp": { params: { code: string }; result: { backupCodes: readonly string[] } };
  "account.signIn": {
    params: { link: string; username: string; password: string; code: string; recoveryPhrase?: string };
    result: { accountId: string; deviceId: string };
  };
  "account.unlock": {
    params: { password: string; code?: string; link?: string };
    result: { username: string; accountId: string; deviceId: string };
  };
  "account.status": { params: Nothing; result: Status };
  "account.changePassword": { params: { old: string; new: string }; result: Nothing };
  "account.rotateRecovery": { params: { phrase: string }; result: { recoveryPhrase: string } };
  "users.list": { params: Nothing; result: readonly { username: string; accountId: string; online: boolean }[] };
  "room.create": { params: { name: string }; result: { roomId: string; link: string } };
  "room.link": { params: { roomId: string; renew?: boolean }; result: { link: string } };
  "room.join": { params: { link: string }; result: { roomId: string; name: string } };
  "room.leave": { params: { roomId: string }; result: Nothing };
  "room.list": { params: Nothing; result: readonly RoomLine[] };
  "room.members": { params: { roomId: string }; result: readonly Member[] };
  "room.add": { params: { roomId: string; username: string }; result: Nothing };
  "room.remove": { params: { roomId: string; username: string }; result: Nothing };
  "direct.open": { params: { username: string }; result: { roomId: string } };
  "message.send": { params: { roomId: string; text: string; id?: string }; result: { messageId: string; seq: number } };
  "message.list": { params: { roomId: string; before?: number; limit?: number }; result: readonly Message[] };
  "message.markRead": { params: { roomId: string; seq: number }; result: Nothing };
  "message.search": {
    params: { query: string; roomId?: string; limit?: number };
    result: readonly (Message & { roomId: string })[];
  };
  "timeline.list": {
    /** At most one of `before` and `after`, both exclusive; without either, the newest. */
    params: { roomId: string; before?: number; after?: number; limit?: number };
    result: TimelinePage;
  };
  /** Every account that this device knows, but the own one. */
  "contact.list": { params: Nothing; result: readonly ContactLine[] };
  "contact.safetyWords": { params: { username: string }; result: { words: string; verified: boolean } };
  "contact.verify": { params: { username: string }; result: Nothing };
  /** Own texts that the relay has not, in the order in which they are sent. */
  "outbox.list": { params: Nothing; result: readonly WaitingText[] };
  /** Gives up a text that was never put on the wire; `not-allowed` where it may have been. */
  "outbox.drop": { params: { messageId: string }; result: Nothing };
  /** What an interface keeps in the vault: drafts, muted rooms, settings. Without a text, or with an empty one, it goes. */
  "note.put": { params: { key: string; text?: string }; result: Nothing };
  "note.list": { params: Nothing; result: readonly NoteLine[] };
  "device.list": { params: Nothing; result: readonly DeviceLine[] };
  "device.revoke": { params: { deviceId: string }; result: Nothing };
  "admin.kick": { params: { username: string }; result: Nothing };
  "admin.ban": { params: { username: string }; result: Nothing };
  "admin.unban": { params: { username: string }; result: Nothing };
  "admin.announce": { params: { text: string }; result: Nothing };
  "admin.regen": { params: Nothing; result: { accessPassword: string; link: string } };
  "admin.stop": { params: Nothing; result: Nothing };
  "warning.accept": { params: { code: string; roomId?: string; username?: string }; result: Nothing };
}

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Answer<M extends Method> = Methods[M]["result"];
export type Nothing = Readonly<Record<string, never>>;

export type ConnectionState = "offline" | "dialing" | "handshake" | "online";

export interface Status {
  readonly username?: string;
  readonly connection: ConnectionState;
  /** Messages that are not in the log yet. */
  readonly outbox: number;
  /** Why no connection is tried by itself, until a person acts. */
  readonly halted?: Code;
  /** When the next connection is tried; only in "offline". */
  readonly retryAt?: number;
  /** The relay of this profile; the fingerprint is of the root key that it must show, as people read it to each other. */
  readonly relay?: { readonly host: string; readonly port: number; readonly fingerprint?: string };
}

export interface RoomLine {
  readonly roomId: string;
  /** Of a direct conversation: the other's user name. */
  readonly name: string;
  readonly kind: "room" | "direct";
  readonly unread: number;
  /** Accounts, oneself included. */
  readonly members: number;
}

/** A device of the own account. */
export interface DeviceLine {
  readonly deviceId: string;
  /** `device 1` is the one that made the account, and so on in the order in which they came. */
  readonly name: string;
  readonly addedAt: number;
  /** It is this one. */
  readonly own: boolean;
}

export interface Member {
  readonly username: string;
  readonly accountId: string;
  readonly role: "owner" | "member";
}

export interface Message {
  readonly messageId: string;
  readonly seq: number;
  /** User name of the sender. */
  readonly sender: string;
  readonly senderId: string;
  readonly sentAt: number;
  /** Exactly as it was sent: every road to a screen goes through wire's `sanitise`. */
  readonly text: string;
}

/** A window of a room's timeline. */
export interface TimelinePage {
  /**
   * Oldest first. Events of one commit have the same `seq` and come together: a page may hold more than its limit by
   * these, and never a part of them.
   */
  readonly items: readonly TimelineItem[];
  /** Up to where this person has read. */
  readonly read: number;
  /** Nothing stands before the items, or after them. */
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

export type TimelineItem = TimelineMessage | TimelineEvent;

export interface TimelineMessage extends Message {
  readonly kind: "message";
}

/** Something that happened to a room. */
export interface TimelineEvent {
  readonly kind: "event";
  readonly seq: number;
  /** When this device heard of it, or the next message was sent if that is earlier: the log holds no times. */
  readonly at: number;
  readonly event: EventName;
  /** User name and account of who did it. */
  readonly by: string;
  readonly byId: string;
  /** Whom it is about, where that is somebody else than `by`. */
  readonly who?: string;
  readonly whoId?: string;
  /** The new name, of "renamed". */
  readonly name?: string;
}

/**
 * "made": the room, or the conversation; "joined": by the link, by themselves; "added": by brought who in; "left": by
 * themselves; "removed": by took who out; "devices": devices of who (or of by) came or went; "link": was renewed;
 * "renamed"; "owner": who (or by) is owner now.
 */
export type EventName = "made" | "joined" | "added" | "left" | "removed" | "devices" | "link" | "renamed" | "owner";

export interface ContactLine {
  readonly username: string;
  readonly accountId: string;
  /** The person compared safety words with them. */
  readonly verified: boolean;
  /** Why nothing is sent to them until the person agrees. */
  readonly doubt?: "identity-changed" | "chain-forked" | "chain-withheld";
}

/** An own text that waits. */
export interface WaitingText {
  readonly messageId: string;
  readonly roomId: string;
  readonly text: string;
  /** When it was asked for. */
  readonly at: number;
}

export interface NoteLine {
  readonly key: string;
  readonly text: string;
}

/** A request that was not carried out. */
export interface Refusal {
  readonly code: Code;
  /** A sentence for people, without secrets. */
  readonly message: string;
  readonly retryMs?: number;
}

/** What happens by itself. As JSON-RPC notifications: the type is the method, the rest the parameters. */
export type Update =
  | ({ readonly type: "message"; readonly roomId: string } & Message)
  | { readonly type: "room"; readonly roomId: string; readonly event: "joined" | "members" | "renamed" | "removed" }
  | {
      readonly type: "connection";
      readonly state: ConnectionState /** Only in "offline". */;
      readonly retryAt?: number;
    }
  | {
      readonly type: "unread";
      readonly total: number;
      readonly from: readonly { readonly username: string; readonly count: number }[];
    }
  /** An own text of this device has its place in the log, also one of before a restart. */
  | { readonly type: "sent"; readonly roomId: string; readonly messageId: string; readonly seq: number }
  /** `text` is the English sentence of `key` and `values`. */
  | ({ readonly type: "notice"; readonly text: string } & Notice)
  | {
      readonly type: "warning";
      readonly code: WarningCode;
      readonly roomId?: string;
      readonly username?: string;
      /** Of "not-delivered": the own message that will not be sent. Its text is kept nowhere else any more. */
      readonly messageId?: string;
      readonly text?: string;
    };
