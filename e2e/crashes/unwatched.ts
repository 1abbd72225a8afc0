/** Work that is looked at later: what is thrown before that is what is reported. */
export function unwatched<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
