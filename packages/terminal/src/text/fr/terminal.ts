import type { terminal as English } from "../en/terminal.ts";
import type { Texts } from "../index.ts";

export const terminal: Texts<typeof English> = {
  newMessage: "nouveau message",
  faults: {
    unreadable: (file, why) => `${file} n'est pas du TOML : ${why}`,
    wrong: (file, key, want, got) => `${file} : ${key} devrait être ${want}, et vaut ${got} ; valeur par défaut gardée`,
  },
  wants: {
    toml: "du TOML",
    table: "une table",
    "known-key": "un réglage connu",
    role: "une partie connue de l'écran",
    colour: "une couleur comme #aabbcc, ou un nombre de 0 à 255",
    colours: "une liste de couleurs comme #aabbcc",
    "yes-or-no": "true ou false",
    theme: "le nom d'un thème : auto, dark, light, high-contrast, ou un fichier du dossier themes",
    text: "un texte entre guillemets",
  },
};
