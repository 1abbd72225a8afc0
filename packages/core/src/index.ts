export type * from "./api.ts";
export * from "./client.ts";
export * from "./ports.ts";
