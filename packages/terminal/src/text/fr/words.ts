import { LIMITS } from "@sotto/wire";
import type { words as English } from "../en/words.ts";
import type { Texts } from "../index.ts";
import { many } from "./plural.ts";

const refusals: Texts<typeof English.refusals> = {
  "bad-request": { what: "ce n'est pas possible ainsi", hint: "/help montre comment s'écrit chaque commande" },
  "not-signed-in": {
    what: "pas encore de compte ouvert ici",
    hint: "lancez sotto sans autre argument, il demande ce qu'il lui faut",
  },
  "otp-pending": {
    what: "le compte attend son premier code à usage unique",
    hint: "lancez sotto avec ce profil et tapez un code de l'application d'authentification",
  },
  "bad-credentials": { what: "nom ou mot de passe incorrect", hint: "vérifiez les deux et réessayez" },
  "bad-code": {
    what: "le code est faux, trop ancien ou déjà utilisé",
    hint: "attendez le code suivant dans l'application d'authentification ; si aucun ne va, mettez le téléphone à l'heure",
  },
  "bad-name": {
    what: "ce nom n'est pas possible",
    hint: `personnes : 2 à 32 caractères parmi a-z 0-9 . _ - ; salons : 1 à ${LIMITS.roomNameMax} caractères ; quelques noms sont réservés`,
  },
  "weak-password": {
    what: "le mot de passe est trop faible",
    hint: `prenez au moins ${LIMITS.passwordCharactersMin} caractères, sans votre nom ; quatre mots au hasard font l'affaire`,
  },
  "name-taken": {
    what: "ce nom est déjà pris",
    hint: "choisissez-en un autre, ou connectez-vous si c'est le vôtre",
  },
  "bad-access-password": {
    what: "le mot de passe d'accès du lien n'est plus le bon",
    hint: "demandez un nouveau lien : ce mot de passe peut changer au démarrage du relais",
  },
  locked: {
    what: "la connexion à ce compte est bloquée après trop de codes faux",
    hint: "attendez, puis réessayez ; les appareils déjà connectés ne sont pas touchés",
  },
  "rate-limited": { what: "trop de demandes à la fois", hint: "attendez un instant, puis réessayez" },
  offline: { what: "le relais est injoignable", hint: "vérifiez le réseau ; sotto continue d'essayer de lui-même" },
  "approval-needed": {
    what: "nom, mot de passe et code sont bons, mais un nouvel appareil a aussi besoin de la phrase de récupération",
    hint: "reconnectez-vous en tapant les douze mots montrés à l'inscription ; un appareil ne peut pas encore en approuver un autre",
  },
  "bad-link": {
    what: "ce n'est pas un lien sotto",
    hint: "copiez-le en entier : il commence par sotto:// et contient un #",
  },
  "link-expired": { what: "ce lien a été remplacé", hint: "demandez le nouveau à un membre du salon" },
  "wrong-pin": {
    what: "ce n'est pas le relais de ce lien ou de ce profil",
    hint: "demandez à qui vous a donné le lien ; si le relais a été réinstallé, prenez un nouveau profil (--profile DOSSIER)",
  },
  "unknown-user": { what: "personne ici ne porte ce nom", hint: "/users liste tout le monde" },
  "unknown-room": { what: "il n'y a pas de salon de ce nom ici", hint: "/rooms liste les vôtres" },
  "not-allowed": {
    what: "ce n'est pas permis",
    hint: "les propriétaires du salon ou l'administration du relais peuvent le faire",
  },
  "too-long": {
    what: "le texte est trop long",
    hint: `un message contient ${LIMITS.textBytesMax} octets : envoyez-le en plusieurs fois`,
  },
  "id-reused": {
    what: "cet identifiant de message a déjà servi pour un autre texte",
    hint: "prenez un nouvel identifiant pour chaque message",
  },
  "identity-changed": {
    what: "il y a un doute sur quelqu'un : son compte ou ses appareils ne sont pas ceux que vous connaissez ; rien n'a été envoyé",
    hint: "/info NOM dit ce qui ne va pas ; demandez à la personne par une autre voie, puis /accept CODE NOM continue",
  },
  "profile-copied": {
    what: "ce profil tourne sur deux machines, ou vient d'une copie : il est gelé, son historique reste lisible",
    hint: "connectez-vous comme nouvel appareil avec la phrase de récupération (--profile DOSSIER), puis excluez celui-ci par /revoke",
  },
  "device-revoked": {
    what: "cet appareil a été exclu de votre compte : il n'envoie ni ne reçoit plus rien, son historique reste lisible",
    hint: "s'il doit revenir, connectez-vous avec la phrase de récupération (--profile DOSSIER) ; si ce n'était pas vous, faites-le et regardez /devices",
  },
  "relay-rolled-back": {
    what: "le relais est revenu en arrière et il lui manque des messages que cet appareil possède ; rien n'est envoyé",
    hint: "demandez à l'administration du relais si une sauvegarde a été restaurée ; puis /accept relay-rolled-back lui rend ce qui manque et continue",
  },
  "unsupported-version": {
    what: "ce sotto et le relais n'ont aucune version en commun",
    hint: "mettez sotto à jour ; si cela ne suffit pas, c'est le relais qu'il faut mettre à jour",
  },
  banned: {
    what: "l'administration du relais a exclu ce compte",
    hint: "adressez-vous à elle ; ce que vous avez reçu reste lisible ici",
  },
  "vault-busy": {
    what: "ce profil est ouvert dans un autre sotto",
    hint: "fermez-le, ou prenez un autre profil avec --profile DOSSIER",
  },
  "vault-damaged": {
    what: "la base de données du profil est abîmée ; rien n'y a été changé",
    hint: "restaurez le dossier depuis une sauvegarde, ou connectez-vous avec un nouveau profil (--profile DOSSIER)",
  },
  "disk-full": {
    what: "le disque est plein ou n'accepte plus rien",
    hint: "libérez de la place, ou vérifiez le quota ; ce que vous tapez reste ici tant que sotto tourne",
  },
  "relay-full": {
    what: "le relais n'a plus de place pour quoi que ce soit",
    hint: "prévenez l'administration du relais ; les messages attendent ici qu'il y ait de la place",
  },
  internal: {
    what: "quelque chose a échoué à l'intérieur de sotto",
    hint: "réessayez ; si cela persiste, signalez-le en disant ce que vous faisiez",
  },
};

