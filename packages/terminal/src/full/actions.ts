/** Everything that a key can do, with the keys that do it unless `keys.toml` says otherwise. Help, hints and palette are made from it. */

/** Where a key means this: anywhere, only while nothing is typed, or only while a message is selected. */
export type Context = "main" | "empty" | "selection";

export interface Action {
  readonly name: string;
  readonly context: Context;
  /**
   * Chords as the key reader names them: `ctrl+k`, `alt+left`, `f1`, `pageup`. Two with a space between them follow each
   * other. One character counts only where it is not text: while nothing is typed, or a message is selected.
   */
  readonly keys: readonly string[];
}

/** In the order of the help. What each does in words: `say().actions[name]`. */
export const ACTIONS = [
  { name: "palette", context: "main", keys: ["ctrl+k", "ctrl+p"] },
  { name: "next-unread", context: "main", keys: ["alt+a"] },
  { name: "room-1", context: "main", keys: ["alt+1"] },
  { name: "room-2", context: "main", keys: ["alt+2"] },
  { name: "room-3", context: "main", keys: ["alt+3"] },
  { name: "room-4", context: "main", keys: ["alt+4"] },
  { name: "room-5", context: "main", keys: ["alt+5"] },
  { name: "room-6", context: "main", keys: ["alt+6"] },
  { name: "room-7", context: "main", keys: ["alt+7"] },
  { name: "room-8", context: "main", keys: ["alt+8"] },
  { name: "room-9", context: "main", keys: ["alt+9"] },
  { name: "room-10", context: "main", keys: ["alt+0"] },
  { name: "room-up", context: "main", keys: ["alt+up", "alt+left"] },
  { name: "room-down", context: "main", keys: ["alt+down", "alt+right"] },
  { name: "previous-room", context: "main", keys: ["alt+z"] },
  { name: "scroll-up", context: "main", keys: ["pageup"] },
  { name: "scroll-down", context: "main", keys: ["pagedown"] },
  { name: "scroll-top", context: "main", keys: ["alt+home"] },
  { name: "scroll-end", context: "main", keys: ["alt+end", "ctrl+end"] },
  { name: "first-unread", context: "main", keys: ["alt+u"] },
  { name: "next-mention", context: "main", keys: ["alt+n"] },
  { name: "previous-mention", context: "main", keys: ["alt+p"] },
  { name: "mark-read", context: "main", keys: ["alt+m"] },
  { name: "search", context: "main", keys: ["ctrl+r"] },
  { name: "search-all", context: "main", keys: ["ctrl+f"] },
  { name: "send", context: "main", keys: ["enter"] },
  { name: "newline", context: "main", keys: ["alt+enter", "shift+enter", "ctrl+j"] },
  { name: "complete", context: "main", keys: ["tab"] },
  { name: "complete-back", context: "main", keys: ["shift+tab"] },
  { name: "external-editor", context: "main", keys: ["alt+c", "ctrl+x ctrl+e"] },
  { name: "toggle-rooms", context: "main", keys: ["f7"] },
  { name: "toggle-members", context: "main", keys: ["f8"] },
  { name: "do-not-disturb", context: "main", keys: ["f9"] },
  { name: "bare", context: "main", keys: ["alt+l"] },
  { name: "help", context: "main", keys: ["f1", "?"] },
  { name: "redraw", context: "main", keys: ["ctrl+l"] },
  { name: "interrupt", context: "main", keys: ["ctrl+c"] },
  { name: "suspend", context: "main", keys: ["ctrl+z"] },
  { name: "quit", context: "main", keys: ["ctrl+q"] },
  { name: "select", context: "empty", keys: ["up"] },
  { name: "select-up", context: "selection", keys: ["up", "k"] },
  { name: "select-down", context: "selection", keys: ["down", "j"] },
  { name: "select-end", context: "selection", keys: ["escape"] },
  { name: "quote", context: "selection", keys: ["r"] },
  { name: "copy", context: "selection", keys: ["y"] },
  { name: "open-link", context: "selection", keys: ["o"] },
  { name: "verify-sender", context: "selection", keys: ["v"] },
  { name: "info", context: "selection", keys: ["i"] },
  { name: "send-again", context: "selection", keys: ["s"] },
  { name: "edit-failed", context: "selection", keys: ["e"] },
  { name: "drop-failed", context: "selection", keys: ["x"] },
] as const satisfies readonly Action[];

export type ActionName = (typeof ACTIONS)[number]["name"];
