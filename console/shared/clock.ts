/** The centre's time. This machine's clock may be wrong, or be set while the page is open: neither moves an age or a deadline. */
import { readonly, ref } from "vue";

/** Less than this is the way of an answer and its whole seconds. */
const TOLERATED_MS = 5_000;

const off = ref(0);

/** By how much the centre is ahead of this page, in milliseconds; 0 where they agree. */
export const centreAhead = readonly(off);

/** Milliseconds as they pass, from the moment the page was opened by this machine's clock. */
export const passed = (): number => performance.timeOrigin + performance.now();

export const centreNow = (): number => passed() + off.value;

/** An answer bears the centre's time (RFC 9110, 6.6.1). */
export function hearTime(date: string | null): void {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  const ahead = told - passed();
  off.value = Math.abs(ahead) > TOLERATED_MS ? ahead : 0;
}
