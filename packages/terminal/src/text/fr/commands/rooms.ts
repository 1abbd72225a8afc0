import type { rooms as English } from "../../en/commands/rooms.ts";
import type { Texts } from "../../index.ts";

export const rooms: Texts<typeof English> = {
  create: {
    line: "créer un salon et l'ouvrir",
    more: "Le salon est à vous. Le lien affiché permet d'y entrer : ne le donnez qu'à ceux qui doivent en être.",
  },
  join: {
    line: "entrer dans le salon où mène un lien",
    more: "Le lien commence par sotto:// et contient un secret : qui l'a peut entrer. Ce qui s'est dit avant votre arrivée vous reste invisible.",
  },
  leave: {
    line: "quitter pour de bon le salon ouvert, ou un autre",
    more: "Le salon disparaît de votre liste. Pour regarder ailleurs tout en restant membre, utilisez /back.",
  },
  link: {
    line: "afficher le lien du salon ouvert",
    more: "Dans un terminal en couleurs, aussi comme code QR. /renew en fait un nouveau et met fin à l'ancien.",
  },
  renew: {
    line: "faire un nouveau lien pour le salon ouvert ; l'ancien prend fin",
    more: "Les membres restent. À utiliser quand un lien est arrivé là où il ne fallait pas.",
  },
  invite: {
    line: "faire entrer une personne dans le salon ouvert",
    more: "Elle n'a besoin ni de lien ni de connexion : elle y sera à sa prochaine connexion. /users liste les noms.",
  },
  remove: {
    line: "retirer une personne du salon ouvert",
    more: "Seuls les propriétaires le peuvent. Le lien du salon change en même temps.",
  },
  members: {
    line: "qui est dans le salon ouvert",
    more: "Les propriétaires sont signalés : ils peuvent retirer les autres.",
  },
  rooms: {
    line: "vos salons et conversations",
    more: "Avec le nombre de membres et de messages non lus. /talk en ouvre un.",
  },
};
