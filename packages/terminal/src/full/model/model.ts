/** The state of the screen with what it is made from. Pure: each function gives the next one. */
import type { RoomLine } from "@sotto/core";
import type { Line } from "../../output.ts";
import { EMPTY_COMPOSER } from "../../screen/composer.ts";
import type { Editing } from "../../screen/editing.ts";
import type { OpenRoom, State, TimelineItem } from "../state.ts";
import { itemOf, type OwnTexts, waitingCount } from "./own.ts";
import { lastSeq, type Placed, type Window } from "./window.ts";

export interface Model extends State {
  /** The engine's list of rooms as it was told last, with conversations that have no message yet. */
  readonly lines: readonly RoomLine[];
  /** Something lies over the conversation: what comes into it is not read. */
  readonly covered: boolean;
  readonly window: Window | undefined;
  /** The place up to which what is new in the open conversation was counted when it was opened. */
  readonly counted: number;
  readonly own: OwnTexts;
  /** What sotto said, by room; "" where none is open. */
  readonly locals: ReadonlyMap<string, readonly Local[]>;
  /** What is being typed, by room; "" where none is open. */
  readonly editings: ReadonlyMap<string, Editing>;
}

/** A saying of sotto's, with the place of the log behind which it stands. */
export interface Local {
  readonly after: number;
  readonly item: Extract<TimelineItem, { readonly type: "local" }>;
}

const LOCALS_MAX = 200;
/** It was said while the end of the log was not in memory: it gets its place when that is. */
const UNPLACED = Number.MAX_SAFE_INTEGER;

/** Nothing is known yet but who one is. */
export function modelOf(me: State["me"], now: number): Model {
  return {
    me,
    now,
    connection: { state: "offline", retryAt: undefined, halt: undefined },
    waiting: 0,
    rooms: [],
    people: new Map(),
    open: undefined,
    said: [],
    composer: { composer: EMPTY_COMPOSER, prompt: "> ", offers: [], offer: undefined },
    doNotDisturb: false,
    panes: { rooms: true, members: true },
    bare: false,
    focused: true,
    covered: false,
    warnings: [],
    toast: undefined,
    lines: [],
    window: undefined,
    counted: 0,
    own: new Map(),
    locals: new Map(),
    editings: new Map(),
  };
}

/** The open conversation's key among locals and editings. */
export function place(model: Pick<Model, "open">): string {
  return model.open?.roomId ?? "";
}

/** Changes the open conversation; what it shows is put together anew. */
export function withOpen(model: Model, change: Partial<OpenRoom>): Model {
  return model.open === undefined ? model : recomposed({ ...model, open: { ...model.open, ...change } });
}

export function withWindow(model: Model, window: Window): Model {
  const { open } = model;
  if (open === undefined || open.roomId !== window.roomId) return model;
  return recomposed({ ...model, window });
}

export function withOwn(model: Model, own: OwnTexts): Model {
  return own === model.own ? model : recomposed({ ...model, own, waiting: waitingCount(own) });
}

/** Lines of sotto's own under what is there now. */
export function withLocal(model: Model, key: string, at: number, lines: readonly Line[]): Model {
  const here = place(model);
  const window = model.window?.roomId === model.open?.roomId ? model.window : undefined;
  const after = window?.atEnd === true ? lastSeq(window) : UNPLACED;
  const local: Local = { after, item: { type: "local", key, at, lines } };
  const all = [...(model.locals.get(here) ?? []), local].slice(-LOCALS_MAX);
  return recomposed({ ...model, locals: new Map(model.locals).set(here, all) });
}

/** Puts together what the timeline shows: what stands in the log, then what does not. */
export function recomposed(model: Model): Model {
  const said = (model.locals.get("") ?? []).map(({ item }) => item);
  const { open, window } = model;
  if (open === undefined || window === undefined || window.roomId !== open.roomId) return { ...model, said };
  const locals = placedLocals(model.locals, window);
  const items = composed(window, locals.get(open.roomId) ?? [], model.own.get(open.roomId) ?? []);
  // Of what is not there any more nobody could see that it is selected: letters would go nowhere.
  const selected = items.some(({ key }) => key === open.selected) ? open.selected : undefined;
  return { ...model, said, locals, open: { ...open, items, selected, atStart: window.atStart, atEnd: window.atEnd } };
}

function placedLocals(all: Model["locals"], window: Window): Model["locals"] {
  const locals = all.get(window.roomId) ?? [];
  if (!window.atEnd || !locals.some(({ after }) => after === UNPLACED)) return all;
  const last = lastSeq(window);
  const placed = locals.map((local) => (local.after === UNPLACED ? { ...local, after: last } : local));
  return new Map(all).set(window.roomId, placed);
}

function composed(
  window: Window,
  locals: readonly Local[],
  own: Model["own"] extends ReadonlyMap<string, infer T> ? T : never,
): readonly TimelineItem[] {
  if (locals.length === 0 && own.length === 0) return window.items;
  const last = lastSeq(window);
  const between = locals.filter(({ after }) => after < last);
  const items = between.length === 0 ? [...window.items] : interleaved(window, between);
  if (!window.atEnd) return items;
  const inLog = new Set(own.length === 0 ? [] : window.items.map(({ key }) => key));
  const tail = [
    ...locals.filter(({ after }) => after >= last).map(({ item }) => item),
    ...own.map(itemOf).filter(({ key }) => !inLog.has(key)),
  ];
  return [...items, ...tail.sort((left, right) => timeOf(left) - timeOf(right))];
}

function interleaved({ items, atStart }: Window, locals: readonly Local[]): TimelineItem[] {
  const first = items[0]?.seq ?? 0;
  const left = locals.filter(({ after }) => atStart || after >= first);
  const all: TimelineItem[] = [];
  const takeBefore = (next: Placed | undefined): void => {
    while (left[0] !== undefined && (next === undefined || left[0].after < next.seq)) {
      all.push(left[0].item);
      left.shift();
    }
  };
  for (const item of items) {
    takeBefore(item);
    all.push(item);
  }
  takeBefore(undefined);
  return all;
}

function timeOf(item: TimelineItem): number {
  return item.type === "message" ? item.sentAt : item.at;
}
