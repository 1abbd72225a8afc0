import type { plain as English } from "../en/plain.ts";
import type { Texts } from "../index.ts";

export const plain: Texts<typeof English> = {};
