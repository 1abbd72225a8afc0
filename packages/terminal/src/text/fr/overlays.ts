import type { overlays as English } from "../en/overlays.ts";
import type { Texts } from "../index.ts";

export const overlays: Texts<typeof English> = {
  keys: {
    ctrl: "Ctrl",
    alt: "Alt",
    shift: "Maj",
    enter: "Entrée",
    tab: "Tab",
    escape: "Échap",
    backspace: "Retour",
    delete: "Suppr",
    insert: "Inser",
    up: "Haut",
    down: "Bas",
    left: "Gauche",
    right: "Droite",
    home: "Début",
    end: "Fin",
    pageup: "PgPréc",
    pagedown: "PgSuiv",
    space: "Espace",
  },
  keymap: {
    action: "le nom d'une action, comme F1 l'affiche",
    unknownAction: "un nom qu'aucune action ne porte",
    list: 'une liste de touches, comme ["ctrl+k"]',
    chord: "une touche que les terminaux distinguent des autres, comme ctrl+k, alt+left ou f5",
    free: "une touche qu'aucune autre action n'a",
    taken: (key, action) => `${key}, que ${action} avait`,
  },
};
