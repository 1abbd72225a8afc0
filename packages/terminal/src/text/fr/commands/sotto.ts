import type { sotto as English } from "../../en/commands/sotto.ts";
import type { Texts } from "../../index.ts";

export const sotto: Texts<typeof English> = {
  dnd: {
    line: "ne pas déranger : seule la conversation ouverte se montre",
    more: "Rien d'autre n'est montré ni signalé ; tout est compté, /rooms dit combien. Sans on ni off, dit où l'on en est.",
    isOn: "ne pas déranger est activé : seule la conversation ouverte se montre ; /dnd off y met fin",
    isOff: "ne pas déranger est désactivé",
    wrong: "/dnd attend on ou off",
  },
  help: {
    line: "toutes les commandes, ou une en détail",
    more: "",
    unknown: (name) => `il n'y a pas de commande /${name} ; rien n'a été envoyé`,
    sends: (name) => `//${name} envoie le texte /${name}`,
    didYouMean: (name) => `vouliez-vous dire /${name} ?`,
    listsAll: "/help liste toutes les commandes ;",
    also: (alias) => ` (aussi /${alias})`,
    needs: (command, what) => `${command} attend ${what}`,
    noFocus: "aucune conversation n'est ouverte",
    noFocusHint: "/talk NOM en ouvre une ; /rooms liste les vôtres",
    sections: {
      talk: "parler :",
      rooms: "salons :",
      trust: "qui est qui :",
      account: "votre compte :",
      sotto: "sotto lui-même :",
      operator: "gérer le relais :",
    },
    whereTextGoes: "le texte part dans la conversation ouverte ; #salon texte et @nom texte vont ailleurs sans bouger",
    calling: "dans un salon, @nom texte s'y dit si nom en est membre ; /talk NOM est pour une personne seule",
    signs: "! vaut / ; //texte envoie un texte qui commence par / ; /help COMMANDE en dit plus",
  },
  quit: {
    line: "quitter sotto (aussi : exit)",
    more: "Ce qui n'est pas encore envoyé partira au prochain démarrage de sotto.",
  },
};
