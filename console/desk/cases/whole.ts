/** Live events may mask what this viewer may read on request: a case on the screen is then asked for, once. */
import { watch } from "vue";
import type { CaseView } from "@shared/contracts/cases";
import { get, Refused } from "@shared/http";
import { desk } from "../live/desk";
import { MASKED, putCase } from "../live/state";

const asked = new Map<string, string>();
const MOST_ASKED = 1000;

export function keepWhole(shown: () => readonly (CaseView | undefined)[]): void {
  watch(
    shown,
    (cases) => {
      for (const filed of cases) if (filed && isMasked(filed)) void ask(filed);
    },
    { immediate: true, deep: true },
  );
}

function isMasked(filed: CaseView): boolean {
  return Object.values(filed).includes(MASKED) || filed.dispatches.some((one) => Object.values(one).includes(MASKED));
}

async function ask(filed: CaseView): Promise<void> {
  const version = `${filed.state} ${filed.updated_at} ${filed.dispatches.map((one) => one.step).join(" ")}`;
  if (asked.get(filed.case_id) === version) return;
  if (asked.size >= MOST_ASKED) asked.clear();
  asked.set(filed.case_id, version);
  try {
    putCase(desk, await get("/cases/{case_id}", { case_id: filed.case_id }));
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    asked.delete(filed.case_id);
  }
}
