/** What a sentence about an error says besides its code, which stands in its heading already. */
export function seen(text: string): string {
  const rest = text.replace(/^[IVD]\d: /, "");
  return rest.charAt(0).toLocaleUpperCase() + rest.slice(1);
}
