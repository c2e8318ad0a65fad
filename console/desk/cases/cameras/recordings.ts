/** Times of what a recorder has, as a field of a form holds them. */

/** Lengths that can be played and kept, in seconds; the service keeps no longer clips unless it is told to. */
export const LENGTHS = [30, 60, 120] as const;

const two = (n: number): string => String(n).padStart(2, "0");

/** `2026-12-01T08:00:05` in the machine's zone, as a field of a date and time holds it. */
export function field(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** So many seconds from the time that a field holds; null where it holds none. */
export function stretch(from: string, seconds: number): { begin: string; end: string } | null {
  const at = new Date(from);
  if (Number.isNaN(at.getTime())) return null;
  return { begin: at.toISOString(), end: new Date(at.getTime() + seconds * 1000).toISOString() };
}

/** An hour around it, to now at latest. */
export function around(from: string, now: number): { begin: string; end: string } | null {
  const at = new Date(from).getTime();
  if (Number.isNaN(at)) return null;
  const half = 1_800_000;
  const end = Math.floor(Math.min(at + half, now) / 1000) * 1000;
  return end > at - half ? { begin: new Date(at - half).toISOString(), end: new Date(end).toISOString() } : null;
}
