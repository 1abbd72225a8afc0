/**
 * The part of `better-sqlite3-multiple-ciphers` that this package uses. The library has declarations, but version 13 names
 * no `types` in its `exports`, so the compiler does not find them.
 */
declare module "better-sqlite3-multiple-ciphers" {
  export interface Statement<Parameters, Row = unknown> {
    run(parameters: Parameters): { readonly changes: number; readonly lastInsertRowid: number | bigint };
    get(parameters: Parameters): Row | undefined;
    all(parameters: Parameters): Row[];
  }

  export default class Database {
    constructor(
      file: string,
      options?: { readonly fileMustExist?: boolean; readonly readonly?: boolean; readonly timeout?: number },
    );
    prepare<Parameters, Row>(sql: string): Statement<Parameters, Row>;
    /** The function that it returns runs `body` in a transaction. */
    transaction(body: () => void): { (): void; immediate(): void };
    exec(sql: string): this;
    /** A passphrase or, after `raw:`, the key itself. */
    key(key: Buffer): number;
    /** Not in a database with a write-ahead log. */
    rekey(key: Buffer): number;
    pragma(sql: string, options?: { readonly simple?: boolean }): unknown;
    close(): this;
  }
}
