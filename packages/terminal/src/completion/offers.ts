/** What the scripts of all shells are made from: which options are where, and what completes which argument. */
import {
  type ArgumentKind,
  COMMAND_NAMES,
  COMMANDS,
  type CommandName,
  type Form,
  MAIN,
  OPTIONS,
  type OptionName,
  optionOf,
  type ValueKind,
} from "../command-line.ts";

/** A place on the command line: behind a command, or behind none. */
export interface Place {
  readonly command: CommandName | undefined;
  readonly options: readonly OptionName[];
  /** In order; what is behind the last one takes nothing. */
  readonly arguments: readonly ArgumentKind[];
}

export function places(): readonly Place[] {
  const of = (command: CommandName | undefined, form: Form): Place => ({
    command,
    options: form.options,
    arguments: form.arguments.map(({ kind }) => kind),
  });
  return [of(undefined, MAIN), ...COMMAND_NAMES.map((name) => of(name, COMMANDS[name]))];
}

const ALL = Object.keys(OPTIONS).filter((name): name is OptionName => Object.hasOwn(OPTIONS, name));

/** Options that have a value behind them, all or those of one kind. */
export function valued(kind?: ValueKind): readonly OptionName[] {
  return ALL.filter((name) => {
    const { value } = optionOf(name);
    return value !== undefined && (kind === undefined || value === kind);
  });
}
