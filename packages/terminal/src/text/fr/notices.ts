import type { notices as English } from "../en/notices.ts";
import type { Texts } from "../index.ts";

const A_ROOM = "un salon";
const IN_A_ROOM = "dans un salon";
const CODE_NEEDED = "le relais demande le mot de passe et un code à usage unique à chaque connexion";

const inRoom = (room: string): string => (room === "" ? IN_A_ROOM : `dans ${room}`);

export const notices: Texts<typeof English> = {
  "relay-says": ({ text }) => `le relais dit : ${text}`,
  failed: ({ detail }) => `quelque chose s'est mal passé, ce qui ne devrait pas arriver : ${detail}`,
  "disk-full": () =>
    "le disque de cette machine n'accepte plus rien : rien ne peut être enregistré ni reçu tant qu'il n'y a pas de place",
  halted: ({ why }) => why,
  "code-needed": () => `${CODE_NEEDED} : déverrouillez de nouveau avec les deux`,
  "code-wrong-password": () => `${CODE_NEEDED}, et le mot de passe était faux`,
  "code-refused": ({ why, seconds }) =>
    `${CODE_NEEDED}, et il les a refusés : ${why}${seconds > 0 ? ` ; réessayez dans ${seconds} s` : ""}`,
  "sign-in-lost": () => "la connexion au compte n'est pas arrivée au relais : reconnectez-vous",
  "sign-up-lost": () => "l'inscription n'a pas été terminée à temps : inscrivez-vous de nouveau",
  "other-key": () => "le relais montre une autre clé que celle qui est connue ; rien n'a été envoyé",
  "sign-in-locked": () =>
    "la connexion à votre compte est bloquée pour un moment : quelqu'un avait le mot de passe et a donné des codes faux ; si ce n'était pas vous, changez de mot de passe",
  "password-changed": () =>
    "le changement de mot de passe était arrivé au relais : seul le nouveau est valable désormais",
  "password-kept": () =>
    "le changement de mot de passe n'était pas arrivé au relais : seul l'ancien est valable désormais",
  "recovery-changed": () =>
    "la phrase de récupération a été changée avant la fin du programme : redemandez le changement avec l'ancienne phrase, et la nouvelle sera montrée",
  "recovery-kept": () =>
    "la phrase de récupération n'a pas été changée avant la fin du programme : l'ancienne reste valable",
  "device-added": ({ name }) => `${name} a ajouté un appareil`,
  "device-revoked": ({ name }) => `${name} a exclu un appareil`,
  "device-revoked-by-recovery": ({ name }) => `${name} a exclu un appareil avec la phrase de récupération`,
  "account-recovered": ({ name }) =>
    `le compte ${name} a été récupéré avec la phrase de récupération : un appareil a été ajouté ; comparez les mots de sécurité avant de lui faire confiance`,
  "account-recovered-verified": ({ name }) =>
    `le compte ${name} a été récupéré avec la phrase de récupération : un appareil a été ajouté ; vous avez vérifié ${name}, ce qui reste valable pour le compte et tous ses appareils`,
  "own-device-added": () =>
    "un appareil a été ajouté à votre compte ; si ce n'était pas vous, excluez-le et changez de mot de passe",
  "own-device-added-by-recovery": () =>
    "un appareil a été ajouté à votre compte avec la phrase de récupération ; si ce n'était pas vous, excluez-le et changez de mot de passe",
  "own-device-revoked": () => "un appareil de votre compte a été exclu",
  "own-device-revoked-by-recovery": () => "un appareil de votre compte a été exclu avec la phrase de récupération",
  "own-recovery-rotated": () =>
    "la phrase de récupération de votre compte a été changée ; l'ancienne ne sert plus à rien",
  "chain-given-back": () =>
    "le relais avait perdu une partie de la chaîne d'appareils de votre compte ; elle lui a été rendue",
  unopened: () =>
    "vous êtes dans un salon ou une conversation de plus, et cet appareil ne peut pas ouvrir ce qui en est venu : demandez qu'on vous y fasse entrer de nouveau",
  "let-in-by-stranger": () =>
    "quelqu'un qui n'est pas dans un salon y fait entrer cet appareil ; il demande de nouveau à entrer",
  "other-owners": () =>
    "un salon avec lequel cet appareil n'est plus en phase a d'autres propriétaires que ceux qu'il connaît ; revenez-y par un lien",
  "came-meanwhile": ({ room, names }) =>
    `${room || A_ROOM} : de nouveaux membres pendant que cet appareil n'était pas en phase, ${names} ; rien n'y est envoyé sans votre accord`,
  "no-key-packages": ({ name }) => `${name} n'a encore laissé aucune clé d'accueil ; le message attend`,
  "not-verifiable": ({ name }) => `le compte ${name} n'a pas pu être vérifié ; le message attend`,
  "out-of-step": ({ room, why }) => {
    const reason =
      why === "owners"
        ? "le salon a d'autres propriétaires que ceux que cet appareil connaît"
        : "le relais a donné pour ce salon des membres qui ne peuvent pas être vérifiés";
    return `cet appareil n'est plus en phase avec ${room || A_ROOM} : ${reason} ; revenez-y par un lien`;
  },
  "said-to-be-out": ({ room }) =>
    `le relais dit que vous n'êtes pas ${inRoom(room)}, ce que cet appareil ne peut pas vérifier, n'y étant pas en phase ; ce qui attend est gardé : quittez le salon, sinon un essai a lieu chaque heure`,
  "came-back": ({ room, missed, again }) =>
    [
      `cet appareil n'était plus en phase avec ${room || A_ROOM} et vient d'y revenir`,
      ...(missed > 0
        ? [missed === 1 ? "1 entrée n'a pas pu être lue ici" : `${missed} entrées n'ont pas pu être lues ici`]
        : []),
      ...(again > 0
        ? [
            again === 1
              ? "1 de vos messages n'a atteint personne et est renvoyé"
              : `${again} de vos messages n'ont atteint personne et sont renvoyés`,
          ]
        : []),
    ].join(" ; "),
  missed: ({ room, missed }) =>
    `${room || A_ROOM} : ${missed} ${missed <= 1 ? "entrée n'a pas pu être lue" : "entrées n'ont pas pu être lues"} ici`,
  "account-lost": () =>
    "le relais a perdu ce compte, ou cet appareil du compte : ce qui est ici reste lisible ; inscrivez-vous ou connectez-vous de nouveau dans un autre profil",
  "conversation-lost": ({ name }) =>
    `le relais a perdu la conversation avec ${name || "quelqu'un"} : elle recommence avec le prochain message`,
  "room-lost": ({ name }) =>
    `le relais a perdu ${name === "" ? A_ROOM : `le salon ${name}`} : ce qui s'y est dit reste lisible ici ; créez-en un nouveau`,
  "entries-lost": ({ room, count }) =>
    count < 2
      ? `${room || A_ROOM} : le journal a perdu ${count} entrée qui s'y trouvait`
      : `${room || A_ROOM} : le journal a perdu ${count} entrées qui s'y trouvaient`,
  "message-lost": ({ room, sender, text }) => `perdu ${inRoom(room)} : ${sender} : ${text}`,
  "rolled-back": ({ given, lost }) =>
    [
      "le relais est revenu en arrière, et cet appareil continue avec lui",
      ...(given > 0 ? [given === 1 ? "1 entrée lui a été rendue" : `${given} entrées lui ont été rendues`] : []),
      ...(lost > 0 ? [lost === 1 ? "1 est perdue" : `${lost} sont perdues`] : []),
    ].join(" ; "),
};
