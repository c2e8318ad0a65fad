/** A report as a person reads it: which figures first, each in its unit, and what a row is about. */
import type { ReportView } from "@shared/contracts/cdr";
import { span } from "@shared/time";

export type ReportName = ReportView["report"];
export const REPORTS: readonly ReportName[] = ["queues", "agents", "quality", "calls"];
export type Row = Record<string, unknown>;

/** What stands first; the others are shown on request. Definitions: docs/metrics.md. */
export const MAIN: Record<ReportName, readonly string[]> = {
  queues: ["offered", "answered", "abandoned", "connect_rate", "timely_answer_rate", "average_wait", "longest_wait", "average_talk", "satisfaction_rate"],
  agents: ["answered", "rings", "missed_rings", "talk", "average_handle", "signed_in", "occupancy", "satisfaction_rate"],
  quality: ["calls_scored", "scorecards", "score_average", "score_lowest", "score_highest", "fatal_scorecards", "fatal_rate"],
  calls: ["queue", "direction", "outcome", "number", "agents", "wait", "talk", "disposition"],
};
const KEYS = new Set(["interval_start", "queue", "agent", "started_at", "call_id"]);
/** Ids and times that say nothing beside the row's own time. */
const HIDDEN = new Set(["call_id", "queued_at", "answered_at", "ended_at"]);

export const keyOf = (report: ReportName): string => (report === "calls" ? "started_at" : "interval_start");
export const nameOf = (report: ReportName): string | null => (report === "queues" ? "queue" : report === "agents" || report === "quality" ? "agent" : null);

/** The figures of a report, in order; `whole` is all of them. */
export function figures(view: ReportView, whole: boolean): string[] {
  const name = nameOf(view.report);
  const all = view.columns.filter((column) => column !== keyOf(view.report) && column !== name && !HIDDEN.has(column));
  return whole ? all : MAIN[view.report].filter((column) => all.includes(column));
}

export const charted = (view: ReportView): string[] => view.columns.filter((column) => view.units[column] !== undefined && !KEYS.has(column));

export function shown(view: ReportView, column: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) return value.join("、");
  if (typeof value !== "number") return String(value);
  switch (view.units[column]) {
    case "share":
      return `${(Math.floor(value * 1000) / 10).toFixed(1)} %`;
    case "seconds":
      return value < 60 ? `${Math.round(value * 10) / 10} s` : span(value);
    case "points":
      return value.toFixed(2);
    default:
      return String(value);
  }
}

export interface Series {
  /** Unix seconds, rising. */
  times: number[];
  lines: { name: string; values: (number | null)[] }[];
}

const MOST_LINES = 6;

/** One figure over time, a line for each queue or agent; the largest ones where there are many. */
export function series(view: ReportView, column: string): Series {
  const name = nameOf(view.report);
  const times = [...new Set(view.rows.map((row) => Date.parse(String(row[keyOf(view.report)]))))].filter((at) => !Number.isNaN(at)).sort((a, b) => a - b);
  const at = new Map(times.map((time, n) => [time, n]));
  const lines = new Map<string, (number | null)[]>();
  for (const row of view.rows) {
    const place = at.get(Date.parse(String(row[keyOf(view.report)])));
    if (place === undefined) continue;
    const line = name ? String(row[name] ?? "") : "";
    const values = lines.get(line) ?? times.map(() => null);
    lines.set(line, values);
    const value = row[column];
    values[place] = typeof value === "number" ? value : null;
  }
  const size = (values: (number | null)[]) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const sorted = [...lines].sort(([, a], [, b]) => size(b) - size(a)).slice(0, MOST_LINES);
  return { times: times.map((time) => time / 1000), lines: sorted.map(([line, values]) => ({ name: line, values })) };
}

/** The time that a row is about, for the calls behind it. */
export function until(start: string, interval: string, end: string): string {
  const at = new Date(start);
  const step: Record<string, () => void> = {
    "15min": () => at.setMinutes(at.getMinutes() + 15),
    hour: () => at.setHours(at.getHours() + 1),
    day: () => at.setDate(at.getDate() + 1),
    week: () => at.setDate(at.getDate() + 7),
    month: () => at.setMonth(at.getMonth() + 1),
  };
  const next = step[interval];
  if (!next) return end;
  next();
  return at.toISOString();
}
