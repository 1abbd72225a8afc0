/** The report as a person reads it, and as JSON. */
import { escapeJson } from "@sotto/wire";
import { type Line, renderLine, type Style } from "../output.ts";
import { say } from "../text/index.ts";
import type { Finding } from "./finding.ts";

const STYLES: Readonly<Record<Finding["verdict"], Style>> = { ok: "dim", look: "warning", bad: "error" };

/** One finding, its hint on a line of its own below. */
export function findingText({ about, verdict, what, hint }: Finding, colour: boolean): string {
  const { verdicts, about: names } = say().cli.doctor;
  const [word, name] = [verdicts[verdict].padEnd(widest(verdicts)), names[about].padEnd(widest(names))];
  const line: Line = [{ text: word, style: STYLES[verdict] }, `  ${name}  ${what}`];
  const below: Line = [" ".repeat(word.length + name.length + 4), { text: hint ?? "", style: "dim" }];
  return `${renderLine(line, colour)}\n${hint === undefined ? "" : `${renderLine(below, colour)}\n`}`;
}

export function summaryText(findings: readonly Finding[]): string {
  const count = (wanted: Finding["verdict"]): number => findings.filter(({ verdict }) => verdict === wanted).length;
  return `\n${say().cli.doctor.summary(count("bad"), count("look"))}\n`;
}

export function reportJson(findings: readonly Finding[]): string {
  return `${escapeJson({ ok: isWell(findings), findings })}\n`;
}

export const isWell = (findings: readonly Finding[]): boolean => findings.every(({ verdict }) => verdict !== "bad");

const widest = (words: Readonly<Record<string, string>>): number =>
  Math.max(...Object.values(words).map((word) => word.length));
