/** How a case stands to its deadline: a word, a shape and a colour for each, and the time that is left. */
import type { CaseDeadlineView, CaseView } from "@shared/contracts/cases";
import { day } from "@shared/time";
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

const UNITS: Readonly<Record<string, string>> = {
  紧急工作时: "urgent hours", 紧急工作日: "urgent days", 工作时: "working hours", 工作日: "working days", 小时: "hours", 天: "days", 自然日: "days", 分钟: "minutes",
};
const LIMIT = new RegExp(`^(\\d+(?:\\.\\d+)?)(${Object.keys(UNITS).join("|")})$`);

/** A limit as cities write it, in the reader's language; one of another form, as in a season, stays as it is. */
export function limitWords(limit: string, locale: string): string {
  const parts = locale === "zh" ? null : LIMIT.exec(limit);
  if (!parts) return limit;
  const words = UNITS[parts[2]!]!;
  return `${parts[1]} ${parts[1] === "1" ? words.slice(0, -1) : words}`;
}

type Words = (key: string, named: Record<string, unknown>) => string;

/** Which of a row's limits counts, where the place has a class of area: the one for that class, or the general one. */
export function areaWords(t: Words, counted: string | null | undefined, area: string | null | undefined): string {
  if (counted) return t("deadline.byArea", { area: counted });
  return area ? t("deadline.generalLimit", { area }) : "";
}

type Outside = Pick<CaseDeadlineView, "due_at" | "limit" | "decided_by" | "outside">;

/** Who may set a deadline besides the class's limit, by the name of his words. */
const OUTSIDE: Readonly<Record<string, "order" | "superior">> = { "12345": "order", superior: "superior" };

/** Who decided the deadline, if not the limit of the class. */
export const decider = (deadline: Outside): "order" | "superior" | undefined => OUTSIDE[deadline.decided_by ?? "limit"];

/** What a deadline from outside says: that it decides, or that it comes later than the limit; empty without one. */
export function outsideWords(deadline: Outside, t: Words): string {
  const who = OUTSIDE[deadline.outside?.set_by ?? ""];
  if (!deadline.outside || !who) return "";
  return t(decider(deadline) ? `deadline.decides.${who}` : `deadline.later.${who}`, { n: deadline.outside.reference, due: day(deadline.outside.due_at) });
}

/** Until when, and by whose limit or deadline. */
export function dueWords(deadline: CaseDeadlineView, t: Words, locale: string): string {
  const named = { due: day(deadline.due_at), limit: limitWords(deadline.limit, locale), condition: locale === "zh" ? deadline.condition_zh : deadline.condition_en };
  const until = t(decider(deadline) ? (deadline.limit ? "deadline.untilInstead" : "deadline.until") : "deadline.title", named);
  return [until, outsideWords(deadline, t)].filter(Boolean).join(" · ");
}

/** Whether the centre has found that its deadline passed while it is not done. */
export const isOverdue = (filed: Pick<CaseView, "deadline">): boolean => filed.deadline?.state === "overdue";
