/** Every text that a person sees, in the language of their locale. The one way to it is {@link say}. */
import { en } from "./en/index.ts";
import { fr } from "./fr/index.ts";

/** The same texts in any language: complete by type, functions with the same parameters. */
export type Texts<T> = {
  readonly [K in keyof T]: T[K] extends (...values: infer V) => string
    ? (...values: V) => string
    : T[K] extends string
      ? string
      : Texts<T[K]>;
};

export type Catalogue = Texts<typeof en>;
export type Language = "en" | "fr";

export const LANGUAGES: Readonly<Record<Language, Catalogue>> = { en, fr };

let chosen: Language = "en";

/** The texts of the chosen language. Asked anew each time: never kept from before the language was chosen. */
export function say(): Catalogue {
  return LANGUAGES[chosen];
}

export function language(): Language {
  return chosen;
}

export function setLanguage(to: Language): void {
  chosen = to;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** As POSIX says: the first of LC_ALL, LC_MESSAGES and LANG that is set; SOTTO_LANG goes before them. */
export function languageOf(env: Environment): Language {
  const locale = [env.SOTTO_LANG, env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => (value ?? "") !== "") ?? "";
  return /^fr(?![a-z])/i.test(locale) ? "fr" : "en";
}
