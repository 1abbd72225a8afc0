/** A style upon the ground of another one: a word of its own colour in a bar, a name in a selected row. */
import type { Style } from "../theme.ts";

type Made = WeakMap<Style, WeakMap<Style, Style>>;
const coloured: Made = new WeakMap();
const plain: Made = new WeakMap();

/** Keeps its colour. The same object for the same two, so that cells can be compared by it. */
export function over(ground: Style, style: Style): Style {
  return once(coloured, ground, style, () => ({ ...grounded(ground, style, style.fg ?? ground.fg), ...dimmed(style) }));
}

/** Takes the colour of the ground, the only one that is sure to be read upon it; bold and underlined stay. */
export function within(ground: Style, style: Style): Style {
  return once(plain, ground, style, () => grounded(ground, style, ground.fg));
}

function grounded(ground: Style, style: Style, fg: Style["fg"]): Style {
  return {
    ...(style.bold === true ? { bold: true } : {}),
    ...(style.italic === true ? { italic: true } : {}),
    ...(style.underline === true ? { underline: true } : {}),
    ...(fg === undefined ? {} : { fg }),
    ...(ground.bg === undefined ? {} : { bg: ground.bg }),
    ...(ground.reverse === undefined ? {} : { reverse: ground.reverse }),
  };
}

function dimmed({ dim }: Style): Style {
  return dim === true ? { dim } : {};
}

function once(made: Made, ground: Style, style: Style, make: () => Style): Style {
  // A ground of its own is what a style is about: it stays.
  if (ground === style || style.bg !== undefined || style.reverse === true) return style;
  const known = made.get(ground) ?? new WeakMap<Style, Style>();
  made.set(ground, known);
  const both = known.get(style) ?? make();
  known.set(style, both);
  return both;
}
