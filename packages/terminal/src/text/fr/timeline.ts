import type { timeline as English } from "../en/timeline.ts";
import type { Texts } from "../index.ts";

const WEEKDAYS = ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."];
const MONTHS = [
  "janvier",
  "février",
  "mars",
  "avril",
  "mai",
  "juin",
  "juillet",
  "août",
  "septembre",
  "octobre",
  "novembre",
  "décembre",
];

export const timeline: Texts<typeof English> = {
  you: "vous",
  sotto: "sotto",
  day: (weekday, date, month, year) =>
    `${WEEKDAYS[weekday] ?? ""} ${date === 1 ? "1er" : date} ${MONTHS[month] ?? ""}${year === undefined ? "" : ` ${year}`}`,
  unknownDay: "un jour inconnu",
  new: (count) => (count < 2 ? `${count} nouveau` : `${count} nouveaux`),
  newBelow: (count) => (count < 2 ? `↓ ${count} nouveau` : `↓ ${count} nouveaux`),
  moreBelow: "↓ suite",
  notSent: (why) => `non envoyé : ${why}`,
  folded: (rows) => (rows < 2 ? `… encore ${rows} ligne` : `… encore ${rows} lignes`),
  unfold: (select, open) => `${select} sélectionne le message, ${open} l'ouvre en entier`,
  again: "renvoyer",
  edit: "modifier",
  away: "abandonner",
  empty: "Aucun message pour l'instant.",
  emptyRoom: (invite) => `Écrivez le premier ci-dessous, ou faites venir quelqu'un avec ${invite}.`,
  emptyDirect: (name) => `Écrivez à ${name} ci-dessous. Personne d'autre que vous deux ne peut lire.`,
  welcome: "Aucune conversation n'est ouverte.",
  welcomePalette: (key) => `${key} trouve salons, personnes et commandes`,
  welcomeJoin: "/join LIEN entre dans un salon, /create NOM en crée un",
  welcomeHelp: "/help montre tout le reste",
};
