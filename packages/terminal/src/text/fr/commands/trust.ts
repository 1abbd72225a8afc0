import type { trust as English } from "../../en/commands/trust.ts";
import type { Texts } from "../../index.ts";
import { de } from "../elision.ts";

export const trust: Texts<typeof English> = {
  verify: {
    line: "comparer une fois les mots de sécurité avec une personne",
    more: "Vous voyez tous deux les mêmes douze mots. Lisez-les-vous là où vous connaissez la voix ou le visage de l'autre, pas dans cette messagerie. Ils restent les mêmes quand l'un de vous a un nouvel appareil.",
    needs: "le nom d'une personne",
    wrongAnswer: "/verify attend un nom, et oui quand les mots sont les mêmes",
    making: "calcul des mots, cela prend quelques secondes",
    words: (who) => `mots de sécurité entre vous et ${who} :`,
    already: (who) => `l'identité ${de(who)} est déjà vérifiée ; les mots sont toujours ceux-ci`,
    readAloud: (who, self) =>
      `lisez-les à voix haute avec ${who}, au téléphone ou face à face : ${who} tape /verify ${self}`,
    same: "les mêmes ? oui, non, ou Entrée pour plus tard : ",
    later: (who) =>
      `l'identité ${de(who)} n'est pas encore vérifiée ; /verify ${who} oui le fera quand vous aurez comparé`,
    done: (who) => `l'identité ${de(who)} est vérifiée, avec tous ses appareils`,
    different: (who) => `le compte auquel vous écrivez sous le nom ${de(who)} n'est pas celui ${de(who)}`,
    differentHint:
      "n'y écrivez rien que d'autres ne doivent lire ; comparez encore une fois, puis prévenez l'opérateur du relais",
  },
  info: {
    line: "ce que l'on sait d'une personne",
    more: "Son compte, si vous avez comparé les mots de sécurité, si elle est en ligne, et les salons que vous partagez.",
    needs: "le nom d'une personne",
    name: "nom",
    account: "compte",
    verified: "identité",
    isVerified: "vérifiée, vous avez comparé les mots de sécurité",
    notVerified: "non vérifiée",
    itIsYou: "c'est vous",
    doubt: "en doute",
    presence: "présence",
    unknown: "inconnue tant que vous êtes hors ligne",
    devices: "appareils",
    rooms: "ensemble dans",
    noRooms: "aucun salon",
  },
  accept: {
    line: "continuer après un avertissement qui a bloqué quelque chose",
    more: "CODE est entre parenthèses à la fin de l'avertissement ; NOM est la personne ou le #salon concerné. Ne le faites que si vous savez pourquoi l'avertissement est venu.",
    needs: "le code d'un avertissement",
    done: "accepté",
  },
};
