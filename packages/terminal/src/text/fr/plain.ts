import type { plain as English } from "../en/plain.ts";
import type { Texts } from "../index.ts";
import { many } from "./plural.ts";

export const plain: Texts<typeof English> = {
  marks: { info: "[info] ", warning: "[attention] ", error: "[erreur] ", hint: "conseil : " },
  argument: {
    NAME: "NOM",
    ROOM: "SALON",
    LINK: "LIEN",
    CODE: "CODE",
    DEVICE: "APPAREIL",
    TEXT: "TEXTE",
    WORDS: "MOTS",
    COMMAND: "COMMANDE",
    yes: "oui",
    here: "ici",
    more: "suite",
  },
  you: "vous",
  yesOrNo: (question) => `${question} oui ou non : `,
  answerYesOrNo: "veuillez répondre oui ou non",
  chat: {
    connecting: "connexion en cours",
    online: "en ligne",
    offline: "hors ligne, nouvel essai automatique",
    notConnected: (why) => `pas de connexion : ${why}`,
    promptOffline: "(hors ligne) ",
    conversationWith: (tag) => `conversation avec ${tag}`,
    inRoom: (tag, members) => `dans ${tag}, ${many(members, "membre")}`,
    noMessages: "pas encore de messages",
    nothingUnread: "rien de non lu",
    unreadFrom: (n, who) => `${many(n, "non lu", "non lus")} de ${who}`,
    moreFrom: (n, who) => `${n} de ${who}`,
    andOthers: (shown, others) => `${shown} et ${many(others, "autre")}`,
    newOnes: (n) => many(n, "nouveau", "nouveaux"),
    several: (tags) => `plusieurs salons portent ce nom : ${tags}`,
    noRoom: (word) => `il n'y a pas de salon ${word}`,
    noRoomHint: "/rooms liste les vôtres",
    youWereAdded: (tag) => `on vous a fait entrer dans ${tag} ; /talk ${tag} l'ouvre`,
    youWereRemoved: (tag) => `on vous a retiré de ${tag}`,
    renamed: (before, tag) => `${before} s'appelle maintenant ${tag}`,
  },
  events: {
    made: (by, room) => `${by === "" ? "vous avez" : `${by} a`} créé ${room || "cette conversation"}`,
    joined: (by, room) => `${by === "" ? "vous êtes" : `${by} est`} entré par le lien${room && ` dans ${room}`}`,
    added: (by, who, room) => {
      const where = room && ` dans ${room}`;
      if (by === "") return `vous avez fait entrer ${who || "cet appareil"}${where}`;
      return who === "" ? `${by} vous a fait entrer${where}` : `${by} a fait entrer ${who}${where}`;
    },
    left: (by, room) => `${by === "" ? "vous avez" : `${by} a`} quitté ${room || "la conversation"}`,
    removed: (by, who, room) => {
      const where = room || "la conversation";
      if (by === "") return `vous avez retiré ${who || "cet appareil"} de ${where}`;
      return who === "" ? `${by} vous a retiré de ${where}` : `${by} a retiré ${who} de ${where}`;
    },
    devices: (who) => (who === "" ? "vos appareils ont changé" : `les appareils de ${who} ont changé`),
    link: (by, room) => `${by === "" ? "vous avez" : `${by} a`} renouvelé le lien${room && ` de ${room}`}`,
    renamed: (by, name, room) => `${by === "" ? "vous avez" : `${by} a`} renommé ${room || "le salon"} en ${name}`,
    owner: (who, room) =>
      `${who === "" ? "vous êtes" : `${who} est`} maintenant propriétaire ${room === "" ? "du salon" : `de ${room}`}`,
  },
  input: {
    noText: (target) => `il n'y a pas de texte après ${target}`,
    noTextHint: (target) => `/talk ${target} ouvre la conversation`,
    nothingSent: (sign, target) => `rien n'a été envoyé ; ${sign}${target} envoie un texte qui commence par ${sign}`,
    nowhere: "non envoyé : aucune conversation n'est ouverte",
    nowhereHint: "/talk NOM en ouvre une ; @nom texte et #salon texte envoient sans ouvrir",
  },
  sending: {
    notSent: (why) => `non envoyé : ${why}`,
    slow: (n) => `en attente : le relais n'a pas répondu, ${many(n, "message")} à envoyer`,
    offline: (n) => `en attente : hors ligne, ${many(n, "message")} à envoyer`,
    atEnd: (n, wait) => `${many(n, "message")} à envoyer : attente de ${wait} au plus`,
    left: (n) => `${many(n, "message")} à envoyer ; ce sera fait au prochain démarrage de sotto`,
  },
  start: {
    welcome: "sotto : une messagerie que seuls ses membres peuvent lire",
    menu: { up: "1  créer un compte", in: "2  se connecter à un compte existant", quit: "3  quitter" },
    choose: "1, 2 ou 3 : ",
    chooseAgain: "veuillez répondre 1, 2 ou 3",
    chooseHint: "!signup, !signin et exit reviennent au même",
    link: "lien (quelqu'un qui y est déjà vous le donne) : ",
    looking: (relay) => `relais ${relay}, vérification`,
    fingerprint: (print) => `empreinte ${print}`,
    pinned: "joignable ; c'est bien le relais que le lien désigne",
    system: "joignable ; cette machine connaît son certificat",
    firstUse:
      "joignable ; le lien ne désigne aucune clé : comparez l'empreinte avec celle de l'opérateur, tout changement ultérieur sera refusé",
    userName: "nom d'utilisateur : ",
    userNameOr: (offered) => `nom d'utilisateur [${offered}] : `,
    noName: (name) => `${name} ne peut pas être un nom`,
    nothing: "rien",
    making: "création du compte : le mot de passe est étiré, cela prend quelques secondes",
    phrase: "phrase de récupération, 12 mots (masqués) : ",
    needsPhrase:
      "un nouvel appareil a besoin de la phrase de récupération : un appareil ne peut pas encore en approuver un autre",
    needsPhraseHint: "choisissez de nouveau 2 et tapez les douze mots montrés à l'inscription",
    signingIn: "connexion : le mot de passe est étiré, cela prend quelques secondes",
    signedIn:
      "connecté comme nouvel appareil ; vos salons s'ouvrent ici un par un, les messages précédents restent où ils sont",
    wrongSignIn: "nom, mot de passe ou phrase de récupération incorrect",
    signedInAlready: (name) =>
      `vous êtes déjà connecté sous le nom de ${name} ; le profil reprend du lien l'adresse du relais`,
  },
  unlock: {
    password: "mot de passe : ",
    opening: "ouverture du profil",
    otherRelay: "le lien mène à un autre relais que ce profil",
    otherRelayHint: "un second compte demande un profil à lui : sotto --profile DIR LIEN",
    wrong: "mot de passe incorrect",
    again: "réessayez",
    needsCode: "ce relais demande un code à chaque connexion",
    code: "code de l'application d'authentification, ou code de secours : ",
    codeOrOffline: "code de l'application d'authentification, ou code de secours (Entrée : rester hors ligne) : ",
    waitsForCode: "le compte attend son premier code",
  },
  factor: {
    add: "second facteur : ajoutez ce compte à une application d'authentification sur votre téléphone",
    uri: (uri) => `uri : ${uri}`,
    secret: (secret) => `secret : ${secret}`,
    qrTooLarge: (columns, rows) =>
      `le code QR demande ${columns} colonnes et ${rows} lignes, plus que n'en a ce terminal`,
    code: "code que montre l'application, 6 chiffres : ",
    sixDigits: "un code a 6 chiffres",
    backupCodes: "codes de secours, si le téléphone est perdu ; chacun sert une seule fois :",
    phrase:
      "phrase de récupération : elle permet de se connecter sur un autre appareil, et de retrouver votre compte si tous les appareils sont perdus. Notez-la maintenant ; elle n'est montrée qu'une fois, et personne d'autre ne l'a :",
    word: (number) => `mot ${number} (Entrée pour passer) : `,
    skipped: "passé ; gardez ces mots en lieu sûr",
    notTheWord: (number) => `ce n'est pas le mot ${number}`,
    lookAbove: "regardez les douze mots ci-dessus",
    right: "c'est juste",
    phraseLength: (want, got) => `une phrase de récupération compte ${want} mots, celle-ci en a ${got}`,
  },
  password: {
    choose: "nouveau mot de passe : ",
    weak: (why) => `ce mot de passe ne convient pas : ${why}`,
    strength: (strength) => `solidité : ${strength}`,
    again: "le même mot de passe encore une fois : ",
    different: "les deux ne sont pas identiques",
    typeAgain: "tapez les deux de nouveau",
    current: "mot de passe actuel : ",
    stays: "le mot de passe reste inchangé",
    changing: "changement en cours, quelques secondes",
    changed: "le mot de passe est changé",
  },
};
