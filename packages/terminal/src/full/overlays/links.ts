/** Which of the links of a message is meant. */
import { say } from "../../text/index.ts";
import type { Overlay } from "../overlay.ts";
import { Picker } from "./picker.ts";

export function linksOverlay(links: readonly string[], pick: (link: string) => void): Overlay {
  return new Picker<string>({
    name: "links",
    title: () => say().overlays.links.title,
    hints: () => say().overlays.links.hints,
    isTyped: true,
    placeholder: () => say().overlays.links.placeholder,
    find: (query) => links.filter((link) => link.toLowerCase().includes(query.toLowerCase())),
    rows: (link) => [{ left: [{ text: link, role: "link" }] }],
    pick,
    nothing: () => [say().overlays.links.nothing],
  });
}
