import type { man as English } from "../../en/cli/man.ts";
import type { Texts } from "../../index.ts";

export const man: Texts<typeof English> = {
  manual: "manuel de sotto",
  headings: {
    name: "NOM",
    synopsis: "SYNOPSIS",
    description: "DESCRIPTION",
    options: "OPTIONS",
    commands: "COMMANDES",
    inTheChat: "DANS LA MESSAGERIE",
    keys: "TOUCHES",
    environment: "ENVIRONNEMENT",
    files: "FICHIERS",
    exitStatus: "CODES DE SORTIE",
    examples: "EXEMPLES",
    seeAlso: "VOIR AUSSI",
  },
  name: "messagerie chiffrée de bout en bout, pour le terminal",
  description:
    "sotto est le client d'une messagerie qu'un groupe héberge lui-même : sottod est le relais entre les clients, qui garde chaque message jusqu'à ce que tous l'aient et n'en peut lire aucun. Sans commande, sotto ouvre le profil et la messagerie ; un lien crée ce à quoi il mène, ou y fait entrer. Les commandes sont pour les scripts : elles passent par le sotto qui a le profil ouvert, ou le déverrouillent elles-mêmes.",
  linkSecret:
    "Un lien contient des secrets. sotto l'ôte de la liste des processus dès son démarrage ; sotto - le lit sur l'entrée standard, ce qui évite aussi l'historique du shell.",
  chat: "Ce qui commence par une barre oblique est une commande ; ! vaut /, et //texte envoie un texte qui commence par une barre oblique. Le texte va à la conversation ouverte.",
  keys: "Dans le plein écran. F1 les montre telles qu'elles sont définies ; keys.toml, dans le dossier de configuration, en définit d'autres.",
  environment: {
    SOTTO_LANG: "langue de sotto, en ou fr ; passe avant LC_ALL, LC_MESSAGES et LANG",
    SOTTO_PLAIN: "si elle n'est pas vide, comme --plain",
    NO_COLOR: "si elle n'est pas vide, pas de couleur",
    SOTTO_THEME: "thème du plein écran ; passe avant sotto.toml",
    "VISUAL, EDITOR": "l'éditeur où un message peut s'écrire",
    XDG_CONFIG_HOME: "où se trouve le dossier des réglages ; ~/.config sans elle",
    XDG_DATA_HOME: "où se trouve le dossier des profils ; ~/.local/share sans elle",
  },
  files: {
    profile:
      "le profil par défaut : une base chiffrée et le fichier de clé que le mot de passe ouvre. Seul son propriétaire peut le lire.",
    keys: "touches du plein écran ; ce qui y est faux est signalé au démarrage de sotto",
    screen: "thème, souris et notifications du plein écran",
  },
};
