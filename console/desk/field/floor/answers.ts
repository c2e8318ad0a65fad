/** Who is told what became of this person's requests for the floor: the voice of this desk, once it is there. */
import type { FloorAnswered } from "@shared/contracts/radio_bridge";

let hearer: ((told: FloorAnswered) => void) | null = null;

export const hearAnswers = (hear: ((told: FloorAnswered) => void) | null): void => void (hearer = hear);
export const floorAnswered = (told: FloorAnswered): void => hearer?.(told);
