/** What the page of the evaluation asks for and how its figures are read. Definitions: docs/evaluation.md. */
import type { EvaluationRowView, EvaluationView, FigureDefinition } from "@shared/contracts/cases";
import type { Operations } from "@shared/contracts/operations";
import { span } from "@shared/time";
import type { Series } from "../table";

type Behind = Operations["get"]["/evaluation/cases"]["params"];
export type Dimension = NonNullable<Behind["by"]>;
export type Figure = NonNullable<Behind["figure"]>;
export type Count = NonNullable<Behind["count"]>;
export const DIMENSIONS: readonly Dimension[] = ["department", "district", "street", "cell", "beat", "person", "handler", "acceptor", "class", "source", "day"];
/** Counts that stand in the table beside the rates. */
export const COUNTS: readonly Count[] = ["filed", "overdue"];
/** Where hot spots are looked for. */
export const PLACES = ["street", "cell", "district"] as const;

/** Which cases are looked at: one count of one row, or of all. */
export interface Wanted {
  by: Dimension | null;
  key: string;
  name: string;
  what: Figure | Count;
  part?: "numerator" | "denominator";
  repeatOf?: string;
}

export function shownRate(figure: FigureDefinition, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (figure.unit === "seconds") return span(value);
  // Cut, not rounded: 99.96 % on time is not all.
  return `${(Math.floor(value * 1000) / 10).toFixed(1)} %`;
}

/** The numbers that a rate is made of: `3 / 4`. */
export const partsOf = (figure: FigureDefinition, row: EvaluationRowView): string =>
  figure.unit === "seconds" ? String(row.counts[figure.denominator]) : `${row.counts[figure.numerator]} / ${row.counts[figure.denominator]}`;

/** Filed, handled and closed by day, for the chart. */
export function byDay(view: EvaluationView, word: (count: string) => string): Series {
  const times = view.rows.map((row) => Date.parse(`${row.key.slice(0, 4)}-${row.key.slice(4, 6)}-${row.key.slice(6)}T00:00`) / 1000);
  return { times, lines: ["filed", "handled", "closed"].map((count) => ({ name: word(count), values: view.rows.map((row) => row.counts[count] ?? 0) })) };
}

/** The calendar day that lies so many days before today, as the person's clock has it. */
export function dayOf(back: number): string {
  const at = new Date(Date.now() - back * 86_400_000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** Day, week or month that has ended last: as the scheduled mails have it. */
export function lastPeriod(what: "day" | "week" | "month", today: Date): { from: string; to: string } {
  const text = (at: Date) => `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
  const midnight = new Date(today.getFullYear(), today.getMonth(), today.getDate());
  if (what === "month") return { from: text(new Date(today.getFullYear(), today.getMonth() - 1, 1)), to: text(new Date(today.getFullYear(), today.getMonth(), 1)) };
  const end = new Date(midnight);
  if (what === "week") end.setDate(end.getDate() - ((end.getDay() + 6) % 7));
  const start = new Date(end);
  start.setDate(start.getDate() - (what === "week" ? 7 : 1));
  return { from: text(start), to: text(end) };
}
