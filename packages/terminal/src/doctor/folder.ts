/** The folder of the profile and what lies in it: only looked at, never opened for writing. */
import type { Stats } from "node:fs";
import { lstat, readdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { say } from "../text/index.ts";
import { bad, type Finding, fine, look } from "./finding.ts";

export interface Folder {
  readonly findings: readonly Finding[];
  /** Sizes of the files of the vault by name; undefined when there is no folder that can be read. */
  readonly files: ReadonlyMap<string, number> | undefined;
  /** Nothing is wrong with the folder: opening the profile would not change its rights. */
  readonly isOurs: boolean;
}

const MIB = 1024 * 1024;

/** @param which - the folder in words, or its path. */
export async function lookAtFolder(dir: string, which: string): Promise<Folder> {
  const said = say().cli.doctor;
  const found = await stat(dir).catch((cause: NodeJS.ErrnoException) => cause);
  if (found instanceof Error) {
    const finding =
      found.code === "ENOENT"
        ? look("folder", said.noProfile(which), said.noProfileTodo)
        : bad("folder", said.folderUnreadable(which), said.folderForeignTodo);
    return { findings: [finding], files: undefined, isOurs: false };
  }
  const finding = folderFinding(found, which);
  const files = await filesIn(dir).catch(() => undefined);
  const findings = [finding, ...(files === undefined ? [] : filesFindings(files)), ...(await diskFinding(dir))];
  const sizes = files === undefined ? undefined : new Map(files.map(([name, { size }]) => [name, size]));
  return { findings, files: sizes, isOurs: finding.verdict === "ok" };
}

function folderFinding(found: Stats, which: string): Finding {
  const said = say().cli.doctor;
  if (!found.isDirectory()) return bad("folder", said.folderNone(which), said.folderForeignTodo);
  if (!isMine(found)) return bad("folder", said.folderForeign(which), said.folderForeignTodo);
  if (!isOpen(found)) return fine("folder", said.folderFine(which));
  return bad("folder", said.folderOpen(which, (found.mode & 0o777).toString(8)), said.folderOpenTodo);
}

type File = readonly [name: string, found: Stats];

/** Those of the vault: what else lies there is nobody's business. */
async function filesIn(dir: string): Promise<readonly File[]> {
  const names = (await readdir(dir)).filter((name) => name.startsWith("vault."));
  const all = await Promise.all(
    names.map(async (name) => {
      const found = await lstat(join(dir, name)).catch(() => undefined);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
  return all.flat();
}

function filesFindings(files: readonly File[]): readonly Finding[] {
  const said = say().cli.doctor;
  if (files.length === 0) return [];
  const named = (wrong: (found: Stats) => boolean): string =>
    files
      .filter(([, found]) => wrong(found))
      .map(([name]) => name)
      .join(", ");
  const [foreign, open] = [named((found) => !isMine(found)), named(isOpen)];
  if (foreign !== "") return [bad("files", said.filesForeign(foreign), said.folderForeignTodo)];
  if (open !== "") return [bad("files", said.filesOpen(open), said.filesOpenTodo)];
  return [fine("files", said.filesFine(files.length))];
}

async function diskFinding(dir: string): Promise<readonly Finding[]> {
  const said = say().cli.doctor;
  const found = await statfs(dir).catch(() => statfs(dirname(dir)).catch(() => undefined));
  if (found === undefined) return [];
  const free = found.bavail * found.bsize;
  const what = said.disk(said.bytes(free));
  if (free < 10 * MIB) return [bad("disk", what, said.diskTodo)];
  return [free < 200 * MIB ? look("disk", what, said.diskTodo) : fine("disk", what)];
}

const isMine = (found: Stats): boolean => process.getuid === undefined || found.uid === process.getuid();
const isOpen = (found: Stats): boolean => process.platform !== "win32" && (found.mode & 0o077) !== 0;
