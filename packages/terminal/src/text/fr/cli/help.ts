import type { help as English } from "../../en/cli/help.ts";
import type { Texts } from "../../index.ts";

export const help: Texts<typeof English> = {
  title: "sotto : une messagerie chiffrée de bout en bout, dans le terminal",
  values: { folder: "DOSSIER", file: "FICHIER", number: "N" },
  arguments: { link: "LIEN", room: "SALON", text: "TEXTE", shell: "SHELL", command: "COMMANDE" },
  ways: {
    link: "créer un compte, ou se connecter avec la phrase de récupération ; puis entrer dans le salon du lien",
    open: "ouvrir votre profil et discuter",
    stdin: "de même, le lien est la première ligne de l'entrée standard",
  },
  headings: { options: "options", examples: "exemples", exitCodes: "codes de sortie :" },
  options: {
    profile: "où se trouve le profil (~/.local/share/sotto/default)",
    "password-file": "déverrouiller avec la première ligne de FICHIER au lieu de demander",
    "code-file": "un code, pour un relais qui en demande un à chaque fois",
    plain: "des lignes seulement : pour lecteurs d'écran et terminaux simples",
    rpc: "JSON-RPC 2.0 sur l'entrée et la sortie standard, pour les programmes",
    version: "afficher la version",
    help: "afficher cette aide",
  },
  examples: `
  sotto 'sotto://chat.example.org:7878/#k=…&a=…'   entre guillemets (# et &)
  sotto --profile ~/work                           un second compte ici
  sotto --profile ~/new LIEN                       un second appareil : tapez 2
  journalctl -f | sotto send '#ops' --lines        un message par ligne
  sotto tail '#general' --json | jq -r .text       suivre dans un script
`,
  inTheChat:
    "Dans la messagerie, /help liste toutes les commandes : /verify compare les mots de sécurité avec une personne, /devices montre vos appareils, /kick et d'autres servent à gérer le relais.",
  exitCodes: {
    0: "fait",
    1: "échec",
    2: "mauvaise utilisation",
    3: "pas de compte ouvert",
    4: "pas de réseau",
    5: "identité changée",
  },
  commands: {
    send: {
      short: "envoyer TEXTE, ou l'entrée standard, en un message",
      line: "envoyer un message et attendre que le relais l'ait",
      arguments: {
        room: "un salon (#general ou general), une personne à qui vous avez parlé (@bob), ou un identifiant",
        text: "le message ; sans lui, l'entrée standard est lue jusqu'au bout et envoyée en un message",
      },
      options: { lines: "chaque ligne de l'entrée standard est un message, envoyé aussitôt" },
      more: "",
      examples: `
  sotto send '#general' 'la compilation est passée'
  uptime | sotto send @bob
  journalctl -f | sotto send '#ops' --lines --password-file ~/.sotto-password
`,
    },
    tail: {
      short: "afficher les messages à leur arrivée",
      line: "afficher les messages à leur arrivée, jusqu'à Ctrl-C",
      arguments: { room: "un seul salon ; sans lui, tous" },
      options: {
        json: "un objet JSON par ligne : roomId, messageId, seq, sender, senderId, sentAt, text",
        history: "d'abord les N derniers messages de chaque salon (0 à 500)",
      },
      more: "",
      examples: `
  sotto tail
  sotto tail '#general' --history 10
  sotto tail --json | while read -r line; do … ; done
`,
    },
    rooms: {
      short: "lister vos salons",
      line: "lister vos salons et conversations",
      arguments: {},
      options: {
        json: "un objet JSON par ligne : roomId, name, kind, unread, members",
        names: "leurs noms seulement, si un sotto a le profil ouvert ; ne demande rien",
      },
      more: "",
      examples: "",
    },
    doctor: {
      short: "ce qui marche ici ou non, pour un rapport de bogue",
      line: "examiner versions, terminal, profil, coffre et relais",
      arguments: {},
      options: {
        json: "un objet JSON : ok, et findings avec about, verdict, what et hint",
        full: "avec le chemin du profil et l'adresse du relais",
      },
      more: "Ne change rien, et ne montre ni secret, ni nom, ni texte ; sans --full, ni chemin ni adresse non plus, si bien qu'on peut le coller dans un rapport de bogue. Ce que seul le coffre sait est dit quand un sotto a le profil ouvert, ou avec --password-file : le profil s'ouvre alors comme avec n'importe quel sotto. Code de sortie 1 si quelque chose va mal, sinon 0.",
      examples: `
  sotto doctor
  sotto doctor --full --password-file ~/.sotto-password
  sotto doctor --json | jq -r '.findings[] | select(.verdict == "bad").what'
`,
    },
    completion: {
      short: "un script pour votre shell, pour que Tab complète sotto",
      line: "afficher un script pour que Tab complète commandes, options, fichiers et salons",
      arguments: { shell: "bash, zsh ou fish" },
      options: {},
      more: "Les salons sont proposés tant qu'un sotto a le profil ouvert : c'est à lui que leurs noms sont demandés, à vous rien.",
      examples: `
  eval "$(sotto completion bash)"                  dans ~/.bashrc
  eval "$(sotto completion zsh)"                   dans ~/.zshrc, après compinit
  sotto completion fish > ~/.config/fish/completions/sotto.fish
`,
    },
    help: {
      short: "en dire plus sur une de ces commandes",
      line: "afficher comment sotto, ou une de ses commandes, s'utilise",
      arguments: { command: "send, tail, rooms, doctor, completion ou help" },
      options: {},
      more: "",
      examples: "",
    },
  },
};
