/** Which processors do what. The server has one for itself and the load comes from the others, or each would slow the other down. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Linux counts a process's time in hundredths of a second, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

const taskset = ["/usr/bin/taskset", "/bin/taskset"].find((file) => existsSync(file));
const [first, ...others] = taskset === undefined ? [] : allowed();
export const isPinned = others.length > 0;

/** The processors that this process may use. */
function allowed(): readonly number[] {
  const status = statusOf("self");
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? "";
  return list.split(",").flatMap((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/** The command line that runs Node on the server's processor, and only there. */
export function pinned(args: readonly string[]): readonly [string, ...string[]] {
  return alone([process.execPath, ...args]);
}

/** The same of any program. */
export function alone(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  if (taskset === undefined || first === undefined) return command;
  return [taskset, "-c", String(first), ...command];
}

/** Moves this process, all its threads and what it starts from now on to the other processors, if there are any. */
export function leaveServerAlone(): void {
  if (taskset === undefined || others.length === 0) return;
  execFileSync(taskset, ["-acp", others.join(","), String(process.pid)], { stdio: "ignore" });
}

/** Processor time that a process has used, in seconds; undefined where there is no /proc. */
export function processorSeconds(pid: number): number | undefined {
  try {
    // The name, which comes second, may hold spaces; state is the first field behind it, user and system time 12 and 13.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

/** The same of this process, finer. */
export function ownProcessorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Bytes of a process that are in memory; undefined where there is no /proc. */
export function residentBytes(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(statusOf(String(pid)))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}
