/** How a case stands to its deadline: a word, a shape and a colour for each, and the time that is left. */
import type { CaseDeadlineView, CaseView } from "@shared/contracts/cases";
import { ageOf, type Age } from "./list/row";

export type DeadlineLook = "running" | "warned" | "overdue" | "inTime" | "late";

export interface TimeLeft extends Age {
  look: DeadlineLook;
}

const TICK = 30_000;

/** By this machine's clock, which is a moment ahead of what the centre finds; what was found stays. */
export function timeLeft(deadline: CaseDeadlineView, now: number): TimeLeft {
  const left = Date.parse(deadline.due_at) - now;
  if (deadline.state === "stopped") {
    const late = deadline.stopped_at !== null && deadline.stopped_at !== undefined && Date.parse(deadline.stopped_at) > Date.parse(deadline.due_at);
    return { look: late ? "late" : "inTime", n: 0, unit: "minutes" };
  }
  const over = deadline.state === "overdue" || left < 0;
  const look = over ? "overdue" : deadline.state === "warned" || Date.parse(deadline.warn_at) < now ? "warned" : "running";
  // Rounded so that a clock that just began says all of its time.
  const span = Math.abs(left) + (over ? 0 : TICK);
  return { look, ...ageOf(new Date(now - span).toISOString(), now) };
}

export const DEADLINE_SHAPES: Readonly<Record<DeadlineLook, string>> = { running: "○", warned: "◆", overdue: "■", inTime: "✓", late: "■" };

export const DEADLINE_TONES: Readonly<Record<DeadlineLook, "" | "warn" | "late" | "good">> = { running: "", warned: "warn", overdue: "late", inTime: "good", late: "late" };

/** Whether the centre has found that its deadline passed while it is not done. */
export const isOverdue = (filed: Pick<CaseView, "deadline">): boolean => filed.deadline?.state === "overdue";
