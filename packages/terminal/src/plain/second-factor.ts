/** The second half of signing up: the authenticator app, the first code, backup codes, recovery phrase. */
import { randomInt } from "node:crypto";
import type { Client } from "@sotto/core";
import type { Asker } from "../commands/desk.ts";
import { error, hint, info, type Line } from "../output.ts";
import { say } from "../text/index.ts";
import { refusalWords } from "../words.ts";
import { qrCode } from "./qr.ts";

export function showSecondFactor(screen: Asker, totpUri: string): void {
  const text = say().plain.factor;
  screen.print(info(text.add), [text.uri(totpUri)]);
  // The secret and the question stand below it.
  const qr = qrCode(withoutDefaults(totpUri), screen.look, screen.size(), 2);
  if (qr.type === "lines") screen.print(...qr.lines);
  if (qr.type === "too-small") {
    screen.print(info(text.qrTooLarge(qr.columns, qr.rows)));
  }
  const secret = /[?&]secret=([A-Za-z2-7]+)/.exec(totpUri)?.[1];
  if (secret !== undefined) screen.print([text.secret(secret.match(/.{1,4}/g)?.join(" ") ?? secret)]);
}

/** The same for every app, and short enough for a terminal of 24 rows. */
function withoutDefaults(totpUri: string): string {
  return totpUri.replace(/&(?:algorithm=SHA1|digits=6|period=30)(?=&|$)/g, "");
}

/** Asks until a code fits. @returns the backup codes; undefined when there are no more lines, or waiting is over. */
export async function confirmCode(client: Client, screen: Asker): Promise<readonly string[] | undefined> {
  while (true) {
    const code = await screen.ask(say().plain.factor.code);
    if (code === undefined) return undefined;
    const digits = code.replace(/\s/g, "");
    if (!/^[0-9]{6}$/.test(digits)) {
      screen.print(error(say().plain.factor.sixDigits));
      continue;
    }
    const confirmed = await client.request("account.confirmOtp", { code: digits });
    if (confirmed.ok) return confirmed.value.backupCodes;
    const words = refusalWords(confirmed.error);
    screen.print(error(words.what), hint(words.hint));
    if (confirmed.error.code === "not-signed-in") return undefined;
  }
}

export function showBackupCodes(screen: Asker, codes: readonly string[]): void {
  screen.print(info(say().plain.factor.backupCodes));
  for (let index = 0; index < codes.length; index += 2) {
    screen.print([`  ${codes.slice(index, index + 2).join("  ")}`]);
  }
}

/** Shows the phrase and asks for two of its words, so that it was written down. Enter and `skip` go on without. */
export async function showRecoveryPhrase(screen: Asker, phrase: string): Promise<void> {
  const words = phrase.split(" ");
  const text = say().plain.factor;
  screen.print(info(text.phrase), ...rowsOf(words));
  const first = randomInt(words.length);
  const second = (first + 1 + randomInt(words.length - 1)) % words.length;
  for (const index of [first, second].sort((left, right) => left - right)) {
    while (true) {
      const answer = (await screen.ask(text.word(index + 1)))?.trim().toLowerCase();
      if (answer === undefined || answer === "" || answer === "skip") {
        return screen.print(info(text.skipped));
      }
      if (answer === words[index]) break;
      screen.print(error(text.notTheWord(index + 1)), hint(text.lookAbove));
    }
  }
  screen.print(info(text.right));
}

/**
 * Asks for a phrase without showing it.
 *
 * @returns its words in one spelling; undefined when there was none, or no more lines.
 */
export async function askPhrase(screen: Asker, question: string): Promise<string | undefined> {
  while (true) {
    const words =
      (await screen.ask(question, { secret: true, canGoBack: true }))?.trim().toLowerCase().split(/\s+/) ?? [];
    if (words.length === PHRASE_WORDS) return words.join(" ");
    if (words.join("") === "") return undefined;
    screen.print(error(say().plain.factor.phraseLength(PHRASE_WORDS, words.length)));
  }
}

const PHRASE_WORDS = 12;

function rowsOf(words: readonly string[]): Line[] {
  const numbered = words.map((word, index) => `${String(index + 1).padStart(2)} ${word.padEnd(9)}`);
  const rows: Line[] = [];
  for (let index = 0; index < numbered.length; index += 4) {
    rows.push([
      `  ${numbered
        .slice(index, index + 4)
        .join(" ")
        .trimEnd()}`,
    ]);
  }
  return rows;
}
