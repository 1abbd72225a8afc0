/** What a command needs of the interface that it is typed in: the plain mode and the full screen each are one. */
import type {
  Answer,
  Client,
  ConnectionState,
  Method,
  Params,
  Refusal,
  RoomLine,
  TimelineItem,
  Update,
} from "@sotto/core";
import type { Line } from "../output.ts";
import type { Rooms } from "../plain/rooms.ts";
import type { Screen } from "../screen/screen.ts";
import type { Words } from "../words.ts";
import type { Recall } from "./recall.ts";
import type { Settings } from "./settings.ts";

export interface Me {
  readonly username: string;
  readonly accountId: string;
  readonly deviceId: string;
}

export type Warning = Extract<Update, { type: "warning" }>;

/** Where lines are printed and questions asked. */
export type Asker = Pick<Screen, "look" | "size" | "print" | "ask">;

export interface Desk {
  readonly client: Client;
  readonly me: Me;
  readonly screen: Asker;
  readonly connection: ConnectionState;
  readonly rooms: Rooms;
  /** User names for completion, one's own not among them. */
  readonly people: readonly string[];
  /** The conversation that text goes to. */
  readonly focus: RoomLine | undefined;
  /** The newest last. */
  readonly warnings: readonly Warning[];
  readonly settings: Settings;
  readonly recall: Recall;
  /** What this person does to the room in focus stands there as it happens: no command need say it once more. */
  readonly showsOwnDeeds: boolean;

  print(...lines: readonly Line[]): void;
  /** @returns undefined after the refusal was printed. */
  ask<M extends Method>(method: M, params: Params<M>): Promise<Answer<M> | undefined>;
  refused(refusal: Refusal): void;
  /** Why there is no connection, where it will not come back by itself. */
  halt(): Promise<Words | undefined>;

  /** Asks the engine anew which rooms there are. */
  refresh(): Promise<void>;
  tag(roomId: string): string;
  /** A room by what a person calls it; what is wrong is printed. */
  find(word: string): RoomLine | undefined;
  /** A room that is entered right now by this person: no news when it comes. */
  expect(roomId: string): void;
  /** For `direct.open`: a conversation without a message is in no list yet. */
  knowDirect(roomId: string, username: string): void;
  /** Puts a conversation into focus and shows what was said last. */
  open(roomId: string): Promise<void>;
  /** @returns the conversation that was in focus. */
  back(): RoomLine | undefined;
  /** Returns at once; what becomes of it is shown where it belongs. */
  send(roomId: string, text: string): void;
  /** Shows a part of a conversation, oldest first. */
  history(roomId: string, items: readonly TimelineItem[]): void;
  /** Shows what was said around a place of a room. */
  around(roomId: string, seq: number): Promise<void>;
}
