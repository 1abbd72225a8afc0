/** `sotto rooms --names`: for completion, which must not ask for anything. */
import { callLocal, profileDir } from "@sotto/node";
import { EXIT, type ExitCode } from "@sotto/wire";
import { remoteEngine } from "../local.ts";
import { renderLine } from "../output.ts";
import { roomsOf } from "../plain/rooms.ts";

/** Whoever presses Tab waits no longer than this. */
const PATIENCE_MS = 1_000;

/** One name a line, as `sotto send` takes it, of the rooms of the sotto that has the profile open; nothing where there is none. */
export async function printNames(profile: string | undefined, output: NodeJS.WriteStream): Promise<ExitCode> {
  const dir = profileDir(profile);
  const channel = dir === undefined ? undefined : await callLocal(dir).catch(() => undefined);
  if (channel === undefined) return EXIT.done;
  const engine = remoteEngine(channel);
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS).unref());
  const listed = await Promise.race([engine.request("room.list", {}), late]);
  await engine.close();
  if (listed?.ok !== true) return EXIT.done;
  const tags = new Set(roomsOf(listed.value).tags.values());
  for (const tag of tags) output.write(`${renderLine([nameOf(tag, tags)], false)}\n`);
  return EXIT.done;
}

/** Without the sign, which begins a comment in a shell, where the rest can be taken for nothing else. */
function nameOf(tag: string, all: ReadonlySet<string>): string {
  const name = tag.slice(1);
  return tag.startsWith("#") && /^[\p{L}\p{N}]/u.test(name) && !all.has(`@${name}`) ? name : tag;
}
