/** A case's timeline as rows: positions of one unit that follow each other are one row. */
import type { CaseView, TimelineEntry, TimelineKind } from "@shared/contracts/cases";

export interface TimelineRow {
  key: string;
  entry: TimelineEntry;
  /** How many entries it stands for, and when the last of them was. */
  count: number;
  until: string;
}

export function folded(entries: readonly TimelineEntry[], hidden: ReadonlySet<TimelineKind> = new Set()): TimelineRow[] {
  const rows: TimelineRow[] = [];
  entries.forEach((entry, i) => {
    if (hidden.has(entry.kind)) return;
    const last = rows.at(-1);
    if (last && entry.kind === "position" && last.entry.kind === "position" && last.entry.unit_id === entry.unit_id) {
      last.count += 1;
      last.until = entry.at;
      return;
    }
    rows.push({ key: `${entry.kind} ${entry.at} ${i}`, entry, count: 1, until: entry.at });
  });
  return rows;
}

/** The unit that an entry is about; a step of a dispatch may name the dispatch alone. */
export const unitOf = (entry: TimelineEntry, filed: CaseView): string =>
  entry.unit_id ?? filed.dispatches.find((one) => one.dispatch_id === entry.dispatch_id)?.unit_id ?? "";

/** What changes it while it is shown. */
export const versionOf = (filed: CaseView): string =>
  [filed.updated_at, filed.state, filed.call_ids.length, ...filed.dispatches.map((one) => `${one.dispatch_id} ${one.step}`)].join();
