/**
 * The one door: every interface (plain mode, JSON-RPC, one-shot commands, later the screen and the web) calls these
 * methods and draws these updates. Names and shapes are fixed: scripts rely on them.
 *
 * Ids are lower-case hexadecimal, times milliseconds since 1970, names in lower case.
 */
import type { Code, WarningCode } from "@sotto/wire";

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
  "account.status": { params: Nothing; result: { username?: string; connection: ConnectionState; outbox: number } };
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
  "contact.safetyWords": { params: { username: string }; result: { words: string; verified: boolean } };
  "contact.verify": { params: { username: string }; result: Nothing };
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
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "warning"; readonly code: WarningCode; readonly roomId?: string; readonly username?: string };
