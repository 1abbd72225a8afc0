/**
 * The same memory without Buffer's methods: `slice` of a Buffer would be a view, and callers rely on copies. What
 * node:crypto returns is not from Buffer's pool.
 */
export function plain(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}
