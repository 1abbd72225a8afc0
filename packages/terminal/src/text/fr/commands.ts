import type { commands as English } from "../en/commands.ts";
import type { Texts } from "../index.ts";

export const commands: Texts<typeof English> = {};
