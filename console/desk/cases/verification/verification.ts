/** Verification tasks as the desk shows them. */
import type { VerificationState, VerificationSummary, VerificationView } from "@shared/contracts/cases";

export const LIVE_TASKS: ReadonlySet<VerificationState> = new Set(["asked", "accepted"]);

export const isLive = (task: Pick<VerificationSummary, "state"> | undefined): boolean => task !== undefined && LIVE_TASKS.has(task.state);

export const TASK_SHAPES: Record<VerificationState, string> = { asked: "○", accepted: "◐", answered: "✓", declined: "×", recalled: "×", expired: "▲" };

export function toneOf(state: VerificationState): "accent" | "good" | "warn" | "" {
  if (LIVE_TASKS.has(state)) return "accent";
  if (state === "answered") return "good";
  return state === "recalled" ? "" : "warn";
}

/** The reason with which it was declined or taken back. */
export const reasonOf = (task: VerificationView): string => (["declined", "recalled"].includes(task.state) ? ((task.acts ?? []).at(-1)?.reason ?? "") : "");

/** Metres as people say them. */
export const accuracyOf = (task: VerificationView): number | null => (task.position ? Math.round(task.position.accuracy_m) : null);
