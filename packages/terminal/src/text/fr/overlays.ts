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
  hints: {
    answer: "Entrée répond",
    back: "Échap revient",
    close: "Échap ferme",
    scroll: "PgPréc PgSuiv font défiler",
  },
  dialog: {
    welcome: "sotto : bienvenue",
    step: (step) => `question n° ${step}`,
    hidden: "(saisi, non affiché)",
    working: (seconds) => `un instant… ${seconds} s`,
    below: (rows) => `${rows} de plus dessous · PgSuiv`,
    leave: "Ctrl-C deux fois quitte sotto",
    again: "Encore Ctrl-C quitte sotto, toute autre touche continue",
    showText: "t texte sans le code",
    showQr: "t affiche le code QR",
    qrCut: "(code QR : PgPréc l'affiche)",
    qrTooSmall: (columns, rows, hasColumns, hasRows) =>
      `Le code QR demande ${columns} colonnes et ${rows} lignes ; il y en a ${hasColumns} et ${hasRows} ici. Le texte dit la même chose.`,
  },
};
