/** Every target, in the order in which they run. */
import type { Target } from "./target.ts";
import { CHAIN_TARGETS } from "./targets/chains.ts";
import { chatScreen } from "./targets/chat-screen.ts";
import { CLIENT_TARGETS } from "./targets/client.ts";
import { FILE_TARGETS } from "./targets/files.ts";
import { GROUP_TARGETS } from "./targets/groups.ts";
import { MLS_TARGETS } from "./targets/mls.ts";
import { OPAQUE_TARGETS } from "./targets/opaque.ts";
import { RELAY_TARGETS } from "./targets/relay.ts";
import { SCREEN_TARGETS } from "./targets/screen.ts";
import { TEXT_TARGETS } from "./targets/text.ts";
import { WIRE_TARGETS } from "./targets/wire.ts";

export const TARGETS: readonly Target[] = [
  ...WIRE_TARGETS,
  ...TEXT_TARGETS,
  ...SCREEN_TARGETS,
  chatScreen,
  ...FILE_TARGETS,
  ...CHAIN_TARGETS,
  ...MLS_TARGETS,
  ...GROUP_TARGETS,
  ...OPAQUE_TARGETS,
  ...RELAY_TARGETS,
  ...CLIENT_TARGETS,
];

export function targetNamed(name: string): Target {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}: ${TARGETS.map((one) => one.name).join(", ")}`);
  return target;
}
