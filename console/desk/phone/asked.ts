/** Answers by itself when the agent has asked for it elsewhere (`hotline.answer_asked`). */
import { watch } from "vue";
import { isAsked } from "../calls/whose";
import { desk } from "../live/desk";
import { answer, phone } from "./softphone";

/** For the life of the component that calls it. The wish may come before the ring; it holds while the leg rings. */
export function useAnswerAsked(): void {
  watch(
    () => phone.line === "ringing" && isAsked(desk, phone.endpoint),
    (wanted) => {
      if (!wanted) return;
      desk.asked = null;
      answer();
    },
  );
}
