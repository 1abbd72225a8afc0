import type { words as English } from "../en/words.ts";
import type { Texts } from "../index.ts";

export const words: Texts<typeof English> = {};
