/** By which ways a dispatch went, as the centre tells of each try. */
import type { DeliveryView } from "@shared/contracts/field";

/** In the order of their numbers; what is told again replaces what was told of the same try. */
export function withDelivery(known: readonly DeliveryView[], told: DeliveryView): DeliveryView[] {
  const others = known.filter((one) => one.delivery_id !== told.delivery_id);
  return [...others, told].sort((a, b) => a.number - b.number || a.queued_at.localeCompare(b.queued_at));
}

/** Where a try is now: the latest time that it has. */
export const lastAt = (one: DeliveryView): string =>
  one.ended_at ?? one.answered_at ?? one.displayed_at ?? one.delivered_at ?? one.sent_at ?? one.queued_at;
