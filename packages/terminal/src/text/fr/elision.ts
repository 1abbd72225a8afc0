/** `de bob`, `d'alice`. */
export function de(name: string): string {
  return /^[aeiouyhàâéèêëîïôûü]/i.test(name) ? `d'${name}` : `de ${name}`;
}
