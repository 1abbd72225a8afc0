/** Messages of years, put straight into a vault: nobody can wait until they have been sent. */
import { randomBytes } from "node:crypto";
import type { Change } from "@sotto/core";
import { type AccountId, type DeviceId, idOf, type RoomId } from "@sotto/wire";

const BATCH = 5000;
/** Texts are put where those of a log stand that was lost: below all that comes, so no group has to know of them. */
export const BELOW = -4_294_967_296;

export interface Past {
  readonly count: number;
  /** Four of five messages are in this room. */
  readonly crowded: RoomId;
  readonly quiet: readonly RoomId[];
  /** Who wrote all of them. */
  readonly account: AccountId;
  readonly device: DeviceId;
}

export async function writePast(
  commit: (changes: readonly Change[]) => Promise<void>,
  { count, crowded, quiet, account, device }: Past,
): Promise<void> {
  const words = vocabulary();
  for (let from = 0; from < count; from += BATCH) {
    const changes = Array.from({ length: Math.min(BATCH, count - from) }, (_, step): Change => {
      const index = from + step;
      const room = index % 5 === 0 ? (quiet[(index / 5) % quiet.length] ?? crowded) : crowded;
      const id = idOf.entry(new Uint8Array(randomBytes(16)));
      const text = textOf(words, index);
      const message = { room, seq: BELOW + index, id, account, device, sentAt: 1.7e12 + index * 1000, text };
      return { type: "message", message };
    });
    await commit(changes);
  }
}

/** As often as people use them: the hundredth word a hundredth as often as the first. */
function vocabulary(): readonly string[] {
  const parts = "ka to mi re su no la pe chi dor ven tal qui fra ber gus hel jo wy zan xe ul ip ond est arm".split(" ");
  return Array.from({ length: 30_000 }, (_, index) => {
    let [word, rest] = ["", index];
    do {
      word += parts[rest % parts.length];
      rest = Math.floor(rest / parts.length);
    } while (rest > 0);
    return word;
  });
}

/** The same text for the same number; `hello` stands in every fourth. */
function textOf(words: readonly string[], index: number): string {
  let seed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  const next = (): number => {
    seed = (Math.imul(seed ^ (seed >>> 15), 0x85ebca6b) + 0x6d2b79f5) >>> 0;
    return seed / 2 ** 32;
  };
  const length = 3 + Math.floor(next() * 12);
  const chosen = Array.from({ length }, () => words[Math.floor(words.length ** next()) - 1] ?? "ka");
  return [...(index % 4 === 0 ? ["hello"] : []), ...chosen].join(" ");
}
