/** sottod(8) and sottoctl(8), from what their --help is made of, and from the settings that there are. */

import { settingsKnown } from "@sotto/wire";
import { USAGE as SOTTOD } from "../../packages/relay/src/command-line.ts";
import { USAGE as SOTTOCTL } from "../../packages/relay/src/sottoctl/command-line.ts";
import type { Usage } from "../../packages/relay/src/usage.ts";
import type { Block, Page } from "./roff.ts";

export function sottodPage(version: string): Page {
  const rows = settingsKnown().map(({ key, want, otherwise }) => {
    return [key, otherwise === undefined ? want : `${want}; ${JSON.stringify(otherwise)} by default`] as const;
  });
  return page(SOTTOD, version, [
    { type: "section", text: "SETTINGS" },
    {
      type: "paragraph",
      text: "In the file each stands under its section: port under [server]. The environment goes before the file (SOTTO_SERVER_PORT), an option before the environment. An unknown setting is a fault, and all faults are named at once. sottoctl config shows what is in force; docs/relay.md says more on each.",
    },
    { type: "terms", rows },
    { type: "section", text: "SIGNALS" },
    {
      type: "terms",
      rows: [
        ["SIGTERM, SIGINT", "stop in order; a second one at once"],
        ["SIGHUP", "read the certificate again, where standard output is no terminal"],
      ],
    },
  ]);
}

export function sottoctlPage(version: string): Page {
  return page(SOTTOCTL, version, []);
}

function page(usage: Usage, version: string, more: readonly Block[]): Page {
  const section = (text: string): Block => ({ type: "section", text });
  const others = ["sotto(1)", "sottod(8)", "sottoctl(8)"].filter((one) => one !== `${usage.name}(8)`);
  const blocks: readonly Block[] = [
    section("NAME"),
    { type: "paragraph", text: `${usage.name} - ${usage.line}` },
    section("SYNOPSIS"),
    { type: "lines", lines: [usage.synopsis] },
    section("DESCRIPTION"),
    { type: "paragraph", text: `${usage.name} is ${usage.about}` },
    { type: "paragraph", text: usage.notes },
    ...(usage.commands.length === 0 ? [] : [section("COMMANDS"), { type: "terms", rows: usage.commands } as const]),
    section("OPTIONS"),
    { type: "terms", rows: usage.options },
    ...more,
    section("EXAMPLES"),
    { type: "lines", lines: usage.examples },
    section("SEE ALSO"),
    { type: "paragraph", text: others.join(", ") },
  ];
  return { name: usage.name, section: 8, source: `sotto ${version}`, manual: "sotto manual", blocks };
}
