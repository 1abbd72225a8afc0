import type { misuse as English } from "../../en/cli/misuse.ts";
import type { Texts } from "../../index.ts";

export const misuse: Texts<typeof English> = {
  hint: "sotto --help montre comment faire",
  unknownOption: (option, command) => `option inconnue '${option}'${command === undefined ? "" : ` pour ${command}`}`,
  noValue: (option) => `'${option}' ne prend pas de valeur`,
  valueMissing: (option, value) => `'${option}' doit être suivi de ${value}`,
  noCommand: (word) => `il n'y a pas de commande ${word}`,
  noLink: "un lien commence par sotto://",
  links: "il y a plus d'un lien",
  rpcAndPlain: "--rpc et --plain s'excluent",
  rpcFiles: "--rpc prend le mot de passe et le code dans account.unlock, pas dans un fichier",
  rpcLink: "--rpc ne prend pas de lien",
  sendRoom: "send a besoin du nom ou de l'identifiant d'un salon",
  linesText: "--lines lit l'entrée standard et ne prend pas de texte",
  history: "--history va de 0 à 500",
  namesJson: "--names et --json s'excluent",
  shell: "completion a besoin du nom d'un shell : bash, zsh ou fish",
  secretEmpty: (file) => `${file} est vide`,
  secretFirstLine: { password: "sa première ligne est le mot de passe", code: "sa première ligne est le code" },
  secretOpen: (file) => `d'autres peuvent lire ${file}`,
  secretClose: (file) => `chmod 600 ${file}`,
  secretUnreadable: (file) => `impossible de lire ${file}`,
  secretWanted: {
    password: "--password-file prend un fichier dont la première ligne est le mot de passe",
    code: "--code-file prend un fichier dont la première ligne est le code",
  },
  profile: "--profile prend un dossier, ou un nom fait de a-z 0-9 . _ -",
  profileHint: "par exemple --profile ./travail",
  tooMany: {
    send: "send prend un seul texte : mettez-le entre guillemets",
    tail: "tail prend un salon, ou aucun pour tous",
    rooms: "rooms ne prend pas de nom",
    doctor: "doctor ne prend que des options",
    completion: "completion prend un seul shell",
    help: "help prend une seule commande",
  },
};
