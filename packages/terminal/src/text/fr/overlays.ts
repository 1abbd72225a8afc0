import type { overlays as English } from "../en/overlays.ts";
import type { Texts } from "../index.ts";

export const overlays: Texts<typeof English> = {};
