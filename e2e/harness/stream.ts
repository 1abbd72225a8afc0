import type { Answered } from "./one-log.ts";
import type { Person } from "./person.ts";

/**
 * Sends texts one after the other with several under way, as a busy program does.
 *
 * @param answered - called with each answer as it comes.
 * @returns when every text is answered; rejects when the process ends.
 */
export async function stream(
  person: Person,
  roomId: string,
  texts: readonly string[],
  answered: (answer: Answered) => void,
  underWay = 16,
): Promise<void> {
  const waiting = [...texts];
  const lane = async (): Promise<void> => {
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      const { messageId, seq } = await person.send(roomId, text);
      answered({ text, sender: person.name, messageId, seq });
    }
  };
  await Promise.all(Array.from({ length: underWay }, lane));
}
