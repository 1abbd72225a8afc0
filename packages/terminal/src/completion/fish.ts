/** For fish 3 and later. */
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
import { type Place, places, valued } from "./offers.ts";

export function fishScript(): string {
  const values = valued().map((name) => `--${name}`);
  return `# Completion of sotto for fish; made by: sotto completion fish

# The command, how many arguments stand behind it, and the profile; each on a line.
function __sotto_words
    set -l command
    set -l count 0
    set -l profile
    set -l option
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            test $option = --profile; and set profile $word
            set option
        else if contains -- $word ${values.join(" ")}
            set option $word
        else if string match -q -- '--profile=*' $word
            set profile (string replace -- '--profile=' '' $word)
        else if string match -q -- '-*' $word
            continue
        else if test -n "$command"
            set count (math $count + 1)
        else if contains -- $word ${COMMAND_NAMES.join(" ")}
            set command $word
        else
            set command none
        end
    end
    printf '%s\\n' "$command" $count "$profile"
end

function __sotto_in
    set -l words (__sotto_words)
    test "$words[1]" = "$argv[1]"; and test (count $argv) -lt 2 -o "$words[2]" = "$argv[2]"
end

# Names of rooms are chosen by other people: fish quotes what it inserts, and expands nothing of it.
function __sotto_rooms
    set -l profile (__sotto_words)[3]
    set -l given
    test -n "$profile"; and set given --profile (string replace -r '^~' $HOME -- $profile)
    set -l program (string replace -r '^~' $HOME -- (commandline -opc)[1])
    $program rooms --names $given 2>/dev/null </dev/null
end

# A name without a slash is a profile beside the default one; a folder has a slash.
function __sotto_profiles
    set -l data $HOME/.local/share
    set -q XDG_DATA_HOME; and set data $XDG_DATA_HOME
    for folder in $data/sotto/*/
        basename $folder
    end
    __fish_complete_directories
end

complete -c sotto -f
${places().flatMap(lines).join("\n")}
`;
}

function lines(place: Place): readonly string[] {
  const options = place.options.map((name) => optionLine(place.command, name));
  const words = place.arguments.flatMap((kind, index) => argumentLines(place.command, kind, index));
  return [...words, ...options];
}

function optionLine(command: CommandName | undefined, name: OptionName): string {
  const { value } = optionOf(name);
  const takes = { folder: " -x -a '(__sotto_profiles)'", file: " -r -F", number: " -x" };
  const text = quoted(optionText(command, name));
  return `complete -c sotto -n '__sotto_in "${command ?? ""}"' -l ${name}${value === undefined ? "" : takes[value]} -d ${text}`;
}

function argumentLines(command: CommandName | undefined, kind: ArgumentKind, index: number): readonly string[] {
  const line = (words: string, text?: string): string => {
    const told = text === undefined ? "" : ` -d ${quoted(text)}`;
    return `complete -c sotto -n '__sotto_in "${command ?? ""}" ${index}' -a ${words}${told}`;
  };
  if (command === undefined || kind === "command") {
    return COMMAND_NAMES.map((name) => line(name, say().cli.commands[name].short));
  }
  if (kind === "room") return [line("'(__sotto_rooms)'")];
  return kind === "shell" ? [line(`'${SHELLS.join(" ")}'`)] : [];
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
