import type { full as English } from "../en/full.ts";
import type { Texts } from "../index.ts";

export const full: Texts<typeof English> = {
  copied: "copié",
  linkCopied: "pas de navigateur ici : le lien est copié",
  notCopied: "ce terminal ne permet pas de copier",
  quitAgain: (key: string) => `encore ${key} pour quitter`,
  noConversation: "aucune conversation n'est ouverte : Ctrl-K en trouve une ; votre texte reste ici",
  noneOpen: "aucune conversation n'est ouverte",
  typeIt: (command: string) => `videz d'abord la ligne, puis tapez ${command}`,
  notKept: (why: string) => `le brouillon n'a pas pu être conservé : ${why}`,
  keptAgain: "ce que vous tapez est de nouveau conservé",
  turned: (prompt) => `les membres ont changé, et ce que vous tapez part ailleurs : ${prompt}`,
  tooLong: (bytes: number, most: number) =>
    `non envoyé : le texte fait ${bytes} octets, un message en contient au plus ${most} ; envoyez-le en plusieurs parties`,
  longDraft: (bytes: number) => `collé : ${bytes} octets ; un message en contient moins, rien ne part tout seul`,
  pasteCut: (most: number) => `le texte collé est coupé : la ligne contient au plus ${most} caractères`,
  noUnread: "rien de non lu ailleurs",
  noUnreadHere: "rien de nouveau ici",
  noMention: "personne ne vous y mentionne",
  noRoom: (number: number) => `il n'y a pas de salon ${number}`,
  noPrevious: "il n'y a pas de salon précédent",
  nothingToSelect: "il n'y a aucun message à sélectionner",
  noLink: "il ne contient aucun lien",
  notFailed: "ce message n'a pas été refusé",
  onTheWay: "il est peut-être déjà en route : d'autres peuvent le lire",
  takenBack: "retiré",
  disturb: (off: boolean) => (off ? "ne pas déranger : aucune notification" : "les notifications sont rétablies"),
  bare: (key: string) => `la conversation seule, pour copier ; ${key} ramène le reste`,
  marked: "marqué comme lu",
  settingsFault: (file: string, key: string, want: string, got: string) =>
    `${file} : ${key === "" ? "" : `${key} : `}attendu ${want}, trouvé ${got}`,
  editor: {
    none: "aucun éditeur : définissez VISUAL ou EDITOR",
    failed: (editor: string) => `impossible de lancer ${editor} ; le texte est inchangé`,
    noFile: (folder: string) => `le fichier destiné à l'éditeur n'existe pas dans ${folder} ; le texte est inchangé`,
    onDisk: (folder: string) =>
      `le texte se trouvait entre-temps dans un fichier de ${folder}, peut-être sur un disque`,
    ended: (code: number) => `l'éditeur s'est terminé avec le code ${code} ; le texte est inchangé`,
  },
  info: {
    sender: "de",
    account: "compte",
    sent: "envoyé",
    place: "rang",
    id: "message",
    state: "état",
    trust: "mots de sécurité",
    verified: "comparés",
    unverified: "pas encore comparés",
    doubt: "ne vous y fiez pas avant d'avoir regardé : /info",
    inLog: "le relais l'a reçu",
    waiting: "en attente : le relais n'a pas répondu",
    failed: "refusé",
  },
  signedInAs: (name: string) =>
    `vous êtes déjà connecté en tant que ${name} ; le profil reprend l'adresse du relais du lien`,
};
