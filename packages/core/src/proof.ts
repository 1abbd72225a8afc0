/** The proof that somebody knows the account's password and has its second factor. */
import { type Code, type ServerBody, toHex, type UserName } from "@sotto/wire";
import type { Turn } from "./turn.ts";

/** What a person typed. The code counts once. */
export interface Proof {
  readonly password: string;
  readonly code: string;
}

/** What a person ends by unlocking again, with a code or a new link; what is sent till then waits as if offline. */
export function isWaitingForPerson(halted: Code | undefined): boolean {
  return halted === "bad-code" || halted === "bad-access-password";
}

/**
 * Proves password and code to the relay.
 *
 * @param answered - gets the relay's answer, "wrong" when the password is not the account's there (or nobody has the
 * name), undefined when the connection was lost.
 */
export async function prove(
  turn: Turn,
  { name, relay }: { readonly name: UserName; readonly relay: Uint8Array },
  { password, code }: Proof,
  answered: (turn: Turn, body: ServerBody | "wrong" | undefined) => Promise<void>,
): Promise<void> {
  const start = await turn.ports.opaque.loginStart(password);
  turn.ask({ type: "sign-in-start", name, loginRequest: start.request }, async (later, body) => {
    if (body?.type !== "sign-in-response") return void (await answered(later, body));
    const { state } = start;
    const input = { state, response: body.loginResponse, password, name, relay: toHex(relay) };
    const loginFinish = await later.ports.opaque.loginFinish(input);
    if (loginFinish === undefined) return void (await answered(later, "wrong"));
    later.ask({ type: "sign-in-finish", loginFinish, code }, async (last, answer) => {
      await answered(last, answer);
      return undefined;
    });
    return undefined;
  });
}
