/** For bash 3.2 and later, without the package bash-completion. */
import { COMMAND_NAMES, type OptionName, SHELLS } from "../command-line.ts";
import { type Place, places, valued } from "./offers.ts";

export function bashScript(): string {
  return `# Completion of sotto for bash; made by: sotto completion bash
# Names of rooms are chosen by other people: here they are compared and quoted, and never expanded.

_sotto() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command= profile= word words= i count=0
  COMPREPLY=()
  # "=" and "@" are words of their own to bash; what is offered takes the place of an "@" too.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $prev == @ ]]; then cur=@$cur
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${flags(valued())})
        [[ \${COMP_WORDS[i+1]} == = ]] && ((i++))
        ((i++))
        [[ $word == --profile ]] && profile=\${COMP_WORDS[i]} ;;
      -* | @) ;;
      *)
        if [[ -n $command ]]; then ((count++))
        else
          case $word in
            ${COMMAND_NAMES.join(" | ")}) command=$word ;;
            *) command=none ;;
          esac
        fi ;;
    esac
  done
  case $prev in
    ${flags(valued("folder"))}) _sotto_profiles; return ;;
    ${flags(valued("file"))}) _sotto_files -f; return ;;
    ${flags(valued("number"))}) return ;;
  esac
  if [[ $cur == -* ]]; then
    case $command in
${places().map(optionsCase).join("\n")}
    esac
  else
    case $command:$count in
${places().flatMap(argumentCases).join("\n")}
    esac
  fi
  for word in $words; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

_sotto_files() {
  local word
  compopt -o filenames 2> /dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$cur")
}

# A name without a slash is a profile beside the default one; a folder has a slash.
_sotto_profiles() {
  local word
  _sotto_files -d
  for word in "\${XDG_DATA_HOME:-$HOME/.local/share}"/sotto/*/; do
    word=\${word%/} word=\${word##*/}
    [[ $word == "$cur"* && $word =~ ^[a-z0-9._-]+$ ]] && COMPREPLY+=("$word")
  done
}

_sotto_rooms() {
  local word program=\${COMP_WORDS[0]/#\\~/$HOME}
  local -a given=()
  case $profile in
    *[\\'\\"\\\\\\$\\\`]*) return ;;
    ?*) given=(--profile "\${profile/#\\~/$HOME}") ;;
  esac
  while IFS= read -r word; do
    [[ $word == "$cur"* ]] || continue
    printf -v word %q "$word"
    COMPREPLY+=("$word")
  done < <("$program" rooms --names "\${given[@]}" 2> /dev/null < /dev/null)
}

complete -F _sotto sotto
`;
}

const flags = (names: readonly OptionName[]): string => names.map((name) => `--${name}`).join(" | ");

function optionsCase({ command, options }: Place): string {
  return `      ${command ?? '""'}) words="${options.map((name) => `--${name}`).join(" ")}" ;;`;
}

function argumentCases({ command, arguments: kinds }: Place): readonly string[] {
  return kinds.flatMap((kind, index) => {
    const words = command === undefined || kind === "command" ? COMMAND_NAMES : kind === "shell" ? SHELLS : [];
    const what = kind === "room" ? "_sotto_rooms" : words.length > 0 ? `words="${words.join(" ")}"` : undefined;
    return what === undefined ? [] : [`      ${command ?? ""}:${index}) ${what} ;;`];
  });
}
