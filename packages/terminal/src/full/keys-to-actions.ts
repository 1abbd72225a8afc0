/** From a key to what it means here: an overlay's, an action, or a change of what is typed. */
import { LIMITS, utf8 } from "@sotto/wire";
import { error, info } from "../output.ts";
import { isEmpty } from "../screen/composer.ts";
import { edited, editNameOf } from "../screen/editing.ts";
import type { Key } from "../screen/keys.ts";
import { say } from "../text/index.ts";
import type { ActionName, Context } from "./actions.ts";
import type { Board } from "./board.ts";
import type { Keymap } from "./keymap.ts";
import { editingIn, typed, withEditing } from "./model/composing.ts";
import type { OverlayStack } from "./overlay-stack.ts";
import type { Performing } from "./performing.ts";
import { isSelectable, type Selection } from "./selection.ts";
import type { Toasts } from "./toasts.ts";
import type { Viewport } from "./viewport.ts";
import { type PaneLine, paneLineAt } from "./views/panes.ts";

export interface KeyParts {
  readonly board: Board;
  readonly keymap: Keymap;
  readonly overlays: OverlayStack;
  readonly performing: Performing;
  readonly selection: Selection;
  readonly toasts: Toasts;
  readonly viewport: Viewport;
  /** Opens the conversation with a person. */
  talk(username: string): void;
}

const WHEEL_ROWS = 3;
/** Code units in the composer: many times what a message holds, and little beside what there is in memory. */
const TYPED_MAX = 4_194_304;

export class KeysToActions {
  readonly #parts: KeyParts;
  readonly #board: Board;
  /** The first of two chords that belong together. */
  #begun: string | undefined;

  constructor(parts: KeyParts) {
    this.#parts = parts;
    this.#board = parts.board;
  }

  press(key: Key): void {
    if (key.type === "focus") return this.#board.change((model) => ({ ...model, focused: key.focused }));
    if (key.type === "reply" || this.#parts.overlays.press(key, this.#board.now())) return;
    switch (key.type) {
      case "mouse":
        return this.#mouse(key);
      case "chord":
        return this.#chord(key.chord);
      case "text":
        return this.#text(key.text);
      case "paste":
        return this.#paste(key.text);
    }
  }

  get #context(): Context {
    const { model } = this.#board;
    if (model.open?.selected !== undefined) return "selection";
    return isEmpty(editingIn(model).composer) ? "empty" : "main";
  }

  #chord(pressed: string): void {
    const { keymap, performing } = this.#parts;
    const chord = this.#begun === undefined ? pressed : `${this.#begun} ${pressed}`;
    this.#begun = undefined;
    const action = keymap.action(chord, this.#context);
    if (action !== undefined) return this.#perform(action);
    performing.stay();
    if (keymap.begins(chord)) {
      this.#begun = chord;
      return;
    }
    if (this.#context === "selection") return;
    const name = editNameOf(chord);
    if (name !== undefined) this.#edit(name);
    else if (chord === "escape") this.#escape();
  }

  /** One character may be a key while nothing is typed; more at once were typed fast, or by a machine. */
  #text(text: string): void {
    const { keymap, selection } = this.#parts;
    this.#begun = undefined;
    const action = this.#context === "main" ? undefined : keymap.action(text, this.#context);
    if (action !== undefined) return this.#perform(action);
    selection.end();
    this.#edit({ type: "text", text });
  }

  /** One text whatever is in it, and never sent by itself. */
  #paste(text: string): void {
    this.#parts.selection.end();
    const room = TYPED_MAX - typed(this.#board.model).length;
    this.#edit({ type: "paste", text: text.slice(0, Math.max(0, room)) });
    if (text.length > room) return this.#parts.toasts.show(...error(say().full.pasteCut(TYPED_MAX)));
    const bytes = utf8(typed(this.#board.model).toWellFormed()).length;
    if (bytes > LIMITS.textBytesMax) this.#parts.toasts.show(...info(say().full.longDraft(bytes)));
  }

  #perform(action: ActionName): void {
    this.#parts.overlays.typing(undefined);
    this.#parts.performing.perform(action);
  }

  #edit(change: Parameters<typeof edited>[1]): void {
    this.#parts.performing.stay();
    this.#parts.overlays.typing(this.#board.now());
    this.#board.change((model) => withEditing(model, edited(editingIn(model), change)));
  }

  #escape(): void {
    const { composer } = this.#board.model;
    this.#parts.toasts.clear();
    this.#parts.selection.end();
    if (composer.offers.length > 0)
      this.#board.change((model) => ({ ...model, composer: { ...model.composer, offers: [], offer: undefined } }));
  }

  #mouse({ action, button, row, column }: Extract<Key, { type: "mouse" }>): void {
    const { viewport, selection, overlays } = this.#parts;
    if (action === "wheel-up") return viewport.scroll(-WHEEL_ROWS);
    if (action === "wheel-down") return viewport.scroll(WHEEL_ROWS);
    if (action !== "press" || button !== 0) return;
    overlays.typing(undefined);
    const layout = viewport.layout();
    const line = paneLineAt(this.#board.model, layout, row, column);
    if (line !== undefined) return this.#choose(line);
    const { timeline } = layout;
    const isInside = column >= timeline.column && column < timeline.column + timeline.columns;
    if (!isInside || row < timeline.row || row >= timeline.row + timeline.rows) return;
    const item = viewport.itemAt(row);
    if (item !== undefined && isSelectable(item)) selection.select(item.key);
  }

  #choose(line: PaneLine): void {
    const { performing, talk } = this.#parts;
    if (line.type === "room") performing.go(line.room.roomId, "");
    if (line.type === "person") talk(line.person.username);
    if (line.type === "member" && line.member.accountId !== this.#board.model.me.accountId) talk(line.member.username);
  }
}
