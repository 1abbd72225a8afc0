/** The man pages of the three programs, by where they lie in the repository. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setLanguage } from "../../packages/terminal/src/text/index.ts";
import { sottoctlPage, sottodPage } from "./relay.ts";
import { type Page, roffOf } from "./roff.ts";
import { sottoPage } from "./sotto.ts";

export async function manPages(root: string): Promise<ReadonlyMap<string, string>> {
  const version = async (name: string): Promise<string> => {
    const parsed: unknown = JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8"));
    return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "";
  };
  const [client, relay] = await Promise.all([version("terminal"), version("relay")]);
  const inLanguage = (language: "en" | "fr"): Page => {
    setLanguage(language);
    const page = sottoPage(client);
    setLanguage("en");
    return page;
  };
  const pages: readonly (readonly [string, Page])[] = [
    ["packages/terminal/man/sotto.1", inLanguage("en")],
    ["packages/terminal/man/fr/sotto.1", inLanguage("fr")],
    ["packages/relay/man/sottod.8", sottodPage(relay)],
    ["packages/relay/man/sottoctl.8", sottoctlPage(relay)],
  ];
  return new Map(pages.map(([path, page]) => [path, roffOf(page)]));
}
