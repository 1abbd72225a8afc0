import type { account as English } from "../../en/commands/account.ts";
import type { Texts } from "../../index.ts";

export const account: Texts<typeof English> = {
  devices: {
    line: "vos appareils, et quand chacun a été ajouté",
    more: "Un appareil que vous ne connaissez pas ou que vous n'avez plus : /revoke. Un nouveau s'ajoute en se connectant avec la phrase de récupération.",
  },
  revoke: {
    line: "exclure pour de bon un de vos appareils",
    more: "APPAREIL est son numéro ou le début de son identifiant, comme les montre /devices. Il ne pourra dès lors plus rien lire ni envoyer, dans aucun salon ; ce qu'il a déjà lui reste.",
  },
  password: {
    line: "changer votre mot de passe",
    more: "Demande l'ancien, puis deux fois le nouveau. Il ouvre ce profil et vous connecte.",
  },
  recovery: {
    line: "obtenir une nouvelle phrase de récupération ; l'ancienne prend fin",
    more: "Demande l'ancienne. À faire quand quelqu'un a pu la voir. Sans l'ancienne, pas de nouvelle.",
  },
  code: {
    line: "se reconnecter là où le relais demande un code à chaque fois",
    more: "Demande votre mot de passe et un code de l'application d'authentification, ou un code de secours.",
  },
  connect: {
    line: "continuer avec un nouveau lien : le relais a déménagé, ou a un nouveau mot de passe d'accès",
    more: "N'importe quel lien vers le même relais convient, avec ou sans salon ; il n'entre dans aucun salon. Un autre relais est refusé.",
  },
  whoami: {
    line: "votre nom, vos identifiants, l'état de la connexion",
    more: "",
  },
};
