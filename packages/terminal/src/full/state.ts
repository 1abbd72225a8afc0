/**
 * What the full screen shows, as one value: made by the model from the engine's answers and updates, read by the views.
 * No text in here is sanitised but tags: the canvas does that.
 */
import type { ConnectionState, Message, Update } from "@sotto/core";
import type { Line } from "../output.ts";
import type { Composer } from "../screen/composer.ts";
import type { Words } from "../words.ts";

export interface State {
  readonly me: { readonly username: string; readonly accountId: string; readonly deviceId: string };
  /** Milliseconds since 1970, as of the last event. */
  readonly now: number;
  readonly connection: Connection;
  /** Messages not sent yet, over all rooms. */
  readonly waiting: number;
  /** By their numbers. */
  readonly rooms: readonly RoomState[];
  /** Everybody on the relay and in the rooms, by account id. */
  readonly people: ReadonlyMap<string, Person>;
  /** The conversation that is open. */
  readonly open: OpenRoom | undefined;
  /** What sotto says where no conversation is open. */
  readonly said: readonly TimelineItem[];
  readonly composer: ComposerState;
  readonly doNotDisturb: boolean;
  readonly panes: { readonly rooms: boolean; readonly members: boolean };
  /** Only the timeline, without panes and signs at the edges, so that the terminal's own selection copies text. */
  readonly bare: boolean;
  /** The terminal's window has the keyboard, as far as is known. */
  readonly focused: boolean;
  /** What the engine warned of and nobody accepted yet, the newest last. */
  readonly warnings: readonly Warning[];
  /** One line above the composer that goes away by itself: "copied", "Ctrl-C again quits". */
  readonly toast: { readonly line: Line; readonly until: number } | undefined;
}

export type Warning = Extract<Update, { type: "warning" }>;

export interface Connection {
  readonly state: ConnectionState;
  /** When the next try is, milliseconds since 1970; only offline. */
  readonly retryAt: number | undefined;
  /** Why there is no try by itself. */
  readonly halt: Words | undefined;
}

export interface RoomState {
  readonly roomId: string;
  /** From 1; stays the same while sotto runs, so there may be holes. */
  readonly number: number;
  readonly kind: "room" | "direct";
  /** `#general`, `@alice`: one word, sanitised. */
  readonly tag: string;
  readonly unread: number;
  /** Of the unread ones: in which one's own name stands. */
  readonly mentions: number;
  /** Accounts, oneself included. */
  readonly members: number;
  readonly muted: boolean;
  /** Something was typed there and not sent. */
  readonly hasDraft: boolean;
  /** Of a direct conversation: the other's account, once known. */
  readonly peer: string | undefined;
}

export interface Person {
  readonly accountId: string;
  readonly username: string;
  /** undefined: not known, as while offline. */
  readonly online: boolean | undefined;
  /** Safety words were compared. */
  readonly verified: boolean;
  /** Why nothing is sent to them until the person has looked. */
  readonly doubt: "identity-changed" | "chain-forked" | "chain-withheld" | undefined;
}

export interface Member {
  readonly accountId: string;
  readonly username: string;
  readonly role: "owner" | "member";
}

export interface OpenRoom {
  readonly roomId: string;
  readonly members: readonly Member[];
  /** A window of the timeline, oldest first: pages are added at either end as one scrolls. */
  readonly items: readonly TimelineItem[];
  /** Nothing is older, nothing newer than what is in the window. */
  readonly atStart: boolean;
  readonly atEnd: boolean;
  /** Items after this place were new when the conversation was opened: the marker stands there. 0: no marker. */
  readonly newAfter: number;
  readonly newCount: number;
  /** Messages of others that came while the end was not in view. */
  readonly newBelow: number;
  readonly scroll: Scroll;
  /** `key` of the item that is selected. */
  readonly selected: string | undefined;
  /** `key` of the item that was jumped to: it is marked, and a selection begins there. */
  readonly found?: string | undefined;
  /** Words that are shown in the colour of a match, after a search. */
  readonly matches: readonly string[];
}

export type Scroll =
  /** The newest stands at the bottom, and the view moves on by itself. */
  | { readonly type: "follow" }
  /** The item stands at the bottom, `below` of its rows hidden. */
  | { readonly type: "at"; readonly key: string; readonly below: number };

export type TimelineItem =
  | ({ readonly type: "message"; readonly key: string; readonly own: boolean; readonly mention: boolean } & Message)
  /** An own message that the relay does not have yet. */
  | {
      readonly type: "waiting";
      readonly key: string;
      readonly messageId: string;
      readonly at: number;
      readonly text: string;
    }
  /** An own message that was refused. */
  | {
      readonly type: "failed";
      readonly key: string;
      readonly messageId: string;
      readonly at: number;
      readonly text: string;
      readonly why: Words;
    }
  /** What happened in the room: "alice added bob". */
  | { readonly type: "event"; readonly key: string; readonly seq: number; readonly at: number; readonly line: Line }
  /** What sotto itself says, to this person alone, until it ends. */
  | { readonly type: "local"; readonly key: string; readonly at: number; readonly lines: readonly Line[] };

export interface ComposerState {
  readonly composer: Composer;
  /** What stands before it: "> ", or the tag of the room. */
  readonly prompt: string;
  /** Offers of the last Tab, the chosen one by index. */
  readonly offers: readonly string[];
  readonly offer: number | undefined;
}
