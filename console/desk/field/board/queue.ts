/** Which cases wait for a crew, in which order they are to be given out, and how long each may wait. */
import type { CaseView, DispatchView } from "@shared/contracts/cases";
import { secondsSince } from "@shared/time";
import { isOverdue } from "../../cases/deadline";

const OVER: ReadonlySet<DispatchView["step"]> = new Set(["done", "declined", "returned", "recalled"]);

/** What is dragged from the queue: the id of a case. */
export const DRAGGED = "application/x-songhua-case";

export type Urgency = "danger" | "urgent" | "normal";
/** `due`: soon too long; `late`: too long. */
export type Wait = "fresh" | "due" | "late";

/** Seconds until a case is `due`, and until it is `late`. */
export const LIMITS: Readonly<Record<Urgency, readonly [number, number]>> = {
  danger: [60, 300],
  urgent: [300, 900],
  normal: [900, 1800],
};
const RANK: Readonly<Record<Urgency, number>> = { danger: 0, urgent: 1, normal: 2 };

export const urgencyOf = (filed: Pick<CaseView, "urgency">): Urgency =>
  filed.urgency === "danger" || filed.urgency === "urgent" ? filed.urgency : "normal";

export const isOpen = (dispatch: Pick<DispatchView, "step">): boolean => !OVER.has(dispatch.step);

/** Those that a crew has in hand, the newest last. */
export const openDispatches = (filed: Pick<CaseView, "dispatches">): DispatchView[] => filed.dispatches.filter(isOpen);

/** Since when nobody has the case: since it was filed, or since the last crew gave it back. */
export function waitsSince(filed: Pick<CaseView, "dispatches" | "filed_at">): string {
  const ended = filed.dispatches.map((one) => one.at).sort();
  return ended.at(-1) ?? filed.filed_at;
}

export function waitOf(urgency: Urgency, seconds: number): Wait {
  const [due, late] = LIMITS[urgency];
  return seconds >= late ? "late" : seconds >= due ? "due" : "fresh";
}

/** Danger to life before all, then what is overdue. */
const rankOf = (filed: CaseView): number => {
  const rank = RANK[urgencyOf(filed)];
  return rank > 0 && isOverdue(filed) ? 0.5 : rank;
};

/** Cases that nobody has: danger to life first, then overdue ones, then by urgency; of these the oldest. */
export const unassigned = (cases: readonly CaseView[]): CaseView[] =>
  cases
    .filter((one) => one.state === "filed" && !one.dispatches.some(isOpen))
    .sort((a, b) => rankOf(a) - rankOf(b) || a.filed_at.localeCompare(b.filed_at));

/** Cases that crews have in hand, what moved last first. */
export const underWay = (cases: readonly CaseView[]): CaseView[] =>
  cases
    .filter((one) => one.state === "filed" && one.dispatches.some(isOpen))
    .sort((a, b) => waitsSince(b).localeCompare(waitsSince(a)));

export interface Waiting {
  filed: CaseView;
  urgency: Urgency;
  seconds: number;
  wait: Wait;
  /** The crew that gave it back last. */
  returned: DispatchView | undefined;
}

export function waitingOf(filed: CaseView, now: number): Waiting {
  const urgency = urgencyOf(filed);
  const seconds = secondsSince(filed.filed_at, now);
  const last = [...filed.dispatches].sort((a, b) => a.at.localeCompare(b.at)).at(-1);
  return { filed, urgency, seconds, wait: waitOf(urgency, seconds), returned: last && !isOpen(last) ? last : undefined };
}
