/** One row of a list of cases: as the service listed it, and what events have told of it since. */
import type { CaseView } from "@shared/contracts/cases";
import { MASKED } from "../../live/state";

/** An event may mask what the list showed: that stays as it was. */
export function current(listed: CaseView, live: CaseView | undefined): CaseView {
  if (live === undefined) return listed;
  if (Date.parse(live.updated_at) < Date.parse(listed.updated_at)) return { ...listed, dispatches: live.dispatches.length >= listed.dispatches.length ? live.dispatches : listed.dispatches };
  const told = Object.entries(live).filter(([, value]) => value !== MASKED && value !== undefined);
  const dispatches = live.dispatches.length >= listed.dispatches.length ? live.dispatches : listed.dispatches;
  return { ...listed, ...(Object.fromEntries(told) as Partial<CaseView>), dispatches };
}

export const placeOf = (one: CaseView): string => [one.district_name, one.address, one.crossing].filter(Boolean).join(" · ");

export interface Age {
  n: number;
  unit: "minutes" | "hours" | "days";
}

/** Whole minutes below two hours, hours below two days, then days. */
export function ageOf(since: string, now: number): Age {
  const minutes = Math.max(0, Math.floor((now - Date.parse(since)) / 60_000));
  if (minutes < 120) return { n: minutes, unit: "minutes" };
  if (minutes < 2880) return { n: Math.floor(minutes / 60), unit: "hours" };
  return { n: Math.floor(minutes / 1440), unit: "days" };
}

/** The row that a key goes to; -1 before any was chosen. */
export function rowAfter(key: string, at: number, count: number, page: number): number | null {
  const last = count - 1;
  if (last < 0) return null;
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last };
  const to = steps[key];
  return to === undefined ? null : Math.min(Math.max(0, to), last);
}
