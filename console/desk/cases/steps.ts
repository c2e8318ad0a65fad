/** The steps of a dispatch that goes as it should, in their order. */
import type { DispatchView } from "@shared/contracts/cases";

export const STEPS = [
  "queued", "delivered", "displayed", "accepted", "on_the_way", "arrived", "done",
] as const satisfies readonly DispatchView["step"][];
