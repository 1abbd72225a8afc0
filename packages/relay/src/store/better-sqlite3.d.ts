/** The part of better-sqlite3-multiple-ciphers that is used here: its own types cannot be reached through its `exports`. */
declare module "better-sqlite3-multiple-ciphers" {
  export interface Statement {
    run(...values: readonly unknown[]): { readonly changes: number };
    get(...values: readonly unknown[]): unknown;
    all(...values: readonly unknown[]): unknown[];
    iterate(...values: readonly unknown[]): IterableIterator<unknown>;
  }

  export default class Database {
    constructor(file: string, options?: { readonly readonly?: boolean; readonly timeout?: number });
    readonly inTransaction: boolean;
    prepare(sql: string): Statement;
    exec(sql: string): this;
    pragma(source: string, options?: { readonly simple?: boolean }): unknown;
    transaction(work: () => void): () => void;
    close(): this;
  }
}
