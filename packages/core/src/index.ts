export type * from "./api.ts";
export * from "./client.ts";
export type { Notice, NoticeKey, NoticeValues } from "./notices.ts";
export * from "./ports.ts";
