/** A ring that the person has just asked for himself (to listen to a call) is answered by itself. */
import { ref, watch } from "vue";
import { after } from "../live/pulse";
import { answer, phone } from "./softphone";

/** The switch rings within a second or two; what rings later is somebody else's call. */
const WITHIN_MS = 8000;
const expected = ref(0);
let last = 0;

export function expectRing(): void {
  const mine = ++last;
  expected.value = mine;
  after(WITHIN_MS, () => {
    if (expected.value === mine) expected.value = 0;
  });
}

export function stopExpecting(): void {
  expected.value = 0;
}

/** For the life of the component that calls it. */
export function useExpectedRing(): void {
  watch(
    () => phone.line === "ringing" && expected.value > 0,
    (wanted) => {
      if (!wanted) return;
      expected.value = 0;
      answer();
    },
  );
}
