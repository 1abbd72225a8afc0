import type { cli as English } from "../en/cli.ts";
import type { Texts } from "../index.ts";

export const cli: Texts<typeof English> = {};
