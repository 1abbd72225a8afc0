/** sotto(1), in the chosen language: the command line, the commands of the chat and the keys, from their tables. */
import { COMMAND_NAMES, type CommandName } from "../../packages/terminal/src/command-line.ts";
import { usage } from "../../packages/terminal/src/commands/command.ts";
import { COMMANDS } from "../../packages/terminal/src/commands/table.ts";
import { ACTIONS } from "../../packages/terminal/src/full/actions.ts";
import { keymapOf } from "../../packages/terminal/src/full/keymap.ts";
import { argumentRows, optionRows, usageOf, ways } from "../../packages/terminal/src/help.ts";
import { say } from "../../packages/terminal/src/text/index.ts";
import type { Block, Page } from "./roff.ts";

export function sottoPage(version: string): Page {
  const { man } = say().cli;
  const { headings } = man;
  const section = (text: string): Block => ({ type: "section", text });
  const paragraph = (text: string): Block => ({ type: "paragraph", text });
  const blocks: readonly Block[] = [
    section(headings.name),
    paragraph(`sotto - ${man.name}`),
    section(headings.synopsis),
    lines([...ways().map(([typed]) => typed), ...COMMAND_NAMES.map(usageOf)]),
    section(headings.description),
    paragraph(man.description),
    { type: "terms", rows: ways() },
    paragraph(man.linkSecret),
    section(headings.options),
    { type: "terms", rows: optionRows(undefined) },
    section(headings.commands),
    ...COMMAND_NAMES.flatMap(commandBlocks),
    section(headings.inTheChat),
    paragraph(man.chat),
    ...chatBlocks(),
    section(headings.keys),
    paragraph(man.keys),
    { type: "terms", rows: keyRows() },
    section(headings.environment),
    { type: "terms", rows: Object.entries(man.environment) },
    section(headings.files),
    {
      type: "terms",
      rows: [
        ["~/.local/share/sotto/default", man.files.profile],
        ["~/.config/sotto/keys.toml", man.files.keys],
        ["~/.config/sotto/sotto.toml", man.files.screen],
      ],
    },
    section(headings.exitStatus),
    { type: "terms", rows: Object.entries(say().cli.exitCodes) },
    section(headings.examples),
    lines(unindented(say().cli.examples)),
    section(headings.seeAlso),
    paragraph("sottod(8), sottoctl(8)"),
  ];
  return { name: "sotto", section: 1, source: `sotto ${version}`, manual: man.manual, blocks };
}

function commandBlocks(name: CommandName): readonly Block[] {
  const { line, more, examples } = say().cli.commands[name];
  // What unlocks a profile is the same for all, and stands above.
  const shared = new Set(optionRows(undefined).map(([typed]) => typed));
  const rows = [...argumentRows(name), ...optionRows(name).filter(([typed]) => !shared.has(typed))];
  return [
    { type: "subsection", text: usageOf(name) },
    { type: "paragraph", text: sentence(line) },
    ...(rows.length === 0 ? [] : [{ type: "terms", rows } as const]),
    ...(more === "" ? [] : [{ type: "paragraph", text: more } as const]),
    ...(examples === "" ? [] : [lines(unindented(examples))]),
  ];
}

function chatBlocks(): readonly Block[] {
  const { sections } = say().commands.help;
  const names = [...new Set(COMMANDS.map(({ section }) => section))];
  return names.flatMap((name): readonly Block[] => {
    const rows = COMMANDS.filter(({ section }) => section === name).map((command) => {
      const { line, more } = say().commands[command.name];
      const typed = [usage(command), ...(command.aliases ?? []).map((alias) => `/${alias}`)].join(", ");
      return [typed, `${sentence(line)} ${more}`.trim()] as const;
    });
    const heading = sections[name].replace(/\s*:$/, "");
    return [
      { type: "subsection", text: heading.charAt(0).toUpperCase() + heading.slice(1) },
      { type: "terms", rows },
    ];
  });
}

function keyRows(): readonly (readonly [string, string])[] {
  const { keymap } = keymapOf(undefined);
  const texts: Readonly<Record<string, string>> = say().actions;
  return ACTIONS.map(({ name }) => [keymap.keysOf(name).join(", "), texts[name] ?? ""] as const);
}

const lines = (all: readonly string[]): Block => ({ type: "lines", lines: all });

const unindented = (text: string): readonly string[] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.trim());

/** With a capital letter and a full stop. */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
