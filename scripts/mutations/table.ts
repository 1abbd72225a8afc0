/** All mutations. Each file holds those of one package, or of what the real programs alone show. */
import { CORE } from "./core.ts";
import { MLS } from "./mls.ts";
import type { Mutation } from "./mutation.ts";
import { NODE } from "./node.ts";
import { RELAY } from "./relay.ts";
import { TERMINAL } from "./terminal.ts";
import { WIRE } from "./wire.ts";

export const MUTATIONS: readonly Mutation[] = [...MLS, ...WIRE, ...RELAY, ...CORE, ...NODE, ...TERMINAL];
