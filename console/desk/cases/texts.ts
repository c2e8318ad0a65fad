/** Texts with units as the desk keeps them: each once, never further back than it had come, the newest of them. */
import type { TextChanged, TextState } from "@shared/contracts/field";
import type { UnitText } from "../live/kinds";

export const MOST_CHARACTERS = 1000;
export const MOST_TEXTS = 1000;

const RANK: readonly TextState[] = ["queued", "unreachable", "sent", "expired", "delivered", "displayed", "received", "read"];

export function textOf({ taken_at, ...changed }: TextChanged): UnitText {
  return { ...changed, at: taken_at };
}

export function putText(known: Record<string, UnitText>, text: UnitText): void {
  const before = known[text.text_id];
  if (before === undefined) {
    known[text.text_id] = text;
    forget(known);
    return;
  }
  // Events may come late, and those of an earlier version do not know the name of who wrote it.
  const newer = RANK.indexOf(text.state) >= RANK.indexOf(before.state) ? text : before;
  known[text.text_id] = { ...newer, by_name: text.by_name || before.by_name };
}

/** With these units, from a moment on, the oldest first. A text has no case: a crew with two jobs means either. */
export function withUnits(known: Record<string, UnitText>, units: readonly string[], since: string): UnitText[] {
  const from = Date.parse(since);
  return Object.values(known)
    .filter((text) => units.includes(text.unit_id) && Date.parse(text.at) >= from)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.text_id.localeCompare(b.text_id));
}

function forget(known: Record<string, UnitText>): void {
  const all = Object.values(known);
  if (all.length <= MOST_TEXTS) return;
  const oldest = all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(0, all.length - MOST_TEXTS);
  for (const { text_id } of oldest) delete known[text_id];
}
