/** What was typed as a number, with point or comma; null when it is none. */
export function numberOf(typed: string): number | null {
  const value = Number(typed.trim().replace(",", "."));
  return typed.trim() && Number.isFinite(value) ? value : null;
}
