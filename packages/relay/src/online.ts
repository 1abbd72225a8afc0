/** Who is connected as which device: where pushes go. */
import type { AccountId, DeviceId, DeviceRef, RoomId } from "@sotto/wire";

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

export type EndReason = "replaced" | "device-revoked" | "drain" | "kicked" | "banned";

export class Online {
  readonly #lines = new Map<DeviceId, { readonly line: Line; readonly account: AccountId }>();
  /** Revoked while this relay runs: of those before, none signs in. */
  readonly #revoked = new Set<DeviceId>();
  readonly #counts = new Map<AccountId, number>();

  line(device: DeviceId): Line | undefined {
    return this.#lines.get(device)?.line;
  }

  /** Everybody who is signed in. */
  *lines(): Generator<Line> {
    for (const { line } of this.#lines.values()) yield line;
  }

  isOnline(account: AccountId): boolean {
    return this.#counts.has(account);
  }

  /** A second connection of a device takes the place of the first. */
  add({ account, device }: DeviceRef, line: Line): void {
    if (this.#revoked.has(device)) {
      line.end("device-revoked");
      return;
    }
    const before = this.#lines.get(device);
    this.#lines.set(device, { line, account });
    if (before !== undefined) {
      before.line.end("replaced");
      return;
    }
    this.#counts.set(account, (this.#counts.get(account) ?? 0) + 1);
  }

  /** Ends the connection of a device that was revoked, and the one that is about to be: its Resume may have held before. */
  revoke(device: DeviceId): void {
    this.#revoked.add(device);
    this.line(device)?.end("device-revoked");
  }

  /** It is in its account's chain again. */
  allow(device: DeviceId): void {
    this.#revoked.delete(device);
  }

  /** Nothing happens when another connection took the place of `line`. */
  remove({ account, device }: DeviceRef, line: Line): void {
    if (this.#lines.get(device)?.line !== line) return;
    this.#lines.delete(device);
    const count = (this.#counts.get(account) ?? 1) - 1;
    if (count > 0) this.#counts.set(account, count);
    else this.#counts.delete(account);
  }
}
