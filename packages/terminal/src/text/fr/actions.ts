import type { actions as English } from "../en/actions.ts";
import type { Texts } from "../index.ts";

export const actions: Texts<typeof English> = {};
