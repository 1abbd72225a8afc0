/** What the operator asks for and orders, in plain maps: the journal of actions, who is online, who is shut out. */
import type { UserName } from "@sotto/wire";
import {
  type AccountRecord,
  AUDIT_LINES_MAX,
  type AuditRecord,
  type ConnectionRecord,
  type UserRecord,
} from "./store.ts";

export class MemoryOperator {
  readonly #connections = new Map<number, ConnectionRecord>();
  readonly #audit: AuditRecord[] = [];
  readonly #bans = new Set<UserName>();
  readonly #lastAddress = new Map<string, string>();

  audit(record: AuditRecord): void {
    this.#audit.push(record);
    if (this.#audit.length > AUDIT_LINES_MAX) this.#audit.shift();
  }

  audits(limit: number): readonly AuditRecord[] {
    return this.#audit.slice(-limit);
  }

  connected(connection: ConnectionRecord): void {
    this.#connections.set(connection.id, connection);
    if (connection.name !== undefined) this.#lastAddress.set(connection.name, connection.address);
  }

  disconnected(id: number): void {
    this.#connections.delete(id);
  }

  connections(): readonly ConnectionRecord[] {
    return [...this.#connections.values()].sort((one, two) => one.id - two.id);
  }

  ban(name: UserName): void {
    this.#bans.add(name);
  }

  unban(name: UserName): boolean {
    return this.#bans.delete(name);
  }

  bans(): readonly UserName[] {
    return [...this.#bans].sort();
  }

  protected usersOf(accounts: Iterable<AccountRecord>): readonly UserRecord[] {
    const users = [...accounts].map(({ name, registration, confirmed, admin }) => {
      const [banned, lastAddress] = [this.#bans.has(name), this.#lastAddress.get(name)];
      return { name, registration, confirmed, admin, banned, lastAddress };
    });
    return users.sort((one, two) => (one.name < two.name ? -1 : 1));
  }
}
