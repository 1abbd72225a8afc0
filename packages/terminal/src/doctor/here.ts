/** What the doctor sees without opening anything: versions, language, terminal. */
import { VERSIONS } from "@sotto/wire";
import { type Capabilities, capabilitiesOf } from "../full/capabilities.ts";
import { lookOf } from "../output.ts";
import { languageOf, say } from "../text/index.ts";
import { abilitiesFinding } from "./abilities.ts";
import { bad, type Finding, fine, look } from "./finding.ts";
import { settingsFinding } from "./settings.ts";

export interface Here {
  /** Of sotto. */
  readonly version: string;
  /** `24.21.0` */
  readonly node: string;
  /** `linux x64 6.1.0` */
  readonly system: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input and output both are one. */
  readonly isTerminal: boolean;
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
  /** As the terminal answered; undefined: it was not asked. */
  readonly capabilities: Capabilities | undefined;
}

/** As the launcher has it (decision 0001). */
const NODE_WANTED = [22, 19] as const;
/** The smallest screen that is drawn for. */
const SMALLEST = { columns: 40, rows: 10 } as const;

export function hereFindings(here: Here): readonly Finding[] {
  const said = say().cli.doctor;
  return [
    fine("version", said.version(here.version, VERSIONS.join(", "))),
    node(here),
    language(here),
    terminal(here),
    colour(here),
    ...(here.capabilities === undefined ? [] : [abilitiesFinding(here.capabilities)]),
    settingsFinding(here.env, here.capabilities),
  ];
}

function node({ node: version, system }: Here): Finding {
  const said = say().cli.doctor;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > NODE_WANTED[0] || (major === NODE_WANTED[0] && minor >= NODE_WANTED[1]);
  const what = said.node(version, system);
  return isEnough ? fine("node", what) : bad("node", what, said.nodeOld(NODE_WANTED.join(".")));
}

function language({ env }: Here): Finding {
  const said = say().cli.doctor;
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => (value ?? "") !== "");
  const what = said.language(languageOf(env), locale === undefined ? said.noLocale : shown(locale));
  return /utf-?8/i.test(locale ?? "") ? fine("language", what) : look("language", what, said.noUtf8);
}

function terminal({ env, isTerminal, size }: Here): Finding {
  const said = say().cli.doctor;
  const where = [
    ...["COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "SOTTO_PLAIN", "SOTTO_THEME"].flatMap((name) =>
      (env[name] ?? "") === "" ? [] : [`${name} ${shown(env[name])}`],
    ),
    ...(isSet(env.TMUX) ? [said.tmux] : []),
    ...(isSet(env.STY) ? [said.screen] : []),
    ...(isSet(env.SSH_CONNECTION) || isSet(env.SSH_TTY) ? [said.ssh] : []),
  ];
  const measure = size === undefined ? said.unset : said.size(size.columns, size.rows);
  const what = said.terminal(shown(env.TERM), measure, where.map((one) => `, ${one}`).join(""));
  if (!isTerminal) return look("terminal", what, said.noTerminal);
  if (env.TERM === "dumb" || !isSet(env.TERM)) return look("terminal", `${what}: ${said.dumb}`, said.dumbTodo);
  const isSmall = size !== undefined && (size.columns < SMALLEST.columns || size.rows < SMALLEST.rows);
  return isSmall ? look("terminal", what, said.small) : fine("terminal", what);
}

function colour({ env, isTerminal }: Here): Finding {
  const said = say().cli.doctor;
  if (!lookOf(true, env).colour) {
    const by = isSet(env.NO_COLOR) ? "NO_COLOR" : env.CLICOLOR === "0" ? "CLICOLOR" : "TERM";
    return fine("colour", said.colourOff(by));
  }
  if (!isTerminal) return fine("colour", said.colourOff(said.pipes));
  const { colours } = capabilitiesOf(env);
  return fine("colour", colours === "none" ? said.colourOff("TERM") : said.colourOn(said.colours[colours]));
}

const isSet = (value: string | undefined): boolean => (value ?? "") !== "";

/** A value that somebody put into the environment: as it is when it looks like one of its kind. */
function shown(value: string | undefined): string {
  if (value === undefined || value === "") return say().cli.doctor.unset;
  return /^[\w.+@-]{1,40}$/.test(value) ? value : say().cli.doctor.unusual;
}
