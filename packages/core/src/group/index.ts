export * from "./group.ts";
export * from "./join.ts";
export * from "./key-package.ts";
export type { Leaf, Own } from "./leaf.ts";
export * from "./open.ts";
export * from "./seal.ts";
export { groupSuite, type Suite } from "./suite.ts";
