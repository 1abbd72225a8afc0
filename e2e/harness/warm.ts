import { Stage } from "./stage.ts";

/**
 * Before all files: one relay and one person who end in order. They leave what was compiled of the programs for those
 * that follow; a program that is killed, as most are here, leaves nothing.
 */
export default async function setup(): Promise<void> {
  await using stage = await Stage.open();
  const { run } = await stage.signUp("early");
  run.program.endInput();
  await run.program.ended;
  await stage.relay.kill("SIGTERM");
}
