/** What the list of cases is narrowed to, what the service is asked for, and filters that a person has given names. */
import { CaseOrder, CaseSource, CaseState, DeadlineState, type CaseView } from "@shared/contracts/cases";
import type { Operations } from "@shared/contracts/operations";
import { URGENCIES } from "../../calls/draft/fields";

export type CaseQuery = Operations["get"]["/cases"]["params"];
export type Urgency = (typeof URGENCIES)[number];

export interface CaseListFilter {
  q: string;
  states: CaseState[];
  urgencies: Urgency[];
  /** Empty for any, as are the following. */
  source: CaseSource | "";
  district: string;
  category: string;
  deadline: DeadlineState | "";
  department: string;
  /** Days of this machine's zone, `2026-11-25`; the last one is included. */
  since: string;
  until: string;
  order: CaseOrder;
}

export const noFilter = (): CaseListFilter => ({
  q: "", states: [], urgencies: [], source: "", district: "", category: "", deadline: "", department: "", since: "", until: "", order: "newest",
});

/** What a link from a report asks for: days of this machine's zone, the last one included. */
export function fromAddress(asked: Readonly<Record<string, unknown>>): CaseListFilter | null {
  const [since, until] = [dayOf(asked.since), dayOf(asked.until, 1)];
  return since || until ? { ...noFilter(), since, until } : null;
}

/** The day of a moment; with `before` that of so many milliseconds before it, for an end that is excluded. */
function dayOf(moment: unknown, before = 0): string {
  const at = new Date(typeof moment === "string" ? Date.parse(moment) - before : Number.NaN);
  if (Number.isNaN(at.getTime())) return "";
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export const PAGE = 100;

/** Of the first page also the counts. */
export function query(filter: CaseListFilter, cursor: string | null): CaseQuery {
  const asked: CaseQuery = { limit: PAGE, order: filter.order };
  if (filter.states.length) asked.state = filter.states;
  if (filter.urgencies.length) asked.urgency = filter.urgencies;
  if (filter.source) asked.source = [filter.source];
  if (filter.district) asked.district = [filter.district];
  if (filter.category) asked.category = [filter.category];
  if (filter.deadline) asked.deadline = [filter.deadline];
  if (filter.department) asked.department = [filter.department];
  if (filter.q.trim()) asked.q = filter.q.trim();
  const [since, until] = [dayBegins(filter.since), dayBegins(filter.until, 1)];
  if (since) asked.since = since;
  if (until) asked.until = until;
  if (cursor) asked.cursor = cursor;
  else asked.counts = true;
  return asked;
}

function dayBegins(day: string, later = 0): string | null {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return null;
  return new Date(year, month - 1, date + later).toISOString();
}

const departmentsOf = (one: CaseView): string[] => (one.responsible ? [one.responsible.host, ...(one.responsible.assists ?? [])].map((department) => department.id) : []);

/** Whether a case that an event tells of may belong to the list; what only the service can tell, like words, is taken as fitting. */
export function fits(filter: CaseListFilter, one: CaseView): boolean {
  const filed = Date.parse(one.filed_at);
  const [since, until] = [dayBegins(filter.since), dayBegins(filter.until, 1)];
  return (
    (filter.states.length === 0 || filter.states.includes(one.state)) &&
    (filter.urgencies.length === 0 || filter.urgencies.some((urgency) => urgency === one.urgency)) &&
    (filter.source === "" || filter.source === one.source) &&
    (filter.district === "" || filter.district === one.district) &&
    (filter.category === "" || filter.category === one.category) &&
    (filter.deadline === "" || filter.deadline === one.deadline?.state) &&
    (filter.department === "" || departmentsOf(one).includes(filter.department)) &&
    (since === null || filed >= Date.parse(since)) &&
    (until === null || filed < Date.parse(until))
  );
}

export interface SavedFilter {
  name: string;
  filter: CaseListFilter;
}

export const MOST_SAVED = 20;

/** The same name again replaces it; the newest come first. */
export const withSaved = (saved: readonly SavedFilter[], one: SavedFilter): SavedFilter[] =>
  [one, ...saved.filter((known) => known.name !== one.name)].slice(0, MOST_SAVED);

/** What a browser kept, also of an earlier version of the desk: what is not known any more does not narrow. */
export function savedFrom(text: string | null): SavedFilter[] {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(kept)) return [];
  return kept.flatMap((one: Partial<SavedFilter> | null) =>
    one && typeof one.name === "string" && typeof one.filter === "object" && one.filter !== null ? [{ name: one.name, filter: sound(one.filter) }] : [],
  );
}

function sound(kept: Partial<CaseListFilter>): CaseListFilter {
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const known = <T extends string>(values: readonly T[], value: unknown): T[] => (Array.isArray(value) ? values.filter((one) => value.includes(one)) : []);
  return {
    q: text(kept.q),
    states: known(CaseState, kept.states),
    urgencies: known(URGENCIES, kept.urgencies),
    source: CaseSource.find((one) => one === kept.source) ?? "",
    district: text(kept.district),
    category: text(kept.category),
    deadline: DeadlineState.find((one) => one === kept.deadline) ?? "",
    department: text(kept.department),
    since: text(kept.since),
    until: text(kept.until),
    order: CaseOrder.find((one) => one === kept.order) ?? "newest",
  };
}
