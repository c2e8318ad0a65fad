/** How the delivery of a form is shown. */
import type { DeliveryState, FormDeliveryView } from "@shared/contracts/cases";

export const FORM_SHAPES: Readonly<Record<DeliveryState, string>> = { waiting: "○", delivered: "●", dead: "×" };
export const FORM_TONES: Readonly<Record<DeliveryState, string>> = { waiting: "", delivered: "good", dead: "warn" };

/** When it became what it is. */
export const since = (one: Pick<FormDeliveryView, "ended_at" | "created_at">): string => one.ended_at ?? one.created_at;

/** Whether one may have been taken by now, so that it is worth asking again soon. */
export const fresh = (forms: readonly Pick<FormDeliveryView, "state" | "attempts">[]): boolean => forms.some((one) => one.state === "waiting" && one.attempts === 0);

/** What went wrong: `http-503` as it is said everywhere, or a code that there are words for. */
export function errorWords(code: string, said: (key: string) => string): string {
  const status = /^http-(\d+)$/.exec(code);
  if (status) return `HTTP ${status[1]}`;
  return code && said(`exchange.error.${code}`);
}
