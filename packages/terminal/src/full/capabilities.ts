/** What a terminal can do: at first by its name, as the environment says it; then by what it answers. */
import { ALL_EMOJI, type EmojiWidths, SIMPLE_EMOJI } from "../screen/width.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
export type Colours = "none" | "16" | "256" | "true";
export type Notifying = "osc99" | "osc777" | "osc9" | "bell";

export interface Capabilities {
  readonly colours: Colours;
  /** Drawing appears at once (DEC mode 2026): a frame is never seen half drawn. */
  readonly synchronised: boolean;
  /** Links that can be clicked (OSC 8). */
  readonly links: boolean;
  /** Flags of the kitty keyboard protocol: keys that are the same byte otherwise are told apart. */
  readonly keyboard: boolean;
  /** A title that can be saved and put back. */
  readonly title: boolean;
  /** Text for the clipboard (OSC 52). */
  readonly clipboard: boolean;
  readonly notifying: Notifying;
  /** What the colours stand on; undefined: it did not say. */
  readonly background: "dark" | "light" | undefined;
  readonly emoji: EmojiWidths;
}

/** https://no-color.org: any value that is not empty means no colour; CLICOLOR=0 asks for the same. */
export function wantsColour(env: Environment): boolean {
  return (env.NO_COLOR ?? "") === "" && env.CLICOLOR !== "0";
}

export function isMultiplexed({ TMUX, STY, TERM = "" }: Environment): boolean {
  return (TMUX ?? "") !== "" || (STY ?? "") !== "" || /^(tmux|screen)/.test(TERM);
}

/** What the environment tells; nothing has been asked of the terminal yet. */
export function capabilitiesOf(env: Environment): Capabilities {
  const term = env.TERM ?? "";
  // Consoles of a machine: they print what they do not know of a string sequence.
  const isSimple = /^(linux|vt\d|cons25|dumb|unknown|ansi|)$/.test(term);
  return {
    colours: wantsColour(env) ? coloursOf(env) : "none",
    synchronised: false,
    links: !isSimple,
    keyboard: false,
    title: !isSimple,
    clipboard: !isSimple,
    notifying: isSimple ? "bell" : notifyingOf(env),
    background: backgroundOf(env.COLORFGBG),
    emoji: isSimple ? SIMPLE_EMOJI : ALL_EMOJI,
  };
}

function coloursOf({ COLORTERM = "", TERM = "", TERM_PROGRAM = "" }: Environment): Colours {
  if (TERM === "linux" || TERM === "dumb") return "16";
  if (/^(truecolor|24bit)$/i.test(COLORTERM) || /-direct$/.test(TERM)) return "true";
  if (/^(xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|iterm)/i.test(TERM) || TERM_PROGRAM === "iTerm.app")
    return "true";
  return /256/.test(TERM) ? "256" : "16";
}

/** Inside tmux and screen the sequences of the terminal outside do not pass: a bell does. */
function notifyingOf(env: Environment): Notifying {
  if (isMultiplexed(env)) return "bell";
  const { TERM = "", TERM_PROGRAM = "" } = env;
  if (TERM === "xterm-kitty" || (env.KITTY_WINDOW_ID ?? "") !== "") return "osc99";
  if (/^(rxvt|foot|xterm-ghostty)/.test(TERM) || /^(WezTerm|ghostty)$/i.test(TERM_PROGRAM)) return "osc777";
  if (TERM_PROGRAM === "iTerm.app" || env.ConEmuANSI === "ON") return "osc9";
  return "bell";
}

/** `15;0`: the last number is the background's, of the sixteen colours. */
function backgroundOf(pair: string | undefined): "dark" | "light" | undefined {
  const last = /;(\d{1,2})$/.exec(pair ?? "")?.[1];
  if (last === undefined) return undefined;
  return last === "7" || last === "15" ? "light" : "dark";
}