const warnings: Texts<typeof English.warnings> = {
  "identity-changed": {
    what: "un nom que vous connaissez désigne à présent quelqu'un d'autre ; rien n'a été envoyé",
    hint: "demandez à la personne par une autre voie ; /accept identity-changed NOM continue avec le nouveau compte, puis /verify NOM",
  },
  "chain-forked": {
    what: "le relais montre deux listes d'appareils différentes pour une même personne",
    hint: "rien ne lui est envoyé ; demandez-lui par une autre voie quels appareils sont les siens, et prévenez l'administration du relais ; /accept chain-forked NOM continue",
  },
  "chain-withheld": {
    what: "le relais retient une partie de la liste d'appareils de quelqu'un",
    hint: "rien ne lui est envoyé ; demandez-lui par une autre voie, et prévenez l'administration du relais ; /accept chain-withheld NOM continue",
  },
  "log-forked": {
    what: "le relais montre des messages différents selon les membres",
    hint: "rien n'y est envoyé ; demandez aux autres par une autre voie ce qu'ils voient, puis /accept log-forked continue",
  },
  "relay-rolled-back": refusals["relay-rolled-back"],
  "relay-lies": {
    what: "le relais se contredit",
    hint: "prévenez l'administration du relais ; les messages attendent que cela cesse",
  },
  "commit-skipped": {
    what: "un changement du salon n'était pas valable et n'a eu aucun effet",
    hint: "il n'y a rien à faire",
  },
  "not-delivered": {
    what: "un message n'a pas pu être remis",
    hint: "regardez /history et renvoyez-le",
  },
  "last-resort-used": {
    what: "toutes les clés à usage unique de cet appareil ont été prises",
    hint: "de nouvelles sont créées d'office ; prévenez l'administration du relais si cela se reproduit",
  },
};

const DAYS = "dimanche lundi mardi mercredi jeudi vendredi samedi".split(" ");
const MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(" ");
const SHORT_MONTHS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split(" ");

function nth(day: number): string {
  return day === 1 ? "1er" : `${day}`;
}

export const words: Texts<typeof English> = {
  refusals,
  warnings,
  halts: {
    "bad-code": {
      what: "ce relais demande un code à chaque connexion",
      hint: "/code demande votre mot de passe et un code, puis se connecte",
    },
    "bad-access-password": {
      what: "ce relais demande son mot de passe d'accès à chaque connexion, et il en a un autre à présent",
      hint: "demandez un nouveau lien, puis /connect LIEN",
    },
  },
  about: (who, what) => `${who} : ${what}`,
  waitHint: (wait) => `réessayez dans ${wait}`,
  count: {
    second: (n) => many(n, "seconde"),
    minute: (n) => many(n, "minute"),
    hour: (n) => many(n, "heure"),
    member: (n) => many(n, "membre"),
    message: (n) => many(n, "message"),
    device: (n) => many(n, "appareil"),
    person: (n) => many(n, "personne"),
    other: (n) => many(n, "autre"),
    word: (n) => many(n, "mot"),
  },
  strength: {
    short: "trop court",
    "has-name": "il contient le nom",
    fair: "passable",
    good: "bonne",
    strong: "forte",
  },
  date: (weekday, day, month, year) => `${DAYS[weekday]} ${nth(day)} ${MONTHS[month]} ${year}`,
  shortDate: (weekday, day, month) => `${DAYS[weekday]?.slice(0, 3)}. ${nth(day)} ${SHORT_MONTHS[month]}`,
  unknownDay: "un jour inconnu",
};
