import type { trust as English } from "../../en/commands/trust.ts";
import type { Texts } from "../../index.ts";

export const trust: Texts<typeof English> = {
  verify: {
    line: "comparer une fois les mots de sécurité avec une personne",
    more: "Vous voyez tous deux les mêmes douze mots. Lisez-les-vous là où vous connaissez la voix ou le visage de l'autre, pas dans cette messagerie. Ils restent les mêmes quand l'un de vous a un nouvel appareil.",
  },
  accept: {
    line: "continuer après un avertissement qui a bloqué quelque chose",
    more: "CODE est entre parenthèses à la fin de l'avertissement ; NOM est la personne ou le #salon concerné. Ne le faites que si vous savez pourquoi l'avertissement est venu.",
  },
};
