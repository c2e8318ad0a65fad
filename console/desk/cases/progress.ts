/**
 * How far a case is, from its state and its dispatches as they are now: events of a dispatch do not repeat the case. `told` is
 * what the service said of it last: that it is handled although no crew has it says that a department has signed for it.
 */
import type { CaseProgress, CaseState, DispatchView } from "@shared/contracts/cases";

const ENDED: readonly DispatchView["step"][] = ["done", "declined", "returned", "recalled"];
const TAKEN: readonly DispatchView["step"][] = ["accepted", "on_the_way", "arrived", "done"];

/** Whether a crew still has the job. */
export const isUnderWay = (dispatch: Pick<DispatchView, "step">): boolean => !ENDED.includes(dispatch.step);

export function progressOf(state: CaseState, dispatches: readonly Pick<DispatchView, "step">[], told?: CaseProgress): CaseProgress {
  if (state !== "filed") return state;
  if (told === "in_progress" && !dispatches.some((one) => one.step !== "queued")) return told;
  if (dispatches.some((one) => TAKEN.includes(one.step))) return "in_progress";
  return dispatches.some(isUnderWay) ? "assigned" : "received";
}

/** A shape beside the word, so that no colour is needed. */
export const SHAPES: Readonly<Record<CaseProgress, string>> = {
  received: "○", assigned: "◔", in_progress: "◑", done: "◕", verified: "✓", closed: "●", cancelled: "×", handed_over: "→",
};

export const TONES: Readonly<Record<CaseProgress, "warn" | "accent" | "good" | "">> = {
  received: "warn", assigned: "accent", in_progress: "accent", done: "warn", verified: "good", closed: "good", cancelled: "", handed_over: "",
};
