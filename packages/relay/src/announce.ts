/** What `sottod` prints when it listens: for a person, or one line for a script. */
import { renderUnicodeCompact } from "uqr";
import type { RunningRelay } from "./start.ts";

export interface Screen {
  /** Standard output is a terminal: there a QR can be photographed. */
  readonly isTerminal: boolean;
  readonly hasColours: boolean;
}

/** The one line of `--json`. */
export function announceJson({ url, link, accessPassword }: RunningRelay, pid: number): string {
  return `${JSON.stringify({ event: "listening", url, link, accessPassword: accessPassword ?? "", pid })}\n`;
}

export function announce({ url, link, accessPassword, publicAddress }: RunningRelay, screen: Screen): string {
  const lines = ["sottod, the relay of sotto, is listening", "", `  address          ${url}`];
  if (publicAddress.guessed) {
    lines.push("", `  It listens on every address of this machine. The link names ${publicAddress.text};`);
    lines.push("  if others reach it by another name, say so: [server] public in sotto.toml.", "");
  }
  lines.push(`  access password  ${accessPassword ?? "none is needed: the relay is open"}`);
  lines.push(`  link             ${link}`, "");
  if (screen.isTerminal) lines.push(qrOf(link, screen.hasColours), "");
  lines.push("Give the link to those who may join. Stop with Ctrl-C.", "");
  return lines.join("\n");
}

/** Half blocks, two rows of modules a line. Black on white where colours are allowed: many cameras read nothing else. */
function qrOf(link: string, hasColours: boolean): string {
  const lines = renderUnicodeCompact(link, { border: 2 }).split("\n");
  return lines.map((line) => `  ${hasColours ? `\u001b[30;107m${line}\u001b[0m` : line}`).join("\n");
}
