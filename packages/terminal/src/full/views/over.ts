/** A style upon the ground of another one: a word of its own colour in a bar, a name in a selected row. */
import type { Style } from "../theme.ts";

const made = new WeakMap<Style, WeakMap<Style, Style>>();

/** The same object for the same two, so that cells can be compared by it. */
export function over(ground: Style, style: Style): Style {
  if (ground === style) return ground;
  const known = made.get(ground) ?? new WeakMap<Style, Style>();
  made.set(ground, known);
  const kept = known.get(style);
  if (kept !== undefined) return kept;
  // A ground of its own is what a style is about: it stays.
  const hasGround = style.bg !== undefined || style.reverse === true;
  const both = hasGround
    ? style
    : {
        ...style,
        ...(style.fg === undefined && ground.fg !== undefined ? { fg: ground.fg } : {}),
        ...(ground.bg === undefined ? {} : { bg: ground.bg }),
        ...(ground.reverse === undefined ? {} : { reverse: ground.reverse }),
      };
  known.set(style, both);
  return both;
}
