import type { timeline as English } from "../en/timeline.ts";
import type { Texts } from "../index.ts";

export const timeline: Texts<typeof English> = {};
