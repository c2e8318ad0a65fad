/** The crew's wish to telephone with the citizen of its job: said now or not at all, and what the centre answered. */
import { ref } from "vue";

export type TalkState = "asked" | "ringing" | "away" | "late" | "notAccepted" | "noPhone" | "refused";

/** After this long it is no news: nobody stands there with his telephone any more. */
export const TALK_EXPIRY_S = 60;

const WHY: Record<string, TalkState> = {
  "": "ringing",
  "too-late": "late",
  "job-not-accepted": "notAccepted",
  "unit-without-telephone": "noPhone",
};

/** The newest wish alone is shown; `answer` takes receipts of any message, and leaves those of others alone. */
export function useTalk() {
  const talk = ref<{ dispatchId: string; msgId: string; state: TalkState } | null>(null);

  function asked(dispatchId: string, msgId: string, sent: boolean): void {
    talk.value = { dispatchId, msgId, state: sent ? "asked" : "away" };
  }

  function answer(of: string, reason: string): void {
    if (talk.value === null || talk.value.msgId !== of) return;
    talk.value = { ...talk.value, state: WHY[reason] ?? "refused" };
  }

  return { talk, asked, answer };
}
