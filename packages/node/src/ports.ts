/** Everything that core needs, on Node. */
import type { Ports } from "@sotto/core";
import { nodeClock } from "./clock.ts";
import { nodeCrypto } from "./crypto.ts";
import { type NodeOpaque, nodeOpaque } from "./opaque.ts";
import type { Profile } from "./profile.ts";
import { stretch } from "./stretch.ts";
import { nodeTransport } from "./transport.ts";

export interface NodePorts extends Ports {
  readonly opaque: NodeOpaque;
}

export function nodePorts(profile: Pick<Profile, "vault">): NodePorts {
  return {
    crypto: nodeCrypto(),
    opaque: nodeOpaque(),
    stretch,
    vault: profile.vault,
    transport: nodeTransport(),
    clock: nodeClock(),
  };
}
