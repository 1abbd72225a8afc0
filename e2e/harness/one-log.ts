import type { Message } from "@sotto/core";
import { expect } from "vitest";
import type { Person } from "./person.ts";

export interface Answered {
  readonly text: string;
  readonly sender: string;
  readonly messageId: string;
  readonly seq: number;
}

/**
 * Law 2 of the design, looked at from outside: every member holds the same list, each answered message is in it exactly
 * once where the answer said, and each member was told of each message of others exactly once and in order, over all of
 * its processes.
 *
 * @returns the one list.
 */
export async function expectOneLog(
  roomId: string,
  members: readonly Person[],
  answered: readonly Answered[],
): Promise<readonly Message[]> {
  const [log = [], ...others] = await Promise.all(members.map((member) => member.history(roomId)));
  for (const other of others) expect(other).toEqual(log);
  expectRising(log.map(({ seq }) => seq));
  expect(new Set(log.map(({ messageId }) => messageId)).size).toBe(log.length);
  expect(new Set(log.map(({ text }) => text)).size).toBe(log.length);
  const place = new Map(log.map(({ messageId, seq, sender, text }) => [messageId, { messageId, seq, sender, text }]));
  for (const answer of answered) expect(place.get(answer.messageId)).toEqual(answer);
  for (const member of members) {
    const told = member.runs.flatMap((run) => member.told(roomId, run));
    expect(told).toEqual(log.filter(({ sender }) => sender !== member.name).map((message) => toNote(roomId, message)));
  }
  return log;
}

function toNote(roomId: string, message: Message): object {
  return { type: "message", roomId, ...message };
}

function expectRising(numbers: readonly number[]): void {
  for (const [index, number] of numbers.entries()) {
    if (index > 0) expect(number).toBeGreaterThan(numbers[index - 1] ?? Number.POSITIVE_INFINITY);
  }
}
