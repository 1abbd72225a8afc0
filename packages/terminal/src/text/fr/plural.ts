/** `0 membre`, `1 membre`, `2 membres` : en français, zéro est au singulier. */
export function many(number: number, one: string, more = `${one}s`): string {
  return `${number} ${number < 2 ? one : more}`;
}
