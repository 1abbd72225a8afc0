import type { talk as English } from "../../en/commands/talk.ts";
import type { Texts } from "../../index.ts";

export const talk: Texts<typeof English> = {
  users: {
    line: "tout le monde sur ce relais, et qui est en ligne",
    more: "/talk NOM écrit à l'une de ces personnes.",
  },
  talk: {
    line: "ouvrir une conversation avec une personne, ou un salon",
    more: "NOM est une personne (bob ou @bob) ou un salon (#general). Les messages précédents s'affichent, les nouveaux apparaissent d'eux-mêmes, et ce que vous tapez part là. /back en sort.",
  },
  back: {
    line: "sortir de la conversation ouverte ; vous en restez membre",
    more: "Les messages y comptent de nouveau comme non lus.",
  },
  history: {
    line: "les N derniers messages de la conversation ouverte (20)",
    more: "Jusqu'à 500, même sans connexion.",
  },
  search: {
    line: "les messages contenant ces mots, dans tous les salons",
    more: "Des mots entiers ; le dernier peut n'être qu'un début de mot. Fonctionne sans connexion.",
  },
};
