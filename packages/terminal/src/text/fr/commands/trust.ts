import type { trust as English } from "../../en/commands/trust.ts";
import type { Texts } from "../../index.ts";

export const trust: Texts<typeof English> = {
  verify: {
    line: "comparer une fois les mots de sécurité avec une personne",
    more: "Vous voyez de part et d'autre les mêmes douze mots. Lisez-les-vous là où vous connaissez la voix ou le visage de l'autre, pas dans cette messagerie. Ils restent les mêmes quand un nouvel appareil s'ajoute.",
    needs: "le nom d'une personne",
    wrongAnswer: "/verify attend un nom, et oui quand les mots sont les mêmes",
    making: "calcul des mots, cela prend quelques secondes",
    words: (who) => `mots de sécurité entre vous et ${who} :`,
    already: (who) => `le compte ${who} est déjà vérifié ; les mots sont toujours ceux-ci`,
    readAloud: (who, self) =>
      `lisez-les à voix haute avec ${who}, au téléphone ou face à face : ${who} tape /verify ${self}`,
    same: "les mêmes ? oui, non, ou Entrée pour plus tard : ",
    later: (who) => `le compte ${who} reste à vérifier ; après comparaison : /verify ${who} oui`,
    done: (who) => `le compte ${who} est vérifié, avec tous ses appareils`,
    different: (who) => `le compte auquel vous écrivez sous le nom ${who} n'est pas celui de cette personne`,
    differentHint:
      "n'y écrivez rien que d'autres ne doivent lire ; comparez encore une fois, puis prévenez l'administration du relais",
  },
  info: {
    line: "ce que l'on sait d'une personne",
    more: "Son compte, si vous avez comparé les mots de sécurité, si elle est en ligne, et les salons que vous partagez.",
    needs: "le nom d'une personne",
    name: "nom",
    account: "compte",
    verified: "vérification",
    isVerified: "faite, vous avez comparé les mots de sécurité",
    notVerified: "à faire",
    itIsYou: "c'est vous",
    doubt: "doute",
    presence: "présence",
    unknown: "inconnue tant que vous êtes hors ligne",
    devices: "appareils",
    rooms: "ensemble dans",
    noRooms: "aucun salon",
  },
  accept: {
    line: "reprendre ce qu'un avertissement a bloqué",
    more: "CODE est entre parenthèses à la fin de l'avertissement ; NOM est la personne ou le #salon concerné. Ne le faites que si vous savez pourquoi l'avertissement est venu.",
    needs: "le code d'un avertissement",
    done: "accepté",
    noCode: (code) => `aucun avertissement n'a le code ${code}`,
    codes: (codes) => `les codes sont ${codes}`,
    nothing: (code, name) =>
      name === ""
        ? `de qui ? /accept ${code} NOM`
        : `aucun avertissement ${code} ne porte sur ${name} : rien n'est retenu pour cela`,
  },
};
