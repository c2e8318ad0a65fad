/** The crew's wish to telephone with the citizen of its job: said now or not at all, and what the centre answered. */
import { ref } from "vue";

export type CallState = "asked" | "ringing" | "away" | "late" | "notAccepted" | "noPhone" | "refused";

/** After this long it is no news: nobody stands there with his telephone any more. */
export const CALL_EXPIRY_S = 60;

const WHY: Record<string, CallState> = {
  "": "ringing",
  "too-late": "late",
  "job-not-accepted": "notAccepted",
  "unit-without-telephone": "noPhone",
};

/** The newest wish alone is shown; `answer` takes receipts of any message, and leaves those of others alone. */
export function useCitizen() {
  const citizen = ref<{ dispatchId: string; msgId: string; state: CallState } | null>(null);

  function asked(dispatchId: string, msgId: string, sent: boolean): void {
    citizen.value = { dispatchId, msgId, state: sent ? "asked" : "away" };
  }

  function answer(of: string, reason: string): void {
    if (citizen.value === null || citizen.value.msgId !== of) return;
    citizen.value = { ...citizen.value, state: WHY[reason] ?? "refused" };
  }

  return { citizen, asked, answer };
}
