/** Everything that somebody who means ill tries, by its name. */
import { COMMITS } from "./commits.ts";
import { ENTRANCES } from "./entrances.ts";
import { FRAMES } from "./frames.ts";
import { MESSAGES } from "./messages.ts";
import type { Strike } from "./ploy.ts";

const ALL = { ...MESSAGES, ...COMMITS, ...ENTRANCES, ...FRAMES } as const;

export type Kind = keyof typeof ALL;

export const STRIKES: Readonly<Record<Kind, Strike>> = ALL;

const isKind = (name: string): name is Kind => Object.hasOwn(ALL, name);

export const KINDS: readonly Kind[] = Object.keys(ALL).filter(isKind);
