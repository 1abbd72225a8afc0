import type { notices as English } from "../en/notices.ts";
import type { Texts } from "../index.ts";

export const notices: Texts<typeof English> = {};
