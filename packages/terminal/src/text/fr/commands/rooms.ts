import type { rooms as English } from "../../en/commands/rooms.ts";
import type { Texts } from "../../index.ts";
import { many } from "../plural.ts";

export const rooms: Texts<typeof English> = {
  create: {
    line: "créer un salon et l'ouvrir",
    more: "Le salon est à vous. Le lien affiché permet d'y entrer : ne le donnez qu'aux personnes qui doivent en être.",
    needs: "un nom pour le salon",
    made: (tag) => `${tag} est créé ; qui a ce lien peut y entrer :`,
    done: (tag) => `${tag} est créé ; /link affiche le lien qui permet d'y entrer`,
  },
  join: {
    line: "entrer dans le salon où mène un lien",
    more: "Le lien commence par sotto:// et contient un secret : qui l'a peut entrer. Ce qui s'est dit avant votre arrivée vous reste invisible.",
    needs: "un lien",
  },
  leave: {
    line: "quitter pour de bon le salon ouvert, ou un autre",
    more: "Le salon disparaît de votre liste. Pour regarder ailleurs tout en restant membre, utilisez /back.",
    sure: (tag) => `quitter ${tag} pour de bon ? seul son lien ou un membre vous y ramène ;`,
    stay: "vous y restez",
    left: (tag) => `vous avez quitté ${tag}`,
  },
  link: {
    line: "afficher le lien du salon ouvert",
    more: "Dans un terminal, aussi comme code QR. /renew en fait un nouveau et met fin à l'ancien.",
    qrTooLarge: (columns, rows) => `un code QR demanderait ${columns} colonnes et ${rows} lignes`,
  },
  qr: {
    line: "afficher le lien du salon ouvert comme code QR",
    more: "Là où le terminal a assez de place ; le lien en toutes lettres figure dessous.",
    needsTerminal: "un code QR demande un terminal ; voici son texte :",
  },
  renew: {
    line: "renouveler le lien du salon ouvert ; l'ancien prend fin",
    more: "Les membres restent. À utiliser quand un lien est arrivé en de mauvaises mains.",
    sure: (tag) => `mettre fin pour de bon au lien de ${tag} ? il ne fera plus entrer personne ;`,
    stays: "le lien reste tel quel",
    ended: "l'ancien lien ne fonctionne plus ; le nouveau :",
    done: "le lien est renouvelé ; l'ancien ne fonctionne plus",
  },
  invite: {
    line: "faire entrer une personne dans le salon ouvert",
    more: "Elle n'a besoin ni de lien ni de connexion : elle y sera à sa prochaine connexion. /users liste les noms.",
    needs: "le nom d'une personne",
    done: (who, tag) => `${who} est dans ${tag}`,
  },
  remove: {
    line: "retirer une personne du salon ouvert",
    more: "Seuls les propriétaires le peuvent. Le lien du salon change en même temps.",
    needs: "le nom d'une personne",
    sure: (who, tag) => `retirer ${who} de ${tag} ?`,
    stays: (who) => `${who} reste`,
    done: (who, tag) => `${who} n'est plus dans ${tag}`,
  },
  members: {
    line: "qui est dans le salon ouvert",
    more: "Les propriétaires sont signalés : ils peuvent retirer les autres.",
    count: (n, tag) => `${many(n, "membre")} de ${tag} :`,
    owner: "propriétaire",
  },
  rooms: {
    line: "vos salons et conversations",
    more: "Avec le nombre de membres et de messages non lus. /talk en ouvre un.",
    unread: (n) => many(n, "non lu", "non lus"),
    inFocus: " (ouvert)",
    muted: "en sourdine",
    none: "vous n'êtes encore dans aucun salon",
    noneCreate: "/create NOM crée un salon, /join LIEN entre dans un salon",
    noneTalk: "/talk NOM écrit à une personne, /users liste tout le monde",
    noneHelp: "/help liste toutes les commandes",
  },
  mute: {
    line: "mettre un salon en sourdine tant qu'il n'est pas ouvert",
    more: "Rien n'en est montré ni signalé ; ses messages sont comptés, /rooms dit combien. Les autres membres n'en savent rien. /unmute y met fin.",
    done: (tag) => `${tag} est en sourdine ; ses messages sont comptés`,
  },
  unmute: {
    line: "mettre fin à /mute",
    more: "Les messages du salon apparaissent de nouveau d'eux-mêmes.",
    done: (tag) => `${tag} n'est plus en sourdine`,
  },
};
