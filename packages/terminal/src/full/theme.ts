/** How things look: every part of the screen has a role, and a theme gives each role its style. */

/** `#rrggbb`, or a number of the terminal's palette (0 to 255); undefined: the terminal's own. */
export type Colour = string | number | undefined;

export interface Style {
  readonly fg?: Colour;
  readonly bg?: Colour;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly reverse?: boolean;
  /** Its colours are what it is: they are written also where no colour is wanted. */
  readonly isPicture?: boolean;
  /** http, https or mailto: where a click goes, in terminals that know OSC 8. */
  readonly link?: string;
}

export const ROLES = [
  "text",
  "dim",
  "time",
  "own",
  "event",
  "info",
  "warning",
  "error",
  "ok",
  "mention",
  "unread",
  "link",
  "match",
  "rule",
  "marker",
  "bar",
  "bar-strong",
  "hint",
  "key",
  "selected",
  "title",
  "border",
  "input",
  "qr",
] as const;

export type Role = (typeof ROLES)[number];

export interface Theme {
  readonly name: string;
  style(role: Role): Style;
  /** The colour of somebody's name, always the same one; `key` is their account id. */
  nick(key: string): Style;
}
