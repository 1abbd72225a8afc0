/** Why a request was not carried out, as a value. */
import type { RelayCode, ServerBody } from "@sotto/wire";

export type Refusal = Extract<ServerBody, { readonly type: "refused" }>;

export function refused(
  code: RelayCode,
  more: { readonly head?: number; readonly retryMs?: number; readonly field?: string } = {},
): Refusal {
  return { type: "refused", code, head: more.head ?? 0, retryMs: more.retryMs ?? 0, field: more.field ?? "" };
}
