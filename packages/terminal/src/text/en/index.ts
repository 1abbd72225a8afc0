/** English, section by section; each section says what it is for. */
import { actions } from "./actions.ts";
import { bars } from "./bars.ts";
import { cli } from "./cli.ts";
import { commands } from "./commands.ts";
import { full } from "./full.ts";
import { notices } from "./notices.ts";
import { overlays } from "./overlays.ts";
import { plain } from "./plain.ts";
import { terminal } from "./terminal.ts";
import { timeline } from "./timeline.ts";
import { words } from "./words.ts";

export const en = { actions, bars, cli, commands, full, notices, overlays, plain, terminal, timeline, words };
