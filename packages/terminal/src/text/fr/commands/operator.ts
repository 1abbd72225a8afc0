import type { operator as English } from "../../en/commands/operator.ts";
import type { Texts } from "../../index.ts";

export const operator: Texts<typeof English> = {
  kick: {
    line: "couper les connexions d'une personne ; elle peut revenir",
    more: "Pour que quelqu'un ne revienne pas, utilisez /ban.",
    needs: "le nom d'une personne",
    done: (who) => `${who} n'est plus en ligne, et peut revenir`,
  },
  ban: {
    line: "exclure un compte du relais",
    more: "Ses connexions prennent fin et aucune autre n'est acceptée. Il reste membre de ses salons : c'est aux propriétaires de l'en retirer. /unban le laisse revenir.",
    needs: "le nom d'une personne",
    sure: (who) => `exclure le compte ${who} du relais ? plus rien ne lui parviendra jusqu'à /unban ;`,
    stays: (who) => `le compte ${who} n'est pas exclu`,
    done: (who) => `le compte ${who} est exclu ; /unban le laisse revenir`,
  },
  unban: {
    line: "laisser revenir un compte",
    more: "",
    needs: "le nom d'une personne",
    done: (who) => `le compte ${who} peut revenir`,
  },
  regen: {
    line: "changer le mot de passe d'accès ; l'ancien prend fin",
    more: "Il faut l'avoir pour s'inscrire, et il figure dans chaque lien donné désormais. Qui a déjà un compte n'en a besoin que là où le relais le demande à chaque connexion.",
    sure: "mettre fin au mot de passe d'accès, et aux liens pour s'inscrire ?",
    stays: "le mot de passe d'accès reste le même",
    ended: "l'ancien mot de passe d'accès ne fonctionne plus",
    done: "l'ancien mot de passe d'accès ne fonctionne plus ; voici le nouveau, et un lien pour s'inscrire :",
  },
  announce: {
    line: "dire quelque chose à toutes les personnes en ligne",
    more: "Ce n'est pas un message : c'est le relais qui parle, sans chiffrement de bout en bout, et qui est hors ligne ne le verra jamais.",
    needs: "un texte",
    done: "toutes les personnes en ligne en sont informées",
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
