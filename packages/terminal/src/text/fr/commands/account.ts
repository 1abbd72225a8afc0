import type { account as English } from "../../en/commands/account.ts";
import type { Texts } from "../../index.ts";
import { many } from "../plural.ts";

export const account: Texts<typeof English> = {
  devices: {
    line: "vos appareils, et quand chacun a été ajouté",
    more: "Un appareil que vous ne connaissez pas ou que vous n'avez plus : /revoke. Un nouveau s'ajoute en se connectant avec la phrase de récupération.",
    count: (n) => `${many(n, "appareil")} :`,
    named: (number) => `appareil ${number}`,
    thisOne: " (celui-ci)",
    added: (day) => `ajouté le ${day}`,
  },
  revoke: {
    line: "exclure pour de bon un de vos appareils",
    more: "APPAREIL est son numéro ou le début de son identifiant, comme les montre /devices. Il ne pourra dès lors plus rien lire ni envoyer, dans aucun salon ; ce qu'il a déjà lui reste.",
    needs: "le numéro ou l'identifiant d'un appareil",
    none: (word) => `il n'y a pas d'appareil ${word}`,
    several: (word) => `plusieurs appareils commencent par ${word}`,
    list: "/devices liste les vôtres",
    own: "c'est l'appareil sur lequel vous tapez : il faut l'exclure depuis un autre",
    ownHint: "pour vous défaire de ce profil ici, /quit et supprimez son dossier, puis excluez-le depuis ailleurs",
    sure: "l'exclure pour de bon ? c'est définitif ;",
    stays: "l'appareil reste",
    done: (device) => `${device} est exclu ; il sort maintenant de tous vos salons`,
  },
  password: {
    line: "changer votre mot de passe",
    more: "Demande l'ancien, puis deux fois le nouveau. Il ouvre ce profil et vous connecte.",
  },
  recovery: {
    line: "changer de phrase de récupération ; l'ancienne prend fin",
    more: "Demande l'ancienne. À faire quand quelqu'un a pu la voir. Sans l'ancienne, pas de nouvelle.",
    ask: "phrase de récupération actuelle, 12 mots (Entrée pour arrêter) : ",
    stays: "la phrase de récupération reste inchangée",
    ended: "l'ancienne phrase n'est plus valable",
    wrong: "ce n'est pas la phrase de récupération de ce compte",
    again: "/recovery la redemande",
  },
  code: {
    line: "se reconnecter à un relais qui exige toujours un code",
    more: "Demande votre mot de passe et un code de l'application d'authentification, ou un code de secours.",
    nothing: "rien n'a été fait",
    again: "/code redemande",
    notNeeded: "aucun code n'est demandé en ce moment",
  },
  connect: {
    line: "continuer avec un nouveau lien : le relais a changé d'adresse, ou a un nouveau mot de passe d'accès",
    more: "N'importe quel lien vers le même relais convient, avec ou sans salon ; il n'entre dans aucun salon. Un autre relais est refusé.",
    needs: "un lien vers le relais",
    notNeeded: "il n'y a rien à faire : la connexion est établie, ou autre chose l'empêche",
  },
  whoami: {
    line: "votre nom, vos identifiants, l'état de la connexion",
    more: "",
    name: "nom",
    account: "compte",
    device: "appareil",
    devices: "appareils",
    connection: "connexion",
    notSent: "à envoyer",
    because: "parce que",
    states: { offline: "hors ligne", dialing: "appel du relais", handshake: "négociation", online: "en ligne" },
  },
};
