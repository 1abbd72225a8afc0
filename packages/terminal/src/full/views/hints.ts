/** The last row: the keys that matter now. */
import { isEmpty } from "../../screen/composer.ts";
import { say } from "../../text/index.ts";
import type { ActionName } from "../actions.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { State } from "../state.ts";
import type { Theme } from "../theme.ts";
import { columnsOf } from "./fit.ts";
import type { Layout } from "./layout.ts";
import { over } from "./over.ts";
import { visible } from "./scroll.ts";
import { unreadRooms } from "./unread.ts";

interface Hint {
  readonly key: string;
  readonly what: string;
}

export function drawHints(canvas: Canvas, state: State, theme: Theme, area: Area, layout: Layout): void {
  canvas.fill(area, theme.style("hint"));
  const end = area.column + area.columns;
  let at = area.column + (area.columns >= 16 && !state.bare ? 1 : 0);
  for (const { key, what } of hintsOf(state, layout)) {
    const words = what === "" ? "" : ` ${what}`;
    if (at + columnsOf(key) + columnsOf(words) > end) continue;
    at = canvas.put(area.row, at, key, over(theme.style("hint"), theme.style("key")), end);
    at = canvas.put(area.row, at, words, theme.style("hint"), end) + 2;
  }
}

function hintsOf(state: State, layout: Layout): readonly Hint[] {
  const { columns, rooms, options } = layout;
  const words = say().bars.hints;
  const hint = (action: ActionName, what: string): Hint => ({ key: options.keys.keyOf(action), what });
  const bound = (hints: readonly (Hint | false)[]): readonly Hint[] =>
    hints.filter((one): one is Hint => one !== false && one.key !== "");
  if (options.isCovered) return [{ key: "Esc", what: words.back }];
  if (state.bare) return bound([hint("bare", words.back)]);
  if (state.open?.selected !== undefined) return bound(selectionHints(state, hint));
  if (state.composer.offers.length > 0) return bound([hint("complete", words.choose), hint("send", words.send)]);
  const isTyping = !isEmpty(state.composer.composer);
  return bound([
    isTyping && hint("send", words.send),
    isTyping && hint("newline", words.newline),
    isTyping && hint("complete", words.complete),
    state.open?.scroll.type === "at" && hint(isTyping ? "scroll-end" : "scroll-end-empty", words.end),
    !isTyping && isNewAbove(state, layout) && hint("first-unread", words.newAbove(state.open?.newCount ?? 0)),
    hint("palette", words.go),
    !isTyping && unreadRooms(state).length > 0 && columns < 60 && hint("next-unread", words.unread),
    !isTyping && { key: "/help", what: "" },
    hint("help", words.keys),
    hint("search", words.search),
    hint("scroll-up", words.scroll),
    rooms === undefined && hint("toggle-rooms", words.rooms),
    hint("quit", words.quit),
  ]);
}

/** What is new begins further up, in the window or before it. */
function isNewAbove(state: State, layout: Layout): boolean {
  if (state.open === undefined || state.open.newAfter === 0 || state.open.newCount === 0) return false;
  const { shown } = visible(state, layout);
  const [first] = shown.flatMap(({ item }) => (item.type === "message" || item.type === "event" ? [item] : []));
  if (first === undefined || first.seq <= state.open.newAfter) return false;
  return !shown.some(({ separators, above }) => separators.indexOf("new") >= above);
}

function both(one: Hint, other: Hint): Hint {
  return { key: [one.key, other.key].filter((key) => key !== "").join(" "), what: one.what };
}

function selectionHints(state: State, hint: (action: ActionName, what: string) => Hint): readonly (Hint | false)[] {
  const words = say().bars.hints;
  const item = state.open?.items.findLast(({ key }) => key === state.open?.selected);
  const isFailed = item?.type === "failed";
  // As long as the relay cannot have it; that it may is said when the key is pressed.
  const isHere = isFailed || item?.type === "waiting";
  const isOthers = item?.type === "message" && !item.own;
  const hasLink = (item?.type === "message" || item?.type === "failed") && /\b(?:https?:|mailto:)/i.test(item.text);
  return [
    hint("select-end", words.back),
    isFailed && hint("send-again", words.again),
    isHere && hint("edit-failed", words.edit),
    isHere && hint("drop-failed", words.drop),
    !isFailed && item?.type === "message" && hint("quote", words.quote),
    hint("copy", words.copy),
    hasLink && hint("open-link", words.open),
    isOthers && hint("verify-sender", words.verify),
    hint("info", words.info),
    both(hint("select-up", words.move), hint("select-down", words.move)),
  ];
}
