/** What every part of the timeline is drawn with. */
import type { Canvas } from "../canvas.ts";
import type { State } from "../state.ts";
import type { Theme } from "../theme.ts";
import type { Frame } from "./frame.ts";
import type { Layout } from "./layout.ts";

export interface Brush {
  readonly canvas: Canvas;
  readonly state: State;
  readonly theme: Theme;
  readonly layout: Layout;
  readonly frame: Frame;
}
