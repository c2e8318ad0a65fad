/** Cases in the hands of departments: what an act wants, and how a clock is shown. */
import type { AssignmentAction, AssignmentClockView, AssignmentItem, AssignmentState, CaseDeadlineView } from "@shared/contracts/cases";

/** What a dialog asks for beside the words. */
export type Wanted = "hours" | "department" | "level" | "handler";

const WANTS: Partial<Record<AssignmentAction, Wanted>> = { ask_extension: "hours", reassign: "department", supervise: "level", delegate: "handler" };

export function wantedOf(action: AssignmentAction, state: AssignmentState): Wanted | null {
  return action === "approve" && state === "extension_asked" ? "hours" : (WANTS[action] ?? null);
}

export const STATE_SHAPES: Readonly<Record<AssignmentState, string>> = {
  waiting: "○", handling: "◐", returned: "◆", sent_back: "◇", disputed: "◆", extension_asked: "◆", suspension_asked: "◆", postponement_asked: "◆",
  suspended: "‖", postponed: "‖", answered: "●", finished: "✓", withdrawn: "✕",
};

/** What the centre has to decide is marked; so is what is over. */
export function toneOf(state: AssignmentState): "" | "warn" | "good" {
  if (STATE_SHAPES[state] === "◆") return "warn";
  return state === "answered" || state === "finished" ? "good" : "";
}

export const isOver = (state: AssignmentState): boolean => state === "answered" || state === "finished" || state === "withdrawn";

/** A clock that runs or has stopped, as a case's deadline is shown; null while it stands still. */
export function deadlineOf(clock: AssignmentClockView): CaseDeadlineView | null {
  if (clock.due_at === null || clock.warn_at === null) return null;
  const { started_at, due_at, warn_at, provisional, limit, state, stopped_at, was_overdue, decided_by, outside, area_class } = clock;
  return { stage: "handling", started_at, due_at, warn_at, provisional, limit, condition_zh: "", condition_en: "", assumed: false, state, stopped_at, was_overdue, decided_by, outside, area_class };
}

/** Those that are in hand first, of each the newest. */
export function inOrder(found: readonly AssignmentItem[]): AssignmentItem[] {
  return [...found].reverse().sort((a, b) => Number(isOver(a.assignment.state)) - Number(isOver(b.assignment.state)));
}
