/** What a client is told when the store failed. */
import { type Refusal, refused } from "../refusal.ts";
import { StoreError } from "./store.ts";

/** @throws what is no failure of the store: that is a bug, and ends the connection. */
export function failure(error: unknown): Refusal {
  if (error instanceof StoreError) return refused(error.code === "full" ? "relay-full" : "internal");
  throw error;
}
