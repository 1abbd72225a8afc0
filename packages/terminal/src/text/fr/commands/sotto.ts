import type { sotto as English } from "../../en/commands/sotto.ts";
import type { Texts } from "../../index.ts";

export const sotto: Texts<typeof English> = {
  help: {
    line: "toutes les commandes, ou une en détail",
    more: "",
  },
  quit: {
    line: "terminer sotto (aussi : exit)",
    more: "Ce qui n'est pas encore envoyé partira au prochain démarrage de sotto.",
  },
};
