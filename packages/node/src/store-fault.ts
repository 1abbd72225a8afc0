/**
 * What the database's thread throws where core's VaultError is meant. It is a class of its own so that the thread, which
 * must be there before the first screen, need not load core.
 */
export class StoreFault extends Error {
  readonly code: "vault-damaged" | "disk-full" | "internal";
  constructor(code: StoreFault["code"], message: string) {
    super(message);
    this.code = code;
  }
}
