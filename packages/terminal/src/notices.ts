/** What happens by itself, in the language of the person. */
import type { Update } from "@sotto/core";
import { LANGUAGES, language, say } from "./text/index.ts";

type NoticeUpdate = Extract<Update, { type: "notice" }>;

/** The sentence of a notice. It may hold what others wrote: it goes to a screen like their messages. */
export function noticeText(update: NoticeUpdate): string {
  if (language() === "en") return update.text;
  const { key, values } = update;
  // One sentence for each key, of the values that come with that key.
  const sentence = say().notices[key] as (values: unknown) => string;
  return sentence("code" in values ? { ...values, why: whyOf(values.code) ?? values.why } : values);
}

/** What a code says, in the same language. */
function whyOf(code: string): string | undefined {
  const refusals: Readonly<Record<string, { readonly what: string }>> = LANGUAGES[language()].words.refusals;
  return refusals[code]?.what;
}
