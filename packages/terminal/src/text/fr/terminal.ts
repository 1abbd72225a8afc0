import type { terminal as English } from "../en/terminal.ts";
import type { Texts } from "../index.ts";

export const terminal: Texts<typeof English> = {};
