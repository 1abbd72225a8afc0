/** `1 member`, `2 members`; in English 0 is many. */
export function many(number: number, one: string, more = `${one}s`): string {
  return `${number} ${number === 1 ? one : more}`;
}
