/** Times and figures of the rates. */

/** So many days before now, as ISO 8601. */
export const since = (now: Date, days: number): string => new Date(now.getTime() - days * 86_400_000).toISOString();

/** A share of 1 with one decimal; a dash where nobody answered. */
export const percent = (share: number | null): string => (share === null ? "–" : `${(share * 100).toFixed(1)} %`);
