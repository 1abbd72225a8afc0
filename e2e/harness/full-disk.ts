import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Less than the header of a log and one page: every commit fails from here on. */
const NOTHING_BYTES = 4096;

/**
 * No file of the process can grow any more, as on a full disk. Of all the ways this is the one that needs no rights and
 * no file system of its own: Linux's limit on the size of files, changed from outside while the process runs.
 */
export const fillDisk = (pid: number): Promise<void> => limitFiles(pid, String(NOTHING_BYTES));

/** Somebody has made room. */
export const freeDisk = (pid: number): Promise<void> => limitFiles(pid, "unlimited");

async function limitFiles(pid: number, soft: string): Promise<void> {
  await run("prlimit", ["--pid", String(pid), `--fsize=${soft}:unlimited`]);
}
