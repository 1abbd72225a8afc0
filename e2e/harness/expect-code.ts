import { expect } from "vitest";
import { RpcError } from "./rpc.ts";

/** The request is refused with this code, as scripts see it. */
export async function expectRefused(
  request: Promise<unknown>,
  code: string | undefined,
  number = -32_000,
): Promise<void> {
  const outcome = await request.then(
    (value) => `answered: ${JSON.stringify(value)}`,
    (cause: unknown) => {
      if (!(cause instanceof RpcError)) throw cause;
      return cause;
    },
  );
  expect(outcome).toMatchObject({ number, code });
}
