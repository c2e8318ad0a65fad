/** What the live link says to this page's phone: to answer by itself, to give way to another page, to begin again. */
import { watch } from "vue";
import { isAsked } from "../calls/whose";
import { desk, linkState } from "../live/desk";
import { isHere, isTaken } from "./claim";
import { answer, giveUp, phone, startPhone } from "./softphone";

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

/** For the life of the component that calls it. One page of a person has the phone, and the others say so. */
export function useOnePhone(): void {
  watch(
    () => desk.claim,
    (claim) => {
      if (claim !== null && !isHere(claim) && phone.state !== "off" && phone.state !== "other_page") giveUp();
    },
  );
  // A page that slept has missed the news; one that could not reach the gateway begins again.
  watch(linkState, (state) => {
    if (state !== "live" || phone.endpoint === null) return;
    if (phone.state === "lost") void startPhone();
    else if (phone.state === "registered") void isTaken().then((taken) => taken && giveUp(), () => {});
  });
}
