/** Who is connected as which device: where pushes go, and who is told that an account came or went. */
import type { AccountId, DeviceId, DeviceRef, RoomId, ServerBody } from "@sotto/wire";

/** A signed-in device's connection, as the rest of the relay sees it. */
export interface Line {
  /** Sends bytes that were encoded once for all who get them; ends a connection that takes nothing any more. */
  push(bytes: Uint8Array): void;
  /** Whether so much waits to be sent that pushes should be left out. */
  readonly isFull: boolean;
  /** A push of this room was left out: when there is room again the newest entry is sent, so that the gap is seen. */
  missed(room: RoomId): void;
  end(reason: EndReason): void;
}

export type EndReason = "replaced" | "device-revoked" | "drain";

export class Online {
  readonly #lines = new Map<DeviceId, { readonly line: Line; readonly account: AccountId }>();
  readonly #counts = new Map<AccountId, number>();
  #isSilent = false;
  readonly #tell: (lines: readonly Line[], body: ServerBody) => void;

  constructor(tell: (lines: readonly Line[], body: ServerBody) => void) {
    this.#tell = tell;
  }

  line(device: DeviceId): Line | undefined {
    return this.#lines.get(device)?.line;
  }

  isOnline(account: AccountId): boolean {
    return this.#counts.has(account);
  }

  /** A second connection of a device takes the place of the first. */
  add({ account, device }: DeviceRef, line: Line): void {
    const before = this.#lines.get(device);
    this.#lines.set(device, { line, account });
    if (before !== undefined) {
      before.line.end("replaced");
      return;
    }
    const count = this.#counts.get(account) ?? 0;
    this.#counts.set(account, count + 1);
    if (count === 0) this.#announce(account, true);
  }

  /** Nothing happens when another connection took the place of `line`. */
  remove({ account, device }: DeviceRef, line: Line): void {
    if (this.#lines.get(device)?.line !== line) return;
    this.#lines.delete(device);
    const count = (this.#counts.get(account) ?? 1) - 1;
    if (count > 0) {
      this.#counts.set(account, count);
      return;
    }
    this.#counts.delete(account);
    this.#announce(account, false);
  }

  /** From now on nobody is told who goes: everybody does. */
  silence(): void {
    this.#isSilent = true;
  }

  #announce(account: AccountId, online: boolean): void {
    if (this.#isSilent) return;
    const others = [...this.#lines.values()].filter((one) => one.account !== account).map((one) => one.line);
    this.#tell(others, { type: "presence", account, online });
  }
}
