/** Whether the relay takes what is about to be stored: what it refuses for its size would be sent again for ever. */
import { EMPTY, LIMITS } from "@sotto/wire";
import type { Pending } from "./state.ts";

/** What a frame holds beside the bytes that are counted. */
const FRAME_REST = 4096;

/** An own commit, with its Welcomes and the GroupInfo for the link. */
export function isSendable({ bytes, header, welcomes, link, creation }: Pending): boolean {
  const groupInfo = typeof link === "object" ? link.groupInfo.length : 0;
  const parts = [bytes, header, creation ?? EMPTY, ...welcomes.map((welcome) => welcome.bytes)];
  const sum = parts.reduce((size, part) => size + part.length + 32, groupInfo + FRAME_REST);
  const isEntry = [bytes, ...welcomes.map((welcome) => welcome.bytes)].every(
    ({ length }) => length <= LIMITS.entryBytesMax,
  );
  return isEntry && groupInfo <= LIMITS.groupInfoBytesMax && sum <= LIMITS.frameBytesMax;
}
