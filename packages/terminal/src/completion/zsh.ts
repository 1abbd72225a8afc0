/** For zsh with its completion system (`compinit`), by `eval` or as a file `_sotto` on `$fpath`. */
import {
  type ArgumentKind,
  COMMAND_NAMES,
  type CommandName,
  type OptionName,
  optionOf,
  SHELLS,
} from "../command-line.ts";
import { optionText } from "../help.ts";
import { say } from "../text/index.ts";
import { type Place, places } from "./offers.ts";

export function zshScript(): string {
  const [main, ...commands] = places();
  return `#compdef sotto
# Completion of sotto for zsh; made by: sotto completion zsh

_sotto() {
  local curcontext=$curcontext state line program=$words[1]
  typeset -A opt_args
  [[ $program == '~/'* ]] && program=$HOME/\${program#'~/'}
  _arguments -C -S \\
${main === undefined ? "" : options(main)}    '1: :_sotto_commands' \\
    '*:: :->rest' && return
  [[ $state == rest ]] || return
  # What stood before the command: its own options come behind it.
  local profile=\${opt_args[--profile]}
  case $words[1] in
${commands.map(commandCase).join("\n")}
  esac
}

_sotto_commands() {
  local -a commands=(
${COMMAND_NAMES.map((name) => `    ${quoted(`${name}:${say().cli.commands[name].short}`)}`).join("\n")}
  )
  _describe -t commands ${quoted(say().cli.arguments.command)} commands
}

_sotto_shells() {
  compadd ${SHELLS.join(" ")}
}

# A name without a slash is a profile beside the default one; a folder has a slash.
_sotto_profiles() {
  local -a names=(\${XDG_DATA_HOME:-$HOME/.local/share}/sotto/*(N/:t))
  compadd -a names
  # With a slash that stays, or it would be such a name.
  _files -/ -S /
}

# Names of rooms are chosen by other people: compadd quotes them, and nothing expands them.
_sotto_rooms() {
  local -a names given
  profile=\${\${(Q)opt_args[--profile]}:-\${(Q)profile}}
  [[ -n $profile ]] && given=(--profile \${profile/#'~'/$HOME})
  names=(\${(f)"$(\${(Q)program} rooms --names $given 2> /dev/null < /dev/null)"})
  compadd -a names
}

if [[ $funcstack[1] == _sotto ]]; then
  _sotto "$@"
else
  compdef _sotto sotto
fi
`;
}

function commandCase(place: Place): string {
  const lines = place.arguments.map((kind, index) => `        ${quoted(argumentSpec(index + 1, kind))} \\\n`);
  return `    ${place.command})
      _arguments -S \\
${options(place)}${lines.join("")}        && return ;;`;
}

function options({ command, options: names }: Place): string {
  const indent = command === undefined ? "    " : "        ";
  return names.map((name) => `${indent}${quoted(optionSpec(command, name))} \\\n`).join("");
}

const ACTIONS = { folder: "_sotto_profiles", file: "_files", number: " " } as const;

/** `--profile[what it does]:DIR:_sotto_profiles` */
function optionSpec(command: CommandName | undefined, name: OptionName): string {
  const { value } = optionOf(name);
  const text = optionText(command, name).replace(/[[\]\\:]/g, "\\$&");
  if (value === undefined) return `--${name}[${text}]`;
  // The value may stand behind a space or a "=".
  return `--${name}=[${text}]:${say().cli.values[value]}:${ACTIONS[value]}`;
}

function argumentSpec(position: number, kind: ArgumentKind): string {
  const action = { room: "_sotto_rooms", shell: "_sotto_shells", command: "_sotto_commands", text: " ", link: " " };
  return `${position}:${say().cli.arguments[kind]}:${action[kind]}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
