/** `sotto doctor`: looks, and changes nothing. */
import { release } from "node:os";
import { EXIT, type ExitCode } from "@sotto/wire";
import type { Invocation } from "../arguments.ts";
import { complain, lookOf } from "../output.ts";
import { readSecretFile } from "../secret-file.ts";
import { say } from "../text/index.ts";
import { askedCapabilities } from "./abilities.ts";
import { bad, type Finding } from "./finding.ts";
import { hereFindings } from "./here.ts";
import { findingText, isWell, reportJson, summaryText } from "./report.ts";

type Doctor = Extract<Invocation, { type: "doctor" }>;

/** @returns 1 when something is bad. */
export async function runDoctor(doctor: Doctor, version: string): Promise<ExitCode> {
  const { passwordFile, codeFile } = doctor;
  const password = passwordFile === undefined ? undefined : readSecretFile(passwordFile, "password");
  const code = codeFile === undefined ? undefined : readSecretFile(codeFile, "code")?.replace(/\s/g, "");
  const isMissing = (file: string | undefined, secret: string | undefined) =>
    file !== undefined && secret === undefined;
  if (isMissing(passwordFile, password) || isMissing(codeFile, code)) return EXIT.misused;
  // A library that does not load is a finding, not the end.
  const inside = await import("./inside.ts").catch(() => undefined);
  const dir = inside?.folderOf(doctor.profile);
  if (inside !== undefined && dir === undefined) {
    complain(say().cli.misuse.profile, say().cli.misuse.profileHint);
    return EXIT.misused;
  }
  const { stdout } = process;
  // Before anything is written: the terminal shows another screen meanwhile.
  const capabilities = await askedCapabilities();
  const said = say().cli.doctor;
  const { colour } = lookOf(stdout.isTTY, process.env);
  if (!doctor.json) stdout.write(`${doctor.full ? said.fullTitle : said.title}\n\n`);
  const findings: Finding[] = [];
  const found = (finding: Finding): void => {
    findings.push(finding);
    if (!doctor.json) stdout.write(findingText(finding, colour));
  };
  for (const finding of hereFindings({ ...thisProcess(), version, capabilities })) found(finding);
  if (inside === undefined || dir === undefined) found(bad("library", said.libraryBroken, said.libraryTodo));
  else {
    const { profile, full } = doctor;
    const asked = { dir, profile, secrets: { password, code }, full, now: () => Date.now() };
    for await (const finding of inside.insideFindings(asked)) found(finding);
  }
  stdout.write(doctor.json ? reportJson(findings) : summaryText(findings));
  return isWell(findings) ? EXIT.done : EXIT.failed;
}

function thisProcess() {
  const { stdin, stdout, stderr, env } = process;
  const shown = stdout.isTTY ? stdout : stderr;
  return {
    node: process.versions.node,
    system: `${process.platform} ${process.arch} ${release()}`,
    env,
    isTerminal: stdin.isTTY && stdout.isTTY,
    size: shown.isTTY ? { columns: shown.columns, rows: shown.rows } : undefined,
  };
}
