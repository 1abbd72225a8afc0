/** Everything that a key can do, with the keys that do it unless `keys.toml` says otherwise. Help, hints and palette are made from it. */

/** What belongs together in the help. */
export type Group = "go" | "read" | "write" | "screen" | "empty" | "selection";

/** Where a key means this: anywhere, only while nothing is typed, or only while a message is selected. */
export type Context = "main" | "empty" | "selection";

export interface Action {
  readonly name: string;
  readonly context: Context;
  readonly group: Group;
  /**
   * Chords as the key reader names them: `ctrl+k`, `alt+left`, `f1`, `pageup`. Two with a space between them follow each
   * other. One character counts only where it is not text: while nothing is typed, or a message is selected.
   */
  readonly keys: readonly string[];
}

/** In the order of the help. What each does in words: `say().actions[name]`. */
export const ACTIONS = [
  { name: "palette", context: "main", group: "go", keys: ["ctrl+k", "ctrl+p"] },
  { name: "next-unread", context: "main", group: "go", keys: ["alt+a"] },
  { name: "room-1", context: "main", group: "go", keys: ["alt+1"] },
  { name: "room-2", context: "main", group: "go", keys: ["alt+2"] },
  { name: "room-3", context: "main", group: "go", keys: ["alt+3"] },
  { name: "room-4", context: "main", group: "go", keys: ["alt+4"] },
  { name: "room-5", context: "main", group: "go", keys: ["alt+5"] },
  { name: "room-6", context: "main", group: "go", keys: ["alt+6"] },
  { name: "room-7", context: "main", group: "go", keys: ["alt+7"] },
  { name: "room-8", context: "main", group: "go", keys: ["alt+8"] },
  { name: "room-9", context: "main", group: "go", keys: ["alt+9"] },
  { name: "room-10", context: "main", group: "go", keys: ["alt+0"] },
  { name: "room-up", context: "main", group: "go", keys: ["alt+up", "alt+left"] },
  { name: "room-down", context: "main", group: "go", keys: ["alt+down", "alt+right"] },
  { name: "previous-room", context: "main", group: "go", keys: ["alt+z"] },
  { name: "scroll-up", context: "main", group: "read", keys: ["pageup"] },
  { name: "scroll-down", context: "main", group: "read", keys: ["pagedown"] },
  { name: "scroll-top", context: "main", group: "read", keys: ["alt+home"] },
  { name: "scroll-end", context: "main", group: "read", keys: ["alt+end", "ctrl+end"] },
  { name: "first-unread", context: "main", group: "read", keys: ["alt+u"] },
  { name: "next-mention", context: "main", group: "read", keys: ["alt+n"] },
  { name: "previous-mention", context: "main", group: "read", keys: ["alt+p"] },
  { name: "mark-read", context: "main", group: "read", keys: ["alt+m"] },
  { name: "search", context: "main", group: "go", keys: ["ctrl+r"] },
  { name: "search-all", context: "main", group: "go", keys: ["ctrl+f"] },
  { name: "send", context: "main", group: "write", keys: ["enter"] },
  { name: "newline", context: "main", group: "write", keys: ["alt+enter", "shift+enter", "ctrl+j"] },
  { name: "complete", context: "main", group: "write", keys: ["tab"] },
  { name: "complete-back", context: "main", group: "write", keys: ["shift+tab"] },
  { name: "external-editor", context: "main", group: "write", keys: ["alt+c", "ctrl+x ctrl+e"] },
  { name: "toggle-rooms", context: "main", group: "screen", keys: ["f7"] },
  { name: "toggle-members", context: "main", group: "screen", keys: ["f8"] },
  { name: "do-not-disturb", context: "main", group: "screen", keys: ["f9"] },
  { name: "bare", context: "main", group: "screen", keys: ["alt+l"] },
  { name: "help", context: "main", group: "screen", keys: ["f1", "?"] },
  { name: "redraw", context: "main", group: "screen", keys: ["ctrl+l"] },
  { name: "interrupt", context: "main", group: "write", keys: ["ctrl+c"] },
  { name: "suspend", context: "main", group: "screen", keys: ["ctrl+z"] },
  { name: "quit", context: "main", group: "screen", keys: ["ctrl+q"] },
  { name: "select", context: "empty", group: "empty", keys: ["up"] },
  { name: "scroll-end-empty", context: "empty", group: "empty", keys: ["end"] },
  { name: "select-up", context: "selection", group: "selection", keys: ["up", "k"] },
  { name: "select-down", context: "selection", group: "selection", keys: ["down", "j"] },
  { name: "select-newest", context: "selection", group: "selection", keys: ["end"] },
  { name: "select-end", context: "selection", group: "selection", keys: ["escape"] },
  { name: "read-whole", context: "selection", group: "selection", keys: ["enter"] },
  { name: "quote", context: "selection", group: "selection", keys: ["r"] },
  { name: "copy", context: "selection", group: "selection", keys: ["y"] },
  { name: "open-link", context: "selection", group: "selection", keys: ["o"] },
  { name: "verify-sender", context: "selection", group: "selection", keys: ["v"] },
  { name: "info", context: "selection", group: "selection", keys: ["i"] },
  { name: "send-again", context: "selection", group: "selection", keys: ["s"] },
  { name: "edit-failed", context: "selection", group: "selection", keys: ["e"] },
  { name: "drop-failed", context: "selection", group: "selection", keys: ["x"] },
] as const satisfies readonly Action[];

export type ActionName = (typeof ACTIONS)[number]["name"];
