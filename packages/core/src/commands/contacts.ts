/** Commands about whether somebody is who they seem. */
import type { Params } from "../api.ts";
import type { Turn } from "../turn.ts";

export async function safetyWords(turn: Turn, command: number, _params: Params<"contact.safetyWords">): Promise<void> {
  turn.refuse(command, "not-allowed");
}

export async function verify(turn: Turn, command: number, _params: Params<"contact.verify">): Promise<void> {
  turn.refuse(command, "not-allowed");
}
