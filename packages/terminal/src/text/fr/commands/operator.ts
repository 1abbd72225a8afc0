import type { operator as English } from "../../en/commands/operator.ts";
import type { Texts } from "../../index.ts";
import { de } from "../elision.ts";

export const operator: Texts<typeof English> = {
  kick: {
    line: "couper les connexions d'une personne ; elle peut revenir",
    more: "Pour que quelqu'un ne revienne pas, utilisez /ban.",
    needs: "le nom d'une personne",
    done: (who) => `les connexions ${de(who)} sont coupées ; un retour reste possible`,
  },
  ban: {
    line: "exclure un compte du relais",
    more: "Ses connexions prennent fin et aucune autre n'est acceptée. Il reste membre de ses salons : c'est aux propriétaires de l'en retirer. /unban le laisse revenir.",
    needs: "le nom d'une personne",
    done: (who) => `le compte ${de(who)} est exclu ; /unban le laisse revenir`,
  },
  unban: {
    line: "laisser revenir un compte",
    more: "",
    needs: "le nom d'une personne",
    done: (who) => `le compte ${de(who)} peut revenir`,
  },
  regen: {
    line: "faire un nouveau mot de passe d'accès ; l'ancien prend fin",
    more: "Les nouveaux venus en ont besoin, et il figure dans chaque lien donné désormais. Qui a déjà un compte n'en a besoin que là où le relais le demande à chaque connexion.",
    sure: "mettre fin au mot de passe d'accès, et avec lui aux liens pour les nouveaux venus ?",
    stays: "le mot de passe d'accès reste le même",
    ended: "l'ancien mot de passe d'accès ne fonctionne plus",
    done: "l'ancien mot de passe d'accès ne fonctionne plus ; voici le nouveau, et un lien pour les nouveaux venus :",
  },
  announce: {
    line: "dire quelque chose à tous ceux qui sont en ligne",
    more: "Ce n'est pas un message : c'est le relais qui parle, sans chiffrement pour ses lecteurs, et qui est hors ligne ne le verra jamais.",
    needs: "un texte",
    done: "tous ceux qui sont en ligne en sont informés",
  },
  stop: {
    line: "arrêter le relais, pour tout le monde",
    more: "Il termine ce qu'il fait, prévient tout le monde et s'arrête. Il faudra le relancer sur sa machine.",
    sure: "arrêter le relais pour tout le monde ?",
    goesOn: "le relais continue",
    done: "le relais s'arrête",
    hint: "sottod le relance, sur sa machine",
  },
};
