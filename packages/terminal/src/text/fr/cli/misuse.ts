import type { misuse as English } from "../../en/cli/misuse.ts";
import type { Texts } from "../../index.ts";

export const misuse: Texts<typeof English> = {
  hint: "sotto --help montre comment faire",
  unknownOption: (option, command) => `option inconnue '${option}'${command === undefined ? "" : ` pour ${command}`}`,
  noValue: (option) => `'${option}' n'accepte pas de valeur`,
  valueMissing: (option, value) => `'${option}' doit être suivi de ${value}`,
  noCommand: (word) => `il n'y a pas de commande ${word}`,
  noLink: "un lien commence par sotto://",
  links: "il y a plus d'un lien",
  rpcAndPlain: "--rpc et --plain s'excluent",
  rpcFiles: "--rpc attend mot de passe et code dans account.unlock, pas dans un fichier",
  rpcLink: "--rpc n'accepte pas de lien",
  sendRoom: "send attend le nom ou l'identifiant d'un salon",
  linesText: "--lines lit l'entrée standard et n'accepte pas de texte",
  history: "--history va de 0 à 500",
  namesJson: "--names et --json s'excluent",
  shell: "completion attend le nom d'un shell : bash, zsh ou fish",
  secretEmpty: (file) => `${file} est vide`,
  secretFirstLine: { password: "sa première ligne est le mot de passe", code: "sa première ligne est le code" },
  secretOpen: (file) => `d'autres peuvent lire ${file}`,
  secretClose: (file) => `chmod 600 ${file}`,
  secretUnreadable: (file) => `impossible de lire ${file}`,
  secretWanted: {
    password: "--password-file attend un fichier dont la première ligne est le mot de passe",
    code: "--code-file attend un fichier dont la première ligne est le code",
  },
  profile: "--profile attend un dossier, ou un nom fait de a-z 0-9 . _ -",
  profileHint: "par exemple --profile ./travail",
  tooMany: {
    send: "send n'accepte qu'un texte : mettez-le entre guillemets",
    tail: "tail n'accepte qu'un salon ; sans lui, tous",
    rooms: "rooms n'accepte pas de nom",
    doctor: "doctor n'accepte que des options",
    completion: "completion n'accepte qu'un shell",
    help: "help n'accepte qu'une commande",
  },
};
