import type { bars as English } from "../en/bars.ts";
import type { Texts } from "../index.ts";

export const bars: Texts<typeof English> = {};
