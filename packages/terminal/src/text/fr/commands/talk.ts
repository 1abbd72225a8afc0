import type { talk as English } from "../../en/commands/talk.ts";
import type { Texts } from "../../index.ts";
import { many } from "../plural.ts";

export const talk: Texts<typeof English> = {
  users: {
    line: "tout le monde sur ce relais, et qui est en ligne",
    more: "/talk NOM écrit à l'une de ces personnes.",
    count: (n) => `${many(n, "personne")} :`,
    isYou: " (vous)",
    online: "en ligne",
    offline: "hors ligne",
  },
  talk: {
    line: "ouvrir une conversation avec une personne, ou un salon",
    more: "NOM est une personne (bob ou @bob) ou un salon (#general). Les messages précédents s'affichent, les nouveaux apparaissent d'eux-mêmes, et ce que vous tapez part là. /back en sort.",
    needs: "le nom d'une personne ou d'un salon",
  },
  back: {
    line: "refermer la conversation ouverte ; vous en restez membre",
    more: "Les messages y comptent de nouveau comme non lus.",
    nowhere: "aucune conversation n'est ouverte",
    nowhereHint: "/talk NOM en ouvre une",
    left: (tag) => `conversation ${tag} refermée ; vous en restez membre`,
  },
  unread: {
    line: "ouvrir la prochaine conversation où il reste du non lu",
    more: "D'abord là où quelqu'un vous mentionne, puis une personne qui vous a écrit, puis les autres salons. Un salon en sourdine ne compte que si quelqu'un vous y mentionne.",
    none: "rien de non lu",
  },
  read: {
    line: "marquer comme lue la conversation ouverte, ou une autre",
    more: "Sans l'ouvrir. Les personnes qui y ont écrit n'en savent rien.",
    done: (tag) => `${tag} : tout est marqué comme lu`,
    empty: (tag) => `il n'y a rien à lire dans ${tag}`,
  },
  history: {
    line: "les N derniers messages de la conversation ouverte (20)",
    more: "Jusqu'à 500, même sans connexion. /history suite remonte plus loin que ce qui a été montré en dernier.",
    range: "/history attend un nombre de 1 à 500, ou suite",
    start: "rien n'a été dit avant cela",
  },
  search: {
    line: "les messages contenant ces mots, dans tous les salons",
    more: "Des mots entiers ; le dernier peut n'être qu'un début de mot. Fonctionne sans connexion. /search ici MOTS ne cherche que dans la conversation ouverte, /search #salon MOTS et /search @nom MOTS dans celle-là. /context N montre ce qui entoure un résultat.",
    needs: "des mots",
    none: "rien trouvé",
    found: (n) => many(n, "message"),
    hint: "/context N montre ce qui s'est dit autour de l'un d'eux",
  },
  context: {
    line: "ce qui s'est dit autour du message N trouvé par /search",
    more: "N est le numéro devant le résultat. /talk y mène.",
    needs: "le numéro d'un résultat",
    unknown: (word) => `aucun résultat ne porte le numéro ${word}`,
    hint: "/search MOTS numérote ce qu'il trouve",
    byEnter: "Entrée va à un message trouvé : /search MOTS, ou Ctrl-R et Ctrl-F",
  },
  waiting: {
    line: "vos messages qui ne sont pas encore envoyés",
    more: "Chacun avec un numéro, le plus ancien d'abord. Ils partent d'eux-mêmes dès qu'il y a une connexion. /drop N en abandonne un.",
    none: "rien n'attend d'être envoyé",
    count: (n) => `${many(n, "message")} à envoyer :`,
  },
  drop: {
    line: "abandonner le message N qui n'est pas encore envoyé",
    more: "N est son numéro dans /waiting. Impossible quand le relais l'a peut-être déjà.",
    needs: "le numéro d'un message de /waiting",
    unknown: (word) => `aucun message en attente ne porte le numéro ${word}`,
    hint: "/waiting les numérote",
    sure: "l'abandonner pour de bon ?",
    kept: "il reste en attente",
    done: "il est abandonné et ne sera pas envoyé",
    late: "le relais l'a peut-être déjà, il ne peut plus être abandonné",
  },
};
