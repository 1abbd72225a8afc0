/**
 * A hostile member's tools: everything that the package sends, with each check of the sender's side taken out and a hook
 * where something can be wrong. All the rest is right, signed and tagged, so that a forgery breaks one rule and no other.
 * It knows no test runner: interop/ plays the same forgeries to other implementations.
 */
export * from "./commit.ts";
export * from "./frame.ts";
export * from "./join.ts";
export * from "./leaf.ts";
export * from "./path.ts";
export * from "./proposals.ts";
