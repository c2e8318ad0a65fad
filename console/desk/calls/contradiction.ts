/** What stands open against an outcome: asked once before it is recorded. Pure. */
import type { DraftView } from "@shared/contracts/cases";
import type { DispositionKind } from "@shared/contracts/hotline";

export type Contradiction = "danger" | "unfiled";

const TOLD = ["category", "address", "crossing", "description"] as const;

/** A person wrote in it, or the transcript found both what and where. */
function tellsOfSomething(draft: DraftView): boolean {
  const value = (name: (typeof TOLD)[number]) => draft.fields[name]?.value;
  if (TOLD.some((name) => draft.fields[name]?.by === "agent" && value(name))) return true;
  return Boolean(value("category") && (value("address") || value("crossing")));
}

export function contradiction(kind: DispositionKind, drafts: readonly DraftView[]): Contradiction | null {
  const open = drafts.filter((draft) => draft.state === "open");
  if (open.some((draft) => draft.alarms.some((alarm) => !alarm.dismissed))) return "danger";
  // With a case known, what was heard of it is not lost.
  const known = kind === "existing_case";
  return open.some((draft) => (known ? TOLD.some((name) => draft.fields[name]?.by === "agent" && draft.fields[name]?.value) : tellsOfSomething(draft)))
    ? "unfiled"
    : null;
}
