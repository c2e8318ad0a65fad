/** Times as people read them: clock time, and how long ago. */

/** `14:03:09` in the machine's zone; empty for no time. */
export function clock(iso: string | null | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : at.toLocaleTimeString("zh-CN", { hour12: false });
}

/** `2026-11-25 14:03` in the machine's zone. */
export function day(iso: string | null | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `2:05` for 125 seconds. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function secondsSince(iso: string | null | undefined, now: number): number {
  const at = iso ? new Date(iso).getTime() : Number.NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, (now - at) / 1000);
}
