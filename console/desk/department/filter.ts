/** What a department's list shows: by state, or what is late. */
import type { AssignmentState } from "@shared/contracts/cases";

export const SHOWN = ["inHand", "mine", "toSign", "handling", "withCentre", "standing", "overdue", "answered", "all"] as const;
export type Shown = (typeof SHOWN)[number];

const STATES: Readonly<Partial<Record<Shown, readonly AssignmentState[]>>> = {
  toSign: ["waiting", "sent_back"],
  handling: ["handling"],
  withCentre: ["returned", "disputed", "extension_asked", "suspension_asked", "postponement_asked"],
  standing: ["suspended", "postponed"],
  answered: ["answered", "finished"],
};

/** The query of `GET /assignments`. */
export function queryOf(shown: Shown): { state?: AssignmentState[]; overdue?: boolean; open?: boolean; mine?: boolean } {
  if (shown === "overdue") return { overdue: true };
  if (shown === "mine") return { mine: true };
  if (shown === "all") return { open: false };
  const states = STATES[shown];
  return states ? { state: [...states] } : {};
}

/** States in which the department has to do something first. */
export const toSign = (state: AssignmentState): boolean => STATES.toSign!.includes(state);
