/** The list of units: what each does since when, and which are asked for. */
import type { CaseView, DispatchView } from "@shared/contracts/cases";
import type { UnitPlace, UnitView } from "@shared/contracts/field";
import type { Unit } from "../../live/kinds";
import { isOpen } from "../board/queue";

export interface UnitRow {
  unit: UnitView;
  /** The step of its newest open job; null when it has none. */
  step: DispatchView["step"] | null;
  /** Since when it does that; empty when this page does not know. */
  since: string;
  jobs: DispatchView[];
  place: UnitPlace | undefined;
}

export interface Wanted {
  text: string;
  skill: string;
  group: string;
}

/** Open jobs by unit, the newest first. */
export function jobsByUnit(cases: readonly Pick<CaseView, "dispatches">[]): Map<string, DispatchView[]> {
  const found = new Map<string, DispatchView[]>();
  for (const one of cases.flatMap((filed) => filed.dispatches)) {
    if (isOpen(one)) found.set(one.unit_id, [...(found.get(one.unit_id) ?? []), one]);
  }
  for (const jobs of found.values()) jobs.sort((a, b) => b.at.localeCompare(a.at));
  return found;
}

export function rowOf(asked: UnitView, told: Partial<Unit> | undefined, jobs: readonly DispatchView[], place: UnitPlace | undefined): UnitRow {
  const unit = { ...asked, ...told };
  const newest = jobs[0];
  const step = newest?.step ?? (unit.status && unit.status !== "free" ? (unit.status as DispatchView["step"]) : null);
  return { unit, step, since: newest?.at ?? "", jobs: [...jobs], place };
}

function fits({ unit }: UnitRow, { text, skill, group }: Wanted): boolean {
  const words = text.trim().toLowerCase();
  const named = [unit.unit_id, unit.name, unit.vehicle, ...unit.crew, ...unit.aliases].some((one) => one.toLowerCase().includes(words));
  return named && (skill === "" || unit.skills.includes(skill)) && (group === "" || unit.groups.includes(group));
}

/** Those that are reachable first, by name. */
export const inOrder = (rows: readonly UnitRow[], wanted: Wanted): UnitRow[] =>
  rows
    .filter((row) => row.unit.revoked_at === null && fits(row, wanted))
    .sort((a, b) => Number(b.unit.online) - Number(a.unit.online) || a.unit.name.localeCompare(b.unit.name) || a.unit.unit_id.localeCompare(b.unit.unit_id));

/** What units have of this, each once, in order. */
export const choices = (units: readonly UnitView[], of: "skills" | "groups"): string[] => [...new Set(units.flatMap((unit) => unit[of]))].sort();
